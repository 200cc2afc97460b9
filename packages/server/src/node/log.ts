/** Lines for the operator: a fixed word, and numbers. There is no way to put content, a name or an address into one. */
import { counterNames } from '../core/index.ts'

export type LogLevel = 'quiet' | 'normal' | 'talkative'

interface EventKind {
  readonly level: 'normal' | 'talkative'
  /** All the numbers that its line may have. */
  readonly fields: readonly string[]
}
/** Every event there is. docs/operating/watch.md says what each means; a test compares. */
export const logEvents = {
  started: { level: 'normal', fields: ['port'] },
  stopping: { level: 'normal', fields: [] },
  stopped: { level: 'normal', fields: [] },
  'network-made': { level: 'normal', fields: [] },
  'disk-full': { level: 'normal', fields: [] },
  counters: { level: 'talkative', fields: counterNames },
  'connection-opened': { level: 'talkative', fields: ['connections'] },
  'connection-closed': { level: 'talkative', fields: ['connections'] },
  'connection-refused': { level: 'talkative', fields: ['status'] },
  'connection-slow': { level: 'talkative', fields: [] },
  'page-served': { level: 'talkative', fields: [] },
} as const satisfies Record<string, EventKind>

export type LogEvent = keyof typeof logEvents
type FieldOf<E extends LogEvent> = (typeof logEvents)[E]['fields'][number]
export interface Log {
  <E extends LogEvent>(event: E, numbers?: Readonly<Partial<Record<FieldOf<E>, number>>>): void
}

/** One line of JSON each: time, level, event, then its fields. What is not listed, or is not a whole number, stays out. */
export const createLog = (level: LogLevel, write: (line: string) => void): Log => {
  const loudness = { quiet: 0, normal: 1, talkative: 2 } as const
  return (event, numbers) => {
    const kind: EventKind = logEvents[event]
    if (loudness[kind.level] > loudness[level]) return
    const given: Readonly<Record<string, unknown>> = numbers ?? {}
    const fields = kind.fields.flatMap((name) => {
      const value = given[name]
      return Number.isSafeInteger(value) ? [[name, value] as const] : []
    })
    write(JSON.stringify({ time: new Date().toISOString(), level: kind.level, event, ...Object.fromEntries(fields) }))
  }
}
