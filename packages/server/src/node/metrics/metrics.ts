/** What a running server counts of itself: in all, never of somebody. */
import type { CommandName } from '@halyard/protocol'
import type { CounterName, Outcome } from '../../core/index.ts'
import type { Sample } from './exposition.ts'
import { createHistogram } from './histogram.ts'
import { metricList } from './metric-list.ts'

type Direction = 'in' | 'out'
type ConnectionChange = 'opened' | 'closed' | 'refused' | 'slow'

export interface Metrics {
  connection(change: ConnectionChange): void
  frame(direction: Direction, bytes: number): void
  outcome(command: CommandName | 'unknown', outcome: Outcome): void
  /** One transaction of so many changes. */
  batch(writes: number, durationMs: number): void
  /** All of it, with what the core has counted. */
  samples(counters: Readonly<Partial<Record<CounterName, number>>>): readonly Sample[]
}

export const createMetrics = (): Metrics => {
  const connections = { opened: 0, closed: 0, refused: 0, slow: 0 }
  const frames = { in: 0, out: 0 }
  const bytes = { in: 0, out: 0 }
  const outcomes = new Map<string, { readonly command: string; readonly outcome: string; count: number }>()
  const writes = createHistogram(metricList.halyard_batch_writes.buckets)
  const durations = createHistogram(metricList.halyard_batch_duration_seconds.buckets)
  return {
    connection: (change) => void connections[change]++,
    frame(direction, size) {
      frames[direction]++
      bytes[direction] += size
    },
    outcome(command, outcome) {
      const key = `${command} ${outcome}`
      const known = outcomes.get(key)
      if (known === undefined) outcomes.set(key, { command, outcome, count: 1 })
      else known.count++
    },
    batch(count, durationMs) {
      writes.observe(count)
      durations.observe(durationMs / 1000)
    },
    samples: (counters) => [
      { name: 'halyard_connections', value: connections.opened - connections.closed },
      ...(['opened', 'refused', 'slow'] as const).map((outcome): Sample => ({
        name: 'halyard_connections_total',
        labels: { outcome },
        value: connections[outcome],
      })),
      ...(['in', 'out'] as const).flatMap((direction): readonly Sample[] => [
        { name: 'halyard_frames_total', labels: { direction }, value: frames[direction] },
        { name: 'halyard_frame_bytes_total', labels: { direction }, value: bytes[direction] },
      ]),
      ...[...outcomes.values()].map(({ command, outcome, count }): Sample => ({
        name: 'halyard_commands_total',
        labels: { command, outcome },
        value: count,
      })),
      { name: 'halyard_batch_writes', value: writes.counts() },
      { name: 'halyard_batch_duration_seconds', value: durations.counts() },
      ...counted(counters),
    ],
  }
}

const counted = (counters: Readonly<Partial<Record<CounterName, number>>>): readonly Sample[] => {
  const of = (name: CounterName): number => counters[name] ?? 0
  return [
    { name: 'halyard_frames_refused_total', labels: { reason: 'malformed' }, value: of('frame-malformed') },
    { name: 'halyard_frames_refused_total', labels: { reason: 'too-large' }, value: of('frame-too-large') },
    { name: 'halyard_guesses_refused_total', value: of('guess-wrong') },
    { name: 'halyard_rows_appended_total', value: of('appended') },
    { name: 'halyard_rings_total', labels: { outcome: 'sent' }, value: of('rings') },
    { name: 'halyard_rings_total', labels: { outcome: 'skipped' }, value: of('rings-skipped') },
    { name: 'halyard_gaps_read_total', value: of('gaps-read') },
  ]
}
