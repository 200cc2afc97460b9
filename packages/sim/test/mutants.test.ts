/** A few of the planted bugs and of the checks: `npm run mutants -- sim` and `npm run mutants -- checks` try all. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mutants } from '../src/mutants.ts'
import { tryMutants } from './mutants/try-mutant.ts'

const full = process.env['HALYARD_FULL'] === '1'

test('planted bugs are found', { timeout: 900_000 }, async () => {
  const some = [...mutants.keys()].filter((index) => index % (full ? 5 : 50) === 0)
  const verdicts = await tryMutants(some, () => undefined)
  expect(verdicts.length).toBe(some.length)
  expect(verdicts.filter(({ killed }) => !killed).map(({ name, by }) => `${name} (${by})`)).toEqual([])
})

test('a check that is switched off lets its attack through', { timeout: 900_000 }, () => {
  const main = join(import.meta.dirname, 'checks/main.ts')
  const { stdout, status } = spawnSync(process.execPath, [main, full ? 'chain' : 'chain of the log'], {
    encoding: 'utf8',
  })
  expect([status, stdout.trim().split('\n').at(-1)]).toEqual([0, full ? '6 killed of 6' : '1 killed of 1'])
})
