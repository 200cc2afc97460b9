import { expect, it } from 'vitest'
import { sameSecret } from './bytes.ts'

/** Counts how many bytes are looked at. */
const watched = (bytes: Uint8Array): { readonly bytes: Uint8Array; reads(): number } => {
  let reads = 0
  const proxy = new Proxy(bytes, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads++
      return Reflect.get(target, name, target) as unknown
    },
  })
  return { bytes: proxy, reads: () => reads }
}

it('secrets are compared to their end, wherever they differ', () => {
  const secret = Uint8Array.from({ length: 48 }, (_, at) => at)
  for (const differsAt of [undefined, 0, 1, 24, 47]) {
    const other = secret.slice()
    if (differsAt !== undefined) other[differsAt] = 0xff
    const [a, b] = [watched(secret), watched(other)]
    expect(sameSecret(a.bytes, b.bytes)).toBe(differsAt === undefined)
    expect([a.reads(), b.reads()]).toEqual([48, 48])
  }
  expect(sameSecret(secret, secret.slice(1))).toBe(false)
})
