/** Runs the official vectors: one line per file, `passed/total`, and sums. `node packages/mls/vectors.ts` */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Provider } from './src/index.ts'
import { deterministicProvider } from './src/providers/deterministic.ts'
import { nodeProvider } from './src/providers/node.ts'
import { webProvider } from './src/providers/web.ts'
import { coinsOf } from './test/test-kit.ts'
import {
  cryptoBasics,
  deserialization,
  keySchedule,
  pskSecret,
  secretTreeCase,
  transcriptHashes,
} from './vectors/crypto-cases.ts'
import { messages, passiveClient, welcome } from './vectors/group-cases.ts'
import { hpke, hpkeApplies, xwing, type HpkeCase, type XwingCase } from './vectors/hpke-cases.ts'
import { messageProtection } from './vectors/protection-cases.ts'
import { primitives, runPrimitive, wycheproofPath, type WithCoins } from './vectors/wycheproof.ts'
import { treeKem, treeMath, treeOperations, treeValidation } from './vectors/tree-cases.ts'

/** Where the vector files are: HALYARD_VECTORS, or beside the repository. */
export const vectorFolder: string =
  process.env['HALYARD_VECTORS'] ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))

type Check = (provider: Provider, vector: never) => Promise<void>

const files: readonly (readonly [string, Check])[] = [
  ['mls/crypto-basics.json', cryptoBasics],
  ['mls/deserialization.json', deserialization],
  ['mls/key-schedule.json', keySchedule],
  ['mls/message-protection.json', messageProtection],
  ['mls/messages.json', messages],
  ['mls/passive-client-handling-commit.json', passiveClient],
  ['mls/passive-client-random.json', passiveClient],
  ['mls/passive-client-welcome.json', passiveClient],
  ['mls/psk_secret.json', pskSecret],
  ['mls/secret-tree.json', secretTreeCase],
  ['mls/transcript-hashes.json', transcriptHashes],
  ['mls/tree-math.json', treeMath],
  ['mls/tree-operations.json', treeOperations],
  ['mls/tree-validation.json', treeValidation],
  ['mls/treekem.json', treeKem],
  ['mls/welcome.json', welcome],
  ['hpke/rfc9180.json', hpke],
  ['xwing/test-vectors.json', (provider: Provider, v: XwingCase) => xwing(provider, v, providerWithCoins)],
]

/** X-Wing's test vectors fix the coins of an encapsulation: ML-KEM's first, then the ephemeral X25519 key. */
function providerWithCoins(coins: Uint8Array): Provider {
  return deterministicProvider(coinsOf(coins))
}

export type FileResult = {
  readonly file: string
  readonly passed: number
  readonly total: number
  readonly excluded: number
  readonly failures: readonly string[]
}

/** Names of vector files that are not there. */
export function missingVectors(): readonly string[] {
  return files.map(([file]) => file).filter((file) => !existsSync(`${vectorFolder}/${file}`))
}

/** Runs every file whose name contains `only`, on a provider. */
export async function runVectors(provider: Provider, only = ''): Promise<readonly FileResult[]> {
  const results: FileResult[] = []
  for (const [file, check] of files) {
    if (file.includes(only) && existsSync(`${vectorFolder}/${file}`)) results.push(await runFile(provider, file, check))
  }
  return results
}

async function runFile(provider: Provider, file: string, check: Check): Promise<FileResult> {
  const parsed: unknown = JSON.parse(readFileSync(`${vectorFolder}/${file}`, 'utf8'))
  const cases = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed]
  const applicable = file.startsWith('hpke/') ? cases.filter((vector) => hpkeApplies(vector as HpkeCase)) : cases
  const failures: string[] = []
  for (const [i, vector] of applicable.entries()) {
    try {
      await check(provider, vector as never)
    } catch (error) {
      failures.push(`${file} case ${i}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return {
    file,
    passed: applicable.length - failures.length,
    total: applicable.length,
    excluded: cases.length - applicable.length,
    failures,
  }
}

async function main(): Promise<void> {
  const missing = missingVectors()
  for (const file of missing) console.log(`${file}: missing in ${vectorFolder} (set HALYARD_VECTORS)`)
  const results = await runVectors(nodeProvider(), process.argv[2])
  const sums = new Map<string, { passed: number; total: number }>()
  for (const { file, passed, total, excluded, failures } of results) {
    console.log(
      `${file} ${passed}/${total}${excluded > 0 ? ` (${excluded} excluded: authenticated modes, which MLS does not use)` : ''}`,
    )
    for (const failure of failures.slice(0, 5)) console.log(`  ${failure}`)
    const family = file.split('/')[0] ?? ''
    const sum = sums.get(family) ?? { passed: 0, total: 0 }
    sums.set(family, { passed: sum.passed + passed, total: sum.total + total })
  }
  for (const [family, { passed, total }] of sums) console.log(`${family} ${passed}/${total}`)
  const failed = results.some(({ failures }) => failures.length > 0)
  // The mutants ask for one family alone.
  const wycheproofHolds = process.argv[2] === undefined ? await printWycheproof() : true
  if (failed || !wycheproofHolds || (missing.length > 0 && process.env['CI'] !== undefined)) process.exitCode = 1
}

/** A line per primitive: passed of applicable on each provider, and what was not asked, by reason. */
async function printWycheproof(): Promise<boolean> {
  const seeded = deterministicProvider(coinsOf(new Uint8Array(1 << 16).fill(7)))
  const providers: readonly (readonly [string, Provider, WithCoins])[] = [
    ['node', nodeProvider(), undefined],
    ['web', webProvider(), undefined],
    ['deterministic', seeded, providerWithCoins],
  ]
  const sums = providers.map(() => ({ passed: 0, total: 0 }))
  let holds = true
  for (const primitive of primitives) {
    const words: string[] = []
    for (const [at, [name, provider, withCoins]] of providers.entries()) {
      const result = await runPrimitive(vectorFolder, primitive, provider, withCoins)
      if (result === undefined) {
        console.log(`${wycheproofPath(vectorFolder, primitive)}: missing (set HALYARD_VECTORS)`)
        holds = holds && process.env['CI'] === undefined
        break
      }
      const { passed, total, excluded, failures } = result
      const reasons = [...excluded].map(([reason, count]) => `${count} ${reason}`).join(', ')
      words.push(`${name} ${passed}/${total}${reasons === '' ? '' : ` (not asked: ${reasons})`}`)
      for (const failure of failures.slice(0, 5)) console.log(`  ${failure}`)
      holds = holds && failures.length === 0
      const sum = sums[at]
      if (sum !== undefined) sums[at] = { passed: sum.passed + passed, total: sum.total + total }
    }
    if (words.length > 0) console.log(`wycheproof ${primitive.primitive}: ${words.join(' · ')}`)
  }
  console.log(
    `wycheproof ${providers.map(([name], at) => `${name} ${sums[at]?.passed}/${sums[at]?.total}`).join(' · ')}`,
  )
  console.log('wycheproof: ML-DSA and chunked encryption are no primitives of these suites')
  return holds
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
