import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { valuesOf } from '../test/arbitrary.ts'
import { concat, equal, utf8 } from './codec/bytes.ts'
import { decodeFrame, encodeFrame, frame } from './frames.ts'
import { limits } from './limits.ts'

const request = (length: number) =>
  encodeFrame({ kind: 'request', id: 1, command: 'append', body: new Uint8Array(length) })
/** The same by hand, for lengths that no writer of ours would encode. */
const requestByHand = (length: number) =>
  concat(
    Uint8Array.fromHex(`8200830166${utf8('append').toHex()}5a${length.toString(16).padStart(8, '0')}`),
    new Uint8Array(length),
  )
const bodyMaxBytes = limits.frameMaxBytes - 1024

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
    expect(decodeFrame(requestByHand(bodyMaxBytes))).toBeDefined()
    expect(decodeFrame(requestByHand(limits.frameMaxBytes))).toBeUndefined()
  })

  test('a body leaves room for the frame around it: larger is a bug of the writer, and refused by the reader', () => {
    expect(equal(requestByHand(bodyMaxBytes), request(bodyMaxBytes))).toBe(true)
    expect(() => request(bodyMaxBytes + 1)).toThrow('assertion failed')
    const within = requestByHand(bodyMaxBytes + 1)
    expect(within.length).toBeLessThan(limits.frameMaxBytes)
    expect(decodeFrame(within)).toBeUndefined()
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
