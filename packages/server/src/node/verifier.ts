/** Ed25519 (RFC 8032) by `node:crypto`, in its thread pool: the main thread goes on while signatures are looked at. */
import { createPublicKey, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Verifier } from '@halyard/crypto/verify'

/** Key objects remembered; making one costs some microseconds. */
const keysMax = 10_000
/** SubjectPublicKeyInfo of an Ed25519 key, but for the key (RFC 8410 §4). */
const prefix = Buffer.from('302a300506032b6570032100', 'hex')

export const createVerifier = (): Verifier => {
  const keyFor = createKeyCache()
  return {
    verify(publicKey, signature, message) {
      const key = signature.length === 64 ? keyFor(publicKey) : undefined
      if (key === undefined) return false
      return new Promise((resolve) =>
        verify(undefined, message, key, signature, (error, holds) => resolve(error === null && holds)),
      )
    },
  }
}

/** The same on the calling thread, answering at once: for the simulator, whose order of events must not vary. */
export const createSyncVerifier = (): Verifier => {
  const keyFor = createKeyCache()
  return {
    verify(publicKey, signature, message) {
      const key = signature.length === 64 ? keyFor(publicKey) : undefined
      return key !== undefined && verify(undefined, message, key, signature)
    },
  }
}

/** Undefined for what is no key. */
const createKeyCache = () => {
  const keys = new Map<string, KeyObject>()
  return (publicKey: Uint8Array): KeyObject | undefined => {
    const name = publicKey.toHex()
    const known = keys.get(name)
    if (known !== undefined) return known
    if (publicKey.length !== 32) return undefined
    let key: KeyObject
    try {
      key = createPublicKey({ key: Buffer.concat([prefix, publicKey]), format: 'der', type: 'spki' })
    } catch {
      return undefined
    }
    if (keys.size >= keysMax)
      for (const oldest of keys.keys()) {
        keys.delete(oldest)
        break
      }
    keys.set(name, key)
    return key
  }
}
