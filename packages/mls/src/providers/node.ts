/** Native primitives of Node: synchronous calls, keys imported once. The only file that knows node:crypto. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  hash,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import type { AeadName, CurveName, Provider, SignatureName } from '../provider.ts'
import { tagLength } from '../suites.ts'
import { ed25519WellFormed } from './ed25519-rules.ts'
import { attempt, signatureKeyLengths } from './noble.ts'

const ciphers = {
  aes128gcm: 'aes-128-gcm',
  aes256gcm: 'aes-256-gcm',
  chacha20poly1305: 'chacha20-poly1305',
} as const satisfies Record<AeadName, string>

/** Names of asymmetric keys as Node's raw formats take them. */
type KeyName = CurveName | SignatureName | 'ml-kem-768'
const namedCurves: Readonly<Partial<Record<KeyName, string>>> = {
  p256: 'prime256v1',
  p384: 'secp384r1',
  p521: 'secp521r1',
}
const digests: Readonly<Partial<Record<SignatureName, string>>> = { p256: 'sha256', p384: 'sha384', p521: 'sha512' }

function rawKey(name: KeyName, key: Uint8Array, format: 'raw-public' | 'raw-private' | 'raw-seed') {
  const namedCurve = namedCurves[name]
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  return namedCurve === undefined
    ? { key: bytes, format, asymmetricKeyType: name }
    : { key: bytes, format, asymmetricKeyType: 'ec', namedCurve }
}

type Import = (input: ReturnType<typeof rawKey>) => KeyObject
// The type declarations lag behind Node's raw key formats.
const importPublic = createPublicKey as unknown as Import
const importPrivate = createPrivateKey as unknown as Import
function exportRaw(key: KeyObject): Uint8Array {
  const exportAs = key.export as unknown as (this: KeyObject, options: { format: 'raw-public' }) => Buffer
  return bytesOf(exportAs.call(key, { format: 'raw-public' }))
}

/** A plain Uint8Array of its own, never a view on Node's shared pool: a buffer that is alone in its memory is not copied. */
function bytesOf(buffer: Uint8Array): Uint8Array {
  return buffer.byteLength === buffer.buffer.byteLength ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer)
}

/** One cache per kind of key: the same bytes may serve as a private key of one curve only, but stay on the safe side. */
function keyCache(
  load: (name: KeyName, bytes: Uint8Array) => KeyObject,
): (name: KeyName, bytes: Uint8Array) => KeyObject | undefined {
  const caches = new Map<KeyName, WeakMap<Uint8Array, KeyObject>>()
  return (name, bytes) => {
    let cache = caches.get(name)
    if (cache === undefined) caches.set(name, (cache = new WeakMap()))
    const known = cache.get(bytes)
    if (known !== undefined) return known
    const key = attempt(() => load(name, bytes))
    if (key !== undefined) cache.set(bytes, key)
    return key
  }
}

/** Node's native cryptography. Every method answers at once. */
export function nodeProvider(): Provider {
  const publicKey = keyCache((name, bytes) => importPublic(rawKey(name, bytes, 'raw-public')))
  const privateKey = keyCache((name, bytes) =>
    importPrivate(rawKey(name, bytes, name === 'ml-kem-768' ? 'raw-seed' : 'raw-private')),
  )
  const uncompressed = (name: KeyName, bytes: Uint8Array): boolean => namedCurves[name] === undefined || bytes[0] === 4
  return {
    random: (length) => bytesOf(randomBytes(length)),
    hash: (name, data) => bytesOf(hash(name, data, 'buffer')),
    hmac: (name, key, data) => bytesOf(createHmac(name, key).update(data).digest()),
    sha3: (data) => bytesOf(hash('sha3-256', data, 'buffer')),
    shake: (data, length) => bytesOf(createHash('shake256', { outputLength: length }).update(data).digest()),
    seal(name, key, nonce, aad, plaintext) {
      const cipher = createCipheriv(ciphers[name] as 'aes-128-gcm', key, nonce, { authTagLength: tagLength })
      cipher.setAAD(aad, { plaintextLength: plaintext.length })
      const out = new Uint8Array(plaintext.length + tagLength)
      out.set(cipher.update(plaintext), 0)
      cipher.final()
      out.set(cipher.getAuthTag(), plaintext.length)
      return out
    },
    open(name, key, nonce, aad, ciphertext) {
      if (ciphertext.length < tagLength) return undefined
      return attempt(() => {
        const length = ciphertext.length - tagLength
        const decipher = createDecipheriv(ciphers[name] as 'aes-128-gcm', key, nonce, { authTagLength: tagLength })
        decipher.setAAD(aad, { plaintextLength: length })
        decipher.setAuthTag(ciphertext.subarray(length))
        const plaintext = decipher.update(ciphertext.subarray(0, length))
        decipher.final()
        return bytesOf(plaintext)
      })
    },
    dhPublic(curve, bytes) {
      const key = privateKey(curve, bytes)
      return key && attempt(() => exportRaw(createPublicKey(key)))
    },
    dh(curve, keys, peerPublicKey) {
      const own = privateKey(curve, keys.privateKey)
      const peer = uncompressed(curve, peerPublicKey) ? publicKey(curve, peerPublicKey) : undefined
      return own && peer && attempt(() => bytesOf(diffieHellman({ privateKey: own, publicKey: peer })))
    },
    mlkemPublic(seed) {
      const key = privateKey('ml-kem-768', seed)
      if (key === undefined) throw new Error('an ML-KEM seed has 64 bytes')
      return exportRaw(createPublicKey(key))
    },
    mlkemEncapsulate(bytes) {
      const key = publicKey('ml-kem-768', bytes)
      return (
        key &&
        attempt(() => {
          const { sharedKey, ciphertext } = encapsulate(key)
          return { secret: bytesOf(sharedKey), ciphertext: bytesOf(ciphertext) }
        })
      )
    },
    mlkemDecapsulate(seed, ciphertext) {
      const key = privateKey('ml-kem-768', seed)
      return key && attempt(() => bytesOf(decapsulate(key, ciphertext)))
    },
    signatureKeyPair(name) {
      // A random scalar is a private key of its curve but with probability below 2^-32 (P-521: its top bits are cleared first).
      for (;;) {
        const bytes = bytesOf(randomBytes(signatureKeyLengths[name]))
        if (name === 'p521') bytes[0] = (bytes[0] ?? 0) & 1
        const key = privateKey(name, bytes)
        if (key !== undefined) return { privateKey: bytes, publicKey: exportRaw(createPublicKey(key)) }
      }
    },
    sign(name, bytes, data) {
      const key = privateKey(name, bytes)
      return key && attempt(() => bytesOf(sign(digests[name], data, key)))
    },
    verify(name, bytes, data, signature) {
      if (name === 'ed25519' && !ed25519WellFormed(bytes, signature)) return false
      const key = uncompressed(name, bytes) ? publicKey(name, bytes) : undefined
      return key !== undefined && (attempt(() => verify(digests[name], data, key, signature)) ?? false)
    },
  }
}
