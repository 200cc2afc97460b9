/**
 * `npm run bench -- server`: what a server on this machine does. Ends in one JSON line; exits with 1 on a miss.
 * Words: `10m` also measures with ten million stored rows (takes minutes and gigabytes); `quick` measures with fewer
 * samples. HALYARD_SABOTAGE=second-fsync must make it miss.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { calibrate } from '../test/load/calibration.ts'
import type { Calibration } from '../test/load/calibration.ts'
import { loginLoad } from '../test/load/log-ins.ts'
import { openPair, prepare, runFlat, runPaced } from '../test/load/one-to-one.ts'
import type { Pair, Side } from '../test/load/one-to-one.ts'
import { people } from '../test/load/people-on-server.ts'
import { storeRows } from '../test/load/stored-rows.ts'
import { freePort, spawnServer } from '../test/spawn-server.ts'
import type { ServerProcess } from '../test/spawn-server.ts'

interface Result {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Scaled by the calibration; a time or size may not exceed it, a rate not fall below. */
  readonly limit: number
  readonly holds: boolean
  readonly samples: number
}

const quick = process.argv.includes('quick')
const pairsCount = 16
const window = 8
const rounds = quick ? 2 : 5
const perSide = quick ? 300 : 600

const calibrations: number[] = []
/** Asked before each part: a shared machine is not the same throughout. */
const slowness = (): Calibration => {
  const calibration = calibrate()
  calibrations.push(calibration.ms)
  return calibration
}
const results: Result[] = []
const report = (result: Result): void => {
  results.push(result)
  console.log(
    `${result.holds ? 'holds ' : 'MISSES'} ${result.name}: ${round(result.value)} ${result.unit} (limit ${round(result.limit)}, ${result.samples} samples)`,
  )
}
const atMost = (name: string, value: number, unit: string, limit: number, samples: number): void =>
  report({ name, value: round(value), unit, limit: round(limit), holds: value <= limit, samples })
const atLeast = (name: string, value: number, unit: string, limit: number, samples: number): void =>
  report({ name, value: round(value), unit, limit: round(limit), holds: value >= limit, samples })
const round = (value: number): number => Number(value.toPrecision(4))
const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN

/** From the command to the first answer, as the operator runs it. */
const measureStart = async (): Promise<void> => {
  const main = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
  const { factor } = slowness()
  const times: number[] = []
  const sizes: number[] = []
  for (let count = 0; count < 5; count++) {
    const folder = mkdtempSync(join(tmpdir(), 'halyard-bench-'))
    const port = await freePort()
    const startedMs = performance.now()
    const child = spawn(process.execPath, [main, 'up', '--data', folder, '--port', String(port)], { stdio: 'ignore' })
    const answered = async (): Promise<boolean> =>
      (await fetch(`http://localhost:${port}/`).catch(() => undefined)) !== undefined
    while (!(await answered())) await new Promise((resolve) => setTimeout(resolve, 10))
    times.push(performance.now() - startedMs)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    if (child.pid !== undefined) sizes.push(residentBytes(child.pid))
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
    rmSync(folder, { recursive: true })
  }
  atMost('start to first request', quantile(times, 0.5), 'ms', 3000 * factor, times.length)
  atMost('memory idle', quantile(sizes, 0.5) / 2 ** 20, 'MiB RSS', 256, sizes.length)
}
/** Linux only: elsewhere not measured. */
const residentBytes = (pid: number): number => {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib ?? Number.NaN) * 1024
}

const framesFor = (pairs: readonly Pair[], count: number): ReadonlyMap<Side, readonly Uint8Array[]> =>
  new Map(pairs.flatMap((pair) => pair.sides.map((side) => [side, prepare(side, pair.conversation, count)] as const)))

interface Flat {
  readonly perSecond: number
  readonly cpuSPer1000: number
}
const measureFlat = async (server: ServerProcess, pairs: readonly Pair[]): Promise<readonly Flat[]> => {
  const flats: Flat[] = []
  await runFlat(pairs, framesFor(pairs, 100), window)
  for (let count = 0; count < rounds; count++) {
    const frames = framesFor(pairs, perSide)
    const before = await server.usage()
    const startedMs = performance.now()
    await runFlat(pairs, frames, window)
    const tookMs = performance.now() - startedMs
    const after = await server.usage()
    const messages = perSide * pairs.length * 2
    flats.push({ perSecond: (messages / tookMs) * 1000, cpuSPer1000: (after.cpuMs - before.cpuMs) / messages })
  }
  return flats
}
const median = (flats: readonly Flat[], of: keyof Flat): number =>
  quantile(
    flats.map((one) => one[of]),
    0.5,
  )

const withServer = async <T>(
  rows: number,
  work: (server: ServerProcess, pairs: readonly Pair[], everybody: Awaited<ReturnType<typeof people>>) => Promise<T>,
): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-bench-'))
  if (rows > 0) storeRows(join(folder, 'halyard.db'), rows)
  const port = await freePort()
  const server = await spawnServer(folder, port)
  try {
    const everybody = await people(port, server.setupToken ?? '', pairsCount * 2)
    const pairs: Pair[] = []
    for (let index = 0; index < pairsCount; index++) {
      const [a, b] = [everybody.people[2 * index], everybody.people[2 * index + 1]]
      if (a !== undefined && b !== undefined) pairs.push(await openPair(port, a, b))
    }
    return await work(server, pairs, everybody)
  } finally {
    await server.kill()
    rmSync(folder, { recursive: true })
  }
}

await measureStart()
await withServer(0, async (server, pairs, { people: all }) => {
  const { cpuFactor, factor: atFull } = slowness()
  const flats = await measureFlat(server, pairs)
  atLeast('1:1 messages, durable', median(flats, 'perSecond'), '/s', 10_000 / atFull, rounds)
  atMost('CPU of a 1:1 message', median(flats, 'cpuSPer1000'), 's/1000', 0.1 * cpuFactor, rounds)
  const { factor: atPace } = slowness()
  const times = await runPaced(pairs, framesFor(pairs, quick ? 16 : 64), 10)
  atMost('1:1 at 100/s, p50', quantile(times, 0.5), 'ms', 10 * atPace, times.length)
  atMost('1:1 at 100/s, p99', quantile(times, 0.99), 'ms', 10 * atPace, times.length)
  const { factor: atLogin } = slowness()
  const logins = quick ? 1000 : 4000
  atLeast('log-ins', await loginLoad(server.port, all, logins), '/s', 1000 / atLogin, logins)
})
const stored: readonly number[] = process.argv.includes('10m') ? [1_000, 100_000, 10_000_000] : [1_000, 100_000]
const costs: number[] = []
for (const rows of stored) {
  const { cpuFactor } = slowness()
  const cost = median(await withServer(rows, (server, pairs) => measureFlat(server, pairs)), 'cpuSPer1000')
  costs.push(cost)
  atMost(`CPU of a 1:1 message at ${rows} stored rows`, cost, 's/1000', 0.1 * cpuFactor, rounds)
  // A quarter is the machine's noise; history itself must cost nothing.
  if (costs.length > 1)
    atMost(`growth of that from ${stored[0]} to ${rows} rows`, cost / (costs[0] ?? cost), 'times', 1.25, rounds)
}
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
console.log(JSON.stringify({ bench: 'server', machine, calibrationMs: round(quantile(calibrations, 0.5)), results }))
process.exitCode = results.every((one) => one.holds) ? 0 : 1
process.exit()
