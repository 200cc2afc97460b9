/** Locks after a time without use, counted over all tabs of this browser by the wall clock (a sleeping computer counts). */

/** How often the clock is looked at; the lock may come this much late. */
const lookMs = 5_000
/** Others are told of activity at most this often. */
const tellMs = 5_000
const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const

/** Starts watching. `expired` is called once. Returns what ends it. */
export const watchIdle = (idleMinutes: number, expired: () => void): (() => void) => {
  if (idleMinutes === 0) return () => undefined
  let lastUseMs = Date.now()
  let toldMs = 0
  let done = false
  const others = new BroadcastChannel('halyard-activity')
  const used = (): void => {
    lastUseMs = Date.now()
    if (lastUseMs - toldMs < tellMs) return
    toldMs = lastUseMs
    others.postMessage('used')
  }
  const look = (): void => {
    if (done || Date.now() - lastUseMs < idleMinutes * 60_000) return
    done = true
    expired()
  }
  // A waking computer must not take the first touch for use before it has looked at the clock.
  const usedOrExpired = (): void => {
    look()
    if (!done) used()
  }
  others.addEventListener('message', () => (lastUseMs = Date.now()))
  for (const sign of signs) addEventListener(sign, usedOrExpired, { passive: true, capture: true })
  document.addEventListener('visibilitychange', look)
  const timer = setInterval(look, lookMs)
  return () => {
    done = true
    clearInterval(timer)
    others.close()
    document.removeEventListener('visibilitychange', look)
    for (const sign of signs) removeEventListener(sign, usedOrExpired, { capture: true })
  }
}
