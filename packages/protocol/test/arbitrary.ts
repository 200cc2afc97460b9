/** Values of any schema, made from its own description: what a schema says of itself is thereby tested too. */
import fc from 'fast-check'
import type { Schema } from '../src/codec/schema.ts'

/** Random values of `schema`; lists and byte strings stay short, so that thousands of runs stay quick. */
export const valuesOf = <T>(schema: Schema<T>): fc.Arbitrary<T> => {
  const [arbitrary, rest] = readShape(schema.shape)
  if (rest !== '') throw new Error(`left over in a shape: ${rest}`)
  return arbitrary as fc.Arbitrary<T>
}

type Read = readonly [fc.Arbitrary<unknown>, string]

const readShape = (shape: string): Read => {
  const [, name = ''] = /^([a-z]+)/.exec(shape) ?? []
  const rest = shape.slice(name.length)
  if (name === 'flag') return [fc.boolean(), rest]
  if (name === 'nothing') return [fc.constant({}), rest]
  if (name === 'record') return readFields(rest.slice(1))
  if (name === 'variant') return readKinds(rest.slice(1))
  if (name === 'list') return readList(rest.slice(1))
  if (name === 'maybe') {
    const [item, after] = readShape(rest.slice(1))
    return [fc.option(item, { nil: undefined }), after.slice(1)]
  }
  const end = rest.indexOf(')')
  return [primitive(name, rest.slice(1, end)), rest.slice(end + 1)]
}

const primitive = (name: string, argument: string): fc.Arbitrary<unknown> => {
  const size = Number(argument)
  if (name === 'bytes') return fc.uint8Array({ minLength: size, maxLength: size })
  if (name === 'blob') return fc.uint8Array({ maxLength: Math.min(size, 300) })
  if (name === 'uint')
    return fc.oneof(fc.integer({ min: 0, max: size }), fc.integer({ min: 0, max: Math.min(size, 300) }))
  if (name === 'text')
    return fc
      .string({ unit: 'binary', maxLength: Math.min(size, 40) })
      .filter((value) => value.length <= size && !value.startsWith('\uFEFF'))
  if (name === 'word') return fc.constantFrom(...argument.split('|'))
  throw new Error(`unknown shape ${name}`)
}

const readList = (shape: string): Read => {
  const [item, rest] = readShape(shape)
  const end = rest.indexOf(')')
  const max = Number(rest.slice(1, end))
  return [fc.array(item, { maxLength: Math.min(max, 3) }), rest.slice(end + 1)]
}

const readFields = (shape: string): Read => {
  const fields: Record<string, fc.Arbitrary<unknown>> = {}
  let rest = shape
  while (!rest.startsWith('}')) {
    const [head = '', name = ''] = /^,?([A-Za-z-]+):/.exec(rest) ?? []
    const [arbitrary, after] = readShape(rest.slice(head.length))
    fields[name] = arbitrary
    rest = after
  }
  return [fc.record(fields), rest.slice(1)]
}

const readKinds = (shape: string): Read => {
  const kinds: fc.Arbitrary<unknown>[] = []
  let rest = shape
  while (!rest.startsWith('}')) {
    const [head = '', name = ''] = /^,?\d+=([A-Za-z-]+):/.exec(rest) ?? []
    const [arbitrary, after] = readShape(rest.slice(head.length))
    kinds.push(arbitrary.map((value) => ({ ...(value as object), kind: name })))
    rest = after
  }
  return [fc.oneof(...kinds), rest.slice(1)]
}
