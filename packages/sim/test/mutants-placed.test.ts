import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loosely, mutants } from '../src/mutants.ts'
import { scenarios } from '../src/scenarios.ts'

const root = new URL('../../../', import.meta.url)

test('every planted bug has its place in the source once, also after that was written anew', () => {
  const fits = ({ file, from }: (typeof mutants)[number]): number =>
    readFileSync(new URL(file, root), 'utf8').match(new RegExp(loosely(from), 'g'))?.length ?? 0
  const homeless = mutants.filter((mutant) => fits(mutant) !== 1)
  expect(homeless.map((mutant) => `${mutant.name}: ${fits(mutant)} places`)).toEqual([])
})

test('every planted bug has an oracle that is there', () => {
  const exists = ({ oracle }: (typeof mutants)[number]): boolean =>
    'crowd' in oracle ||
    ('scenario' in oracle ? scenarios[oracle.scenario] !== undefined : existsSync(new URL(oracle.test, root)))
  expect(mutants.filter((mutant) => !exists(mutant)).map(({ name }) => name)).toEqual([])
})
