/** Wycheproof on every primitive of every provider: not only the right answer, but the same one. */
import { describe, expect, it } from 'vitest'
import { isContinuousIntegration, vectorFolder } from '../../vectors/read.ts'
import { primitives, runPrimitive, type Primitive, type WithCoins } from '../../vectors/wycheproof.ts'
import { provider, providers } from '../../test/provider.ts'
import { coinsOf } from '../../test/test-kit.ts'
import { deterministicProvider } from './deterministic.ts'

const withCoinsOf: Readonly<Record<string, WithCoins>> = {
  deterministic: (coins) => deterministicProvider(coinsOf(coins)),
}

/** Curves in plain JavaScript take half a minute: `npm run vectors` asks every provider all of it; here, one of them. */
const asked = (name: string): readonly Primitive[] =>
  providers[name] === provider ? primitives : primitives.filter(({ primitive }) => !/^EC|448/.test(primitive))

describe('T-61: wycheproof', { timeout: 120_000 }, () => {
  for (const [name, one] of Object.entries(providers)) {
    it.each(asked(name))(`$primitive on ${name}`, async (primitive) => {
      const result = await runPrimitive(primitive, one, withCoinsOf[name])
      if (result === undefined) {
        // A checkout without vectors says so and goes on; continuous integration fails.
        if (isContinuousIntegration) throw new Error(`no vectors for ${primitive.primitive}`)
        return console.warn(`no vectors for ${primitive.primitive} in ${vectorFolder}`)
      }
      expect(result.failures.slice(0, 5)).toEqual([])
      expect(result.passed).toBeGreaterThan(0)
    })
  }
})
