/** The primitives in plain ECMAScript, as the engine's own provider has them. Slow ones are not waited for: see `tooSlow`. */
import type { Provider } from '../../src/index.ts'
import { deterministicProvider } from '../../src/providers/deterministic.ts'
import type { SuiteParameters } from '../../src/suites.ts'
import type { Candidates } from './floor.ts'
import type { Primitive } from './recording.ts'

/** Curves, ciphers and ML-KEM in ECMAScript take five to twenty times what native code takes: only hashing is ever faster. */
const tooSlow: ReadonlySet<Primitive> = new Set<Primitive>([
  'key pair',
  'dh',
  'sign',
  'verify',
  'ml-kem key pair',
  'encapsulate',
  'decapsulate',
])

export const plainCandidates = (suite: SuiteParameters, random: (length: number) => Uint8Array): Candidates => {
  const provider = deterministicProvider(random)
  return async (primitive, length) =>
    tooSlow.has(primitive) ? new Map() : new Map(await plainRuns(provider, suite, primitive, length))
}

/** One run of each primitive on a provider that keeps no imported keys. Imports cost nothing there. */
export const plainRuns = async (
  provider: Provider,
  suite: SuiteParameters,
  primitive: string,
  length: number,
): Promise<readonly [string, () => unknown][]> => {
  const data = provider.random(length)
  const key = provider.random(suite.hashLength)
  const aeadKey = provider.random(suite.aead.keyLength)
  const nonce = provider.random(12)
  const aad = provider.random(40)
  switch (primitive) {
    case 'hash':
      return [['noble', () => provider.hash(suite.hash, data)]]
    case 'hmac':
      return [['noble', () => provider.hmac(suite.hash, key, data)]]
    case 'sha3':
      return [['noble', () => provider.sha3(data)]]
    case 'shake':
      return [['noble', () => provider.shake(data, 96)]]
    case 'seal':
      return [['noble', () => provider.seal(suite.aead.name, aeadKey, nonce, aad, data)]]
    case 'open': {
      const sealed = await provider.seal(suite.aead.name, aeadKey, nonce, aad, data.subarray(16))
      return [['noble', () => provider.open(suite.aead.name, aeadKey, nonce, aad, sealed)]]
    }
    case 'ml-kem key pair':
      return [['noble', () => provider.mlkemPublic(provider.random(64))]]
    case 'encapsulate': {
      const publicKey = await provider.mlkemPublic(provider.random(64))
      return [['noble', () => provider.mlkemEncapsulate(publicKey)]]
    }
    case 'decapsulate': {
      const seed = provider.random(64)
      const made = await provider.mlkemEncapsulate(await provider.mlkemPublic(seed))
      const ciphertext = made?.ciphertext ?? new Uint8Array(0)
      return [['noble', () => provider.mlkemDecapsulate(seed, ciphertext)]]
    }
    default:
      return []
  }
}
