/** What a load is made of, and what comes of it. */
import type { Person } from '../people.ts'
import type { Usage } from './process-usage.ts'
import type { Where } from './where.ts'

/** How much of it: the whole, a quick look, or the least that shows that it works. */
export interface Amounts {
  readonly pairs: number
  readonly window: number
  /** Of a one-to-one load: messages of each side. */
  readonly perSide: number
  readonly rounds: number
  readonly pacedPerSide: number
  readonly rooms: readonly number[]
  /** Of a room: messages in all. */
  readonly inRoom: number
  readonly stored: number
  readonly connections: number
  readonly storms: number
  /** Until a server has done with connections that came or went. */
  readonly restMs: number
  readonly soakMs: number
  readonly soakPerSecond: number
}

/** Of a conversation of so many, what each of the first `speakers` says next, sealed. */
export type Sealing = (size: number, speakers: number) => Promise<readonly (() => Promise<Uint8Array>)[]>

export interface Stage {
  readonly where: Where
  /** As many as `peopleFor` says; each has one device. */
  readonly people: readonly Person[]
  readonly amounts: Amounts
  /** Seals what is written for real; without it, it is random bytes, which cost the generator nothing. */
  readonly sealing?: Sealing
  /** Of the server's process, where it runs on this machine. */
  readonly usage: () => Usage | undefined
  readonly note: (words: string) => void
}

export interface Measured {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly samples: number
  /** A rate may not fall below it, everything else not exceed it; scaled as `by` says. */
  readonly limit?: number
  readonly isRate?: boolean
  /** What a slow machine makes longer: the time, the processor's part of it, or neither. */
  readonly by?: 'time' | 'cpu'
}

export interface Scenario {
  readonly name: string
  readonly says: string
  readonly peopleFor: (amounts: Amounts) => number
  readonly run: (stage: Stage) => Promise<readonly Measured[]>
}

const whole: Amounts = {
  pairs: 50,
  window: 8,
  perSide: 400,
  rounds: 3,
  pacedPerSide: 20,
  rooms: [100, 1000],
  inRoom: 600,
  stored: 20_000,
  connections: 5000,
  storms: 3,
  restMs: 1500,
  soakMs: 600_000,
  soakPerSecond: 500,
}
const quick: Amounts = {
  ...whole,
  perSide: 100,
  rounds: 1,
  inRoom: 200,
  stored: 5000,
  connections: 1000,
  soakMs: 20_000,
}
const least: Amounts = {
  ...quick,
  pairs: 2,
  perSide: 10,
  pacedPerSide: 5,
  rooms: [5],
  inRoom: 20,
  stored: 50,
  connections: 20,
  storms: 2,
  restMs: 50,
  soakMs: 1000,
  soakPerSecond: 50,
}
export const amountsOf = { whole, quick, least } as const

export const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN

/** CPU seconds of the server for a thousand of something, while `work` runs; undefined where its process is out of reach. */
export const cpuPerThousand = async (
  stage: Stage,
  count: number,
  work: () => Promise<unknown>,
): Promise<{ readonly tookMs: number; readonly cpuS: number | undefined }> => {
  const before = stage.usage()
  const startedMs = performance.now()
  await work()
  const tookMs = performance.now() - startedMs
  const after = stage.usage()
  return { tookMs, cpuS: before && after ? (after.cpuMs - before.cpuMs) / count : undefined }
}
