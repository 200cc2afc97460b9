import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { mutants } from '../src/mutants.ts'
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

test('50 worlds of two people in bad weather end as if nothing had happened', { timeout: 180_000 }, async () => {
  expect(await failing([...Array(50).keys()].map((seed) => seed + 1))).toEqual([])
})

test('seeds that once found something find nothing', { timeout: 60_000 }, async () => {
  expect(await failing(kept)).toEqual([])
})

test('every scenario is good with the real core', { timeout: 60_000 }, async () => {
  for (const [name, scenario] of Object.entries(scenarios)) expect(await scenario(), name).toEqual([])
})

const plant = (index: number): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../src/sabotage.ts', import.meta.url)), String(index)],
      { stdio: 'ignore', timeout: 60_000 },
    )
    child.on('exit', (code) => resolve(code ?? 1))
  })

test('planted bugs are found', { timeout: 180_000 }, async () => {
  const missed: string[] = []
  const queue = [...mutants.keys()]
  const work = async (): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const code = await plant(index)
      if (code !== 0) missed.push(`${mutants[index]?.name ?? ''} (${code})`)
    }
  }
  await Promise.all([work(), work()])
  process.stdout.write(`${mutants.length - missed.length} caught of ${mutants.length}\n`)
  expect(missed).toEqual([])
})
