/** Every metric there is, and every value that each of its labels may have. docs/operating/watch.md lists them too. */
import { readFileSync } from 'node:fs'
import { commands, protocolVersion, refusals } from '@halyard/protocol'

interface MetricKind {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** By name of the label, all its values. */
  readonly labels?: Readonly<Record<string, readonly string[]>>
  /** Upper bounds of a histogram's buckets, growing; the last one, without bound, comes by itself. */
  readonly buckets?: readonly number[]
}

const manifest: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
const version =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'
/** The labels of `halyard_build_info`. */
export const build = { version, protocol: String(protocolVersion) } as const

const directions = ['in', 'out'] as const

export const metricList = {
  halyard_build_info: {
    type: 'gauge',
    help: 'Always 1: the version that runs, and the version of its protocol.',
    labels: { version: [build.version], protocol: [build.protocol] },
  },
  halyard_ready: { type: 'gauge', help: '1 while the store takes writes and the server is not stopping.' },
  process_start_time_seconds: { type: 'gauge', help: 'When the process started, in seconds since 1970.' },
  process_cpu_seconds_total: { type: 'counter', help: 'CPU time of the process, all threads.' },
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory of the process.' },
  nodejs_heap_size_used_bytes: { type: 'gauge', help: 'Memory in use by objects of the main thread.' },
  halyard_event_loop_delay_seconds: {
    type: 'gauge',
    help: 'How late the main thread came to its work, since the last time this was asked; 1 is the longest.',
    labels: { quantile: ['0.5', '0.99', '1'] },
  },
  halyard_connections: { type: 'gauge', help: 'Connections that are open.' },
  halyard_connections_total: {
    type: 'counter',
    help: 'Connections that were opened, refused at the door, or dropped because they did not take what was sent.',
    labels: { outcome: ['opened', 'refused', 'slow'] },
  },
  halyard_frames_total: { type: 'counter', help: 'Frames received and sent.', labels: { direction: directions } },
  halyard_frame_bytes_total: {
    type: 'counter',
    help: 'Bytes of frames received and sent.',
    labels: { direction: directions },
  },
  halyard_frames_refused_total: {
    type: 'counter',
    help: 'Frames that ended their connection, by why.',
    labels: { reason: ['malformed', 'too-large'] },
  },
  halyard_commands_total: {
    type: 'counter',
    help: 'Commands by name (unknown: a name that is none of ours) and outcome (ok, or the code of the refusal).',
    labels: { command: [...Object.keys(commands), 'unknown'], outcome: ['ok', ...Object.keys(refusals)] },
  },
  halyard_guesses_refused_total: { type: 'counter', help: 'Wrong invite locators, setup tokens and recovery cards.' },
  halyard_rows_appended_total: { type: 'counter', help: 'Rows that conversations have grown by.' },
  halyard_rows_stored: { type: 'gauge', help: 'Rows that wait for a device; counted at most once a minute.' },
  halyard_mailbox_items: {
    type: 'gauge',
    help: 'Welcomes and entry requests in all mailboxes; counted at most once a minute.',
  },
  halyard_rings_total: {
    type: 'counter',
    help: 'Rows sent to connections unasked, or left for them to fetch because they lag behind.',
    labels: { outcome: ['sent', 'skipped'] },
  },
  halyard_gaps_read_total: { type: 'counter', help: 'Gaps that were filled from the log.' },
  halyard_batch_writes: {
    type: 'histogram',
    help: 'Changes that shared one transaction and one fsync.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  },
  halyard_batch_duration_seconds: {
    type: 'histogram',
    help: 'From handing a batch to the writer until it is on the disk.',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
  },
  halyard_database_bytes: {
    type: 'gauge',
    help: 'Size of the database and of its write-ahead log.',
    labels: { file: ['database', 'log'] },
  },
  halyard_disk_free_bytes: { type: 'gauge', help: 'Room on the disk of the data folder.' },
} as const satisfies Record<string, MetricKind>

export type MetricName = keyof typeof metricList
export const metricKinds: ReadonlyMap<string, MetricKind> = new Map(Object.entries(metricList))
