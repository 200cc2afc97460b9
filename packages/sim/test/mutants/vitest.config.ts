/** The tests with one bug planted: HALYARD_MUTANT is its number. */
import { defineConfig } from 'vitest/config'
import { mutants, planted } from '../../src/mutants.ts'

const mutant = mutants[Number(process.env['HALYARD_MUTANT'])]
if (mutant === undefined) throw new Error('HALYARD_MUTANT is the number of a mutant')

export default defineConfig({
  root: new URL('../../../..', import.meta.url).pathname,
  plugins: [
    {
      name: 'mutant',
      enforce: 'pre',
      transform: (code, id) => (id.endsWith(`/${mutant.file}`) ? planted(mutant, code) : undefined),
    },
  ],
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    pool: 'threads',
    isolate: false,
    maxWorkers: 1,
    testTimeout: 300_000,
    bail: 1,
    // What is kept here would be found by the next mutant, and by tests without any.
    cache: false,
    fsModuleCache: false,
  },
})
