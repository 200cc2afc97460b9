/** The system's time, as the core is lent it: in browsers and in Node. */
import type { Clock } from '../core/ports.ts'

const timerMaxMs = 2 ** 31 - 1

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimer(afterMs, fire) {
    const fireAtMs = Date.now() + afterMs
    // Longer than the platform's timers reach: in stretches. Never early, though the platform may be by a fraction.
    const wait = (): ReturnType<typeof setTimeout> =>
      setTimeout(
        () => {
          if (Date.now() < fireAtMs) timer = wait()
          else fire()
        },
        Math.min(timerMaxMs, Math.max(0, fireAtMs - Date.now())),
      )
    let timer = wait()
    return () => clearTimeout(timer)
  },
}
