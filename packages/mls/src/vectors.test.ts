import { describe, expect, it } from 'vitest'
import { missingVectors, runVectors, vectorFolder } from '../vectors.ts'
import { deterministicProvider } from './providers/deterministic.ts'
import { nodeProvider } from './providers/node.ts'
import { webProvider } from './providers/web.ts'
import { seededRandom } from '../test/test-kit.ts'

const missing = missingVectors()

describe('official vectors', { timeout: 120_000 }, () => {
  it('are all there', () => {
    // A checkout without them says so by name and goes on; continuous integration fails.
    if (missing.length > 0) console.warn(`no vectors in ${vectorFolder}: ${missing.join(', ')}`)
    if (process.env['CI'] !== undefined) expect(missing).toEqual([])
  })

  it('pass on the node provider, every suite', async () => {
    const results = await runVectors(nodeProvider())
    for (const { failures } of results) expect(failures).toEqual([])
    const mls = results.filter(({ file }) => file.startsWith('mls/')).reduce((sum, { passed }) => sum + passed, 0)
    if (missing.length === 0) expect(mls).toBe(785)
  })

  for (const [name, provider] of [
    ['web', webProvider()],
    ['deterministic', deterministicProvider(seededRandom(3))],
  ] as const) {
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
        for (const { failures } of await runVectors(provider, only)) expect(failures).toEqual([])
      }
    })
  }
})
