import { expect, test } from 'vitest'
import { scenarios } from '../src/scenarios.ts'
import { runTwoPeople } from '../src/two-people.ts'
import kept from './seeds.json' with { type: 'json' }

const failing = async (seeds: readonly number[]): Promise<readonly string[]> => {
  const found: string[] = []
  for (const seed of seeds) {
    const { faults } = await runTwoPeople(seed)
    if (faults.length > 0) found.push(`seed ${seed}: ${faults.join('; ')}`)
  }
  return found
}

/** `.ci/run` lives fifty. */
const worlds = process.env['HALYARD_FULL'] === '1' ? 50 : 8

test('worlds of two people in bad weather end as if nothing had happened', { timeout: 180_000 }, async () => {
  expect(await failing([...Array(worlds).keys()].map((seed) => seed + 1))).toEqual([])
})

test('seeds that once found something find nothing', { timeout: 60_000 }, async () => {
  expect(await failing(kept)).toEqual([])
})

test('every scenario is good with the real core', { timeout: 60_000 }, async () => {
  for (const [name, scenario] of Object.entries(scenarios)) expect(await scenario(), name).toEqual([])
})
