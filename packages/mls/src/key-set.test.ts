import { expect, test } from 'vitest'
import { keySet, keyTag } from './key-set.ts'

const key = (start: number, end: number): Uint8Array => {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, start)
  new DataView(bytes.buffer).setUint32(28, end)
  return bytes
}

test('keys are found, and found twice', () => {
  const keys = keySet()
  for (let index = 0; index < 100; index++) expect(keys.add(key(index, index))).toBe(true)
  for (let index = 0; index < 100; index++) {
    expect(keys.add(key(index, index))).toBe(false)
    expect(keys.has(key(index, index))).toBe(true)
    expect(keys.has(key(index + 1, index))).toBe(false)
    expect(keys.mayHave(keyTag(key(7, index)))).toBe(true)
  }
})

test('keys that somebody chose to share a tag cost no more than others', () => {
  const keys = keySet()
  const compared = { count: 0 }
  // Counts the bytes that are read of the keys that are in the set already.
  const watched = (bytes: Uint8Array): Uint8Array =>
    new Proxy(bytes, {
      get(target, name) {
        if (typeof name === 'string' && /^\d+$/.test(name)) compared.count++
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
      },
    })
  const count = 2000
  for (let index = 0; index < count; index++) expect(keys.add(watched(key(index, 5)))).toBe(true)
  expect(keys.add(key(1, 5))).toBe(false)
  expect(keys.has(key(count - 1, 5))).toBe(true)
  expect(keys.has(key(count, 5))).toBe(false)
  expect(compared.count).toBeLessThan(count * 1000)
})
