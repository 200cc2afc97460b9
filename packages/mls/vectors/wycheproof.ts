/** Wycheproof: every primitive of the suites, on a provider. A case is asked for the right answer or for a refusal. */
import { sameBytes } from '../src/bytes.ts'
import { expand } from '../src/hpke/kdf.ts'
import type { AeadName, CurveName, HashName, Provider, SignatureName } from '../src/provider.ts'
import { spokenSuites, suiteParameters } from '../src/suites.ts'
import { bytes } from './hex.ts'
import { readVectors } from './read.ts'

type Case = Readonly<Record<string, string>> & { readonly tcId: number; readonly flags: readonly string[] }
type Group = {
  readonly keySize?: number
  readonly ivSize?: number
  readonly tagSize?: number
  readonly publicKey?: { readonly pk?: string; readonly uncompressed?: string }
  readonly tests: readonly Case[]
}
/** true, false, or the reason why a case is not asked. */
type Verdict = boolean | string
type Check = (provider: Provider, test: Case, group: Group, withCoins: WithCoins) => Promise<Verdict>
/** A provider whose randomness is these bytes; only the deterministic one can be made so. */
export type WithCoins = ((coins: Uint8Array) => Provider) | undefined

export type Primitive = {
  readonly primitive: string
  readonly file: string
  readonly check: Check
}

const isValid = (test: Case): boolean => test['result'] === 'valid'
const field = (test: Case, name: string): Uint8Array => bytes(test[name] ?? '')
const isSame = (actual: Uint8Array | undefined, expected: Uint8Array): boolean =>
  actual !== undefined && sameBytes(actual, expected)

const aead =
  (names: Readonly<Record<number, AeadName>>): Check =>
  async (provider, test, group) => {
    if (group.ivSize !== 96) return 'IV of another size than 96 bit'
    const name = names[group.keySize ?? 0]
    if (name === undefined) return 'AES-192'
    const [key, iv, aad, message] = [field(test, 'key'), field(test, 'iv'), field(test, 'aad'), field(test, 'msg')]
    const sealed = bytes(`${test['ct'] ?? ''}${test['tag'] ?? ''}`)
    const opened = await provider.open(name, key, iv, aad, sealed)
    if (!isValid(test)) return opened === undefined
    return isSame(opened, message) && sameBytes(await provider.seal(name, key, iv, aad, message), sealed)
  }

const hmac =
  (name: HashName): Check =>
  async (provider, test, group) => {
    const tag = (await provider.hmac(name, field(test, 'key'), field(test, 'msg'))).slice(0, (group.tagSize ?? 0) / 8)
    return sameBytes(tag, field(test, 'tag')) === isValid(test)
  }

const hkdf =
  (name: HashName): Check =>
  async (provider, test) => {
    const kdf = spokenSuites.map((suite) => suiteParameters(suite)?.kdf).find((one) => one?.hash === name)
    if (kdf === undefined) return 'no suite has it'
    const prk = await provider.hmac(name, field(test, 'salt'), field(test, 'ikm'))
    try {
      const okm = await expand(provider, kdf, prk, field(test, 'info'), Number(test['size']))
      return sameBytes(okm, field(test, 'okm')) === isValid(test)
    } catch {
      return !isValid(test) // longer than HKDF can be: a bug of the caller
    }
  }

/** RFC 7748 takes every string of the right length; RFC 9180 §7.1.4 refuses the result that is all zero. */
const montgomery =
  (curve: CurveName): Check =>
  async (provider, test) => {
    const publicKey = new Uint8Array(field(test, 'private').length)
    const shared = await provider.dh(curve, { privateKey: field(test, 'private'), publicKey }, field(test, 'public'))
    const expected = field(test, 'shared')
    if (test['result'] === 'invalid' || expected.every((byte) => byte === 0)) return shared === undefined
    return isSame(shared, expected)
  }

/** Points are uncompressed in MLS: other encodings are refused, those too that Wycheproof calls acceptable. */
const weierstrass =
  (curve: CurveName, size: number): Check =>
  async (provider, test) => {
    const given = field(test, 'private')
    const privateKey = new Uint8Array(size)
    const significant = given.slice(Math.max(0, given.length - size))
    privateKey.set(significant, size - significant.length)
    const publicKey = await provider.dhPublic(curve, privateKey)
    if (publicKey === undefined) return false
    const shared = await provider.dh(curve, { privateKey, publicKey }, field(test, 'public'))
    return isValid(test) ? isSame(shared, field(test, 'shared')) : shared === undefined
  }

const signature =
  (name: SignatureName): Check =>
  async (provider, test, { publicKey }) => {
    const key = bytes(publicKey?.pk ?? publicKey?.uncompressed ?? '')
    return (await provider.verify(name, key, field(test, 'msg'), field(test, 'sig'))) === isValid(test)
  }

const encapsulate: Check = async (provider, test, _group, withCoins) => {
  if (isValid(test) && withCoins === undefined) return 'encapsulation needs coins'
  const made = await (withCoins?.(field(test, 'm')) ?? provider).mlkemEncapsulate(field(test, 'ek'))
  if (!isValid(test)) return made === undefined
  return isSame(made?.secret, field(test, 'K')) && isSame(made?.ciphertext, field(test, 'c'))
}

const decapsulate: Check = async (provider, test) => {
  const seed = field(test, 'seed')
  if (seed.length !== 64) return 'a seed of wrong length, which the engine never has'
  const secret = await provider.mlkemDecapsulate(seed, field(test, 'c'))
  return isValid(test) ? isSame(secret, field(test, 'K')) : secret === undefined
}

const keygen: Check = async (provider, test) =>
  sameBytes(await provider.mlkemPublic(field(test, 'seed')), field(test, 'ek')) === isValid(test)

export const primitives: readonly Primitive[] = [
  { primitive: 'AES-GCM', file: 'aes_gcm', check: aead({ 128: 'aes128gcm', 256: 'aes256gcm' }) },
  { primitive: 'ChaCha20-Poly1305', file: 'chacha20_poly1305', check: aead({ 256: 'chacha20poly1305' }) },
  { primitive: 'HMAC-SHA256', file: 'hmac_sha256', check: hmac('sha256') },
  { primitive: 'HMAC-SHA384', file: 'hmac_sha384', check: hmac('sha384') },
  { primitive: 'HMAC-SHA512', file: 'hmac_sha512', check: hmac('sha512') },
  { primitive: 'HKDF-SHA256', file: 'hkdf_sha256', check: hkdf('sha256') },
  { primitive: 'HKDF-SHA384', file: 'hkdf_sha384', check: hkdf('sha384') },
  { primitive: 'HKDF-SHA512', file: 'hkdf_sha512', check: hkdf('sha512') },
  { primitive: 'X25519', file: 'x25519', check: montgomery('x25519') },
  { primitive: 'X448', file: 'x448', check: montgomery('x448') },
  { primitive: 'ECDH P-256', file: 'ecdh_secp256r1_ecpoint', check: weierstrass('p256', 32) },
  { primitive: 'ECDH P-384', file: 'ecdh_secp384r1_ecpoint', check: weierstrass('p384', 48) },
  { primitive: 'ECDH P-521', file: 'ecdh_secp521r1_ecpoint', check: weierstrass('p521', 66) },
  { primitive: 'ECDSA P-256', file: 'ecdsa_secp256r1_sha256', check: signature('p256') },
  { primitive: 'ECDSA P-384', file: 'ecdsa_secp384r1_sha384', check: signature('p384') },
  { primitive: 'ECDSA P-521', file: 'ecdsa_secp521r1_sha512', check: signature('p521') },
  { primitive: 'Ed25519', file: 'ed25519', check: signature('ed25519') },
  { primitive: 'Ed448', file: 'ed448', check: signature('ed448') },
  { primitive: 'ML-KEM-768 keys', file: 'mlkem_768_keygen_seed', check: keygen },
  { primitive: 'ML-KEM-768 encapsulation', file: 'mlkem_768_encaps', check: encapsulate },
  { primitive: 'ML-KEM-768 decapsulation', file: 'mlkem_768', check: decapsulate },
]

export const wycheproofFile = ({ file }: Primitive): string => `wycheproof/${file}_test.json`

export type PrimitiveResult = {
  readonly primitive: string
  readonly passed: number
  readonly total: number
  /** how many were not asked, by reason */
  readonly excluded: ReadonlyMap<string, number>
  readonly failures: readonly string[]
}

/** Every case of one primitive. `undefined`: its file is not there. */
export async function runPrimitive(
  primitive: Primitive,
  provider: Provider,
  withCoins?: WithCoins,
): Promise<PrimitiveResult | undefined> {
  const parsed = await readVectors(wycheproofFile(primitive))
  if (parsed === undefined) return undefined
  const { testGroups } = parsed as { readonly testGroups: readonly Group[] }
  const excluded = new Map<string, number>()
  const failures: string[] = []
  let passed = 0
  for (const group of testGroups) {
    for (const test of group.tests) {
      const verdict = await primitive.check(provider, test, group, withCoins).catch((error: unknown) => {
        failures.push(`${primitive.primitive} case ${test.tcId} throws ${String(error)}`)
        return undefined
      })
      if (typeof verdict === 'string') excluded.set(verdict, (excluded.get(verdict) ?? 0) + 1)
      else if (verdict === true) passed++
      else if (verdict === false) failures.push(`${primitive.primitive} case ${test.tcId}: ${test['comment'] ?? ''}`)
    }
  }
  return { primitive: primitive.primitive, passed, total: passed + failures.length, excluded, failures }
}
