/**
 * The writer thread: the only one that writes. Takes batches, makes each one transaction with one fsync, and answers
 * only when it is on the disk.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { DatabaseSync } from 'node:sqlite'
import { refuse } from '@halyard/protocol'
import { packed } from './arena.ts'
import { createWrites, openForWriting, transact } from './engine.ts'
import { DatabaseDamagedError, DatabaseNewerError, isDamaged, isFull } from './sql.ts'

export interface WriterData {
  readonly path: string
  /** The most pages the file may have, in place of a full disk in tests. */
  readonly pagesMax?: number
  /** Commits once more after each write: only to prove that the benchmark sees a second fsync. */
  readonly sabotageSecondFsync?: boolean
}
export type Write = readonly [name: string, parameters: unknown]
export type ToWriter = { readonly kind: 'batch'; readonly writes: readonly Write[] } | { readonly kind: 'close' }
export type FromWriter =
  | { readonly kind: 'opened' }
  | { readonly kind: 'done'; readonly answers: readonly unknown[] }
  | { readonly kind: 'dead'; readonly why: Death }
  | { readonly kind: 'closed' }
export type Death = { readonly cause: 'newer' | 'damaged' } | { readonly cause: 'error'; readonly message: string }

type AnyWrite = (parameters: unknown) => unknown

const start = (data: WriterData): void => {
  const port = parentPort
  if (port === null) throw new Error('the writer runs in a thread of its own')
  const say = (message: FromWriter): void => port.postMessage(message)
  const die = (error: unknown): void => say({ kind: 'dead', why: deathOf(error) })
  let database: DatabaseSync
  try {
    database = openForWriting(data.path)
    if (data.pagesMax !== undefined) database.exec(`PRAGMA max_page_count = ${data.pagesMax}`)
  } catch (error) {
    die(error)
    port.close()
    return
  }
  const writes = createWrites(database) as unknown as Readonly<Record<string, AnyWrite>>
  const after = data.sabotageSecondFsync === true ? secondFsync(database) : (): void => undefined
  port.on('message', (message: ToWriter) => {
    if (message.kind === 'close') {
      database.close()
      say({ kind: 'closed' })
      port.close()
      return
    }
    try {
      const { value, buffer } = packed(commitBatch(database, writes, message.writes))
      after(message.writes.length)
      port.postMessage({ kind: 'done', answers: value } satisfies FromWriter, [buffer])
    } catch (error) {
      die(error)
    }
  })
  say({ kind: 'opened' })
}

const runOne = (writes: Readonly<Record<string, AnyWrite>>, [name, parameters]: Write): unknown => {
  const write = writes[name]
  if (write === undefined) throw new Error('the writer does not know a write')
  return write(parameters)
}

/** All in one transaction; when the disk is full each alone, so that what still fits is kept and the rest is refused. */
const commitBatch = (
  database: DatabaseSync,
  writes: Readonly<Record<string, AnyWrite>>,
  batch: readonly Write[],
): readonly unknown[] => {
  try {
    return transact(database, () => batch.map((write) => runOne(writes, write)))
  } catch (error) {
    if (!isFull(error)) throw error
  }
  return batch.map((write) => {
    try {
      return transact(database, () => runOne(writes, write))
    } catch (error) {
      if (!isFull(error)) throw error
      return refuse('server-full')
    }
  })
}

const deathOf = (error: unknown): Death => {
  if (error instanceof DatabaseNewerError) return { cause: 'newer' }
  if (isDamaged(error) || error instanceof DatabaseDamagedError) return { cause: 'damaged' }
  return { cause: 'error', message: error instanceof Error ? error.message : 'unknown' }
}

const secondFsync = (database: DatabaseSync) => {
  database.exec('CREATE TABLE IF NOT EXISTS sabotage (n INTEGER)')
  const insert = database.prepare('INSERT INTO sabotage VALUES (1)')
  return (count: number): void => {
    for (let index = 0; index < count; index++) transact(database, () => insert.run())
  }
}

start(workerData as WriterData)
