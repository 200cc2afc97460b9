/** How often a value was how large, in a few buckets. */
export interface HistogramCounts {
  /** Each bound with the number of values up to it. */
  readonly upTo: readonly (readonly [bound: number, count: number])[]
  readonly count: number
  readonly sum: number
}
export interface Histogram {
  observe(value: number): void
  counts(): HistogramCounts
}

/** `bounds` grow. */
export const createHistogram = (bounds: readonly number[]): Histogram => {
  const within = bounds.map(() => 0)
  let count = 0
  let sum = 0
  return {
    observe(value) {
      count++
      sum += value
      const at = bounds.findIndex((bound) => value <= bound)
      if (at >= 0) within[at] = (within[at] ?? 0) + 1
    },
    counts() {
      let total = 0
      return { upTo: bounds.map((bound, at) => [bound, (total += within[at] ?? 0)] as const), count, sum }
    },
  }
}
