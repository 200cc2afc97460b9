import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../src/codec/bytes.ts'
import { decode, encode } from '../src/codec/schema.ts'
import type { Schema } from '../src/codec/schema.ts'
import { exampleVectors } from './examples.ts'
import type { Vector } from './examples.ts'
import { schemas } from './language.ts'

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')) as T

test('the stored encodings are what this code writes', () => {
  expect(exampleVectors()).toEqual(read<readonly Vector[]>('encodings.json'))
})

describe('stored encodings are read, and written again as they were', () => {
  test.each(
    read<readonly Vector[]>('encodings.json').map((vector, index) => [`${index} ${vector.schema}`, vector] as const),
  )('%s', (_, { schema, encoded }) => {
    const bytes = fromHex(encoded) as Uint8Array
    const value = decode(schemas[schema] as Schema<unknown>, bytes)
    expect(value).toBeDefined()
    expect(toHex(encode(schemas[schema] as Schema<unknown>, value))).toBe(encoded)
  })
})

describe('refused encodings', () => {
  const refused =
    read<readonly { readonly schema: string; readonly encoded: string; readonly why: string }[]>('refused.json')
  test.each(refused.map((one) => [one.why, one] as const))('%s', (_, { schema, encoded }) => {
    expect(decode(schemas[schema] as Schema<unknown>, fromHex(encoded) as Uint8Array)).toBeUndefined()
  })
})
