/**
 * WebCrypto, as pages, workers and Node have it. HMAC and the hashing of little run on noble: there a call into WebCrypto costs more than
 * the work. What an engine lacks (ML-KEM, ChaCha20-Poly1305, the 448 curves, Curve25519 in old engines) runs on noble too.
 */
import type { CurveName, KeyPair, Provider, SignatureName } from '../provider.ts'
import { ed25519WellFormed } from './ed25519-rules.ts'
import { nobleProvider } from './noble.ts'

/** The part of WebCrypto used here, so that the package needs no DOM types. */
type Key = { readonly type: string }
type Subtle = {
  importKey(
    format: 'raw' | 'jwk' | 'pkcs8',
    data: Uint8Array | object,
    algorithm: object | string,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<Key>
  encrypt(algorithm: object, key: Key, data: Uint8Array): Promise<ArrayBuffer>
  decrypt(algorithm: object, key: Key, data: Uint8Array): Promise<ArrayBuffer>
  exportKey(format: 'jwk', key: Key): Promise<{ readonly x?: string }>
  digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer>
  deriveBits(algorithm: object, key: Key, length: number | null): Promise<ArrayBuffer>
  sign(algorithm: object, key: Key, data: Uint8Array): Promise<ArrayBuffer>
  verify(algorithm: object, key: Key, signature: Uint8Array, data: Uint8Array): Promise<boolean>
}
type WebCrypto = { readonly subtle: Subtle; getRandomValues(array: Uint8Array): Uint8Array }

const digestNames = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const
/** From here on Chromium's WebCrypto is faster: a kilobyte takes 4 µs there (SHA-384: 11) and 18 (27) on noble. */
const digestMinBytes = 1024

const pkcs8Prefixes = {
  x25519: [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20],
  ed25519: [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20],
} as const

function pkcs8(name: keyof typeof pkcs8Prefixes, privateKey: Uint8Array): Uint8Array {
  return Uint8Array.of(...pkcs8Prefixes[name], ...privateKey)
}

function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
}

async function quietly<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch {
    return undefined
  }
}

/** Imports each key once; a key that cannot be imported is `undefined` each time. */
function importOnce(load: (bytes: Uint8Array) => Promise<Key>): (bytes: Uint8Array) => Promise<Key | undefined> {
  const cache = new WeakMap<Uint8Array, Promise<Key | undefined>>()
  return (bytes) => {
    const known = cache.get(bytes)
    if (known !== undefined) return known
    const key = quietly(load(bytes))
    cache.set(bytes, key)
    return key
  }
}

/** Web cryptography of the global scope; throws where there is none. */
export function webProvider(): Provider {
  const web = (globalThis as unknown as { crypto?: WebCrypto }).crypto
  if (web?.subtle === undefined)
    throw new Error('this environment has no WebCrypto (a page must be served over https or from localhost)')
  const { subtle } = web
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 65536) web.getRandomValues(bytes.subarray(at, at + 65536))
    return bytes
  }
  const noble = nobleProvider(random)
  const x25519Public = importOnce((bytes) => subtle.importKey('raw', bytes, { name: 'X25519' }, false, []))
  const x25519Private = importOnce((bytes) =>
    subtle.importKey('pkcs8', pkcs8('x25519', bytes), { name: 'X25519' }, true, ['deriveBits']),
  )
  const ed25519Public = importOnce((bytes) => subtle.importKey('raw', bytes, { name: 'Ed25519' }, false, ['verify']))
  const ed25519Private = importOnce((bytes) =>
    subtle.importKey('pkcs8', pkcs8('ed25519', bytes), { name: 'Ed25519' }, false, ['sign']),
  )
  let curve25519: Promise<boolean> | undefined
  /** whether the engine knows X25519 and Ed25519: asked once, with keys known to be good */
  const hasCurve25519 = (): Promise<boolean> =>
    (curve25519 ??= (async () => {
      const one = new Uint8Array(32).fill(1)
      return (await x25519Private(one)) !== undefined && (await ed25519Private(one)) !== undefined
    })())

  async function x25519(keys: KeyPair, peerPublicKey: Uint8Array): Promise<Uint8Array | undefined> {
    const own = await x25519Private(keys.privateKey)
    const peer = await x25519Public(peerPublicKey)
    if (own === undefined || peer === undefined) return undefined
    const bits = await quietly(subtle.deriveBits({ name: 'X25519', public: peer }, own, 256))
    const secret = bits && new Uint8Array(bits)
    return secret?.some((byte) => byte !== 0) ? secret : undefined
  }

  return {
    ...noble,
    random,
    hash: (name, data) =>
      data.length < digestMinBytes
        ? noble.hash(name, data)
        : subtle.digest(digestNames[name], data).then((digest) => new Uint8Array(digest)),
    async dhPublic(curve, privateKey) {
      if (curve !== 'x25519' || !(await hasCurve25519())) return noble.dhPublic(curve, privateKey)
      const key = await x25519Private(privateKey)
      const exported = key && (await quietly(subtle.exportKey('jwk', key)))
      return exported?.x === undefined ? noble.dhPublic(curve, privateKey) : fromBase64Url(exported.x)
    },
    async seal(name, key, nonce, aad, plaintext) {
      if (name === 'chacha20poly1305') return noble.seal(name, key, nonce, aad, plaintext)
      const imported = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt'])
      return new Uint8Array(
        await subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: aad }, imported, plaintext),
      )
    },
    async open(name, key, nonce, aad, ciphertext) {
      if (name === 'chacha20poly1305') return noble.open(name, key, nonce, aad, ciphertext)
      const imported = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
      const plaintext = await quietly(
        subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData: aad }, imported, ciphertext),
      )
      return plaintext && new Uint8Array(plaintext)
    },
    async dh(curve: CurveName, keys, peerPublicKey) {
      return curve === 'x25519' && (await hasCurve25519())
        ? x25519(keys, peerPublicKey)
        : noble.dh(curve, keys, peerPublicKey)
    },
    async sign(name: SignatureName, privateKey, data) {
      if (name !== 'ed25519' || !(await hasCurve25519())) return noble.sign(name, privateKey, data)
      const key = await ed25519Private(privateKey)
      return key && new Uint8Array(await subtle.sign({ name: 'Ed25519' }, key, data))
    },
    async verify(name: SignatureName, publicKey, data, signature) {
      if (name !== 'ed25519' || !(await hasCurve25519())) return noble.verify(name, publicKey, data, signature)
      if (!ed25519WellFormed(publicKey, signature)) return false
      const key = await ed25519Public(publicKey)
      return key !== undefined && ((await quietly(subtle.verify({ name: 'Ed25519' }, key, signature, data))) ?? false)
    },
  }
}
