/** The keys of one device: one key, one use (trust.md §1). */
import { ed25519 } from '@noble/curves/ed25519.js'
import type { DeviceEntry } from '@halyard/protocol'
import type { Verifier } from '../verify/index.ts'
import type { Provider } from '@halyard/mls'

/** Ed25519, RFC 8032: a 32-byte seed and its public key. */
export interface KeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

export interface DeviceKeys {
  readonly device: Uint8Array
  /** Signs links of the account's chain, invites, confirmations and profiles. */
  readonly chain: KeyPair
  /** Signs MLS leaves, messages and rows. */
  readonly mls: KeyPair
  /** Signs login proofs. */
  readonly transport: KeyPair
}

export const createDeviceKeys = async (provider: Provider): Promise<DeviceKeys> => ({
  device: provider.random(16),
  chain: await provider.signatureKeyPair('ed25519'),
  mls: await provider.signatureKeyPair('ed25519'),
  transport: await provider.signatureKeyPair('ed25519'),
})

export const deviceEntryOf = (keys: DeviceKeys, notBeforeMs: number, notAfterMs: number): DeviceEntry => ({
  device: keys.device,
  chainKey: keys.chain.publicKey,
  mlsKey: keys.mls.publicKey,
  transportKey: keys.transport.publicKey,
  notBeforeMs,
  notAfterMs,
})

/** The key pair of a seed that both ends of an invite derive. */
export const keyPairFromSeed = (seed: Uint8Array): KeyPair => ({
  privateKey: seed,
  publicKey: ed25519.getPublicKey(seed),
})

export const verifierOf = (provider: Provider): Verifier => ({
  verify: (publicKey, signature, message) => provider.verify('ed25519', publicKey, message, signature),
})
