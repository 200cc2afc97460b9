/**
 * One rule for Ed25519 everywhere. RFC 8032 leaves room (with or without cofactor, odd encodings, points of small order), and native
 * implementations use it differently. Members must agree on which commit is valid, so every provider verifies alike: canonical encodings,
 * no points of small order, S below the group order, and the equation without cofactor.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, sameBytes } from '../bytes.ts'

const order = ed25519.Point.Fn.ORDER

/** the prime 2^255 - 19, below which a y-coordinate stands */
const primeBytes = littleEndianBytes(2n ** 255n - 19n)
const orderBytes = littleEndianBytes(order)

/** y-coordinates of the eight points whose order divides the cofactor */
const smallOrder: readonly Uint8Array[] = [
  0n,
  1n,
  2n ** 255n - 20n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
].map(littleEndianBytes)

function littleEndianBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

/** Whether 32 bytes from `at` on, as a little-endian number, are below `bound`. `topMask` is laid on the highest byte. */
function below(bytes: Uint8Array, at: number, bound: Uint8Array, topMask: number): boolean {
  for (let i = 31; i >= 0; i--) {
    const byte = (bytes[at + i] ?? 0) & (i === 31 ? topMask : 0xff)
    const other = bound[i] ?? 0
    if (byte !== other) return byte < other
  }
  return false
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return value
}

/** A point's encoding is y with the sign of x in its highest bit. */
function goodPoint(bytes: Uint8Array): boolean {
  return below(bytes, 0, primeBytes, 0x7f) && !smallOrder.some((y) => isY(bytes, y))
}

function isY(bytes: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (bytes[i] !== y[i]) return false
  return ((bytes[31] ?? 0) & 0x7f) === y[31]
}

const goodKeys = new WeakMap<Uint8Array, boolean>()

/** What must hold before a native verification is asked. */
export function ed25519WellFormed(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const known = goodKeys.get(publicKey)
  const good = known ?? goodPoint(publicKey)
  if (known === undefined) goodKeys.set(publicKey, good)
  return good && goodPoint(signature) && below(signature, 32, orderBytes, 0xff)
}

/** The same without a native implementation: R is the encoding of [S]B - [k]A. Throws for a key that is no point. */
export function ed25519Verify(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  if (!ed25519WellFormed(publicKey, signature)) return false
  const { BASE } = ed25519.Point
  const a = ed25519.Point.fromBytes(publicKey)
  const k = littleEndian(sha512(concat(signature.subarray(0, 32), publicKey, data))) % order
  const r = BASE.multiplyUnsafe(littleEndian(signature.subarray(32))).subtract(a.multiplyUnsafe(k))
  return sameBytes(r.toBytes(), signature.subarray(0, 32))
}
