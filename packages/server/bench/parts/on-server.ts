/** Servers for benchmarks: a folder, a process, people in it, and everything gone afterwards. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { people } from '../../test/load/people-on-server.ts'
import { usageOf } from '../../test/load/process-usage.ts'
import { quantile } from '../../test/load/scenario.ts'
import type { Amounts, Measured, Scenario, Stage } from '../../test/load/scenario.ts'
import { storeRows } from '../../test/load/stored-rows.ts'
import { freePort, spawnServer } from '../../test/spawn-server.ts'

/** A fresh server over so many stored rows, with so many people. */
export const withServer = async <T>(
  rows: number,
  count: number,
  amounts: Amounts,
  work: (stage: Stage & { readonly port: number }) => Promise<T>,
): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-bench-'))
  if (rows > 0) storeRows(join(folder, 'halyard.db'), rows)
  const port = await freePort()
  const server = await spawnServer(folder, port)
  try {
    const { people: all } = await people(port, server.setupToken ?? '', count)
    const usage = () => (server.child.pid === undefined ? undefined : usageOf(server.child.pid))
    return await work({ where: port, port, people: all, amounts, usage, note: (words) => console.log(`  ${words}`) })
  } finally {
    await server.kill()
    rmSync(folder, { recursive: true })
  }
}

export const runOn = (scenario: Scenario, amounts: Amounts, rows = 0): Promise<readonly Measured[]> =>
  withServer(rows, scenario.peopleFor(amounts), amounts, (stage) => scenario.run(stage))

/** From the command to the first answer, as the operator runs it; and what it takes to wait. */
export const measureStart = async (): Promise<readonly Measured[]> => {
  const main = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url))
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
    if (child.pid !== undefined) sizes.push(usageOf(child.pid).rssBytes)
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
    rmSync(folder, { recursive: true })
  }
  const samples = times.length
  return [
    { name: 'start to first request', value: quantile(times, 0.5), unit: 'ms', samples, limit: 3000, by: 'time' },
    { name: 'memory idle', value: quantile(sizes, 0.5) / 2 ** 20, unit: 'MiB RSS', samples, limit: 256 },
  ]
}

/** The same load over more and more history, which must cost nothing. */
export const measureDepth = async (
  scenario: Scenario,
  amounts: Amounts,
  depths: readonly number[],
  found: (measured: Measured) => void,
): Promise<void> => {
  let first: number | undefined
  for (const rows of depths) {
    const measured = (await runOn(scenario, amounts, rows)).find(({ unit }) => unit === 's/1000')
    if (measured === undefined) continue
    found({ ...measured, name: `${measured.name} at ${rows} stored rows` })
    first ??= measured.value
    if (rows === depths[0]) continue
    const growth = measured.value / first
    // A quarter is the machine's noise.
    found({
      name: `growth of that from ${depths[0]} to ${rows} rows`,
      value: growth,
      unit: 'times',
      samples: measured.samples,
      limit: 1.25,
    })
  }
}
