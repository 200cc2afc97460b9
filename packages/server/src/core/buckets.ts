/** Token buckets in memory: nothing about who spent them is stored or logged. */
export interface Bucket {
  /** Whether `count` tokens were there; takes them if so. */
  take(nowMs: number, count?: number): boolean
  /** Milliseconds until `count` tokens are there. */
  waitMs(nowMs: number, count?: number): number
  full(nowMs: number): boolean
}

export const createBucket = (capacity: number, perSecond: number): Bucket => {
  let tokens = capacity
  let atMs = Number.NEGATIVE_INFINITY
  const refill = (nowMs: number): void => {
    // A clock that went back refills nothing and takes nothing away.
    if (nowMs > atMs && atMs !== Number.NEGATIVE_INFINITY)
      tokens = Math.min(capacity, tokens + ((nowMs - atMs) * perSecond) / 1000)
    atMs = nowMs
  }
  return {
    take(nowMs, count = 1) {
      refill(nowMs)
      if (tokens < count) return false
      tokens -= count
      return true
    },
    waitMs(nowMs, count = 1) {
      refill(nowMs)
      return tokens >= count ? 0 : Math.min(86_400_000, Math.ceil(((count - tokens) * 1000) / perSecond))
    },
    full(nowMs) {
      refill(nowMs)
      return tokens >= capacity
    },
  }
}

export interface Buckets {
  /** 0 when a token was taken, else the milliseconds to wait. */
  take(key: string, nowMs: number): number
}

/** One bucket per key; only buckets that are full again are forgotten, so that flooding with keys resets no other. */
export const createBuckets = (capacity: number, perSecond: number, keysMax: number): Buckets => {
  const buckets = new Map<string, Bucket>()
  const forgetFull = (nowMs: number): void => {
    for (const [key, bucket] of buckets) if (bucket.full(nowMs)) buckets.delete(key)
  }
  return {
    take(key, nowMs) {
      let bucket = buckets.get(key)
      if (bucket === undefined) {
        if (buckets.size >= keysMax) forgetFull(nowMs)
        if (buckets.size >= keysMax) return 60_000
        bucket = createBucket(capacity, perSecond)
        buckets.set(key, bucket)
      }
      return bucket.take(nowMs) ? 0 : bucket.waitMs(nowMs)
    },
  }
}
