/** Many crowds beside each other: one thread for each core, and in each of them one world at a time. */
import { Worker } from 'node:worker_threads'
import type { CrowdReport } from './crowd.ts'

/** A world to live: its seed, and how much is done in it; `undefined` for as much as in most. */
export interface Life {
  readonly seed: number
  readonly deeds: number | undefined
}

/** What became of a seed. A world that broke off has no report, and says why. */
export interface Lived {
  readonly seed: number
  readonly report: CrowdReport | undefined
  readonly faults: readonly string[]
}

export interface PoolParts {
  readonly workers: number
  readonly deeds?: number
  /** As soon as a world is over, in whatever order they end. */
  readonly note?: (lived: Lived) => void
  /** Asked before each world; no more are begun once it says no. */
  readonly goesOn?: () => boolean
}

/** Lives a crowd for every seed; answers in the order of `seeds`, without those that were never begun. */
export const liveCrowds = async (seeds: readonly number[], parts: PoolParts): Promise<readonly Lived[]> => {
  const lived: (Lived | undefined)[] = seeds.map(() => undefined)
  let next = 0
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('world-worker.ts', import.meta.url), { execArgv: [] })
    try {
      while (parts.goesOn?.() ?? true) {
        const index = next++
        const seed = seeds[index]
        if (seed === undefined) return
        const one = await ask(worker, { seed, deeds: parts.deeds })
        lived[index] = one
        parts.note?.(one)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(parts.workers, seeds.length) }, work))
  return lived.filter((one) => one !== undefined)
}

/** Rejects when the thread itself dies: then no world can be trusted to have been lived. */
const ask = (worker: Worker, life: Life): Promise<Lived> =>
  new Promise((resolve, reject) => {
    const over = (): void => {
      worker.off('message', answered)
      worker.off('error', died)
      worker.off('exit', ended)
    }
    const answered = (one: Lived): void => (over(), resolve(one))
    const died = (error: unknown): void => (over(), reject(error instanceof Error ? error : new Error(String(error))))
    const ended = (): void => died(new Error(`the thread that lived seed ${life.seed} is gone`))
    worker.on('message', answered)
    worker.on('error', died)
    worker.on('exit', ended)
    worker.postMessage(life)
  })
