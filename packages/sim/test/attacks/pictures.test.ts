/** What is no picture for anybody: a decoder stands behind it. */
import { expect, test } from 'vitest'
import { cleanPicture, isPicture } from '@halyard/client'
import { limits } from '@halyard/protocol'
import { jpeg } from '../../src/attacks/jpeg.ts'
import type { Jpeg } from '../../src/attacks/jpeg.ts'

const exif = [0xe1, [...new TextEncoder().encode('Exif 59.3293 N 18.0686 E')]] as const
const withBeside: Jpeg = { beside: [[0xe0, [1, 2]], exif, [0xfe, [7, 7]]] }

test('T-56 what stands beside the image stays with whoever chose it', () => {
  const taken = jpeg(3, withBeside)
  expect(isPicture(taken)).toBe(false)
  const clean = cleanPicture(taken)
  expect(clean).toEqual(jpeg(3))
  expect(isPicture(jpeg(3))).toBe(true)
  expect(isPicture(jpeg(3, { components: 1 }))).toBe(true)
})

const bombs: readonly (readonly [string, Uint8Array])[] = [
  ['wider', jpeg(3, { width: 65_535 })],
  ['higher', jpeg(3, { height: 65_535 })],
  ['smaller', jpeg(3, { width: 16, height: 16 })],
  ['progressive', jpeg(3, { frame: 0xc2 })],
  ['of two frames', jpeg(3, { frames: 2 })],
  ['without a frame', jpeg(3, { frames: 0 })],
  ['of four components', jpeg(3, { components: 4 })],
  ['sampled four times', jpeg(3, { sampling: 0x44 })],
  ['with a second scan', jpeg(3, { scan: [1, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1] })],
  ['with something behind it', jpeg(3, { after: [1] })],
  ['with a page behind it', jpeg(3, { after: [...new TextEncoder().encode('<script>')] })],
  ['too large', jpeg(3, { scan: new Array<number>(limits.pictureMaxBytes).fill(1) })],
  ['cut off', jpeg(3).subarray(0, -1)],
  ['empty', new Uint8Array()],
  ['a PNG', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])],
  ['a drawing', new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>')],
]
test.each(bombs)('T-25 T-26 not taken: %s', (_what, bytes) => {
  expect(isPicture(bytes)).toBe(false)
  expect(cleanPicture(bytes)).toBe(undefined)
})

test('T-26 whatever stands in it, it is judged', () => {
  const good = jpeg(3)
  for (let at = 0; at < good.length; at++) {
    for (const value of [0, 0x80, 0xc0, 0xd9, 0xff]) {
      const bytes = Uint8Array.from(good)
      bytes[at] = value
      const clean = cleanPicture(bytes)
      expect(clean === undefined || isPicture(clean)).toBe(true)
    }
    expect(isPicture(good.subarray(0, at))).toBe(false)
  }
})
