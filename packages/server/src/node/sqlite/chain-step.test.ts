import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chainStep as specified } from '@halyard/crypto/verify'
import { chainStep } from './chain-step.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

test('is the step that clients check', () => {
  const at = fc.record({
    conversation: bytes(16),
    seq: fc.maxSafeNat(),
    timeMs: fc.maxSafeNat(),
    entry: bytes(16),
    row: fc.uint8Array({ maxLength: 300 }),
  })
  fc.assert(
    fc.property(bytes(32), at, (previous, one) => {
      expect(chainStep(previous, one)).toEqual(specified(previous, one))
    }),
  )
})
