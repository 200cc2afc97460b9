import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { suites } from './index.ts'
import { deterministicProvider } from './providers/deterministic.ts'
import { webProvider } from './providers/web.ts'
import { live, type History } from '../test/fuzz/live.ts'
import kept from '../test/fuzz/seeds.json' with { type: 'json' }
import { provider as usual } from '../test/provider.ts'
import { randomHistory, type Tally } from '../test/random-histories.ts'
import { seededRandom } from '../test/test-kit.ts'

const full = process.env['HALYARD_FULL'] === '1'
const cases = [
  { name: 'suite 1', provider: () => usual, suite: suites.x25519Aes128Ed25519, runs: 6, steps: 40 },
  { name: 'hybrid', provider: () => usual, suite: suites.hybrid, runs: 3, steps: 30 },
  { name: 'web, suite 1', provider: () => webProvider(), suite: suites.x25519Aes128Ed25519, runs: 1, steps: 25 },
  {
    name: 'deterministic, suite 1',
    provider: (seed: number) => deterministicProvider(seededRandom(seed + 1)),
    suite: suites.x25519Aes128Ed25519,
    runs: 2,
    steps: 20,
  },
  {
    name: 'deterministic, hybrid',
    provider: (seed: number) => deterministicProvider(seededRandom(seed + 1)),
    suite: suites.hybrid,
    runs: 1,
    steps: 15,
  },
]

describe('random histories: every member agrees after each step', () => {
  for (const { name, provider, suite, runs, steps } of cases) {
    it(name, { timeout: 60_000 }, async () => {
      const tally: Tally = {}
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 0x7fffffff }), (seed) =>
          randomHistory(provider(seed), suite, seededRandom(seed), steps, tally),
        ),
        { numRuns: full ? runs : Math.ceil(runs / 3), endOnFailure: true },
      )
      expect(Object.keys(tally).length).toBeGreaterThan(5)
    })
  }

  it('with a hostile member and a hostile server among them', { timeout: 60_000 }, async () => {
    const kinds = new Set<string>()
    for (let seed = 1; seed <= (full ? 4 : 2); seed++) {
      const { tally, failure } = await live({ seed, steps: 25, hostile: true })
      expect(failure, `seed ${seed}`).toBeUndefined()
      for (const kind of Object.keys(tally)) kinds.add(kind)
    }
    expect([...kinds].filter((kind) => /^(?:hostile|poisoned)/.test(kind)).length).toBeGreaterThanOrEqual(8)
  })

  it('histories that once failed do not', { timeout: 60_000 }, async () => {
    for (const history of kept as readonly History[]) expect((await live(history)).failure).toBeUndefined()
  })

  it('the deterministic provider gives the same bytes for the same randomness', async () => {
    const run = async (): Promise<string> => {
      const tally: Tally = {}
      const drawn: number[] = []
      const source = seededRandom(42)
      const provider = deterministicProvider((length) => {
        const bytes = source(length)
        drawn.push(length, bytes[0] ?? 0)
        return bytes
      })
      await randomHistory(provider, suites.x25519Aes128Ed25519, seededRandom(7), 8, tally)
      return JSON.stringify([tally, drawn])
    }
    expect(await run()).toBe(await run())
  })
})
