/** What a provider lends the engine: primitives and randomness. Each is a pure function of its arguments but for `random`. */

/** A primitive may answer at once or later. */
export type MaybePromise<T> = T | Promise<T>

/** Hashes of the suites (RFC 9420 §17.1). */
export type HashName = 'sha256' | 'sha384' | 'sha512'
/** AEADs of the suites (RFC 9420 §17.1), each with nonces of 12 bytes and tags of 16. */
export type AeadName = 'aes128gcm' | 'aes256gcm' | 'chacha20poly1305'
/** Diffie-Hellman groups of the KEMs (RFC 9180 §7.1). */
export type CurveName = 'x25519' | 'x448' | 'p256' | 'p384' | 'p521'
/** Signature schemes of the suites (RFC 9420 §17.1). */
export type SignatureName = 'ed25519' | 'ed448' | 'p256' | 'p384' | 'p521'

/** A key pair of a KEM or a signature scheme, raw, in the encoding of its suite (RFC 9180 §7.1, RFC 9420 §5.1.2). */
export type KeyPair = { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array }

/**
 * Methods may answer at once or with a promise. Key arguments are compared by identity for caching: the engine passes the same
 * `Uint8Array` for the same key as long as it holds it, so a provider may keep what it imported in a `WeakMap` keyed by the array.
 * Wrong keys and wrong bytes give `undefined` or `false`, never an exception.
 */
export type Provider = {
  /** fresh secret random bytes */
  random(length: number): Uint8Array
  hash(name: HashName, data: Uint8Array): MaybePromise<Uint8Array>
  hmac(name: HashName, key: Uint8Array, data: Uint8Array): MaybePromise<Uint8Array>
  /** SHA3-256 (FIPS 202), for X-Wing's combiner */
  sha3(data: Uint8Array): MaybePromise<Uint8Array>
  /** `length` bytes of SHAKE-256 (FIPS 202), for X-Wing's keys */
  shake(data: Uint8Array, length: number): MaybePromise<Uint8Array>
  /** ciphertext with the 16-byte tag at its end */
  seal(
    name: AeadName,
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ): MaybePromise<Uint8Array>
  open(
    name: AeadName,
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): MaybePromise<Uint8Array | undefined>
  /** the public key of a private one: a scalar as RFC 7748, or big-endian; NIST points uncompressed. undefined: not a private key of the curve */
  dhPublic(curve: CurveName, privateKey: Uint8Array): MaybePromise<Uint8Array | undefined>
  /** the Diffie-Hellman result (x-coordinate for NIST curves); undefined: bad point, or all zero */
  dh(curve: CurveName, keys: KeyPair, peerPublicKey: Uint8Array): MaybePromise<Uint8Array | undefined>
  /** ML-KEM-768 encapsulation key (1,184 bytes) of a 64-byte seed d || z (FIPS 203) */
  mlkemPublic(seed: Uint8Array): MaybePromise<Uint8Array>
  /** undefined: the encapsulation-key check of FIPS 203 §7.2 failed */
  mlkemEncapsulate(
    publicKey: Uint8Array,
  ): MaybePromise<{ readonly secret: Uint8Array; readonly ciphertext: Uint8Array } | undefined>
  /** undefined only for a ciphertext of wrong length: ML-KEM rejects implicitly */
  mlkemDecapsulate(seed: Uint8Array, ciphertext: Uint8Array): MaybePromise<Uint8Array | undefined>
  signatureKeyPair(name: SignatureName): MaybePromise<KeyPair>
  /** Ed25519/Ed448 pure; ECDSA with the curve's hash, DER (§5.1.2). undefined: not a private key */
  sign(name: SignatureName, privateKey: Uint8Array, data: Uint8Array): MaybePromise<Uint8Array | undefined>
  verify(name: SignatureName, publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): MaybePromise<boolean>
}
