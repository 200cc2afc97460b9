/** Wycheproof on every primitive of every provider: not only the right answer, but the same one. */
import { describe, expect, it } from 'vitest'
import { vectorFolder } from '../../vectors.ts'
import { primitives, runPrimitive, type Primitive, type WithCoins } from '../../vectors/wycheproof.ts'
import { coinsOf, seededRandom } from '../../test/test-kit.ts'
import type { Provider } from '../provider.ts'
import { deterministicProvider } from './deterministic.ts'
import { nodeProvider } from './node.ts'
import { webProvider } from './web.ts'

const providers: readonly (readonly [string, Provider, WithCoins])[] = [
  ['node', nodeProvider(), undefined],
  ['web', webProvider(), undefined],
  ['deterministic', deterministicProvider(seededRandom(1)), (coins) => deterministicProvider(coinsOf(coins))],
]

/** Curves in plain JavaScript take half a minute: HALYARD_FULL=1 asks them all; else those of the product's suites. */
const full = process.env['HALYARD_FULL'] === '1'
const asked = (name: string): readonly Primitive[] =>
  full || name === 'node' ? primitives : primitives.filter(({ primitive }) => !/^EC|448/.test(primitive))

describe('wycheproof', { timeout: 120_000 }, () => {
  for (const [name, provider, withCoins] of providers) {
    it.each(asked(name))(`$primitive on ${name}`, async (primitive) => {
      const result = await runPrimitive(vectorFolder, primitive, provider, withCoins)
      if (result === undefined) {
        // A checkout without vectors says so and goes on; continuous integration fails.
        if (process.env['CI'] !== undefined) throw new Error(`no vectors for ${primitive.primitive}`)
        return console.warn(`no vectors for ${primitive.primitive} in ${vectorFolder}`)
      }
      expect(result.failures.slice(0, 5)).toEqual([])
      expect(result.passed).toBeGreaterThan(0)
    })
  }
})
