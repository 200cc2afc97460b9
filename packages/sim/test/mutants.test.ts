import { expect, test } from 'vitest'
import { mutants } from '../src/mutants.ts'
import { tryMutants } from './mutants/try-mutant.ts'

test('planted bugs are found', { timeout: 900_000 }, async () => {
  const verdicts = await tryMutants([...mutants.keys()], () => undefined)
  const missed = verdicts.filter(({ killed }) => !killed)
  process.stdout.write(`${verdicts.length - missed.length} caught of ${verdicts.length}\n`)
  expect(missed.map(({ name, by }) => `${name} (${by})`)).toEqual([])
})
