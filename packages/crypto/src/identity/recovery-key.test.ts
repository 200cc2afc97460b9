import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '@halyard/protocol'
import { nodeProvider } from '@halyard/mls/node'
import {
  openRecoveryRecord,
  readRecoveryWords,
  recoveryKeyBytes,
  recoverySecrets,
  recoveryWords,
  sealRecoveryRecord,
} from './recovery-key.ts'

const provider = nodeProvider()
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
const keys = fc.uint8Array({ minLength: recoveryKeyBytes, maxLength: recoveryKeyBytes })
const record = {
  network: filled(32, 1),
  account: filled(32, 2),
  networkName: 'Northwind',
  name: 'Ava',
  directoryKey: { id: filled(16, 3), key: filled(32, 4) },
}

describe('the words of a card', () => {
  test('give the key back, however they are typed', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const words = recoveryWords(key)
        expect(words).toHaveLength(24)
        const back = { kind: 'key', recoveryKey: key }
        expect(readRecoveryWords(words.join(' '))).toEqual(back)
        expect(readRecoveryWords(words.map((word, at) => `${at + 1}. ${word.toUpperCase()},\n`).join(''))).toEqual(back)
        expect(readRecoveryWords(words.map((word) => word.slice(0, 4)).join(' '))).toEqual(back)
      }),
    )
  })

  test('a word that is none is named, with what it may have been', () => {
    const words = [...recoveryWords(filled(32, 7))]
    for (const [wrong, near] of [
      ['abandno', 'abandon'],
      ['abandn', 'abandon'],
      ['abbandon', 'abandon'],
      ['abxndon', 'abandon'],
    ] as const) {
      words[16] = wrong
      expect(readRecoveryWords(words.join(' '))).toMatchObject({ kind: 'word', place: 17, near: [near] })
    }
    words[16] = 'qqqqqq'
    expect(readRecoveryWords(words.join(' '))).toEqual({ kind: 'word', place: 17, near: [] })
  })

  test('too few, too many, and words in a wrong place', () => {
    const words = recoveryWords(filled(32, 9).map((_, at) => at * 5))
    expect(readRecoveryWords(words.slice(0, 23).join(' '))).toEqual({ kind: 'count', words: 23 })
    expect(readRecoveryWords([...words, 'abandon'].join(' '))).toEqual({ kind: 'count', words: 25 })
    expect(readRecoveryWords('')).toEqual({ kind: 'count', words: 0 })
    const [first = '', second = '', ...rest] = words
    expect(readRecoveryWords([second, first, ...rest].join(' '))).toEqual({ kind: 'checksum' })
  })

  test('nothing that anybody types throws, and a wrong word passes one time in 256 at most', () => {
    fc.assert(fc.property(fc.string(), (typed) => ['word', 'count'].includes(readRecoveryWords(typed).kind)))
    const words = recoveryWords(filled(32, 5))
    const others = Array.from({ length: 64 }, (_, at) => recoveryWords(filled(32, at + 10))[0] ?? '')
    const passed = others.filter(
      (word) => word !== words[3] && readRecoveryWords(words.with(3, word).join(' ')).kind === 'key',
    )
    expect(passed.length).toBeLessThan(5)
  })
})

describe('what is sealed for a card', () => {
  test('opens with it alone, at its place alone', async () => {
    const [one, two] = [await recoverySecrets(provider, filled(32, 1)), await recoverySecrets(provider, filled(32, 2))]
    const sealed = await sealRecoveryRecord(provider, one, record)
    expect(await openRecoveryRecord(provider, one, sealed)).toEqual({ version: 1, ...record })
    expect(await openRecoveryRecord(provider, two, sealed)).toBeUndefined()
    expect(await openRecoveryRecord(provider, { ...one, locator: two.locator }, sealed)).toBeUndefined()
    for (const at of [0, 12, sealed.length - 1]) {
      const altered = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte))
      expect(await openRecoveryRecord(provider, one, altered)).toBeUndefined()
    }
    expect(await openRecoveryRecord(provider, one, new Uint8Array(3))).toBeUndefined()
  })

  test('the parts of one card say nothing of each other', async () => {
    const { key, locator, recordKey } = await recoverySecrets(provider, filled(32, 1))
    const parts = [key.privateKey, key.publicKey, locator, recordKey].map((part) => toHex(part).slice(0, 32))
    expect(new Set([...parts, toHex(filled(16, 1))]).size).toBe(5)
    expect((await recoverySecrets(provider, filled(32, 1))).locator).toEqual(locator)
  })
})
