import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { valuesOf } from '../test/arbitrary.ts'
import { concat } from './codec/bytes.ts'
import { decodeFrame, encodeFrame, frame } from './frames.ts'
import { limits } from './limits.ts'

const request = (length: number) =>
  encodeFrame({ kind: 'request', id: 1, command: 'append', body: new Uint8Array(length) })

describe('frames', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(valuesOf(frame), (value) => {
        expect(decodeFrame(encodeFrame(value))).toEqual(value)
      }),
    )
  })

  test('truncated, or with something after the end, are refused', () => {
    const whole = request(300)
    for (let length = 0; length < whole.length; length++) expect(decodeFrame(whole.subarray(0, length))).toBeUndefined()
    expect(decodeFrame(concat(whole, whole))).toBeUndefined()
  })

  test("larger than the limit are refused, and the limit is the caller's", () => {
    const overhead = request(1000).length - 1000
    expect(
      decodeFrame(request(limits.frameBeforeLoginMaxBytes - overhead), limits.frameBeforeLoginMaxBytes),
    ).toBeDefined()
    expect(decodeFrame(request(limits.frameBeforeLoginMaxBytes), limits.frameBeforeLoginMaxBytes)).toBeUndefined()
    expect(decodeFrame(request(limits.frameMaxBytes))).toBeUndefined()
  })

  test('ids above 32 bits, long command names and unknown kinds are refused', () => {
    expect(() => encodeFrame({ kind: 'answer', id: 2 ** 32, body: new Uint8Array() })).toThrow('assertion failed')
    expect(decodeFrame(Uint8Array.fromHex('8201821b000000010000000040'))).toBeUndefined()
    expect(decodeFrame(Uint8Array.fromHex(`820083017829${'61'.repeat(41)}40`))).toBeUndefined()
    expect(decodeFrame(Uint8Array.fromHex('8204820140'))).toBeUndefined()
    expect(decodeFrame(Uint8Array.fromHex('8201820140'))).toEqual({ kind: 'answer', id: 1, body: new Uint8Array() })
  })

  test('nesting of 100,000 is refused', () => {
    expect(decodeFrame(new Uint8Array(100_000).fill(0x81))).toBeUndefined()
    expect(decodeFrame(concat(Uint8Array.fromHex('820182'), new Uint8Array(100_000).fill(0x82)))).toBeUndefined()
  })
})
