/**
 * `npm run fuzz -- mls --runs 300 --steps 60 --seed 1 [--hostile]`: so many random histories, from that seed on. Says how
 * often each thing happened; fails when a history did, when a call with hostile bytes took very long or much memory, or when, in a run of that size, something happened fewer than 200
 * times. A seed that fails is written to seeds.json and lived through again at every run.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { Tally } from '../random-histories.ts'
import { live, type History, type Lived } from './live.ts'

const kept = new URL('seeds.json', import.meta.url)
const usualRun = 300 * 60
/** Far above what any call needs: a call beyond them is one that hostile bytes can make as long or large as they like. */
const longestMs = 2_000
const largestBytes = 32 << 20
const memory = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
const leastOfEach = 200

const main = async (): Promise<boolean> => {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '300' },
      steps: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      hostile: { type: 'boolean', default: false },
    },
  })
  const { hostile } = values
  const [runs, steps, first] = [Number(values.runs), Number(values.steps), Number(values.seed)]
  const failedOnce = JSON.parse(readFileSync(kept, 'utf8')) as readonly History[]
  const queue = [...failedOnce, ...Array.from({ length: runs }, (_, at) => ({ seed: first + at, steps, hostile }))]
  const total = queue.length
  const tally: Tally = {}
  const failed: Lived[] = []
  let done = 0
  const worst = { ms: 0, bytes: 0 }
  const take = (lived: Lived): void => {
    worst.ms = Math.max(worst.ms, lived.longestMs)
    worst.bytes = Math.max(worst.bytes, lived.largestBytes)
    for (const [what, times] of Object.entries(lived.tally)) tally[what] = (tally[what] ?? 0) + times
    if (lived.failure !== undefined) {
      failed.push(lived)
      console.log(`seed ${lived.seed} fails (--seed ${lived.seed} --runs 1 --steps ${lived.steps}):\n${lived.failure}`)
    }
    if (++done % 25 === 0) console.log(`${done} of ${total} histories`)
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, () => work(queue, take)))
  for (const [what, times] of Object.entries(tally).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(times).padStart(8)}  ${what}`)
  const rare = runs * steps < usualRun ? [] : Object.entries(tally).filter(([, times]) => times < leastOfEach)
  for (const [what, times] of rare) console.log(`too rare: ${what} (${times} of at least ${leastOfEach})`)
  keep(failedOnce, failed)
  if (hostile)
    console.log(
      `hostile bytes: longest call ${worst.ms.toFixed(1)} ms, largest growth of memory ${(worst.bytes / 1024).toFixed(0)} kB`,
    )
  const isBounded = worst.ms <= longestMs && worst.bytes <= largestBytes
  if (!isBounded) console.log(`beyond ${longestMs} ms or ${largestBytes >> 20} MB`)
  console.log(`${total} histories, ${runs * steps} steps, ${failed.length} failures`)
  return failed.length === 0 && rare.length === 0 && isBounded
}

const keep = (before: readonly History[], failed: readonly Lived[]): void => {
  const isKnown = ({ seed, hostile }: History): boolean =>
    before.some((one) => one.seed === seed && one.hostile === hostile)
  const fresh = failed.filter((one) => !isKnown(one)).map(({ seed, steps, hostile }) => ({ seed, steps, hostile }))
  if (fresh.length > 0) writeFileSync(kept, `${JSON.stringify([...before, ...fresh], undefined, 2)}\n`)
}

/** One thread lives history after history. */
const work = (queue: History[], take: (lived: Lived) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: 'history' })
    const next = (): void => {
      const history = queue.shift()
      if (history !== undefined) return worker.postMessage(history)
      void worker.terminate()
      resolve()
    }
    worker.on('message', (lived: Lived) => {
      take(lived)
      next()
    })
    worker.on('error', reject)
    next()
  })

if (isMainThread && process.argv[1] === new URL(import.meta.url).pathname) {
  if (!(await main())) process.exitCode = 1
} else if (!isMainThread && workerData === 'history') {
  parentPort?.on(
    'message',
    (history: History) => void live(history, memory).then((lived) => parentPort?.postMessage(lived)),
  )
}
