/** Thin help over `node:sqlite`: statements prepared once, and its errors told apart. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'

export type SqlRow = Record<string, SQLOutputValue>
export interface Sql {
  run(sql: string, ...values: readonly SQLInputValue[]): number
  get(sql: string, ...values: readonly SQLInputValue[]): SqlRow | undefined
  all(sql: string, ...values: readonly SQLInputValue[]): SqlRow[]
  /** Row by row, for reads that stop at a number of bytes. */
  each(sql: string, ...values: readonly SQLInputValue[]): Iterable<SqlRow>
}

export const createSql = (database: DatabaseSync): Sql => {
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = database.prepare(sql)
      statements.set(sql, statement)
    }
    return statement
  }
  return {
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    get: (sql, ...values) => prepared(sql).get(...values),
    all: (sql, ...values) => prepared(sql).all(...values),
    each: (sql, ...values) => prepared(sql).iterate(...values),
  }
}

/** A column that the schema says holds bytes; anything else is a damaged database. */
export const bytesOf = (value: SQLOutputValue | undefined): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw new DatabaseDamagedError()
  return value
}
export const maybeBytes = (value: SQLOutputValue | undefined): Uint8Array | undefined =>
  value === null || value === undefined ? undefined : bytesOf(value)
export const numberOf = (value: SQLOutputValue | undefined): number => {
  if (typeof value !== 'number') throw new DatabaseDamagedError()
  return value
}

/** A page cannot be read, or does not hold what was written. */
export class DatabaseDamagedError extends Error {
  override readonly name = 'DatabaseDamagedError'
  constructor() {
    super('The database is damaged.')
  }
}
/** Written by a version of Halyard that this one does not know. */
export class DatabaseNewerError extends Error {
  override readonly name = 'DatabaseNewerError'
  constructor() {
    super('The database was written by a newer version.')
  }
}

const primaryCode = (error: unknown): number | undefined => {
  const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code & 0xff : undefined
}
/** SQLITE_FULL, or a write that the file system refused (SQLITE_IOERR): nothing of the transaction remains. */
export const isFull = (error: unknown): boolean => {
  const code = primaryCode(error)
  return (
    code === 13 ||
    (code === 10 && error instanceof Error && 'errcode' in error && writeFaults.has(error.errcode as number))
  )
}
/** SQLITE_IOERR_WRITE, _FSYNC, _TRUNCATE, _SHMSIZE: what a full disk looks like from below. */
const writeFaults: ReadonlySet<number> = new Set([778, 1034, 1546, 4874])
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
export const isDamaged = (error: unknown): boolean =>
  error instanceof DatabaseDamagedError || primaryCode(error) === 11 || primaryCode(error) === 26
