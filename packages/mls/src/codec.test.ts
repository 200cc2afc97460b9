import { describe, expect, it } from 'vitest'
import { decode, encode, opaqueSize, type Writer } from './codec.ts'

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)

describe('encode', () => {
  it('gives each result an array of its own, also where one encodes within another', () => {
    const inner: Uint8Array[] = []
    const outer = encode((w) => {
      w.raw(bytes(3, 1))
      inner.push(
        encode((v) => v.raw(bytes(3, 2))),
        encode((v) => v.raw(bytes(2, 3))),
      )
      w.raw(bytes(2, 4))
    })
    expect(outer).toEqual(Uint8Array.of(1, 1, 1, 4, 4))
    expect(inner).toEqual([Uint8Array.of(2, 2, 2), Uint8Array.of(3, 3)])
    encode((w) => w.raw(bytes(900, 9)))
    expect(outer).toEqual(Uint8Array.of(1, 1, 1, 4, 4))
    outer.fill(7)
    expect(encode((w) => w.u32(0))).toEqual(bytes(4, 0))
  })

  it('writes the same whatever size was expected', () => {
    for (const length of [0, 63, 64, 16383, 16384, 70_000, 200_000]) {
      const body = (w: Writer): void => w.opaque(bytes(length, 5))
      const plain = encode(body)
      expect(plain.length).toBe(opaqueSize(length))
      for (const hint of [1, opaqueSize(length) - 1, opaqueSize(length), opaqueSize(length) + 1])
        expect(encode(body, hint)).toEqual(plain)
      const half = length >> 1
      expect(encode((w) => w.opaqueOf([bytes(half, 5), bytes(0, 0), bytes(length - half, 5)]))).toEqual(plain)
      expect(decode(plain, (r) => r.opaque())).toEqual(bytes(length, 5))
    }
  })

  it('is whole again after a body that threw', () => {
    const broken = (): Uint8Array =>
      encode((w) => {
        w.u32(0xffffffff)
        throw new Error('planned')
      })
    for (let i = 0; i < 20; i++) expect(broken).toThrow('planned')
    expect(encode((w) => w.u16(1))).toEqual(Uint8Array.of(0, 1))
  })
})
