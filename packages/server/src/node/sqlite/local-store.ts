/** The store in the calling thread, one transaction per write: for tests, the simulator and short commands. */
import type { DatabaseSync } from 'node:sqlite'
import { refuse } from '@halyard/protocol'
import type { Store } from '../../core/ports.ts'
import type { Sync } from './sync.ts'
import { createReads, createWrites, openForWriting, transact } from './engine.ts'
import type { Reads, Writes } from './engine.ts'
import { DatabaseDamagedError, isDamaged, isFull } from './sql.ts'

export interface LocalStore
  extends
    Sync<Store>,
    Pick<Reads, 'publicUrl' | 'hasNetwork' | 'totals'>,
    Pick<Writes, 'keepPublicUrl' | 'renewIncarnation'> {
  /** To open again after a simulated crash: what was committed is all that is there. */
  readonly database: DatabaseSync
  close(): void
}
/**
 * Called around each commit with the name of the write. A throw is a crash there: before, nothing of the write is kept;
 * after, it is kept and nobody is told. The store then answers nothing more, and the throw is what the caller gets.
 */
export interface CrashHooks {
  readonly beforeCommit?: (write: string) => void
  readonly afterCommit?: (write: string) => void
}

/** `:memory:`, a file, or a database that is open already. Throws DatabaseNewerError and DatabaseDamagedError. */
export const openLocalStore = (at: string | DatabaseSync, hooks: CrashHooks = {}): LocalStore => {
  const database = typeof at === 'string' ? opened(at) : at
  const reads = createReads(database)
  const writes = createWrites(database)
  let dead: { readonly error: unknown } | undefined
  const guarded =
    <P extends readonly unknown[], R>(work: (...parameters: P) => R) =>
    (...parameters: P): R => {
      if (dead !== undefined) throw dead.error
      try {
        return work(...parameters)
      } catch (error) {
        dead = { error: isDamaged(error) ? new DatabaseDamagedError() : error }
        throw dead.error
      }
    }
  const writing = (name: string, write: (parameters: unknown) => unknown) =>
    guarded((parameters: unknown) => {
      let answer: unknown
      try {
        answer = transact(
          database,
          () => write(parameters),
          () => hooks.beforeCommit?.(name),
        )
      } catch (error) {
        if (isFull(error)) return refuse('server-full')
        throw error
      }
      hooks.afterCommit?.(name)
      return answer
    })
  const wrapped: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(reads))
    wrapped[name] = guarded(read as (...parameters: unknown[]) => unknown)
  for (const [name, write] of Object.entries(writes))
    wrapped[name] = writing(name, write as (parameters: unknown) => unknown)
  return { ...(wrapped as unknown as Reads & Writes), database, close: () => database.close() }
}

const opened = (path: string): DatabaseSync => {
  try {
    return openForWriting(path)
  } catch (error) {
    throw isDamaged(error) ? new DatabaseDamagedError() : error
  }
}
