/**
 * Shapes of everything that crosses a boundary. A schema says how a value is written (CBOR, arrays only, one encoding
 * per value), how far it may go, and describes itself, so that a test can hash the whole language.
 */
import { decode as decodeCbor, encode as encodeCbor } from 'cborg'
import { withinBounds } from './bounds.ts'

export interface Schema<T> {
  /** The whole shape in words; two schemas with the same description accept the same bytes. */
  readonly shape: string
  /** What CBOR writes for `value`. A value outside the schema is a bug of the caller and throws. */
  write(value: T): unknown
  /** The value, or undefined when `raw` is not of this shape. */
  read(raw: unknown): T | undefined
}
export type Infer<S> = S extends Schema<infer T> ? T : never

/** Encodes; throws when the value breaks its schema (a bug, never hostile input). */
export const encode = <T>(schema: Schema<T>, value: T): Uint8Array => {
  const bytes = encodeCbor(schema.write(value))
  // In Node the encoder may hand out a Buffer, whose `slice` aliases its pool.
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes)
}

/**
 * Decodes exactly one value: no trailing bytes, no duplicate keys, shortest integers, bounded nesting.
 * Returns undefined for anything else; never throws.
 */
export const decode = <T>(schema: Schema<T>, bytes: Uint8Array): T | undefined => {
  if (!withinBounds(bytes)) return undefined
  try {
    return schema.read(decodeCbor(bytes, strict))
  } catch {
    return undefined
  }
}

const strict = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  rejectDuplicateMapKeys: true,
} as const

export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${what}`)
}

const guard = <T>(shape: string, accepts: (raw: unknown) => raw is T): Schema<T> => ({
  shape,
  write(value) {
    assert(accepts(value), `value is not ${shape}`)
    return value
  },
  read: (raw) => (accepts(raw) ? raw : undefined),
})

/** Exactly `length` bytes. */
export const bytes = (length: number): Schema<Uint8Array> =>
  guard(`bytes(${length})`, (raw): raw is Uint8Array => raw instanceof Uint8Array && raw.length === length)

/** Up to `max` bytes. */
export const blob = (max: number): Schema<Uint8Array> =>
  guard(`blob(${max})`, (raw): raw is Uint8Array => raw instanceof Uint8Array && raw.length <= max)

/** A whole number from 0 to `max` (at most 2^53 - 1). */
export const uint = (max: number = Number.MAX_SAFE_INTEGER): Schema<number> =>
  guard(
    `uint(${max})`,
    (raw): raw is number => Number.isSafeInteger(raw) && (raw as number) >= 0 && (raw as number) <= max,
  )

/**
 * Well-formed text of at most `max` UTF-16 code units. A leading byte order mark is refused: decoders drop it, and one
 * value must have one encoding.
 */
export const text = (max: number): Schema<string> =>
  guard(
    `text(${max})`,
    (raw): raw is string =>
      typeof raw === 'string' && raw.length <= max && raw.isWellFormed() && !raw.startsWith('\u{feff}'),
  )

export const flag: Schema<boolean> = guard('flag', (raw): raw is boolean => typeof raw === 'boolean')

/** One of the given words. */
export const word = <const W extends string>(...words: readonly W[]): Schema<W> =>
  guard(`word(${words.join('|')})`, (raw): raw is W => words.includes(raw as W))

/** At most `max` items. */
export const list = <T>(item: Schema<T>, max: number): Schema<readonly T[]> => ({
  shape: `list(${item.shape},${max})`,
  write(value) {
    assert(value.length <= max, `a list of ${value.length} exceeds ${max}`)
    return value.map((one) => item.write(one))
  },
  read(raw) {
    if (!Array.isArray(raw) || raw.length > max) return undefined
    const items: T[] = []
    for (const one of raw as readonly unknown[]) {
      const value = item.read(one)
      if (value === undefined) return undefined
      items.push(value)
    }
    return items
  },
})

/** A value or nothing (CBOR null). */
export const maybe = <T>(item: Schema<T>): Schema<T | undefined> & { readonly mayBeAbsent: true } => ({
  shape: `maybe(${item.shape})`,
  mayBeAbsent: true,
  write: (value) => (value === undefined ? null : item.write(value)),
  read: (raw) => (raw === null ? undefined : item.read(raw)),
})

type Fields = Readonly<Record<string, Schema<unknown>>>
type Variant<V> = { readonly [K in keyof V & string]: { readonly kind: K } & Infer<V[K]> }[keyof V & string]
type Shape<F> = { readonly [K in keyof F]: Infer<F[K]> }

/** Named fields, written as an array in the order given. */
export const record = <const F extends Fields>(fields: F): Schema<Shape<F>> => {
  const entries = Object.entries(fields)
  return {
    shape: `record{${entries.map(([name, schema]) => `${name}:${schema.shape}`).join(',')}}`,
    write: (value) => entries.map(([name, schema]) => schema.write((value as Record<string, unknown>)[name])),
    read(raw) {
      if (!Array.isArray(raw) || raw.length !== entries.length) return undefined
      const value: Record<string, unknown> = {}
      let index = 0
      for (const [name, schema] of entries) {
        const item: unknown = raw[index++]
        const field = schema.read(item)
        if (field === undefined && !(item === null && 'mayBeAbsent' in schema)) return undefined
        value[name] = field
      }
      return value as Shape<F>
    },
  }
}

/** One of several kinds, written as [number of the kind, body]. The number is part of the language: append only. */
export const variant = <const V extends Fields>(kinds: V): Schema<Variant<V>> => {
  const entries = Object.entries(kinds)
  return {
    shape: `variant{${entries.map(([name, schema], index) => `${index}=${name}:${schema.shape}`).join(',')}}`,
    write(value) {
      const index = entries.findIndex(([name]) => name === (value as { readonly kind: string }).kind)
      const entry = entries[index]
      assert(entry !== undefined, `unknown kind ${(value as { readonly kind: string }).kind}`)
      return [index, entry[1].write(value)]
    },
    read(raw) {
      if (!Array.isArray(raw) || raw.length !== 2 || !Number.isSafeInteger(raw[0])) return undefined
      const entry = entries[raw[0] as number]
      const body = entry?.[1].read(raw[1])
      if (entry === undefined || typeof body !== 'object' || body === null) return undefined
      return { ...body, kind: entry[0] } as Variant<V>
    },
  }
}

/** A record without fields. */
export const nothing: Schema<Readonly<Record<never, never>>> = {
  shape: 'nothing',
  write: () => [],
  read: (raw) => (Array.isArray(raw) && raw.length === 0 ? {} : undefined),
}
