/** Primitives in plain ECMAScript. Curves few need load when first used. */
import { gcm } from '@noble/ciphers/aes.js'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { sha3_256, shake256 } from '@noble/hashes/sha3.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { ed25519Verify } from './ed25519-rules.ts'
import type { AeadName, CurveName, KeyPair, MaybePromise, Provider, SignatureName } from '../provider.ts'

const hashes = { sha256, sha384, sha512 }

/** `work`'s result, or `undefined` when the library throws: it throws for keys and bytes that are not what they should be. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

type Montgomery = {
  getPublicKey(privateKey: Uint8Array): Uint8Array
  getSharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array
}
type Edwards = {
  sign(data: Uint8Array, privateKey: Uint8Array): Uint8Array
  getPublicKey(privateKey: Uint8Array): Uint8Array
  verify(signature: Uint8Array, data: Uint8Array, publicKey: Uint8Array, options?: { zip215: boolean }): boolean
}

const loadNist = () => import('@noble/curves/nist.js')
const load448 = () => import('@noble/curves/ed448.js')

export const signatureKeyLengths: Readonly<Record<SignatureName, number>> = {
  ed25519: 32,
  ed448: 57,
  p256: 32,
  p384: 48,
  p521: 66,
}

function withMontgomery<T>(curve: 'x25519' | 'x448', work: (m: Montgomery) => T): MaybePromise<T> {
  return curve === 'x25519' ? work(x25519) : load448().then(({ x448 }) => work(x448))
}

function withEdwards<T>(name: 'ed25519' | 'ed448', work: (e: Edwards) => T): MaybePromise<T> {
  return name === 'ed25519' ? work(ed25519) : load448().then(({ ed448 }) => work(ed448))
}

function cipher(name: AeadName, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array) {
  return name === 'chacha20poly1305' ? chacha20poly1305(key, nonce, aad) : gcm(key, nonce, aad)
}

function isMontgomery(curve: CurveName): curve is 'x25519' | 'x448' {
  return curve === 'x25519' || curve === 'x448'
}

function isEdwards(name: SignatureName): name is 'ed25519' | 'ed448' {
  return name === 'ed25519' || name === 'ed448'
}

const expandedMlkem = new WeakMap<Uint8Array, { publicKey: Uint8Array; secretKey: Uint8Array }>()

function mlkemKeys(seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const known = expandedMlkem.get(seed)
  if (known !== undefined) return known
  const keys = ml_kem768.keygen(seed)
  expandedMlkem.set(seed, keys)
  return keys
}

/** All primitives on noble, with lent randomness. */
export function nobleProvider(random: (length: number) => Uint8Array): Provider {
  const self: Provider = {
    random,
    hash: (name, data) => hashes[name](data),
    hmac: (name, key, data) => hmac(hashes[name], key, data),
    sha3: (data) => sha3_256(data),
    shake: (data, length) => shake256(data, { dkLen: length }),
    seal: (name, key, nonce, aad, plaintext) => cipher(name, key, nonce, aad).encrypt(plaintext),
    open: (name, key, nonce, aad, ciphertext) => attempt(() => cipher(name, key, nonce, aad).decrypt(ciphertext)),
    dhPublic(curve, privateKey) {
      if (isMontgomery(curve)) return withMontgomery(curve, (m) => attempt(() => m.getPublicKey(privateKey)))
      return loadNist().then((nist) => attempt(() => nist[curve].getPublicKey(privateKey, false)))
    },
    dh(curve, keys, peerPublicKey) {
      if (isMontgomery(curve))
        return withMontgomery(curve, (m) => attempt(() => m.getSharedSecret(keys.privateKey, peerPublicKey)))
      if (peerPublicKey[0] !== 4) return undefined // RFC 9180 §7.1.1: uncompressed only
      return loadNist().then((nist) =>
        attempt(() =>
          nist[curve].getSharedSecret(keys.privateKey, peerPublicKey, false).slice(1, 1 + keys.privateKey.length),
        ),
      )
    },
    mlkemPublic: (seed) => mlkemKeys(seed).publicKey,
    mlkemEncapsulate: (publicKey) =>
      attempt(() => {
        const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, random(32))
        return { secret: sharedSecret, ciphertext: cipherText }
      }),
    mlkemDecapsulate: (seed, ciphertext) => attempt(() => ml_kem768.decapsulate(ciphertext, mlkemKeys(seed).secretKey)),
    signatureKeyPair(name) {
      if (isEdwards(name)) {
        const privateKey = random(signatureKeyLengths[name])
        return withEdwards(name, (e) => ({ privateKey, publicKey: e.getPublicKey(privateKey) }))
      }
      return loadNist().then((nist): KeyPair => {
        const { secretKey, publicKey } = nist[name].keygen(random(nist[name].lengths.seed ?? signatureKeyLengths[name]))
        return { privateKey: secretKey, publicKey: nist[name].Point.fromBytes(publicKey).toBytes(false) }
      })
    },
    sign(name, privateKey, data) {
      if (isEdwards(name)) return withEdwards(name, (e) => attempt(() => e.sign(data, privateKey)))
      return loadNist().then((nist) => attempt(() => nist[name].sign(data, privateKey, { format: 'der' })))
    },
    verify(name, publicKey, data, signature) {
      if (name === 'ed25519') return attempt(() => ed25519Verify(publicKey, data, signature)) ?? false
      if (isEdwards(name))
        return withEdwards(name, (e) => attempt(() => e.verify(signature, data, publicKey, { zip215: false })) ?? false)
      if (publicKey[0] !== 4) return false
      return loadNist().then(
        (nist) => attempt(() => nist[name].verify(signature, data, publicKey, { format: 'der', lowS: false })) ?? false,
      )
    },
  }
  return self
}
