/**
 * `npm run bench -- server`: the short form of `delivery`: start, one-to-one, log-ins, growth. Ends in one JSON line;
 * exits with 1 on a miss. Words: `10m` also measures with ten million stored rows (takes minutes and gigabytes); `quick`
 * measures with fewer samples. HALYARD_SABOTAGE=second-fsync must make it miss.
 */
import { loginLoad } from '../test/load/log-ins.ts'
import { latency, oneToOne } from '../test/load/pairs.ts'
import { amountsOf } from '../test/load/scenario.ts'
import { measureDepth, measureStart, runOn, withServer } from './parts/on-server.ts'
import { createReport } from './parts/report.ts'

const isQuick = process.argv.includes('quick')
const amounts = { ...amountsOf.whole, pairs: 16, perSide: isQuick ? 300 : 600, rounds: isQuick ? 2 : 5 }
const depths = process.argv.includes('10m') ? [1_000, 100_000, 10_000_000] : [1_000, 100_000]

const report = createReport()
const atStart = report.slowness()
for (const one of await measureStart()) report.add(one, atStart)
for (const scenario of [oneToOne, latency]) {
  const slowness = report.slowness()
  for (const one of await runOn(scenario, { ...amounts, pacedPerSide: isQuick ? 16 : 64 })) report.add(one, slowness)
}
const atLogin = report.slowness()
const count = isQuick ? 1000 : 4000
const logins = await withServer(0, 32, amounts, ({ port, people }) => loginLoad(port, people, count))
report.add(
  { name: 'log-ins', value: logins, unit: '/s', samples: count, limit: 1000, isRate: true, by: 'time' },
  atLogin,
)
const deep = report.slowness()
await measureDepth(oneToOne, amounts, depths, (one) => report.add(one, deep))
process.exitCode = report.end('server') ? 0 : 1
process.exit()
