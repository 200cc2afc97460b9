/** One random history, wholly from its seed. */
import { suites } from '../../src/index.ts'
import { deterministicProvider } from '../../src/providers/deterministic.ts'
import { randomHistory, type Tally } from '../random-histories.ts'
import { seededRandom } from '../test-kit.ts'

export interface History {
  readonly seed: number
  readonly steps: number
  readonly hostile: boolean
}
export type Lived = History & { readonly tally: Tally; readonly failure: string | undefined }

/** Every fifth history is of the hybrid suite. All of it, keys too, follows from the seed. */
export const live = async ({ seed, steps, hostile }: History): Promise<Lived> => {
  const suite = seed % 5 === 0 ? suites.hybrid : suites.x25519Aes128Ed25519
  const tally: Tally = {}
  try {
    await randomHistory(deterministicProvider(seededRandom(seed + 1)), suite, seededRandom(seed), steps, tally, {
      hostile,
    })
    return { seed, steps, hostile, tally, failure: undefined }
  } catch (error) {
    return {
      seed,
      steps,
      hostile,
      tally,
      failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }
  }
}
