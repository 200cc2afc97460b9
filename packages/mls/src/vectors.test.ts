import { describe, expect, it } from 'vitest'
import { provider, providers } from '../test/provider.ts'
import { isContinuousIntegration, vectorFolder } from '../vectors/read.ts'
import { missingVectors, runVectors } from '../vectors/run.ts'

/** What repeats least, of every kind. `.ci/run` and `npm run vectors` ask all of them; the other providers always this much. */
const some = [
  'crypto-basics',
  'key-schedule',
  'message-protection',
  'mls/welcome',
  'transcript',
  'psk_secret',
  'hpke',
  'xwing',
]
const full = process.env['HALYARD_FULL'] === '1'

describe('official vectors', { timeout: 120_000 }, () => {
  it('pass, every suite', async () => {
    const missing = await missingVectors()
    // A checkout without them says so by name and goes on; continuous integration fails.
    if (missing.length > 0) console.warn(`no vectors in ${vectorFolder}: ${missing.join(', ')}`)
    if (isContinuousIntegration) expect(missing).toEqual([])
    const results = full
      ? await runVectors(provider)
      : (await Promise.all(some.map((only) => runVectors(provider, only)))).flat()
    for (const { failures } of results) expect(failures).toEqual([])
    expect(results.length).toBeGreaterThanOrEqual(some.length)
    const mls = results.filter(({ file }) => file.startsWith('mls/')).reduce((sum, { passed }) => sum + passed, 0)
    if (full && missing.length === 0) expect(mls).toBe(785)
  })

  for (const [name, other] of Object.entries(providers).filter(([, one]) => one !== provider)) {
    it(`pass on the ${name} provider where little is repeated`, async () => {
      for (const only of some) {
        for (const { failures } of await runVectors(other, only)) expect(failures).toEqual([])
      }
    })
  }
})
