/** Crowds of many seeds on every core, and what they came to in a few lines. */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { CrowdReport } from './crowd.ts'
import { liveCrowds } from './pool.ts'
import type { Lived } from './pool.ts'

export interface ManyCrowds {
  readonly seeds: readonly number[]
  /** No world is begun later than this; `Infinity` for all. */
  readonly minutes: number
  /** Writes the seeds that failed to those that the tests live for ever. */
  readonly keep: boolean
  readonly say: (line: string) => void
}

/** Whether all were good. */
export const runCrowds = async ({ seeds, minutes, keep, say }: ManyCrowds): Promise<boolean> => {
  const startedMs = performance.now()
  const spentMinutes = (): number => (performance.now() - startedMs) / 60_000
  const failed: number[] = []
  let count = 0
  const note = ({ seed, report, faults }: Lived): void => {
    count++
    if (faults.length > 0) {
      failed.push(seed)
      clearProgress()
      say(`seed ${seed}: BAD${report === undefined ? '' : `, ${inWords(report)}`}`)
      for (const fault of faults) say(`  ${fault}`)
    }
    showProgress(`${count} of ${seeds.length} worlds, ${failed.length} failures`)
  }
  const lived = await liveCrowds(seeds, {
    workers: availableParallelism(),
    note,
    goesOn: () => spentMinutes() < minutes,
  })
  clearProgress()
  if (failed.length > 0) say(`failing seeds: ${failed.join(' ')}`)
  if (failed.length > 0) say(keep ? keepSeeds(failed) : 'with --keep the tests live them from now on')
  summary(lived, spentMinutes()).forEach(say)
  return failed.length === 0 && lived.length > 0
}

const inWords = ({ people, devices, steps, epochs, lostRaces, crashes, thefts }: CrowdReport): string =>
  `${people} people, ${devices} devices, ${steps} steps, ${epochs} epochs, ${lostRaces} lost races, ${crashes} crashes, ${thefts} thefts`

/** One line on a terminal that is written over again and again; nothing where a log is kept. */
const showProgress = (line: string): void => void (process.stdout.isTTY && process.stdout.write(`\r\u{1b}[K${line}`))
const clearProgress = (): void => showProgress('')

const keptSeeds = new URL('../test/data/crowd-seeds.json', import.meta.url)
const keepSeeds = (failed: readonly number[]): string => {
  const before = JSON.parse(readFileSync(keptSeeds, 'utf8')) as number[]
  const all = [...new Set([...before, ...failed])].sort((one, other) => one - other)
  writeFileSync(keptSeeds, `[${all.join(', ')}]\n`)
  return `${all.length - before.length} seeds are new in packages/sim/test/data/crowd-seeds.json, which the tests live`
}

const summary = (lived: readonly Lived[], spentMinutes: number): readonly string[] => {
  const reports = lived.flatMap(({ report }) => report ?? [])
  const all = (fact: keyof Facts): readonly number[] =>
    reports.map((report) => report[fact]).sort((one, other) => one - other)
  const median = (fact: keyof Facts): number => all(fact)[Math.floor(reports.length / 2)] ?? 0
  const most = (fact: keyof Facts): number => all(fact).at(-1) ?? 0
  const steps = all('steps').reduce((sum, one) => sum + one, 0)
  const bad = lived.filter(({ faults }) => faults.length > 0).length
  return [
    `median: ${median('people')} people, ${median('devices')} devices, ${median('steps')} steps, ${median('epochs')} epochs, ${median('crashes')} crashes`,
    `most: ${most('people')} people, ${most('devices')} devices, ${most('steps')} steps, ${most('epochs')} epochs, ${most('crashes')} crashes`,
    `${Math.round(lived.length / spentMinutes)} worlds per minute`,
    `${lived.length} worlds, ${steps} steps, ${bad} failures`,
  ]
}
type Facts = Pick<CrowdReport, 'people' | 'devices' | 'steps' | 'epochs' | 'crashes'>
