/**
 * What the client core is lent. The core does no input or output of its own: a driver (browser worker, Node, the
 * simulator) gives it a database, a clock, randomness and a connection, and nothing else.
 */

export type SqlValue = string | number | Uint8Array | undefined
export type SqlRow = Readonly<Record<string, SqlValue>>

/**
 * One SQLite database, synchronous. NULL reads as `undefined` and is written as `undefined`.
 * `transaction` is IMMEDIATE and durable (`synchronous=FULL`) when it returns; a throw rolls it back and is rethrown.
 * A nested call is a bug and throws. Throws `DiskFullError` when the disk is full (nothing of the transaction remains)
 * and `DatabaseDamagedError` when a page cannot be read or authenticated.
 */
export interface Database {
  run(sql: string, parameters?: readonly SqlValue[]): { readonly changes: number; readonly lastRowId: number }
  get(sql: string, parameters?: readonly SqlValue[]): SqlRow | undefined
  all(sql: string, parameters?: readonly SqlValue[]): readonly SqlRow[]
  transaction<T>(work: () => T): T
  /**
   * For a moment in which nothing is written: the log goes into the database and is emptied, so that what was replaced in
   * the meantime (spent keys above all) is gone from the disk, and no commit has to wait for it. Changes nothing else.
   */
  rest(): void
  close(): void
}

export class DiskFullError extends Error {
  override readonly name = 'DiskFullError'
}
export class DatabaseDamagedError extends Error {
  override readonly name = 'DatabaseDamagedError'
}

/** Time and timers. `nowMs` is wall-clock time in ms since 1970; a timer may fire late, never early. */
export interface Clock {
  nowMs(): number
  setTimer(afterMs: number, fire: () => void): () => void
}

/** A cryptographically secure source (seeded in the simulator only). */
export type RandomBytes = (length: number) => Uint8Array

/** One connection: whole frames in, whole frames out. After `closed` nothing more arrives and sends are dropped. */
export interface Connection {
  send(frame: Uint8Array): void
  close(): void
}
export interface ConnectionEvents {
  opened(): void
  received(frame: Uint8Array): void
  closed(reason: 'lost' | 'version' | 'refused'): void
}
export type Connect = (events: ConnectionEvents) => Connection
