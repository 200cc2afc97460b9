/** The labeled functions every part of MLS is built from (RFC 9420 §5.1, §5.2, §8), bound to one suite and one provider. */
import { ascii, noBytes } from './bytes.ts'
import { encode, opaqueSize } from './codec.ts'
import { hpkeInfo, hpkeOpen, hpkeSeal, type HpkeInfo, type HpkeSealed } from './hpke/hpke.ts'
import { expand } from './hpke/kdf.ts'
import type { KeyPair, MaybePromise, Provider } from './provider.ts'
import { knownSuite, type SuiteParameters } from './suites.ts'
import type { CipherSuite } from './types.ts'

/** What the engine's inner functions are given: primitives and the parameters to use them with. */
export type Crypto = { readonly provider: Provider; readonly suite: SuiteParameters }

export function cryptoOf(provider: Provider, suite: CipherSuite): Crypto {
  return { provider, suite: knownSuite(suite) }
}

export function hash(c: Crypto, data: Uint8Array): MaybePromise<Uint8Array> {
  return c.provider.hash(c.suite.hash, data)
}

/** MAC and KDF.Extract are the same function: HMAC (§5.1). */
export function mac(c: Crypto, key: Uint8Array, data: Uint8Array): MaybePromise<Uint8Array> {
  return c.provider.hmac(c.suite.hash, key, data)
}

export function extract(c: Crypto, salt: Uint8Array, keyMaterial: Uint8Array): MaybePromise<Uint8Array> {
  return c.provider.hmac(c.suite.hash, salt, keyMaterial)
}

export function zeroSecret(c: Crypto): Uint8Array {
  return new Uint8Array(c.suite.hashLength)
}

const labels = new Map<string, Uint8Array>()

/** "MLS 1.0 " + label as opaque<V> */
function mlsLabel(label: string): Uint8Array {
  const known = labels.get(label)
  if (known !== undefined) return known
  const encoded = encode((w) => w.opaque(ascii(`MLS 1.0 ${label}`)))
  if (labels.size < 128) labels.set(label, encoded)
  return encoded
}

/** ExpandWithLabel (§8) */
export function expandWithLabel(
  c: Crypto,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  const info = encode((w) => {
    w.u16(length)
    w.raw(mlsLabel(label))
    w.opaque(context)
  }, context.length + 48)
  return expand(c.provider, c.suite.kdf, secret, info, length)
}

/** DeriveSecret (§8) */
export function deriveSecret(c: Crypto, secret: Uint8Array, label: string): Promise<Uint8Array> {
  return expandWithLabel(c, secret, label, noBytes, c.suite.hashLength)
}

/** DeriveTreeSecret (§9.1) */
export function deriveTreeSecret(
  c: Crypto,
  secret: Uint8Array,
  label: string,
  generation: number,
  length: number,
): Promise<Uint8Array> {
  return expandWithLabel(
    c,
    secret,
    label,
    encode((w) => w.u32(generation), 4),
    length,
  )
}

/** What is signed: in one piece, or in parts that stand one after the other. */
export type Signed = Uint8Array | readonly Uint8Array[]

function signContent(label: string, content: Signed): Uint8Array {
  const parts = content instanceof Uint8Array ? [content] : content
  const encodedLabel = mlsLabel(label)
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return encode(
    (w) => {
      w.raw(encodedLabel)
      w.opaqueOf(parts)
    },
    encodedLabel.length + opaqueSize(length),
  )
}

/** SignWithLabel (§5.1.2). Throws when the private key is none of the suite: a bug of the caller. */
export async function signWithLabel(
  c: Crypto,
  privateKey: Uint8Array,
  label: string,
  content: Signed,
): Promise<Uint8Array> {
  const signature = await c.provider.sign(c.suite.signature, privateKey, signContent(label, content))
  if (signature === undefined) throw new Error('the signature private key does not belong to the suite')
  return signature
}

/** VerifyWithLabel (§5.1.2) */
export async function verifyWithLabel(
  c: Crypto,
  publicKey: Uint8Array,
  label: string,
  content: Signed,
  signature: Uint8Array,
): Promise<boolean> {
  return c.provider.verify(c.suite.signature, publicKey, signContent(label, content), signature)
}

/** The EncryptContext of EncryptWithLabel (§5.1.3), hashed once for any number of recipients. */
export function encryptContext(c: Crypto, label: string, context: Uint8Array): Promise<HpkeInfo> {
  const info = encode((w) => {
    w.raw(mlsLabel(label))
    w.opaque(context)
  }, context.length + 48)
  return hpkeInfo(c.provider, c.suite, info)
}

/** EncryptWithLabel. `undefined`: not a public key of the suite. */
export function encryptWith(
  c: Crypto,
  context: HpkeInfo,
  publicKey: Uint8Array,
  plaintext: Uint8Array,
): Promise<HpkeSealed | undefined> {
  return hpkeSeal(c.provider, context, publicKey, noBytes, plaintext)
}

/** DecryptWithLabel */
export function decryptWith(
  c: Crypto,
  context: HpkeInfo,
  keys: KeyPair,
  sealed: HpkeSealed,
): Promise<Uint8Array | undefined> {
  return hpkeOpen(c.provider, context, keys, sealed, noBytes)
}

/** RefHash (§5.2) */
export async function refHash(c: Crypto, label: string, value: Uint8Array): Promise<Uint8Array> {
  return hash(
    c,
    encode((w) => {
      w.opaque(ascii(label))
      w.opaque(value)
    }, value.length + 48),
  )
}

export function keyPackageReference(c: Crypto, encodedKeyPackage: Uint8Array): Promise<Uint8Array> {
  return refHash(c, 'MLS 1.0 KeyPackage Reference', encodedKeyPackage)
}

export function proposalReference(c: Crypto, encodedAuthenticatedContent: Uint8Array): Promise<Uint8Array> {
  return refHash(c, 'MLS 1.0 Proposal Reference', encodedAuthenticatedContent)
}
