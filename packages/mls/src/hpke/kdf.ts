/** HKDF (RFC 5869) and the labeled forms of HPKE (RFC 9180 §4). */
import { ascii, concat } from '../bytes.ts'
import type { HashName, MaybePromise, Provider } from '../provider.ts'
import type { KdfParameters } from '../suites.ts'

const version = ascii('HPKE-v1')

/** HKDF-Expand. `length` at most 255 hash lengths. */
export async function expand(
  provider: Provider,
  kdf: KdfParameters,
  prk: Uint8Array,
  info: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  if (length <= kdf.length) {
    const block = await provider.hmac(kdf.hash, prk, withCounter(info))
    return length === kdf.length ? block : block.slice(0, length)
  }
  if (length > 255 * kdf.length) throw new Error('HKDF cannot expand that far')
  const out = new Uint8Array(length)
  let block: Uint8Array = new Uint8Array(0)
  for (let at = 0, counter = 1; at < length; at += kdf.length, counter++) {
    block = await provider.hmac(kdf.hash, prk, concat(block, info, Uint8Array.of(counter)))
    out.set(block.subarray(0, length - at), at)
  }
  return out
}

/** info || 0x01: what the first block is made of */
function withCounter(info: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(info.length + 1)
  bytes.set(info)
  bytes[info.length] = 1
  return bytes
}

/** LabeledExtract(salt, label, ikm) */
export function labeledExtract(
  provider: Provider,
  hash: HashName,
  suiteId: Uint8Array,
  salt: Uint8Array,
  label: string,
  ikm: Uint8Array,
): MaybePromise<Uint8Array> {
  return provider.hmac(hash, salt, concat(version, suiteId, ascii(label), ikm))
}

/** LabeledExpand(prk, label, info, L) */
export function labeledExpand(
  provider: Provider,
  kdf: KdfParameters,
  suiteId: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  return expand(
    provider,
    kdf,
    prk,
    concat(Uint8Array.of(length >> 8, length & 0xff), version, suiteId, ascii(label), info),
    length,
  )
}
