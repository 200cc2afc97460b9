/** A provider that counts what is asked of it: how often each primitive, over how many bytes, and how many keys it had not met. */
import type { Provider } from '../../src/index.ts'

export type Primitive =
  | 'random'
  | 'hash'
  | 'hmac'
  | 'seal'
  | 'open'
  | 'key pair'
  | 'dh'
  | 'sign'
  | 'verify'
  | 'ml-kem key pair'
  | 'encapsulate'
  | 'decapsulate'
  | 'sha3'
  | 'shake'
  | 'import dh public'
  | 'import dh private'
  | 'import verify'
  | 'import sign'
  | 'import ml-kem public'
  | 'import ml-kem private'

/** `bytes`: all inputs of that primitive together, whose mean length says what one of them costs. */
export type Tally = ReadonlyMap<Primitive, { readonly count: number; readonly bytes: number }>

export interface Recorder {
  readonly provider: Provider
  /** What was asked for since the last call. Keys stay known: a provider imports each array once. */
  take(): Tally
}

export const record = (base: Provider): Recorder => {
  let tally = new Map<Primitive, { count: number; bytes: number }>()
  const known = new WeakSet<Uint8Array>()
  const count = (primitive: Primitive, bytes: number): void => {
    const { count: before, bytes: length } = tally.get(primitive) ?? { count: 0, bytes: 0 }
    tally.set(primitive, { count: before + 1, bytes: length + bytes })
  }
  const imported = (primitive: Primitive, key: Uint8Array): void => {
    if (!known.has(key)) count(primitive, key.length)
    known.add(key)
  }
  const provider: Provider = {
    random(length) {
      count('random', length)
      return base.random(length)
    },
    hash(name, data) {
      count('hash', data.length)
      return base.hash(name, data)
    },
    hmac(name, key, data) {
      count('hmac', data.length)
      return base.hmac(name, key, data)
    },
    sha3(data) {
      count('sha3', data.length)
      return base.sha3(data)
    },
    shake(data, length) {
      count('shake', data.length)
      return base.shake(data, length)
    },
    seal(name, key, nonce, aad, plaintext) {
      count('seal', plaintext.length)
      return base.seal(name, key, nonce, aad, plaintext)
    },
    open(name, key, nonce, aad, ciphertext) {
      count('open', ciphertext.length)
      return base.open(name, key, nonce, aad, ciphertext)
    },
    dhPublic(curve, privateKey) {
      known.add(privateKey)
      count('key pair', 0)
      return base.dhPublic(curve, privateKey)
    },
    dh(curve, keys, peerPublicKey) {
      imported('import dh private', keys.privateKey)
      imported('import dh public', peerPublicKey)
      count('dh', 0)
      return base.dh(curve, keys, peerPublicKey)
    },
    mlkemPublic(seed) {
      known.add(seed)
      count('ml-kem key pair', 0)
      return base.mlkemPublic(seed)
    },
    mlkemEncapsulate(publicKey) {
      imported('import ml-kem public', publicKey)
      count('encapsulate', 0)
      return base.mlkemEncapsulate(publicKey)
    },
    mlkemDecapsulate(seed, ciphertext) {
      imported('import ml-kem private', seed)
      count('decapsulate', 0)
      return base.mlkemDecapsulate(seed, ciphertext)
    },
    signatureKeyPair: (name) => base.signatureKeyPair(name),
    sign(name, privateKey, data) {
      imported('import sign', privateKey)
      count('sign', data.length)
      return base.sign(name, privateKey, data)
    },
    verify(name, publicKey, data, signature) {
      imported('import verify', publicKey)
      count('verify', data.length)
      return base.verify(name, publicKey, data, signature)
    },
  }
  return {
    provider,
    take() {
      const taken = tally
      tally = new Map()
      return taken
    },
  }
}
