/** Randomness from one seed (sfc32, Chris Doty-Humphrey): the same seed makes the same world. */

export interface Prng {
  /** 0 ≤ value < 1. */
  fraction(): number
  /** 0 ≤ value < below. */
  below(below: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  bytes(length: number): Uint8Array
  /** Another stream, so that one part of the world drawing more does not change another. */
  fork(name: string): Prng
}

export const createPrng = (seed: number, name = ''): Prng => {
  let a = seed >>> 0
  let b = hashName(name)
  let c = 0x9e3779b9
  let counter = 1
  const next = (): number => {
    const t = (((a + b) >>> 0) + counter) >>> 0
    counter = (counter + 1) >>> 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) >>> 0
    c = ((c << 21) | (c >>> 11)) >>> 0
    c = (c + t) >>> 0
    return t
  }
  for (let round = 0; round < 12; round++) next()
  const prng: Prng = {
    fraction: () => next() / 0x1_0000_0000,
    below: (below) => Math.floor((next() / 0x1_0000_0000) * below),
    chance: (probability) => next() / 0x1_0000_0000 < probability,
    pick(items) {
      const item = items[prng.below(items.length)]
      if (item === undefined) throw new Error('assertion failed: picked from nothing')
      return item
    },
    bytes(length) {
      const out = new Uint8Array(length)
      for (let index = 0; index < length; index++) out[index] = next() >>> 24
      return out
    },
    fork: (child) => createPrng(next(), child),
  }
  return prng
}

const hashName = (name: string): number => {
  let hash = 0x811c9dc5
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash
}
