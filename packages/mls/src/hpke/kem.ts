/** The KEMs of HPKE: DHKEM (RFC 9180 §4.1) and X-Wing (draft-connolly-cfrg-xwing-kem). */
import { ascii, concat, noBytes } from '../bytes.ts'
import type { KeyPair, Provider } from '../provider.ts'
import { kdfs, type KemParameters } from '../suites.ts'
import { labeledExpand, labeledExtract } from './kdf.ts'

export type Encapsulated = { readonly secret: Uint8Array; readonly output: Uint8Array }

type Dh = Extract<KemParameters, { kind: 'dh' }>

function suiteId(kem: KemParameters): Uint8Array {
  return concat(ascii('KEM'), Uint8Array.of(kem.id >> 8, kem.id & 0xff))
}

/** A fresh key pair. Any random bytes are a private key of X25519, X448 and X-Wing; a scalar of the NIST curves has to be derived. */
export async function kemGenerate(provider: Provider, kem: KemParameters): Promise<KeyPair> {
  const random = provider.random(Math.max(kem.privateLength, 32))
  return isEveryStringAKey(kem) ? expectKeys(await kemPair(provider, kem, random)) : kemDerive(provider, kem, random)
}

function isEveryStringAKey(kem: KemParameters): boolean {
  return kem.kind === 'xwing' || kem.curve === 'x25519' || kem.curve === 'x448'
}

/** DeriveKeyPair(ikm) (RFC 9180 §7.1.3; for X-Wing §5.8 of its draft). */
export async function kemDerive(provider: Provider, kem: KemParameters, ikm: Uint8Array): Promise<KeyPair> {
  if (kem.kind === 'xwing') return expectKeys(await xwingPair(provider, await provider.shake(ikm, 32)))
  const prk = await labeledExtract(provider, kem.hash, suiteId(kem), noBytes, 'dkp_prk', ikm)
  if (isEveryStringAKey(kem)) {
    const privateKey = await labeledExpand(
      provider,
      kdfs[kem.hash],
      suiteId(kem),
      prk,
      'sk',
      noBytes,
      kem.privateLength,
    )
    return expectKeys(await kemPair(provider, kem, privateKey))
  }
  for (let counter = 0; counter < 256; counter++) {
    const privateKey = await labeledExpand(
      provider,
      kdfs[kem.hash],
      suiteId(kem),
      prk,
      'candidate',
      Uint8Array.of(counter),
      kem.privateLength,
    )
    if (kem.curve === 'p521') privateKey[0] = (privateKey[0] ?? 0) & 1
    const keys = await kemPair(provider, kem, privateKey)
    if (keys !== undefined) return keys
  }
  throw new Error('256 candidates in a row were no private key')
}

function expectKeys(keys: KeyPair | undefined): KeyPair {
  if (keys === undefined) throw new Error('a derived private key was not accepted')
  return keys
}

/** The pair of a serialized private key; `undefined` when it is none. */
export async function kemPair(
  provider: Provider,
  kem: KemParameters,
  privateKey: Uint8Array,
): Promise<KeyPair | undefined> {
  if (privateKey.length !== kem.privateLength) return undefined
  if (kem.kind === 'xwing') return xwingPair(provider, privateKey)
  const publicKey = await provider.dhPublic(kem.curve, privateKey)
  return publicKey && { publicKey, privateKey }
}

/** Encap(pkR). `ephemeral` only to reproduce test vectors. `undefined`: not a public key of this KEM. */
export async function kemEncapsulate(
  provider: Provider,
  kem: KemParameters,
  publicKey: Uint8Array,
  ephemeral?: KeyPair,
): Promise<Encapsulated | undefined> {
  if (publicKey.length !== kem.publicLength) return undefined
  if (kem.kind === 'xwing') return xwingEncapsulate(provider, publicKey)
  const keys = ephemeral ?? (await kemGenerate(provider, kem))
  const dh = await provider.dh(kem.curve, keys, publicKey)
  if (ephemeral === undefined) keys.privateKey.fill(0)
  return dh && { secret: await extractAndExpand(provider, kem, dh, keys.publicKey, publicKey), output: keys.publicKey }
}

/** Decap(enc, skR). `undefined`: no such encapsulation can exist (wrong length, bad point). */
export async function kemDecapsulate(
  provider: Provider,
  kem: KemParameters,
  keys: KeyPair,
  output: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (kem.kind === 'xwing') return xwingDecapsulate(provider, keys, output)
  if (output.length !== kem.publicLength) return undefined
  const dh = await provider.dh(kem.curve, keys, output)
  return dh && extractAndExpand(provider, kem, dh, output, keys.publicKey)
}

async function extractAndExpand(
  provider: Provider,
  kem: Dh,
  dh: Uint8Array,
  output: Uint8Array,
  publicKey: Uint8Array,
): Promise<Uint8Array> {
  const id = suiteId(kem)
  const prk = await labeledExtract(provider, kem.hash, id, noBytes, 'eae_prk', dh)
  dh.fill(0)
  const secret = await labeledExpand(
    provider,
    kdfs[kem.hash],
    id,
    prk,
    'shared_secret',
    concat(output, publicKey),
    kdfs[kem.hash].length,
  )
  prk.fill(0)
  return secret
}

// X-Wing

const mlkemPublicLength = 1184
const mlkemCiphertextLength = 1088
const xwingLabel = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c)

type ExpandedKey = { readonly seed: Uint8Array; readonly scalar: Uint8Array }
const expandedKeys = new WeakMap<Uint8Array, ExpandedKey>()

/** expandDecapsulationKey: the ML-KEM seed and the X25519 scalar. Kept per key, so that a provider can cache what it imports. */
async function expandKey(provider: Provider, privateKey: Uint8Array): Promise<ExpandedKey> {
  const known = expandedKeys.get(privateKey)
  if (known !== undefined) return known
  const bytes = await provider.shake(privateKey, 96)
  const expanded = { seed: bytes.slice(0, 64), scalar: bytes.slice(64, 96) }
  bytes.fill(0)
  expandedKeys.set(privateKey, expanded)
  return expanded
}

/**
 * Overwrites secrets that are of no more use (`consumed`, {@link secretsOver}), with what was made from them and kept.
 * What a provider keeps inside goes with the arrays, when memory is cleared up.
 */
export function erase(secrets: Iterable<Uint8Array>): void {
  for (const secret of secrets) {
    const expanded = expandedKeys.get(secret)
    for (const part of expanded === undefined ? [secret] : [secret, expanded.seed, expanded.scalar]) part.fill(0)
    expandedKeys.delete(secret)
  }
}

async function xwingPair(provider: Provider, privateKey: Uint8Array): Promise<KeyPair | undefined> {
  const { seed, scalar } = await expandKey(provider, privateKey)
  const x = await provider.dhPublic('x25519', scalar)
  return x && { privateKey, publicKey: concat(await provider.mlkemPublic(seed), x) }
}

/** Both secrets are spent by this. */
async function combine(
  provider: Provider,
  secretM: Uint8Array,
  secretX: Uint8Array,
  outputX: Uint8Array,
  publicX: Uint8Array,
): Promise<Uint8Array> {
  const together = concat(secretM, secretX, outputX, publicX, xwingLabel)
  const secret = await provider.sha3(together)
  for (const spent of [together, secretM, secretX]) spent.fill(0)
  return secret
}

/** The X25519 half takes all-zero results as X-Wing does: its combiner needs no check of the point. */
const zeros = new Uint8Array(32)

type Halves = { readonly m: Uint8Array; readonly x: Uint8Array }
const halves = new WeakMap<Uint8Array, Halves>()

function splitPublic(publicKey: Uint8Array): Halves {
  const known = halves.get(publicKey)
  if (known !== undefined) return known
  const split = { m: publicKey.subarray(0, mlkemPublicLength), x: publicKey.subarray(mlkemPublicLength) }
  halves.set(publicKey, split)
  return split
}

async function xwingEncapsulate(provider: Provider, publicKey: Uint8Array): Promise<Encapsulated | undefined> {
  const { m, x } = splitPublic(publicKey)
  const encapsulated = await provider.mlkemEncapsulate(m)
  if (encapsulated === undefined) return undefined
  const scalar = provider.random(32)
  const outputX = await provider.dhPublic('x25519', scalar)
  if (outputX === undefined) return undefined
  const secretX = (await provider.dh('x25519', { privateKey: scalar, publicKey: outputX }, x)) ?? zeros
  scalar.fill(0)
  return {
    secret: await combine(provider, encapsulated.secret, secretX, outputX, x),
    output: concat(encapsulated.ciphertext, outputX),
  }
}

async function xwingDecapsulate(
  provider: Provider,
  keys: KeyPair,
  output: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (output.length !== mlkemCiphertextLength + 32) return undefined
  const { seed, scalar } = await expandKey(provider, keys.privateKey)
  const { x } = splitPublic(keys.publicKey)
  const outputX = output.slice(mlkemCiphertextLength)
  const secretM = await provider.mlkemDecapsulate(seed, output.slice(0, mlkemCiphertextLength))
  const secretX = (await provider.dh('x25519', { privateKey: scalar, publicKey: x }, outputX)) ?? zeros
  return secretM && combine(provider, secretM, secretX, outputX, x)
}
