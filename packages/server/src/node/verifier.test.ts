import { describe, expect, test } from 'vitest'
import { labels } from '@halyard/protocol'
import { labelled } from '@halyard/crypto/verify'
import { createKey, random, signWith } from '../../test/people.ts'
import { createSyncVerifier, createVerifier } from './verifier.ts'

describe.each([
  ['thread pool', createVerifier],
  ['calling thread', createSyncVerifier],
])('verifier in the %s', (_name, create) => {
  test('takes what was signed and nothing else', async () => {
    const verifier = create()
    const [key, other] = [createKey(), createKey()]
    const body = random(100)
    const signature = signWith(key, labels.row, body)
    const message = labelled(labels.row, body)
    expect(await verifier.verify(key.publicKey, signature, message)).toBe(true)
    expect(await verifier.verify(other.publicKey, signature, message)).toBe(false)
    expect(await verifier.verify(key.publicKey, random(64), message)).toBe(false)
    expect(await verifier.verify(key.publicKey, signature.slice(1), message)).toBe(false)
    expect(await verifier.verify(key.publicKey, signature, labelled(labels.profile, body))).toBe(false)
    for (const hostile of [
      new Uint8Array(0),
      new Uint8Array(32),
      new Uint8Array(32).fill(255),
      random(31),
      random(33),
    ]) {
      expect(await verifier.verify(hostile, signature, message)).toBe(false)
    }
  })
})
