import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compare, concat, equal, fromBase64Url, fromHex, toBase64Url, toHex } from './bytes.ts'

const some = fc.uint8Array({ maxLength: 70 })

test('hex and base64url come back, and have one form each', () => {
  fc.assert(
    fc.property(some, (value) => {
      expect(fromHex(toHex(value))).toEqual(value)
      expect(fromBase64Url(toBase64Url(value))).toEqual(value)
      expect(toBase64Url(value)).toMatch(/^[A-Za-z0-9_-]*$/)
    }),
  )
  for (const wrong of ['0', 'AB', 'zz', '00 ', '00\n']) expect(fromHex(wrong)).toBeUndefined()
  for (const wrong of ['AA==', 'AB', 'A', 'AA+', 'AA/A', 'AAA ', 'A\nAA']) expect(fromBase64Url(wrong)).toBeUndefined()
})

test('equality and order', () => {
  fc.assert(
    fc.property(some, some, (a, b) => {
      expect(equal(a, a.slice())).toBe(true)
      expect(equal(a, b)).toBe(toHex(a) === toHex(b))
      expect(Math.sign(compare(a, b))).toBe(Math.sign(Buffer.compare(a, b)))
      expect(concat(a, b)).toEqual(new Uint8Array([...a, ...b]))
    }),
  )
})
