/** Cipher suites (RFC 9420 §17.1; draft-ietf-mls-pq-ciphersuites) and what each is made of. */
import type { AeadName, CurveName, HashName, SignatureName } from './provider.ts'
import type { CipherSuite } from './types.ts'

/** The suites this engine speaks. */
export const suites = {
  x25519Aes128Ed25519: 1,
  p256Aes128P256: 2,
  x25519ChaCha20Ed25519: 3,
  x448Aes256Ed448: 4,
  p521Aes256P521: 5,
  x448ChaCha20Ed448: 6,
  p384Aes256P384: 7,
  /**
   * MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519 of draft-ietf-mls-pq-ciphersuites-06: X-Wing, AES-256-GCM, SHA-384, Ed25519.
   * A number of the private-use range 0xF000-0xFFFF until one is assigned; its last byte recalls the KEM, 0x647a.
   */
  hybrid: 0xf07a,
} as const

export type KemParameters =
  | {
      readonly kind: 'dh'
      readonly id: number
      readonly curve: CurveName
      readonly hash: HashName
      readonly privateLength: number
      readonly publicLength: number
    }
  | { readonly kind: 'xwing'; readonly id: number; readonly privateLength: number; readonly publicLength: number }

export type AeadParameters = { readonly id: number; readonly name: AeadName; readonly keyLength: number }

export type KdfParameters = { readonly id: number; readonly hash: HashName; readonly length: number }

/** The AEAD nonce length (Nn) and tag length of every suite. */
export const nonceLength = 12
export const tagLength = 16

export type SuiteParameters = {
  readonly number: CipherSuite
  readonly kem: KemParameters
  readonly kdf: KdfParameters
  readonly aead: AeadParameters
  readonly hash: HashName
  /** KDF.Nh and the hash length: the same in every suite */
  readonly hashLength: number
  readonly signature: SignatureName
}

export const kems = {
  p256: { kind: 'dh', id: 0x10, curve: 'p256', hash: 'sha256', privateLength: 32, publicLength: 65 },
  p384: { kind: 'dh', id: 0x11, curve: 'p384', hash: 'sha384', privateLength: 48, publicLength: 97 },
  p521: { kind: 'dh', id: 0x12, curve: 'p521', hash: 'sha512', privateLength: 66, publicLength: 133 },
  x25519: { kind: 'dh', id: 0x20, curve: 'x25519', hash: 'sha256', privateLength: 32, publicLength: 32 },
  x448: { kind: 'dh', id: 0x21, curve: 'x448', hash: 'sha512', privateLength: 56, publicLength: 56 },
  xwing: { kind: 'xwing', id: 0x647a, privateLength: 32, publicLength: 1216 },
} as const satisfies Record<string, KemParameters>

export const kdfs = {
  sha256: { id: 1, hash: 'sha256', length: 32 },
  sha384: { id: 2, hash: 'sha384', length: 48 },
  sha512: { id: 3, hash: 'sha512', length: 64 },
} as const satisfies Record<HashName, KdfParameters>

export const aeads = {
  aes128gcm: { id: 1, name: 'aes128gcm', keyLength: 16 },
  aes256gcm: { id: 2, name: 'aes256gcm', keyLength: 32 },
  chacha20poly1305: { id: 3, name: 'chacha20poly1305', keyLength: 32 },
} as const satisfies Record<AeadName, AeadParameters>

function compose(
  number: number,
  kem: KemParameters,
  aead: AeadParameters,
  kdf: KdfParameters,
  signature: SignatureName,
): SuiteParameters {
  return { number, kem, aead, kdf, hash: kdf.hash, hashLength: kdf.length, signature }
}

const table: ReadonlyMap<CipherSuite, SuiteParameters> = new Map(
  [
    compose(1, kems.x25519, aeads.aes128gcm, kdfs.sha256, 'ed25519'),
    compose(2, kems.p256, aeads.aes128gcm, kdfs.sha256, 'p256'),
    compose(3, kems.x25519, aeads.chacha20poly1305, kdfs.sha256, 'ed25519'),
    compose(4, kems.x448, aeads.aes256gcm, kdfs.sha512, 'ed448'),
    compose(5, kems.p521, aeads.aes256gcm, kdfs.sha512, 'p521'),
    compose(6, kems.x448, aeads.chacha20poly1305, kdfs.sha512, 'ed448'),
    compose(7, kems.p384, aeads.aes256gcm, kdfs.sha384, 'p384'),
    compose(suites.hybrid, kems.xwing, aeads.aes256gcm, kdfs.sha384, 'ed25519'),
  ].map((suite) => [suite.number, suite]),
)

/** The parameters of a suite, or `undefined` when this engine does not speak it. */
export function suiteParameters(number: CipherSuite): SuiteParameters | undefined {
  return table.get(number)
}

/** As {@link suiteParameters} where the suite is known to be spoken: anything else is a bug. */
export function knownSuite(number: CipherSuite): SuiteParameters {
  const suite = table.get(number)
  if (suite === undefined) throw new Error(`cipher suite ${number} is not spoken here`)
  return suite
}

/** All numbers this engine speaks, for the capabilities of a leaf (§7.2). */
export const spokenSuites: readonly CipherSuite[] = [...table.keys()]
