/** Minima over windows: whatever else runs on the machine can only make a window slower. */

/** Milliseconds that grow as work is done: CPU time of the process in Node, wall time in a page. */
export type Clock = () => number

export interface Measured {
  /** the least that one run took, in ms */
  readonly ms: number
  readonly windows: number
}

export interface Effort {
  /** a window has as many runs as fill this many ms */
  readonly windowMs: number
  readonly windowsMin: number
  /** windows go on until this many in a row brought nothing more than a hundredth … */
  readonly quietWindows: number
  /** … or until this much wall time has passed */
  readonly limitMs: number
}

/** What costs nothing is not run for ever. */
const runsMax = 1_000_000

/** `fresh`, when given, makes what one run takes, outside the clock: then each window is one run. */
export const measure = async <T>(
  clock: Clock,
  effort: Effort,
  run: (input: T) => unknown,
  fresh: (() => Promise<T>) | undefined,
): Promise<Measured> => {
  const time = async (count: number, given: T): Promise<number> => {
    const before = clock()
    for (let i = 0; i < count; i++) {
      const result = run(given)
      if (result instanceof Promise) await result
    }
    return clock() - before
  }
  const startedMs = performance.now()
  const input = (await fresh?.()) as T
  let perWindow = 1
  let tookMs = await time(1, input)
  // Warm code is faster than cold, and a clock has steps: the size of a window is found by growing it, and only whole windows count.
  while (fresh === undefined && tookMs < effort.windowMs && perWindow < runsMax) {
    const wanted = tookMs > 0 ? Math.ceil((perWindow * effort.windowMs * 1.1) / tookMs) : runsMax
    perWindow = Math.min(runsMax, Math.max(perWindow + 1, Math.min(perWindow * 8, wanted)))
    tookMs = await time(perWindow, input)
  }
  let least = tookMs / perWindow
  let windows = 0
  let quiet = 0
  while (
    windows < effort.windowsMin ||
    (quiet < effort.quietWindows && performance.now() - startedMs < effort.limitMs)
  ) {
    const ms = (await time(perWindow, fresh === undefined ? input : await fresh())) / perWindow
    quiet = ms < least * 0.99 ? 0 : quiet + 1
    least = Math.min(least, ms)
    windows++
  }
  return { ms: least, windows }
}
