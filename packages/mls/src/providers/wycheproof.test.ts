/** Wycheproof on the signatures and the Diffie-Hellman of every provider: not only the right answer, but the same one. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bytes } from '../../vectors/hex.ts'
import { vectorFolder } from '../../vectors.ts'
import type { Provider } from '../provider.ts'
import { seededRandom } from '../../test/test-kit.ts'
import { deterministicProvider } from './deterministic.ts'
import { nodeProvider } from './node.ts'
import { webProvider } from './web.ts'

type Test = {
  tcId: number
  result: 'valid' | 'invalid' | 'acceptable'
  flags: string[]
  msg: string
  sig: string
  public: string
  private: string
  shared: string
}
type File = { testGroups: { publicKey?: { pk?: string; uncompressed?: string }; tests: Test[] }[] }

const providers: [string, Provider][] = [
  ['node', nodeProvider()],
  ['web', webProvider()],
  ['deterministic', deterministicProvider(seededRandom(1))],
]

function load(name: string): File['testGroups'] {
  const path = `${vectorFolder}/wycheproof/${name}_test.json`
  if (!existsSync(path)) {
    if (process.env['CI'] !== undefined) throw new Error(`missing ${path}`)
    console.warn(`no ${path}`)
    return []
  }
  return (JSON.parse(readFileSync(path, 'utf8')) as File).testGroups
}

describe('wycheproof', { timeout: 60_000 }, () => {
  for (const [name, provider] of providers) {
    it(`ed25519 on ${name}`, async () => {
      for (const { publicKey, tests } of load('ed25519')) {
        const key = bytes(publicKey?.pk ?? '')
        for (const t of tests)
          expect(await provider.verify('ed25519', key, bytes(t.msg), bytes(t.sig)), `case ${t.tcId}`).toBe(
            t.result === 'valid',
          )
      }
    })

    it(`x25519 on ${name}`, async () => {
      for (const { tests } of load('x25519')) {
        for (const t of tests) {
          const shared = await provider.dh(
            'x25519',
            { privateKey: bytes(t.private), publicKey: new Uint8Array(32) },
            bytes(t.public),
          )
          // An all-zero result is refused (RFC 9180 §7.1.4) where Wycheproof calls it acceptable.
          expect(shared && Buffer.from(shared).toString('hex'), `case ${t.tcId}`).toBe(
            /^0*$/.test(t.shared) ? undefined : t.shared,
          )
        }
      }
    })
  }
})
