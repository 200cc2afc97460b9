/** Locks after minutes in which no page reported anybody there. */
import type { Clock } from '../core/ports.ts'

export interface IdleLock {
  /** 0: never. */
  setMinutes(minutes: number): void
  /**
   * Somebody is there. When the time was up before and the timer has not fired, locks instead: after a night asleep the
   * timer and the first key stroke race, and the lock wins.
   */
  touch(): void
}

export const createIdleLock = (clock: Clock, lock: () => void): IdleLock => {
  let limitMs = 0
  let lastMs = clock.nowMs()
  let cancel: (() => void) | undefined

  const isOver = (): boolean => limitMs > 0 && clock.nowMs() - lastMs >= limitMs
  const watch = (): void => {
    cancel?.()
    cancel = undefined
    if (limitMs === 0) return
    cancel = clock.setTimer(Math.max(0, lastMs + limitMs - clock.nowMs()), () => {
      if (isOver()) lock()
      else watch()
    })
  }
  return {
    setMinutes(minutes) {
      if (limitMs === 0) lastMs = clock.nowMs()
      limitMs = minutes * 60_000
      watch()
    },
    touch() {
      if (isOver()) lock()
      else lastMs = clock.nowMs()
    },
  }
}
