/** How fast this machine is now, beside how fast it was when the limits were written. */
import { hash } from 'node:crypto'

/** Milliseconds of the loop on a quiet machine with two shared cores; the limits hold for it and scale with it. */
const quietMs = 24

export interface Calibration {
  readonly ms: number
  /** Never below 1: a faster machine gets no stricter limits. */
  readonly factor: number
  /** The same of the processor time it took: waiting for a turn costs time, but no work. */
  readonly cpuFactor: number
}
export const calibrate = (): Calibration => {
  const block = new Uint8Array(1024).fill(7)
  const once = (): { readonly ms: number; readonly cpuMs: number } => {
    const before = process.cpuUsage()
    const startedMs = performance.now()
    for (let index = 0; index < 20_000; index++) hash('sha256', block, 'buffer')
    const { user, system } = process.cpuUsage(before)
    return { ms: performance.now() - startedMs, cpuMs: (user + system) / 1000 }
  }
  once() // warms up
  const times = [once(), once(), once(), once(), once()]
  const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[2] ?? 0
  const ms = middle(times.map((one) => one.ms))
  return {
    ms,
    factor: Math.max(1, ms / quietMs),
    cpuFactor: Math.max(1, middle(times.map((one) => one.cpuMs)) / quietMs),
  }
}
