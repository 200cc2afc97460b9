/** The floor of a step: the primitives it cannot avoid, each at the speed of its fastest implementation in the same run. */
import { measure, type Clock, type Effort } from './measure.ts'
import type { Primitive, Tally } from './recording.ts'

/** Implementations of one primitive over inputs of a length, by name. What they take is ready: keys imported, bytes filled. */
export type Candidates = (primitive: Primitive, length: number) => Promise<ReadonlyMap<string, () => unknown>>

/** A primitive that no implementation of the step can leave out. */
export interface Need {
  readonly primitive: Primitive
  readonly count: number
  readonly why: string
}

export interface Floor {
  readonly ms: number
  /** as printed: what was asked for, and how much of that nobody can avoid */
  readonly counts: string
}

export interface FloorClock {
  /**
   * Throws when the step did with less than what the table calls unavoidable: then the table is wrong. Each call measures the primitives
   * again, and the least that was ever measured counts: a floor can only sink.
   */
  floorOf(tally: Tally, needs: readonly Need[]): Promise<Floor>
  /** The same of what was measured so far. */
  floorNow(tally: Tally, needs: readonly Need[]): Floor
}

interface Cost {
  ms: number
  readonly run: () => unknown
}

export const floorClock = (clock: Clock, candidates: Candidates, effort: Effort): FloorClock => {
  const costs = new Map<string, Cost>()
  const again: Effort = { ...effort, windowMs: effort.windowMs / 2, windowsMin: 3, quietWindows: 0 }
  const fastest = async (primitive: Primitive, length: number): Promise<Cost> => {
    let best: Cost | undefined
    for (const run of (await candidates(primitive, length)).values()) {
      const { ms } = await measure(clock, effort, run, undefined)
      if (best === undefined || ms < best.ms) best = { ms, run }
    }
    if (best === undefined) throw new Error(`nothing does ${primitive}`)
    return best
  }
  const measureOne = async (primitive: Primitive, length: number): Promise<void> => {
    const known = costs.get(nameOf(primitive, length))
    if (known === undefined) costs.set(nameOf(primitive, length), await fastest(primitive, rounded(length)))
    else known.ms = Math.min(known.ms, (await measure(clock, again, known.run, undefined)).ms)
  }
  const floorNow = (tally: Tally, needs: readonly Need[]): Floor => {
    const needed = neededOf(needs)
    let ms = 0
    for (const [primitive, count] of needed)
      if (count > 0) ms += count * (costs.get(nameOf(primitive, meanLength(tally, primitive)))?.ms ?? Number.NaN)
    const counts = [...tally].map(([primitive, { count }]) => `${primitive} ${count}/${needed.get(primitive) ?? 0}`)
    return { ms, counts: counts.join(', ') }
  }
  return {
    async floorOf(tally, needs) {
      for (const [primitive, least] of neededOf(needs)) {
        const count = tally.get(primitive)?.count ?? 0
        if (count < least) throw new Error(`${primitive}: ${least} are called unavoidable, ${count} were enough`)
        if (least > 0) await measureOne(primitive, meanLength(tally, primitive))
      }
      return floorNow(tally, needs)
    },
    floorNow,
  }
}

const neededOf = (needs: readonly Need[]): ReadonlyMap<Primitive, number> => {
  const needed = new Map<Primitive, number>()
  for (const { primitive, count } of needs) needed.set(primitive, (needed.get(primitive) ?? 0) + count)
  return needed
}

const meanLength = (tally: Tally, primitive: Primitive): number => {
  const { count, bytes } = tally.get(primitive) ?? { count: 1, bytes: 0 }
  return bytes / count
}

/** Costs grow evenly with the length, so that of the mean length stands for all; lengths are rounded down, never up. */
const rounded = (length: number): number =>
  length < 64 ? Math.floor(length) : Math.floor(2 ** (Math.floor(Math.log2(length) * 8) / 8))
const nameOf = (primitive: Primitive, length: number): string => `${primitive} ${rounded(length)}`
