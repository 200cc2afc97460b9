/** The store of a running server: reads here on their own connection, writes in the writer thread with group commit. */
import { Worker } from 'node:worker_threads'
import type { Store } from '../../core/ports.ts'
import { packed } from './arena.ts'
import { createReads, openForReading } from './engine.ts'
import type { AnswerOf, Reads, WriteName, WriteOf } from './engine.ts'
import { DatabaseDamagedError, DatabaseNewerError, isDamaged } from './sql.ts'
import type { Death, FromWriter, ToWriter, WriterData } from './writer.ts'

export interface ThreadStore extends Store, Pick<Reads, 'publicUrl' | 'hasNetwork' | 'totals'> {
  probeRoom(probe: { readonly bytes: number }): Promise<AnswerOf<'probeRoom'>>
  keepPublicUrl(setting: { readonly url: string }): Promise<AnswerOf<'keepPublicUrl'>>
  /** Ends after everything that was written before is on the disk. */
  close(): Promise<void>
}
export interface ThreadStoreOptions extends WriterData {
  /** The store is dead: nothing is written or read any more. */
  readonly failed: (error: Error) => void
  /** Called with each batch that is on the disk: how many writes it had, and how long it took. */
  readonly committed?: (writes: number, durationMs: number) => void
}

interface Waiting {
  readonly write: readonly [string, unknown]
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}
/** Writes of one transaction; enough to share an fsync, few enough to bound how long one waits for the others. */
const batchMax = 512

/** Rejects with DatabaseNewerError or DatabaseDamagedError. */
export const openThreadStore = async (options: ThreadStoreOptions): Promise<ThreadStore> => {
  const { failed, committed, ...data } = options
  const worker = new Worker(new URL('./writer.ts', import.meta.url), { workerData: data, name: 'halyard-writer' })
  const writer = createWriterQueue(worker, failed, committed)
  await writer.opened
  const database = openForReading(options.path)
  const reads = createReads(database)
  const wrapped: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(reads)) {
    wrapped[name] = (...parameters: unknown[]): unknown => {
      try {
        return (read as (...parameters: unknown[]) => unknown)(...parameters)
      } catch (error) {
        if (!isDamaged(error)) throw error
        const damaged = new DatabaseDamagedError()
        writer.fail(damaged)
        throw damaged
      }
    }
  }
  const wrote: { [N in WriteName]: (parameters: WriteOf<N>) => Promise<AnswerOf<N>> } = {
    offerSetup: writer.write('offerSetup'),
    setUp: writer.write('setUp'),
    admit: writer.write('admit'),
    createInvite: writer.write('createInvite'),
    putRecoveryKey: writer.write('putRecoveryKey'),
    putAccountState: writer.write('putAccountState'),
    confirm: writer.write('confirm'),
    appendNetworkLink: writer.write('appendNetworkLink'),
    appendAccountLink: writer.write('appendAccountLink'),
    putProfile: writer.write('putProfile'),
    publishKeyPackages: writer.write('publishKeyPackages'),
    claimKeyPackages: writer.write('claimKeyPackages'),
    createConversation: writer.write('createConversation'),
    reviveConversation: writer.write('reviveConversation'),
    appendToConversation: writer.write('appendToConversation'),
    settleCommit: writer.write('settleCommit'),
    askEntry: writer.write('askEntry'),
    passEntries: writer.write('passEntries'),
    passMailbox: writer.write('passMailbox'),
    keepPublicUrl: writer.write('keepPublicUrl'),
    probeRoom: writer.write('probeRoom'),
    renewIncarnation: writer.write('renewIncarnation'),
  }
  return {
    ...(wrapped as unknown as Reads),
    ...wrote,
    async close() {
      // The writer ends last: it folds the write-ahead log into the file when nobody else has it open.
      await writer.drained()
      database.close()
      await writer.close()
    },
  }
}

/** One batch is on its way at a time; what comes meanwhile makes the next one. */
const createWriterQueue = (
  worker: Worker,
  failed: (error: Error) => void,
  committed: ThreadStoreOptions['committed'],
) => {
  let waiting: Waiting[] = []
  let underWay: readonly Waiting[] = []
  let postedMs = 0
  let flushPlanned = false
  let dead: Error | undefined
  const opening = Promise.withResolvers<undefined>()
  const closing = Promise.withResolvers<undefined>()
  let drain: (() => void) | undefined
  opening.promise.catch(() => undefined)

  const post = (message: ToWriter, transfer: ArrayBuffer[] = []): void => worker.postMessage(message, transfer)
  const flush = (): void => {
    flushPlanned = false
    if (underWay.length > 0 || dead !== undefined) return
    if (waiting.length === 0) return drain?.()
    underWay = waiting.slice(0, batchMax)
    waiting = waiting.slice(batchMax)
    const { value, buffer } = packed(underWay.map((one) => one.write))
    postedMs = performance.now()
    post({ kind: 'batch', writes: value }, [buffer])
  }
  const planFlush = (): void => {
    if (flushPlanned || underWay.length > 0) return
    flushPlanned = true
    // After this turn of the loop: whatever else has arrived shares the fsync.
    setImmediate(flush)
  }
  const fail = (error: Error): void => {
    if (dead !== undefined) return
    dead = error
    opening.reject(error)
    for (const one of [...underWay, ...waiting]) one.reject(error)
    underWay = []
    waiting = []
    failed(error)
    closing.resolve(undefined)
    drain?.()
    void worker.terminate()
  }
  worker.on('message', (message: FromWriter) => {
    if (message.kind === 'opened') opening.resolve(undefined)
    else if (message.kind === 'dead') fail(errorOf(message.why))
    else if (message.kind === 'closed') closing.resolve(undefined)
    else {
      const done = underWay
      committed?.(done.length, performance.now() - postedMs)
      underWay = []
      flush()
      for (const [index, one] of done.entries()) one.resolve(message.answers[index])
    }
  })
  worker.on('error', fail)
  return {
    opened: opening.promise,
    fail,
    write:
      <N extends WriteName>(name: N) =>
      (parameters: WriteOf<N>): Promise<AnswerOf<N>> =>
        new Promise((resolve, reject) => {
          if (dead !== undefined) return reject(dead)
          waiting.push({ write: [name, parameters], resolve: resolve as (answer: unknown) => void, reject })
          planFlush()
        }),
    drained: (): Promise<void> =>
      new Promise((resolve) => {
        if (dead !== undefined || (waiting.length === 0 && underWay.length === 0)) return resolve()
        drain = resolve
      }),
    async close(): Promise<void> {
      if (dead === undefined) {
        post({ kind: 'close' })
        await closing.promise
      }
      await worker.terminate()
    },
  }
}

const errorOf = (why: Death): Error => {
  if (why.cause === 'newer') return new DatabaseNewerError()
  if (why.cause === 'damaged') return new DatabaseDamagedError()
  return new Error(why.cause === 'error' ? why.message : why.cause)
}
