import { expect, test } from 'vitest'
import { withinBounds } from './bounds.ts'

const within = (hex: string): boolean => withinBounds(Uint8Array.fromHex(hex))

test('nesting up to twelve, and no further', () => {
  expect(within(`${'81'.repeat(12)}00`)).toBe(true)
  expect(within(`${'81'.repeat(13)}00`)).toBe(false)
  expect(within(`${'81'.repeat(12)}80`)).toBe(false)
  expect(withinBounds(new Uint8Array(100_000).fill(0x81))).toBe(false)
})

test('one item and nothing after it', () => {
  expect(within('00')).toBe(true)
  expect(within('0000')).toBe(false)
  expect(within('820000')).toBe(true)
  expect(within('82000000')).toBe(false)
  expect(within('8200')).toBe(false)
  expect(within('')).toBe(false)
  expect(within('80')).toBe(true)
  expect(within('828080')).toBe(true)
})

test('no length beyond the end, however it is written', () => {
  expect(within('4100')).toBe(true)
  expect(within('4200')).toBe(false)
  expect(within('6161')).toBe(true)
  expect(within('6261')).toBe(false)
  for (const size of ['18ff', '19ffff', '1affffffff', '1b001fffffffffffff', '1bffffffffffffffff']) {
    for (const major of [0x40, 0x60, 0x80]) {
      const head = (Number.parseInt(size.slice(0, 2), 16) | major).toString(16) + size.slice(2)
      expect(within(`${head}00`), head).toBe(false)
    }
  }
  expect(within('9a7fffffff00')).toBe(false)
})

test('no maps, tags, floats, negative numbers, indefinite lengths; of the simple values three', () => {
  for (const hex of [
    '20',
    'a0',
    'c000',
    'f90000',
    'fa00000000',
    'fb0000000000000000',
    '9fff',
    '5fff',
    '7fff',
    'bfff',
    'ff',
    'f7',
    'e0',
    'f820',
    '1c',
    '1d',
    '1e',
    '1f',
  ]) {
    expect(within(hex), hex).toBe(false)
  }
  for (const hex of ['f4', 'f5', 'f6', '1b001fffffffffffff']) expect(within(hex), hex).toBe(true)
})
