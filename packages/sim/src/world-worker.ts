/** A thread of `pool.ts`: is given seeds, and answers each with what became of its world. */
import { parentPort } from 'node:worker_threads'
import { runCrowd } from './crowd.ts'
import type { Lived, Life } from './pool.ts'

const live = async ({ seed, deeds }: Life): Promise<Lived> => {
  try {
    const report = await runCrowd(seed, deeds)
    return { seed, report, faults: report.faults }
  } catch (error) {
    // A world that broke off is a failed one; the others still run.
    return { seed, report: undefined, faults: [`broke off: ${String(error instanceof Error ? error.stack : error)}`] }
  }
}

parentPort?.on('message', (life: Life) => void live(life).then((lived) => parentPort?.postMessage(lived)))
