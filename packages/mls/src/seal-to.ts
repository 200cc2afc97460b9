/** HPKE (RFC 9180) in base mode with the KEM, KDF and AEAD of a suite, for what an application seals outside a group. */
import type { KeyPair, Provider } from './provider.ts'
import { hpkeInfo, hpkeOpen, hpkeSeal } from './hpke/hpke.ts'
import type { HpkeSuite } from './hpke/hpke.ts'
import { kemDerive, kemGenerate } from './hpke/kem.ts'
import { knownSuite } from './suites.ts'
import type { CipherSuite } from './types.ts'

/** What was sealed to a public key: both parts are needed to open it. */
export type SealedTo = { readonly kemOutput: Uint8Array; readonly ciphertext: Uint8Array }

/** A key pair to be sealed to, of the suite's KEM (RFC 9180 §4). */
export function createSealKeyPair(provider: Provider, suite: CipherSuite): Promise<KeyPair> {
  return kemGenerate(provider, knownSuite(suite).kem)
}

/** The pair that follows from `seed` alone (DeriveKeyPair, RFC 9180 §7.1.3): at least as many random bytes as a private key has. */
export function deriveSealKeyPair(provider: Provider, suite: CipherSuite, seed: Uint8Array): Promise<KeyPair> {
  return kemDerive(provider, knownSuite(suite).kem, seed)
}

/** Single-shot seal (RFC 9180 §6.1). `info` says what it is for and must be given again to open. `undefined`: no public key of the suite. */
export async function sealTo(
  provider: Provider,
  suite: CipherSuite,
  publicKey: Uint8Array,
  info: Uint8Array,
  plaintext: Uint8Array,
): Promise<SealedTo | undefined> {
  return hpkeSeal(provider, await hpkeInfo(provider, hpkeOf(suite), info), publicKey, noData, plaintext)
}

/** Single-shot open (RFC 9180 §6.1). `undefined`: not sealed to this key, or not for this. */
export async function openSealedTo(
  provider: Provider,
  suite: CipherSuite,
  keys: KeyPair,
  info: Uint8Array,
  sealed: SealedTo,
): Promise<Uint8Array | undefined> {
  return hpkeOpen(provider, await hpkeInfo(provider, hpkeOf(suite), info), keys, sealed, noData)
}

const noData = new Uint8Array()
const hpkeOf = (suite: CipherSuite): HpkeSuite => knownSuite(suite)
