/**
 * Every implementation of a primitive that a page has: WebCrypto's, and in plain ECMAScript what WebCrypto lacks, and hashing. AES in plain
 * ECMAScript is none to choose from: its tables tell the key to who shares the cache.
 */
import { deterministicProvider } from '../../src/providers/deterministic.ts'
import type { SuiteParameters } from '../../src/suites.ts'
import { plainRuns } from './candidates-plain.ts'
import type { Candidates } from './floor.ts'

const { subtle } = globalThis.crypto
const random = (length: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536))
  return bytes
}
const hashNames = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const

export const webCandidates = (suite: SuiteParameters): Candidates => {
  const plain = deterministicProvider(random)
  return async (primitive, length) => {
    const runs = primitive === 'seal' || primitive === 'open' ? [] : await plainRuns(plain, suite, primitive, length)
    return new Map([...runs, ...(await webRuns(suite, primitive, length))])
  }
}

const pair = async (name: 'X25519' | 'Ed25519'): Promise<CryptoKeyPair> =>
  (await subtle.generateKey({ name }, true, name === 'X25519' ? ['deriveBits'] : ['sign', 'verify'])) as CryptoKeyPair

const webRuns = async (
  suite: SuiteParameters,
  primitive: string,
  length: number,
): Promise<readonly [string, () => unknown][]> => {
  const data = random(length)
  switch (primitive) {
    case 'random':
      return [['WebCrypto', () => random(length)]]
    case 'hash':
      return [['WebCrypto', () => subtle.digest(hashNames[suite.hash], data)]]
    case 'hmac': {
      const algorithm = { name: 'HMAC', hash: hashNames[suite.hash] }
      const key = await subtle.importKey('raw', random(suite.hashLength), algorithm, false, ['sign'])
      return [['WebCrypto', () => subtle.sign('HMAC', key, data)]]
    }
    case 'seal':
    case 'open': {
      // Every AEAD key of MLS seals one message: setting it up is part of sealing, here as in Node.
      const raw = random(suite.aead.keyLength)
      const key = () => subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
      const algorithm = { name: 'AES-GCM', iv: random(12), additionalData: random(40) }
      if (primitive === 'seal') return [['WebCrypto', async () => subtle.encrypt(algorithm, await key(), data)]]
      const sealed = await subtle.encrypt(algorithm, await key(), data.subarray(16))
      return [['WebCrypto', async () => subtle.decrypt(algorithm, await key(), sealed)]]
    }
    default:
      return curveRuns(primitive, data)
  }
}

const curveRuns = async (
  primitive: string,
  data: Uint8Array<ArrayBuffer>,
): Promise<readonly [string, () => unknown][]> => {
  const [x, peer, ed] = [await pair('X25519'), await pair('X25519'), await pair('Ed25519')]
  const rawX = await subtle.exportKey('raw', x.publicKey)
  const rawEd = await subtle.exportKey('raw', ed.publicKey)
  switch (primitive) {
    case 'key pair':
      return [['WebCrypto', async () => subtle.exportKey('raw', (await pair('X25519')).publicKey)]]
    case 'dh':
      return [['WebCrypto', () => subtle.deriveBits({ name: 'X25519', public: peer.publicKey }, x.privateKey, 256)]]
    case 'sign':
      return [['WebCrypto', () => subtle.sign('Ed25519', ed.privateKey, data)]]
    case 'verify': {
      const signature = await subtle.sign('Ed25519', ed.privateKey, data)
      return [['WebCrypto', () => subtle.verify('Ed25519', ed.publicKey, signature, data)]]
    }
    case 'import dh public':
      return [['WebCrypto', () => subtle.importKey('raw', rawX, 'X25519', false, [])]]
    case 'import dh private': {
      const pkcs8 = await subtle.exportKey('pkcs8', x.privateKey)
      return [['WebCrypto', () => subtle.importKey('pkcs8', pkcs8, 'X25519', false, ['deriveBits'])]]
    }
    case 'import verify':
      return [['WebCrypto', () => subtle.importKey('raw', rawEd, 'Ed25519', false, ['verify'])]]
    // Plain code reads a key each time: there is nothing to import.
    case 'import ml-kem public':
    case 'import ml-kem private':
      return [['nothing', () => undefined]]
    default:
      return []
  }
}
