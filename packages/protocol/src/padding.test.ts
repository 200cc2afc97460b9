import fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from './limits.ts'
import { paddedLength } from './padding.ts'

const lengths = fc.integer({ min: 0, max: 16 * 1024 * 1024 })

test('never shorter, never more than 12 % longer above the floor', () => {
  fc.assert(
    fc.property(lengths, (length) => {
      const padded = paddedLength(length)
      expect(padded).toBeGreaterThanOrEqual(length)
      if (length > limits.paddingFloorBytes) expect(padded / length).toBeLessThanOrEqual(1.12)
      else expect(padded).toBe(limits.paddingFloorBytes)
    }),
    { numRuns: 2_000 },
  )
})

test('grows with the length, and leaves a padded length alone', () => {
  fc.assert(
    fc.property(lengths, lengths, (a, b) => {
      expect(paddedLength(Math.min(a, b))).toBeLessThanOrEqual(paddedLength(Math.max(a, b)))
      expect(paddedLength(paddedLength(a))).toBe(paddedLength(a))
    }),
    { numRuns: 2_000 },
  )
})

test('few sizes are left: O(log log length) bits', () => {
  const sizes = new Set(Array.from({ length: limits.messageMaxBytes / 16 }, (_, index) => paddedLength(index * 16)))
  expect(sizes.size).toBeLessThan(220)
})

test('known lengths', () => {
  expect([0, 256, 257, 300, 1000, 1025, 100_000].map(paddedLength)).toEqual([256, 256, 272, 304, 1024, 1088, 100_352])
})
