/** Time for tests: stands still until it is moved. */
import type { Clock } from '../core/ports.ts'

export interface TestClock extends Clock {
  advance(ms: number): void
}

export const createTestClock = (): TestClock => {
  let nowMs = 1_800_000_000_000
  const timers = new Set<{ readonly atMs: number; readonly fire: () => void }>()
  return {
    nowMs: () => nowMs,
    setTimer(afterMs, fire) {
      // What is due at once fires by itself, as it would; everything else waits to be told.
      if (afterMs <= 16) {
        const timer = setTimeout(fire, 0)
        return () => clearTimeout(timer)
      }
      const timer = { atMs: nowMs + afterMs, fire }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(ms) {
      nowMs += ms
      for (const timer of [...timers].sort((a, b) => a.atMs - b.atMs)) {
        if (timer.atMs <= nowMs && timers.delete(timer)) timer.fire()
      }
    },
  }
}
