/** Runs the official vectors: one line per file, `passed/total`, and sums. `node packages/mls/vectors.ts` */
import type { Provider } from './src/index.ts'
import { deterministicProvider } from './src/providers/deterministic.ts'
import { nodeProvider } from './src/providers/node.ts'
import { webProvider } from './src/providers/web.ts'
import { coinsOf } from './test/test-kit.ts'
import { isContinuousIntegration, vectorFolder } from './vectors/read.ts'
import { missingVectors, providerWithCoins, runVectors } from './vectors/run.ts'
import { primitives, runPrimitive, wycheproofFile, type WithCoins } from './vectors/wycheproof.ts'

async function main(): Promise<void> {
  const missing = await missingVectors()
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
  if (failed || !wycheproofHolds || (missing.length > 0 && isContinuousIntegration)) process.exitCode = 1
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
      const result = await runPrimitive(primitive, provider, withCoins)
      if (result === undefined) {
        console.log(`${wycheproofFile(primitive)}: missing in ${vectorFolder} (set HALYARD_VECTORS)`)
        holds = holds && !isContinuousIntegration
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

await main()
