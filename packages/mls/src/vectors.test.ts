import { describe, expect, it } from 'vitest'
import { provider, providers } from '../test/provider.ts'
import { isContinuousIntegration, vectorFolder } from '../vectors/read.ts'
import { missingVectors, runVectors } from '../vectors/run.ts'

describe('official vectors', { timeout: 120_000 }, () => {
  it('pass, every suite', async () => {
    const missing = await missingVectors()
    // A checkout without them says so by name and goes on; continuous integration fails.
    if (missing.length > 0) console.warn(`no vectors in ${vectorFolder}: ${missing.join(', ')}`)
    if (isContinuousIntegration) expect(missing).toEqual([])
    const results = await runVectors(provider)
    for (const { failures } of results) expect(failures).toEqual([])
    const mls = results.filter(({ file }) => file.startsWith('mls/')).reduce((sum, { passed }) => sum + passed, 0)
    if (missing.length === 0) expect(mls).toBe(785)
  })

  for (const [name, other] of Object.entries(providers).filter(([, one]) => one !== provider)) {
    it(`pass on the ${name} provider where little is repeated`, async () => {
      for (const only of [
        'crypto-basics',
        'key-schedule',
        'message-protection',
        'mls/welcome',
        'transcript',
        'psk_secret',
        'hpke',
        'xwing',
      ]) {
        for (const { failures } of await runVectors(other, only)) expect(failures).toEqual([])
      }
    })
  }
})
