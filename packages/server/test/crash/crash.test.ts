/** A few rounds of `npm run crash` in every run of the tests. */
import { expect, test } from 'vitest'
import { runRound, ways } from './rounds.ts'

test.each(process.env['HALYARD_FULL'] === '1' ? ['before-commit', 'full-disk', 'flipped-log'] : ['before-commit'])(
  'a server that ends (%s) has lost nothing it acknowledged',
  async (name) => {
    const way = ways[name]
    if (way === undefined) throw new Error('there is no such way')
    const { acknowledged, lost, faults } = await runRound(way)
    expect([lost, faults]).toEqual([0, []])
    expect(acknowledged).toBeGreaterThanOrEqual(30)
  },
)
