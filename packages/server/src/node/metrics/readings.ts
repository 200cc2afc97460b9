/** What is read of the process, the disk and the store when somebody asks. */
import { statSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Totals } from '../sqlite/totals.ts'
import type { Sample } from './exposition.ts'
import { build } from './metric-list.ts'

export interface Readings {
  samples(): readonly Sample[]
  close(): void
}

/** Sums over all conversations and mailboxes are read on the main thread, so that they are not read often. */
const totalsEveryMs = 60_000

export const createReadings = (databasePath: string, readTotals: () => Totals): Readings => {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  let totals = readTotals()
  let readMs = performance.now()
  const startedS = (Date.now() - process.uptime() * 1000) / 1000
  return {
    samples() {
      if (performance.now() - readMs >= totalsEveryMs) {
        totals = readTotals()
        readMs = performance.now()
      }
      const late = (
        [
          ['0.5', delay.percentile(50)],
          ['0.99', delay.percentile(99)],
          ['1', delay.max],
        ] as const
      ).map(([quantile, delayNs]): Sample => ({
        name: 'halyard_event_loop_delay_seconds',
        labels: { quantile },
        value: delay.count === 0 ? 0 : delayNs / 1e9,
      }))
      delay.reset()
      return [
        { name: 'halyard_build_info', labels: build, value: 1 },
        ...ofProcess(startedS),
        ...late,
        { name: 'halyard_rows_stored', value: totals.rows },
        { name: 'halyard_mailbox_items', value: totals.mailboxItems },
        ...ofDisk(databasePath),
      ]
    },
    close: () => void delay.disable(),
  }
}

const ofProcess = (startedS: number): readonly Sample[] => {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  return [
    { name: 'process_start_time_seconds', value: startedS },
    { name: 'process_cpu_seconds_total', value: (user + system) / 1e6 },
    { name: 'process_resident_memory_bytes', value: rss },
    { name: 'nodejs_heap_size_used_bytes', value: heapUsed },
  ]
}

const ofDisk = (databasePath: string): readonly Sample[] => {
  const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const { bavail, bsize } = statfsSync(dirname(databasePath))
  return [
    { name: 'halyard_database_bytes', labels: { file: 'database' }, value: sizeOf(databasePath) },
    { name: 'halyard_database_bytes', labels: { file: 'log' }, value: sizeOf(`${databasePath}-wal`) },
    { name: 'halyard_disk_free_bytes', value: bavail * bsize },
  ]
}
