/** Web Locks for tests, for one name: first come, first served; a worker that is killed lets go; stealing works. */

type Run = (lock: Lock | null) => Promise<unknown>
interface Request {
  readonly run: Run
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly isDead: () => boolean
}

export interface TestLocks {
  /** The lock manager of one worker. */
  forWorker(): { readonly locks: Pick<LockManager, 'request'>; kill(): void }
}

export const createTestLocks = (): TestLocks => {
  const queue: Request[] = []
  let holder: Request | undefined
  const aborted = (): DOMException => new DOMException('the lock is gone', 'AbortError')

  const grant = (request: Request): void => {
    holder = request
    const release = (settle: (value: unknown) => void) => (value: unknown) => {
      settle(value)
      if (holder !== request) return
      holder = undefined
      grantNext()
    }
    Promise.resolve()
      .then(() => request.run({ name: 'lock', mode: 'exclusive' }))
      .then(release(request.resolve), release(request.reject))
  }
  const grantNext = (): void => {
    while (holder === undefined && queue.length > 0) {
      const request = queue.shift()
      if (request !== undefined && !request.isDead()) grant(request)
    }
  }

  return {
    forWorker() {
      const mine = new Set<Request>()
      let isDead = false
      const request = (_name: string, options: LockOptions, run: Run): Promise<unknown> =>
        new Promise((resolve, reject) => {
          const made: Request = { run, resolve, reject, isDead: () => isDead }
          mine.add(made)
          if (options.ifAvailable === true && holder !== undefined) return resolve(run(null))
          if (options.steal === true) {
            if (holder !== undefined && !holder.isDead()) holder.reject(aborted())
            return grant(made)
          }
          options.signal?.addEventListener('abort', () => {
            const at = queue.indexOf(made)
            if (at < 0) return
            queue.splice(at, 1)
            reject(aborted())
          })
          queue.push(made)
          grantNext()
        })
      return {
        locks: { request: request as unknown as LockManager['request'] },
        kill() {
          isDead = true
          if (holder === undefined || !mine.has(holder)) return
          holder = undefined
          grantNext()
        },
      }
    },
  }
}
