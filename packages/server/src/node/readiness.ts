/** Whether a server does its work: asked by load balancers and service managers, often and by anybody. */
export interface Readiness {
  /** Whether the store took a write within the last seconds, and nobody has asked the server to stop. */
  ready(): Promise<boolean>
  stop(): void
}

/** Anybody may ask; the disk is written to no more often than this. */
const probeEveryMs = 5000
/** A disk that takes longer than this for one write serves nobody. */
const probeMaxMs = 5000

/** `probe` writes and says whether there was room; it may reject, or never end. */
export const createReadiness = (
  probe: () => Promise<boolean>,
  { everyMs = probeEveryMs, maxMs = probeMaxMs }: { readonly everyMs?: number; readonly maxMs?: number } = {},
): Readiness => {
  let stopping = false
  let newest: Promise<boolean> | undefined
  let askedMs = -Infinity
  return {
    async ready() {
      if (newest === undefined || performance.now() - askedMs >= everyMs) {
        askedMs = performance.now()
        newest = within(probe, maxMs)
      }
      return (await newest) && !stopping
    },
    stop() {
      stopping = true
    },
  }
}

const within = (probe: () => Promise<boolean>, maxMs: number): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), maxMs)
  timer.unref()
  void probe()
    .catch(() => false)
    .then(resolve)
    .finally(() => clearTimeout(timer))
  return promise
}
