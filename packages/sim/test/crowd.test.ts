import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { manyDeeds } from '../src/crowd.ts'
import type { CrowdReport } from '../src/crowd.ts'
import { liveCrowds } from '../src/pool.ts'

/** Worlds of all sizes, every eighth with the suite of the product. `npm run sim` lives as many as one has time for. */
const always = Array.from({ length: 100 }, (_, index) => 100 + index)
/** Seeds that failed once: they are lived for ever. */
const failedOnce = JSON.parse(readFileSync(new URL('data/crowd-seeds.json', import.meta.url), 'utf8')) as number[]
/** Lived once more at the end, by a thread whose SQLite and caches are warm. */
const again = 100
/** `.ci/run` and `npm run sim` do twice as much in each. */
const deeds = process.env['HALYARD_FULL'] === '1' ? manyDeeds : 10

test(
  'people on several devices in bad weather: all stand at one place, no thief reads on, and a seed is always the same crowd',
  { timeout: 900_000 },
  async () => {
    // Plain threads: what this file's own module runner adds to every call would be a quarter of the time.
    const lived = [
      ...(await liveCrowds(failedOnce, { workers: 2 })),
      ...(await liveCrowds([...always, again], { workers: 2, deeds })),
    ]
    const bad = lived.filter(({ faults }) => faults.length > 0)
    expect(bad.map(({ seed, faults }) => `seed ${seed}: ${faults.join('; ')}`)).toEqual([])
    const reports = lived.flatMap(({ report }) => report ?? [])
    expect(reports.length).toBe(failedOnce.length + always.length + 1)
    expectMuch(reports)
    expect(reports.at(-1)).toEqual(reports.find(({ seed }) => seed === again))
  },
)

/** What the oracles look for was there to be found. */
const expectMuch = (reports: readonly CrowdReport[]): void => {
  const sum = (count: (report: CrowdReport) => number): number => reports.reduce((all, one) => all + count(one), 0)
  expect(sum(({ lostRaces }) => lostRaces)).toBeGreaterThan(0)
  expect(Math.max(...reports.map(({ people }) => people))).toBe(12)
  // A thief who could open nothing at all would prove nothing by opening nothing later.
  expect(sum(({ opened }) => opened)).toBeGreaterThan(0)
  expect(sum(({ shut }) => shut)).toBeGreaterThan(0)
}
