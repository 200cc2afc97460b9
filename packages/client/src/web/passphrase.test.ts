import { webcrypto } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { passphraseScoreMin, ratePassphrase, suggestPassphrase } from './passphrase.ts'
import { words } from './words.ts'

const random = (length: number): Uint8Array => webcrypto.getRandomValues(new Uint8Array(length))

test('the word list is long enough for 51 bits, and every word is itself', () => {
  expect(words.length).toBeGreaterThanOrEqual(1296)
  expect(new Set(words).size).toBe(words.length)
  expect(words.every((word) => /^[a-z]{3,7}$/.test(word))).toBe(true)
  expect(5 * Math.log2(words.length)).toBeGreaterThan(53)
})

test.each([
  ['', 0],
  ['a', 0],
  ['password', 0],
  ['Password1', 1],
  ['P@ssw0rd', 0],
  ['drowssap', 0],
  ['qwertyuiop', 0],
  ['aaaaaaaaaaaaaaaaaaaa', 0],
  ['abcabcabcabcabcabc', 1],
  ['1234567890', 0],
  ['zyxwvuts', 0],
  ['summer2024', 1],
  ['monkeydragon', 1],
] as const)('what everybody tries first is weak: %s', (passphrase, most) => {
  expect(ratePassphrase(passphrase)).toBeLessThanOrEqual(most)
})

test('three words are too few, five are enough', () => {
  expect(ratePassphrase('lemon harbor')).toBeLessThan(passphraseScoreMin)
  expect(ratePassphrase('lemon harbor violin quilt ember')).toBe(4)
})

test('random signs are strong when there are enough of them', () => {
  expect(ratePassphrase('x7#Kq')).toBeLessThan(passphraseScoreMin)
  expect(ratePassphrase('x7#Kq2vLw9!tBz')).toBe(4)
})

test('every suggestion is strong enough, and none comes twice', () => {
  const made = Array.from({ length: 200 }, () => suggestPassphrase(random))
  expect(new Set(made).size).toBe(200)
  for (const each of made) {
    expect(each.split(' ')).toHaveLength(5)
    expect(ratePassphrase(each)).toBeGreaterThanOrEqual(passphraseScoreMin)
  }
})

test('each word is equally likely: values of the incomplete stretch are drawn again', () => {
  const limit = 65_536 - (65_536 % words.length)
  const drawn = [limit, 65_535, 0, limit - 1, 1, 2, 3].map((value) => Uint8Array.of(value >> 8, value & 0xff))
  const made = suggestPassphrase(() => drawn.shift() ?? new Uint8Array(2))
  expect(made).toBe([words[0], words.at(-1), words[1], words[2], words[3]].join(' '))
})

test('any text is rated, quickly and alike in every normal form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      const score = ratePassphrase(text)
      expect([0, 1, 2, 3, 4]).toContain(score)
      expect(ratePassphrase(text.normalize('NFD'))).toBe(score)
    }),
    { numRuns: 100 },
  )
  expect([0, 1, 2, 3, 4]).toContain(ratePassphrase('ab'.repeat(100_000)))
})

test('more of a repeated thing is not stronger than one thing', () => {
  expect(ratePassphrase('dragon'.repeat(10))).toBeLessThan(passphraseScoreMin)
})
