/** HPKE (RFC 9180) in base and PSK mode. */
import { ascii, concat, noBytes } from '../bytes.ts'
import type { KeyPair, Provider } from '../provider.ts'
import { nonceLength, type AeadParameters, type KdfParameters, type KemParameters } from '../suites.ts'
import { labeledExpand, labeledExtract } from './kdf.ts'
import { kemDecapsulate, kemEncapsulate } from './kem.ts'

/** `aead` undefined: export only (RFC 9180 §5.3). */
export type HpkeSuite = {
  readonly kem: KemParameters
  readonly kdf: KdfParameters
  readonly aead: AeadParameters | undefined
}

/** A pre-shared key of PSK mode (§5.1.2): at least 32 bytes of entropy. */
export type HpkePsk = { readonly psk: Uint8Array; readonly id: Uint8Array }

/** `info` hashed once: the key_schedule_context of any number of recipients. */
export type HpkeInfo = {
  readonly suite: HpkeSuite
  readonly id: Uint8Array
  readonly context: Uint8Array
  readonly psk: Uint8Array
}

export type HpkeContext = {
  readonly key: Uint8Array
  readonly baseNonce: Uint8Array
  readonly exporterSecret: Uint8Array
}

export async function hpkeInfo(
  provider: Provider,
  suite: HpkeSuite,
  info: Uint8Array,
  psk?: HpkePsk,
): Promise<HpkeInfo> {
  const numbers = [suite.kem.id, suite.kdf.id, suite.aead?.id ?? 0xffff]
  const id = concat(ascii('HPKE'), Uint8Array.from(numbers.flatMap((n) => [n >> 8, n & 0xff])))
  const pskIdHash = await labeledExtract(provider, suite.kdf.hash, id, noBytes, 'psk_id_hash', psk?.id ?? noBytes)
  const infoHash = await labeledExtract(provider, suite.kdf.hash, id, noBytes, 'info_hash', info)
  return {
    suite,
    id,
    context: concat(Uint8Array.of(psk === undefined ? 0 : 1), pskIdHash, infoHash),
    psk: psk?.psk ?? noBytes,
  }
}

function keySecret(provider: Provider, info: HpkeInfo, sharedSecret: Uint8Array) {
  return labeledExtract(provider, info.suite.kdf.hash, info.id, sharedSecret, 'secret', info.psk)
}

async function sealingKeys(
  provider: Provider,
  info: HpkeInfo,
  sharedSecret: Uint8Array,
): Promise<Omit<HpkeContext, 'exporterSecret'>> {
  const { suite, id, context } = info
  const secret = await keySecret(provider, info, sharedSecret)
  if (suite.aead === undefined) return { key: noBytes, baseNonce: noBytes }
  const keys = {
    key: await labeledExpand(provider, suite.kdf, id, secret, 'key', context, suite.aead.keyLength),
    baseNonce: await labeledExpand(provider, suite.kdf, id, secret, 'base_nonce', context, nonceLength),
  }
  secret.fill(0)
  return keys
}

/** KeySchedule (§5.1): the keys of a shared secret. */
export async function hpkeKeySchedule(
  provider: Provider,
  info: HpkeInfo,
  sharedSecret: Uint8Array,
): Promise<HpkeContext> {
  const keys = await sealingKeys(provider, info, sharedSecret)
  const secret = await keySecret(provider, info, sharedSecret)
  return {
    ...keys,
    exporterSecret: await labeledExpand(
      provider,
      info.suite.kdf,
      info.id,
      secret,
      'exp',
      info.context,
      info.suite.kdf.length,
    ),
  }
}

/** The nonce of the n-th message of a context (§5.2). */
export function hpkeNonce(baseNonce: Uint8Array, sequence: number): Uint8Array {
  const nonce = baseNonce.slice()
  for (let i = nonce.length - 1, left = sequence; left > 0; i--, left = Math.floor(left / 256))
    nonce[i] = (nonce[i] ?? 0) ^ (left & 0xff)
  return nonce
}

/** Context.Export (§5.3) */
export function hpkeExport(
  provider: Provider,
  info: HpkeInfo,
  context: HpkeContext,
  exporterContext: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  return labeledExpand(provider, info.suite.kdf, info.id, context.exporterSecret, 'sec', exporterContext, length)
}

export type HpkeSealed = { readonly kemOutput: Uint8Array; readonly ciphertext: Uint8Array }

/** Single-shot seal (§6.1). `undefined`: not a public key. */
export async function hpkeSeal(
  provider: Provider,
  info: HpkeInfo,
  publicKey: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Promise<HpkeSealed | undefined> {
  const { aead, kem } = info.suite
  if (aead === undefined) throw new Error('an export-only suite seals nothing')
  const encapsulated = await kemEncapsulate(provider, kem, publicKey)
  if (encapsulated === undefined) return undefined
  const { key, baseNonce } = await sealingKeys(provider, info, encapsulated.secret)
  encapsulated.secret.fill(0)
  const ciphertext = await provider.seal(aead.name, key, baseNonce, aad, plaintext)
  key.fill(0)
  return { kemOutput: encapsulated.output, ciphertext }
}

/** Single-shot open (§6.1). `undefined`: not sealed to this key with this info. */
export async function hpkeOpen(
  provider: Provider,
  info: HpkeInfo,
  keys: KeyPair,
  sealed: HpkeSealed,
  aad: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { aead, kem } = info.suite
  if (aead === undefined) throw new Error('an export-only suite opens nothing')
  const secret = await kemDecapsulate(provider, kem, keys, sealed.kemOutput)
  if (secret === undefined) return undefined
  const { key, baseNonce } = await sealingKeys(provider, info, secret)
  secret.fill(0)
  const plaintext = await provider.open(aead.name, key, baseNonce, aad, sealed.ciphertext)
  key.fill(0)
  return plaintext
}

/** SetupBaseS / SetupBaseR for their exporter alone (§5.3, §5.1.1). */
export async function hpkeSendExport(
  provider: Provider,
  info: HpkeInfo,
  publicKey: Uint8Array,
  exporterContext: Uint8Array,
  length: number,
): Promise<{ readonly kemOutput: Uint8Array; readonly secret: Uint8Array } | undefined> {
  const encapsulated = await kemEncapsulate(provider, info.suite.kem, publicKey)
  if (encapsulated === undefined) return undefined
  const context = await hpkeKeySchedule(provider, info, encapsulated.secret)
  return { kemOutput: encapsulated.output, secret: await hpkeExport(provider, info, context, exporterContext, length) }
}

export async function hpkeReceiveExport(
  provider: Provider,
  info: HpkeInfo,
  keys: KeyPair,
  kemOutput: Uint8Array,
  exporterContext: Uint8Array,
  length: number,
): Promise<Uint8Array | undefined> {
  const secret = await kemDecapsulate(provider, info.suite.kem, keys, kemOutput)
  if (secret === undefined) return undefined
  return hpkeExport(provider, info, await hpkeKeySchedule(provider, info, secret), exporterContext, length)
}
