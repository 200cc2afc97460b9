/** Puts together what a running server tells of itself on its loopback port, when the operator wants one. */
import type { CounterName } from '../core/index.ts'
import { exposition } from './metrics/exposition.ts'
import type { Metrics } from './metrics/metrics.ts'
import { createReadings } from './metrics/readings.ts'
import type { Readiness } from './readiness.ts'
import type { Totals } from './sqlite/totals.ts'
import { openWatchPort } from './watch-port.ts'

export interface WatchSources {
  readonly databasePath: string
  readonly totals: () => Totals
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly counters: () => Readonly<Partial<Record<CounterName, number>>>
}
export interface Watch {
  readonly port: number | undefined
  close(): void
}

/** Without a port nothing listens and nothing is measured. Throws StartRefusal. */
export const openWatch = async (port: number | undefined, sources: WatchSources): Promise<Watch> => {
  if (port === undefined) return { port, close: () => undefined }
  const { readiness, metrics, counters } = sources
  const readings = createReadings(sources.databasePath, sources.totals)
  const text = async (): Promise<string> =>
    exposition([
      { name: 'halyard_ready', value: (await readiness.ready()) ? 1 : 0 },
      ...readings.samples(),
      ...metrics.samples(counters()),
    ])
  try {
    const opened = await openWatchPort({ port, ready: () => readiness.ready(), metrics: text })
    return {
      port: opened.port,
      close() {
        opened.close()
        readings.close()
      },
    }
  } catch (error) {
    readings.close()
    throw error
  }
}
