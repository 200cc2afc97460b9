/** One random history, wholly from its seed. */
import { suites } from '../../src/index.ts'
import { deterministicProvider } from '../../src/providers/deterministic.ts'
import type { Weigh } from './attacks.ts'
import { randomHistory, type Tally } from '../random-histories.ts'
import { seededRandom } from '../test-kit.ts'

export interface History {
  readonly seed: number
  readonly steps: number
  readonly hostile: boolean
}
export type Lived = History & {
  readonly tally: Tally
  readonly failure: string | undefined
  /** Of the calls with hostile bytes: the longest, and the one that made memory grow most. */
  readonly longestMs: number
  readonly largestBytes: number
}

/** Every fifth history is of the hybrid suite. All of it, keys too, follows from the seed. */
export const live = async ({ seed, steps, hostile }: History, memory: () => number = () => 0): Promise<Lived> => {
  const suite = seed % 5 === 0 ? suites.hybrid : suites.x25519Aes128Ed25519
  const tally: Tally = {}
  let longestMs = 0
  let largestBytes = 0
  const weigh: Weigh = async (call) => {
    const [fromMs, fromBytes] = [performance.now(), memory()]
    try {
      return await call()
    } finally {
      longestMs = Math.max(longestMs, performance.now() - fromMs)
      largestBytes = Math.max(largestBytes, memory() - fromBytes)
    }
  }
  let failure: string | undefined
  try {
    const provider = deterministicProvider(seededRandom(seed + 1))
    await randomHistory(provider, suite, seededRandom(seed), steps, tally, { hostile, weigh })
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  return { seed, steps, hostile, tally, failure, longestMs, largestBytes }
}
