/**
 * Every implementation of a primitive that Node has: its native ones and those in plain ECMAScript. WebCrypto is left out: in Node it is the
 * same native code behind a queue of threads, and costs more for every input that MLS has.
 */
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
  generateKeyPairSync,
  getRandomValues,
  hash,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { nodeProvider } from '../../src/providers/node.ts'
import type { SuiteParameters } from '../../src/suites.ts'
import type { Candidates } from './floor.ts'
import { plainCandidates } from './candidates-plain.ts'

type Import = (input: { key: Uint8Array; format: string; asymmetricKeyType: string }) => KeyObject
// The type declarations lag behind Node's raw key formats.
const importPublic = createPublicKey as unknown as Import
const importPrivate = createPrivateKey as unknown as Import
const rawPublic = { format: 'raw-public' } as unknown as { format: 'jwk' }

const ciphers = { aes128gcm: 'aes-128-gcm', aes256gcm: 'aes-256-gcm', chacha20poly1305: 'chacha20-poly1305' } as const

export const nodeCandidates = (suite: SuiteParameters): Candidates => {
  const plain = plainCandidates(suite, (length) => new Uint8Array(randomBytes(length)))
  return async (primitive, length) => {
    const found = new Map(await plain(primitive, length))
    for (const [name, run] of native(suite, primitive, length)) found.set(name, run)
    return found
  }
}

const native = (suite: SuiteParameters, primitive: string, length: number): readonly [string, () => unknown][] => {
  const data = new Uint8Array(randomBytes(length))
  const key = new Uint8Array(randomBytes(suite.hashLength))
  const x = generateKeyPairSync('x25519')
  const ed = generateKeyPairSync('ed25519')
  const secretRaw = new Uint8Array(randomBytes(32))
  const publicRaw = (of: KeyObject): Uint8Array => new Uint8Array(of.export(rawPublic) as unknown as Buffer)
  const raw = (name: string, bytes: Uint8Array, format: string) => ({ key: bytes, format, asymmetricKeyType: name })
  switch (primitive) {
    case 'random':
      return [
        ['randomBytes', () => randomBytes(length)],
        ['getRandomValues', () => getRandomValues(new Uint8Array(length))],
      ]
    case 'hash':
      return [
        ['hash', () => hash(suite.hash, data, 'buffer')],
        ['createHash', () => createHash(suite.hash).update(data).digest()],
      ]
    case 'hmac':
      return [['createHmac', () => createHmac(suite.hash, key).update(data).digest()]]
    case 'sha3':
      return [['hash', () => hash('sha3-256', data, 'buffer')]]
    case 'shake':
      return [['createHash', () => createHash('shake256', { outputLength: 96 }).update(data).digest()]]
    case 'seal':
      return [['createCipheriv', sealing(suite, data)]]
    case 'open':
      return [['createDecipheriv', opening(suite, data)]]
    case 'key pair':
      return [
        [
          'createPrivateKey',
          () => createPublicKey(importPrivate(raw('x25519', secretRaw, 'raw-private'))).export(rawPublic),
        ],
        ['generateKeyPair', () => generateKeyPairSync('x25519').publicKey.export(rawPublic)],
      ]
    case 'dh':
      return [['diffieHellman', () => diffieHellman(x)]]
    case 'sign':
      return [['sign', () => sign(null, data, ed.privateKey)]]
    case 'verify': {
      const signature = sign(null, data, ed.privateKey)
      return [['verify', () => verify(null, data, ed.publicKey, signature)]]
    }
    case 'import dh public': {
      const bytes = publicRaw(x.publicKey)
      return [['createPublicKey', () => importPublic(raw('x25519', bytes, 'raw-public'))]]
    }
    case 'import dh private':
      return [['createPrivateKey', () => importPrivate(raw('x25519', secretRaw, 'raw-private'))]]
    case 'import verify': {
      const bytes = publicRaw(ed.publicKey)
      return [['createPublicKey', () => importPublic(raw('ed25519', bytes, 'raw-public'))]]
    }
    default:
      return nativeKem(primitive, raw, publicRaw)
  }
}

const nativeKem = (
  primitive: string,
  raw: (name: string, bytes: Uint8Array, format: string) => Parameters<Import>[0],
  publicRaw: (of: KeyObject) => Uint8Array,
): readonly [string, () => unknown][] => {
  const seed = new Uint8Array(randomBytes(64))
  const own = importPrivate(raw('ml-kem-768', seed, 'raw-seed'))
  const open = createPublicKey(own)
  const bytes = publicRaw(open)
  const { ciphertext } = encapsulate(open)
  switch (primitive) {
    case 'ml-kem key pair':
      return [
        [
          'createPrivateKey',
          () => createPublicKey(importPrivate(raw('ml-kem-768', seed, 'raw-seed'))).export(rawPublic),
        ],
      ]
    case 'encapsulate':
      return [['encapsulate', () => encapsulate(open)]]
    case 'decapsulate':
      return [['decapsulate', () => decapsulate(own, ciphertext)]]
    case 'import ml-kem public':
      return [['createPublicKey', () => importPublic(raw('ml-kem-768', bytes, 'raw-public'))]]
    case 'import ml-kem private':
      return [['createPrivateKey', () => importPrivate(raw('ml-kem-768', seed, 'raw-seed'))]]
    default:
      return []
  }
}

const sealing = (suite: SuiteParameters, plaintext: Uint8Array): (() => unknown) => {
  const key = new Uint8Array(randomBytes(suite.aead.keyLength))
  const nonce = new Uint8Array(randomBytes(12))
  const aad = new Uint8Array(randomBytes(40))
  return () => {
    const cipher = createCipheriv(ciphers[suite.aead.name] as 'aes-128-gcm', key, nonce, { authTagLength: 16 })
    cipher.setAAD(aad, { plaintextLength: plaintext.length })
    const out = cipher.update(plaintext)
    cipher.final()
    return [out, cipher.getAuthTag()]
  }
}

/** `length` counts the tag. */
const opening = (suite: SuiteParameters, sealed: Uint8Array): (() => unknown) => {
  const key = new Uint8Array(randomBytes(suite.aead.keyLength))
  const nonce = new Uint8Array(randomBytes(12))
  const aad = new Uint8Array(randomBytes(40))
  const plaintext = sealed.subarray(0, sealed.length - 16)
  const ciphertext = nodeProvider().seal(suite.aead.name, key, nonce, aad, plaintext) as Uint8Array
  const tag = ciphertext.subarray(plaintext.length)
  const body = ciphertext.subarray(0, plaintext.length)
  return () => {
    const decipher = createDecipheriv(ciphers[suite.aead.name] as 'aes-128-gcm', key, nonce, { authTagLength: 16 })
    decipher.setAAD(aad, { plaintextLength: body.length })
    decipher.setAuthTag(tag)
    const out = decipher.update(body)
    decipher.final()
    return out
  }
}
