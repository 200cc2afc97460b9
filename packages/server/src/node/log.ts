/** Lines for the operator: a fixed word, and numbers. There is no way to put content, a name or an address into one. */
export type LogLevel = 'quiet' | 'normal' | 'talkative'
export type LogWord =
  | 'started'
  | 'stopping'
  | 'stopped'
  | 'network-made'
  | 'disk-full'
  | 'counters'
  | 'connection-opened'
  | 'connection-closed'
  | 'connection-refused'
  | 'connection-slow'
  | 'page-served'
export interface Log {
  (level: 'normal' | 'talkative', word: LogWord, numbers?: Readonly<Record<string, number>>): void
}

/** One line each: time, word, name=number. Fractions and anything else than numbers do not get through. */
export const createLog = (level: LogLevel, write: (line: string) => void): Log => {
  const loudness = { quiet: 0, normal: 1, talkative: 2 } as const
  return (of, word, numbers = {}) => {
    if (loudness[of] > loudness[level]) return
    const words = Object.entries(numbers).map(([name, value]) => `${name}=${Math.trunc(value)}`)
    write([new Date().toISOString(), word, ...words].join(' '))
  }
}
