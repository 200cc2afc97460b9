import { expect, test } from 'vitest'
import { runCrowd } from '../src/crowd.ts'

const full = process.env['HALYARD_FULL'] === '1'
/** `npm run sim -- --world crowd` lives as many as one has time for. */
const seeds = full ? [10, 1, 2, 3, 4] : [10, 4]

test('people on several devices, in groups, in bad weather: all stand at one place', { timeout: 240_000 }, async () => {
  const found: string[] = []
  for (const seed of seeds) {
    const { faults } = await runCrowd(seed)
    if (faults.length > 0) found.push(`seed ${seed}: ${faults.join('; ')}`)
  }
  expect(found).toEqual([])
})
