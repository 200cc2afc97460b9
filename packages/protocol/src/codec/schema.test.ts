import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { valuesOf } from '../../test/arbitrary.ts'
import { schemas } from '../../test/language.ts'
import { concat, toHex } from './bytes.ts'
import { blob, bytes, decode, encode, flag, list, maybe, nothing, record, text, uint, variant, word } from './schema.ts'
import type { Schema } from './schema.ts'

const kinds: Readonly<Record<string, Schema<unknown>>> = {
  bytes: bytes(16) as Schema<unknown>,
  blob: blob(300) as Schema<unknown>,
  uint: uint() as Schema<unknown>,
  text: text(40) as Schema<unknown>,
  flag: flag as Schema<unknown>,
  word: word('sealed', 'open') as Schema<unknown>,
  list: list(uint(300), 3) as Schema<unknown>,
  'maybe in a record': record({ a: maybe(uint(9)), b: maybe(text(3)) }) as Schema<unknown>,
  record: record({ a: uint(9), b: text(9), c: list(flag, 2) }) as Schema<unknown>,
  variant: variant({ a: record({ x: uint(9) }), b: nothing }) as Schema<unknown>,
  nothing: nothing as Schema<unknown>,
}
/** What a decoder sees of hostile bytes: a value of the schema or undefined, and one encoding per value. */
const holds = (schema: Schema<unknown>, hostile: Uint8Array): void => {
  const value = decode(schema, hostile)
  if (value !== undefined) expect(toHex(encode(schema, value))).toBe(toHex(hostile))
}

describe('what is written is read, and is the only way to write it', () => {
  test.each(Object.keys({ ...kinds, ...schemas }))('%s', (name) => {
    const schema = (kinds[name] ?? schemas[name]) as Schema<unknown>
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        const encoded = encode(schema, value)
        expect(decode(schema, encoded)).toEqual(value)
        expect(toHex(encode(schema, value))).toBe(toHex(encoded))
        expect(decode(schema, concat(encoded, new Uint8Array(1)))).toBeUndefined()
        for (const length of [0, 1, encoded.length >> 1, encoded.length - 1]) {
          if (length < encoded.length) expect(decode(schema, encoded.subarray(0, length))).toBeUndefined()
        }
      }),
      { numRuns: 40 },
    )
  })

  test('every prefix of an encoding is refused', () => {
    const schema = schemas['chains accountLink'] as Schema<unknown>
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        const encoded = encode(schema, value)
        for (let length = 0; length < encoded.length; length++)
          expect(decode(schema, encoded.subarray(0, length))).toBeUndefined()
      }),
      { numRuns: 20 },
    )
  })
})

describe('T-17, T-26: hostile bytes', () => {
  test('any bytes are a value with exactly that encoding, or nothing', () => {
    const all = Object.values(schemas)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(all.length - 1), (hostile, index) =>
        holds(all[index] as Schema<unknown>, hostile),
      ),
      { numRuns: 5_000 },
    )
  })

  test('a changed byte is another value with that encoding, or nothing', () => {
    const all = Object.values(schemas)
    fc.assert(
      fc.property(
        fc.nat(all.length - 1).chain((index) => fc.tuple(fc.constant(index), valuesOf(all[index] as Schema<unknown>))),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        ([index, value], where, change) => {
          const schema = all[index] as Schema<unknown>
          const encoded = encode(schema, value)
          const at = where % encoded.length
          encoded[at] = (encoded[at] ?? 0) ^ change
          holds(schema, encoded)
        },
      ),
      { numRuns: 5_000 },
    )
  })

  test('nesting of 100,000 is refused', () => {
    const deep = concat(new Uint8Array(100_000).fill(0x81), new Uint8Array([0]))
    for (const schema of Object.values(schemas)) expect(decode(schema, deep)).toBeUndefined()
  })

  test('a length beyond the end is refused before anything is allocated for it', () => {
    for (const head of [
      '5b001fffffffffffff',
      '7b001fffffffffffff',
      '9b001fffffffffffff',
      '5affffffff',
      '9affffffff',
      '7affffffff',
    ]) {
      for (const schema of [blob(2 ** 40), text(2 ** 40), list(uint(), 2 ** 40)] as readonly Schema<unknown>[]) {
        expect(decode(schema, Uint8Array.fromHex(head))).toBeUndefined()
        expect(decode(record({ a: schema }), Uint8Array.fromHex(`81${head}00`))).toBeUndefined()
      }
    }
  })

  test('duplicate keys: there are no maps at all', () => {
    for (const map of ['a0', 'a10001', 'a2616100616101', 'bf616100ff']) {
      for (const schema of Object.values({ ...kinds, ...schemas }))
        expect(decode(schema, Uint8Array.fromHex(map))).toBeUndefined()
    }
  })

  test.each([
    ['an integer in two bytes for one', '1800'],
    ['an integer in three bytes for two', '190017'],
    ['an integer in five bytes', '1a00000000'],
    ['an integer in nine bytes', '1b0000000000000001'],
    ['a negative integer', '20'],
    ['a float', 'f93c00'],
    ['a double', 'fb3ff0000000000000'],
    ['undefined', 'f7'],
    ['a tag', 'c100'],
    ['a bignum', 'c24101'],
    ['2^53', '1b0020000000000000'],
    ['a reserved length', '1c'],
    ['a simple value', 'f820'],
    ['a break alone', 'ff'],
    ['nothing at all', ''],
  ])('%s is no number', (_, hex) => {
    expect(decode(uint(), Uint8Array.fromHex(hex))).toBeUndefined()
  })

  test('2^53 - 1 is a number', () => {
    expect(decode(uint(), encode(uint(), Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER)
  })

  test.each([
    ['a byte alone', '61ff'],
    ['a cut sequence', '62e282'],
    ['an overlong slash', '62c0af'],
    ['half a surrogate pair', '63eda080'],
    ['beyond Unicode', '64f4908080'],
    ['a length in more bytes than it needs', '780161'],
    ['bytes in place of text', '4161'],
    ['indefinite length', '7f6161ff'],
  ])('text: %s is refused', (_, hex) => {
    expect(decode(text(10), Uint8Array.fromHex(hex))).toBeUndefined()
  })

  test('text: a leading byte order mark is refused on both sides, one further in is kept', () => {
    expect(decode(text(10), Uint8Array.fromHex('64efbbbf61'))).toBeUndefined()
    expect(() => encode(text(10), '\uFEFFa')).toThrow('assertion failed')
    expect(decode(text(10), encode(text(10), 'a\uFEFF'))).toBe('a\uFEFF')
  })
})

test('an encoding is a plain byte array of its own, in Node too', () => {
  // A Buffer's slice() shares its memory; code that cuts a piece off an encoding would otherwise differ in Node.
  const pieces = record({ a: blob(9_999), b: blob(9_999), c: blob(9_999), d: blob(9_999) })
  for (const length of [0, 20, 40, 200, 5_000]) {
    const piece = new Uint8Array(length)
    const encoded = encode(pieces, { a: piece, b: piece, c: piece, d: piece })
    expect(Object.getPrototypeOf(encoded) === Uint8Array.prototype, `${encoded.length} bytes`).toBe(true)
  }
})

describe('bounds of each schema', () => {
  /** [schema, the largest that fits, the first that does not] */
  const edges: readonly (readonly [Schema<unknown>, unknown, unknown])[] = [
    [bytes(4) as Schema<unknown>, new Uint8Array(4), new Uint8Array(5)],
    [bytes(4) as Schema<unknown>, new Uint8Array(4), new Uint8Array(3)],
    [blob(4) as Schema<unknown>, new Uint8Array(4), new Uint8Array(5)],
    [uint(9) as Schema<unknown>, 9, 10],
    [text(4) as Schema<unknown>, '👋👋', '👋👋a'],
    [list(uint(1), 2) as Schema<unknown>, [1, 1], [1, 1, 1]],
    [word('a', 'b') as Schema<unknown>, 'b', 'c'],
  ]
  test.each(edges.map((edge) => [edge[0].shape, edge] as const))('%s', (_, [schema, inside, outside]) => {
    expect(decode(schema, encode(schema, inside))).toEqual(inside)
    expect(() => encode(schema, outside)).toThrow('assertion failed')
    const loose = [blob(9), uint(), text(99), list(uint(9), 9)] as readonly Schema<unknown>[]
    const written = loose.map((one) => attempt(() => encode(one, outside))).find((one) => one !== undefined)
    expect(written).toBeDefined()
    expect(decode(schema, written as Uint8Array)).toBeUndefined()
  })

  test('wrong types are refused', () => {
    const one = new Map(
      Object.entries(kinds).map(([name, schema]) => [
        name,
        fc.sample(valuesOf(schema), { numRuns: 5, seed: 1 }).map((value) => encode(schema, value)),
      ]),
    )
    const types = ['bytes', 'uint', 'text', 'flag'] as const
    for (const wanted of types) {
      for (const given of types.filter((type) => type !== wanted)) {
        for (const encoded of one.get(given) ?? [])
          expect(decode(kinds[wanted] as Schema<unknown>, encoded)).toBeUndefined()
      }
    }
    expect(decode(record({ a: uint(9) }), Uint8Array.fromHex('81f6'))).toBeUndefined()
    expect(decode(record({ a: uint(9) }), Uint8Array.fromHex('820101'))).toBeUndefined()
    expect(decode(variant({ a: nothing }), Uint8Array.fromHex('820180'))).toBeUndefined()
    expect(decode(variant({ a: nothing }), Uint8Array.fromHex('83008000'))).toBeUndefined()
    expect(decode(variant({ a: nothing }), Uint8Array.fromHex('820081 00'.replace(' ', '')))).toBeUndefined()
  })

  test('what breaks its schema is a bug of the writer', () => {
    expect(() => encode(uint(), 1.5)).toThrow('assertion failed')
    expect(() => encode(uint(), -1)).toThrow('assertion failed')
    expect(() => encode(text(9), '\uD800')).toThrow('assertion failed')
    expect(() => encode(record({ a: uint(9) }), {} as { readonly a: number })).toThrow('assertion failed')
    expect(() => encode(variant({ a: nothing }), { kind: 'b' } as unknown as { readonly kind: 'a' })).toThrow(
      'assertion failed',
    )
  })
})

const attempt = <T>(make: () => T): T | undefined => {
  try {
    return make()
  } catch {
    return undefined
  }
}
