/**
 * `npm run bench -- mls`: what each step of the engine costs beside the primitives it cannot avoid, and beside `ts-mls`. Minimum CPU ms of
 * the whole process in Node, minimum wall ms in Chromium. Ends in one JSON line; exits with 1 on a miss. Words: `--browser` measures in
 * Chromium; `--quick` stops at 100 members; `--no-peer` leaves `ts-mls` out; `--suite=1` or `--suite=hybrid` only that one;
 * `--only=NAME` only steps whose names begin so.
 */
import { cpus } from 'node:os'
import { nodeProvider } from '../src/providers/node.ts'
import { knownSuite, suites } from '../src/suites.ts'
import { calibrate } from '../../server/test/load/calibration.ts'
import { runInBrowser } from './parts/browser.ts'
import { nodeCandidates } from './parts/candidates-node.ts'
import { measure } from './parts/measure.ts'
import { loadPeer, peerRowsAt, type PeerRow } from './parts/peer.ts'
import { inWords, runSuite, suiteName, type Result, type RunOptions } from './parts/run.ts'
import { engineKb } from './parts/size.ts'
import { writtenAt } from './parts/written.ts'

const words = process.argv.slice(2)
const valueOf = (name: string): string | undefined =>
  words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
const quick = words.includes('--quick')
const inBrowser = words.includes('--browser')
const only = valueOf('only') ?? ''
const chosen = [suites.x25519Aes128Ed25519, suites.hybrid].filter(
  (suite) => valueOf('suite') === undefined || (valueOf('suite') === 'hybrid') === (suite === suites.hybrid),
)
const sizes = quick ? [2, 10, 100] : [2, 10, 100, 1000]
const growthTo = quick ? undefined : 5000

const results: Result[] = []
const report = (result: Result): void => {
  results.push(result)
  console.log(inWords(result))
}
const atMost = (name: string, value: number, unit: string, limit: number): void =>
  report({ name, value: Number(value.toPrecision(4)), unit, limit, holds: value <= limit, samples: 1 })

/** All threads of the process count: native primitives may run beside the one that waits. */
const clock = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const peer = words.includes('--no-peer') || inBrowser ? undefined : await loadPeer()
let peerRows: { readonly members: number; readonly rows: readonly PeerRow[] } | undefined
const peerMs: RunOptions['peerMs'] = async (name, members) => {
  if (peer === undefined || members > 1000) return undefined
  try {
    if (peerRows?.members !== members) peerRows = { members, rows: await peerRowsAt(peer, provider, members) }
    const row = peerRows.rows.find((one) => one.name === name)
    if (row === undefined) return undefined
    const effort = { windowMs: 1, windowsMin: 3, quietWindows: 3, limitMs: members > 100 ? 4000 : 1000 }
    return (await measure(clock, effort, row.run, undefined)).ms
  } catch (error) {
    console.log(`       ts-mls cannot do ${name} with ${members} members: ${String(error)}`)
    return undefined
  }
}

const provider = nodeProvider()
const calibrations = [calibrate().ms]
for (const suite of chosen) {
  const hybrid = suite === suites.hybrid
  const bench = { provider, suite, hybrid }
  if (inBrowser) await runInBrowser({ suite, hybrid, sizes: sizes.slice(0, 4), only }, report)
  else {
    const candidates = nodeCandidates(knownSuite(suite))
    const progress = (line: string): void => console.log(`       ${line}`)
    const lent = hybrid ? async () => undefined : peerMs
    await runSuite({ bench, clock, candidates, sizes, growthTo, only, report, progress, peerMs: lent })
    const members = sizes.at(-1) ?? 2
    for (const { name, bytes, limit } of await writtenAt(bench, members))
      atMost(`${name}, ${members} members, ${suiteName(hybrid)}`, bytes, 'B', limit)
  }
}
if (!inBrowser) atMost('engine without noble', await engineKb(), 'kB gz', 45)
calibrations.push(calibrate().ms)
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}${inBrowser ? ', Chromium' : ''}`
const calibrationMs = Number(Math.min(...calibrations).toPrecision(4))
console.log(JSON.stringify({ bench: inBrowser ? 'mls-browser' : 'mls', machine, calibrationMs, results }))
process.exit(results.every((one) => one.holds) ? 0 : 1)
