/**
 * `npm run bench -- delivery`: every load against a real server of its own, with authentication, limits and framing, each
 * message on the disk before it is acknowledged. Ends in one JSON line; exits with 1 on a miss. Words: `quick` runs each
 * for seconds, `deep` goes to ten million stored rows (minutes and gigabytes). HALYARD_SABOTAGE=second-fsync must make it
 * miss.
 */
import { amountsOf } from '../test/load/scenario.ts'
import { scenarios } from '../test/load/scenarios.ts'
import { oneToOne } from '../test/load/pairs.ts'
import { measureDepth, measureStart, runOn } from './parts/on-server.ts'
import { createReport } from './parts/report.ts'

const isQuick = process.argv.includes('quick')
const amounts = isQuick ? amountsOf.quick : amountsOf.whole
const depths = [1_000, 100_000, ...(process.argv.includes('deep') ? [10_000_000] : isQuick ? [] : [1_000_000])]

const report = createReport()
const atStart = report.slowness()
for (const one of await measureStart()) report.add(one, atStart)
for (const scenario of scenarios) {
  console.log(`${scenario.name}: ${scenario.says}`)
  const slowness = report.slowness()
  for (const one of await runOn(scenario, amounts)) report.add(one, slowness)
}
console.log('depth: the one-to-one load over more and more stored rows')
const deep = report.slowness()
await measureDepth(oneToOne, amounts, depths, (one) => report.add(one, deep))
process.exitCode = report.end('delivery') ? 0 : 1
process.exit()
