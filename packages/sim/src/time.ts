/** One virtual time for the whole world. Nothing happens between two instants but promises coming to rest. */
import type { Clock } from '@halyard/client'

export interface Time {
  nowMs(): number
  /** A clock of one machine; `owner` dies with it: its timers never fire afterwards. */
  clockFor(owner: { alive: boolean }): Clock
  at(afterMs: number, fire: () => void): () => void
  /** Runs everything that is due within the next `durationMs`. */
  run(durationMs: number): Promise<void>
}

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly fire: () => void
}

export const createTime = (startMs: number): Time => {
  let nowMs = startMs
  let order = 0
  let timers: Timer[] = []
  const at = (afterMs: number, fire: () => void): (() => void) => {
    const timer: Timer = { dueMs: nowMs + Math.max(0, afterMs), order: order++, fire }
    let index = timers.length
    while (index > 0 && isLater(timers[index - 1], timer)) index--
    timers.splice(index, 0, timer)
    return () => {
      timers = timers.filter((one) => one !== timer)
    }
  }
  return {
    nowMs: () => nowMs,
    at,
    clockFor: (owner) => ({
      nowMs: () => nowMs,
      setTimer: (afterMs, fire) => at(afterMs, () => (owner.alive ? fire() : undefined)),
    }),
    async run(durationMs) {
      const untilMs = nowMs + durationMs
      await settle()
      for (let timer = timers[0]; timer !== undefined && timer.dueMs <= untilMs; timer = timers[0]) {
        timers.shift()
        nowMs = timer.dueMs
        timer.fire()
        await settle()
      }
      nowMs = untilMs
    },
  }
}

const isLater = (one: Timer | undefined, timer: Timer): boolean =>
  one !== undefined && (one.dueMs > timer.dueMs || (one.dueMs === timer.dueMs && one.order > timer.order))

/** Lets every promise come to rest: the macrotask runs only when no microtask is left. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
