import { describe, expect, it } from 'vitest'
import { ed25519WellFormed } from './ed25519-rules.ts'

const prime = 2n ** 255n - 19n
const order = 2n ** 252n + 27742317777372353535851937790883648493n
const littleEndian = (value: bigint): number[] =>
  Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
/** y = 4/5, the base point: as good as any */
const good = [0x58, ...new Array<number>(31).fill(0x66)]
const wellFormed = (key: readonly number[], r: readonly number[], s: bigint): boolean =>
  ed25519WellFormed(Uint8Array.from(key), Uint8Array.from([...r, ...littleEndian(s)]))

describe('Ed25519', () => {
  it('T-61 takes y below the prime alone, and none of small order, whatever the sign of x', () => {
    const small = [
      0n,
      1n,
      prime - 1n,
      0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
      0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
    ]
    const around = small.flatMap((y) => [y - 1n, y, y + 1n]).filter((y) => y >= 0n)
    for (const y of [...around, prime, prime + 1n, prime + 18n, 2n, prime - 2n]) {
      for (const sign of [0n, 1n]) {
        const encoded = littleEndian(y + (sign << 255n))
        const expected = y < prime && !small.includes(y)
        expect(wellFormed(encoded, good, 1n), `key ${y}`).toBe(expected)
        expect(wellFormed(good, encoded, 1n), `R ${y}`).toBe(expected)
      }
    }
  })

  it('takes S below the order alone', () => {
    for (const s of [0n, 1n, order - 1n]) expect(wellFormed(good, good, s)).toBe(true)
    for (const s of [order, order + 1n, 2n ** 255n, 2n ** 256n - 1n]) expect(wellFormed(good, good, s)).toBe(false)
  })
})
