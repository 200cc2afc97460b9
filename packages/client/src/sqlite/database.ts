/** The encrypted database of one device: the core's `Database` over SQLite with ChaCha20-Poly1305 on every page. */
import { DatabaseDamagedError, DiskFullError } from '../core/ports.ts'
import type { Database, SqlRow, SqlValue } from '../core/ports.ts'
import { resultCode } from './sqlite-module.ts'
import type { Pointer, SqliteModule } from './sqlite-module.ts'
import { createStatements } from './statements.ts'
import type { Statements } from './statements.ts'

export const databaseKeySize = 32
/** 32 MB. */
const logPagesMax = 8_000
const openReadWriteCreate = 0x6
/** Marks the key as random bytes, so that no password hashing is done to it. */
const rawKeyPrefix = [0x72, 0x61, 0x77, 0x3a] // "raw:"

export interface OpenDatabaseRequest {
  readonly sqlite3: SqliteModule
  /** As given by `installVfs`. */
  readonly vfs: string
  readonly name: string
  /** 32 random bytes; zeroed before this returns, whatever happens. */
  readonly key: Uint8Array
}

/**
 * Opens or creates a database; one opener at a time. Throws `DatabaseDamagedError` with `cause: 'key'` when the first
 * page does not open (the key is another one, or that page is damaged: the cipher cannot tell), and without a cause
 * when another page is damaged, then or later. Throws `DiskFullError` when there is no room to create it.
 */
export const openDatabase = ({ sqlite3, vfs, name, key }: OpenDatabaseRequest): Database => {
  try {
    const pointer = openWithKey(sqlite3, vfs, name, key)
    try {
      const statements = createStatements(sqlite3, pointer, (code) => failureOf(sqlite3, pointer, code))
      configure(statements)
      return createDatabase(sqlite3, pointer, statements)
    } catch (error) {
      sqlite3.wasm.exports.sqlite3_close_v2(pointer)
      throw error
    }
  } finally {
    key.fill(0)
  }
}

const openWithKey = ({ wasm }: SqliteModule, vfs: string, name: string, key: Uint8Array): Pointer => {
  if (key.length !== databaseKeySize) throw new Error('a database key has 32 bytes')
  const sqlite = wasm.exports
  const names = [wasm.allocCString(name), wasm.allocCString(vfs)] as const
  const out = wasm.alloc(4)
  const keySize = rawKeyPrefix.length + databaseKeySize
  const keyAt = wasm.alloc(keySize)
  try {
    const opened = sqlite.sqlite3_open_v2(names[0], out, openReadWriteCreate, names[1])
    const pointer = wasm.peekPtr(out)
    wasm.heap8u().set(rawKeyPrefix, keyAt)
    wasm.heap8u().set(key, keyAt + rawKeyPrefix.length)
    const code = opened === resultCode.ok ? sqlite.sqlite3_key_v2(pointer, 0, keyAt, keySize) : opened
    if (code !== resultCode.ok) {
      sqlite.sqlite3_close_v2(pointer)
      if (code === resultCode.full) throw new DiskFullError('there is no room for the database')
      throw new Error(`the database could not be opened: ${code}`)
    }
    sqlite.sqlite3_extended_result_codes(pointer, 1)
    return pointer
  } finally {
    wasm.heap8u().fill(0, keyAt, keyAt + keySize)
    for (const each of [...names, out, keyAt]) wasm.dealloc(each)
  }
}

const configure = (statements: Statements): void => {
  // Exclusive before anything is read: the log's index is then kept in memory and no shared memory is needed.
  statements.run('PRAGMA locking_mode = exclusive')
  statements.run('PRAGMA page_size = 4096')
  try {
    statements.run('SELECT count(*) FROM sqlite_schema')
  } catch (error) {
    if (error instanceof DatabaseDamagedError) throw new DatabaseDamagedError(error.message, { cause: 'key' })
    throw error
  }
  const mode = statements.get('PRAGMA journal_mode = wal')?.['journal_mode']
  if (mode !== 'wal') throw new Error(`the database has no write-ahead log but ${String(mode)}`)
  for (const pragma of [
    'synchronous = full',
    'secure_delete = on',
    'temp_store = memory',
    'foreign_keys = on',
    'trusted_schema = off',
    'cell_size_check = on',
    // Only where there is never a moment's rest (ports.ts): a commit that empties the log waits long for it.
    `wal_autocheckpoint = ${logPagesMax}`,
  ]) {
    statements.run(`PRAGMA ${pragma}`)
  }
}

const createDatabase = ({ wasm }: SqliteModule, pointer: Pointer, statements: Statements): Database => {
  const sqlite = wasm.exports
  let state: 'open' | 'in-transaction' | 'closed' = 'open'
  /** Rows changed by this connection when the log was last emptied: as long as there are no more, it still is. */
  let restedAfter: number | undefined
  const rollBack = (): void => {
    // SQLite has already rolled back by itself after some failures, a full disk among them.
    if (sqlite.sqlite3_get_autocommit(pointer) === 0) statements.run('ROLLBACK')
  }
  const mustBeOpen = (): void => {
    if (state === 'closed') throw new Error('the database is closed')
  }
  return {
    run(sql: string, parameters?: readonly SqlValue[]) {
      mustBeOpen()
      statements.run(sql, parameters)
      return {
        changes: sqlite.sqlite3_changes(pointer),
        lastRowId: Number(sqlite.sqlite3_last_insert_rowid(pointer)),
      }
    },
    get(sql: string, parameters?: readonly SqlValue[]): SqlRow | undefined {
      mustBeOpen()
      return statements.get(sql, parameters)
    },
    all(sql: string, parameters?: readonly SqlValue[]): readonly SqlRow[] {
      mustBeOpen()
      return statements.all(sql, parameters)
    },
    transaction<T>(work: () => T): T {
      mustBeOpen()
      if (state === 'in-transaction') throw new Error('a transaction inside a transaction')
      state = 'in-transaction'
      try {
        statements.run('BEGIN IMMEDIATE')
        const result = work()
        if (result instanceof Promise) throw new Error('a transaction is synchronous')
        // After some failures (a full disk) SQLite ends the transaction; committing would then keep half of it.
        if (sqlite.sqlite3_get_autocommit(pointer) !== 0) throw new Error('the transaction had already failed')
        statements.run('COMMIT')
        return result
      } catch (error) {
        rollBack()
        throw error
      } finally {
        if (state === 'in-transaction') state = 'open'
      }
    },
    rest() {
      mustBeOpen()
      if (state === 'in-transaction') throw new Error('rest inside a transaction')
      const changes = sqlite.sqlite3_total_changes(pointer)
      if (changes === restedAfter) return
      statements.run('PRAGMA wal_checkpoint(truncate)')
      restedAfter = changes
    },
    close() {
      if (state === 'closed') return
      if (state === 'in-transaction') throw new Error('the database is closed inside a transaction')
      state = 'closed'
      statements.finalize()
      sqlite.sqlite3_close_v2(pointer)
    },
  }
}

/** The failure that a result code is, in the core's words. Holds no parameter and no content. */
const failureOf = ({ wasm }: SqliteModule, pointer: Pointer, code: number): Error => {
  const words = `${wasm.cstrToJs(wasm.exports.sqlite3_errmsg(pointer))} (${code})`
  switch (code & 0xff) {
    case resultCode.full:
      return new DiskFullError(words)
    case resultCode.corrupt:
    case resultCode.notADatabase:
      return new DatabaseDamagedError(words)
    case resultCode.ioError:
      return code === resultCode.ioErrorShortRead ||
        code === resultCode.ioErrorData ||
        code === resultCode.ioErrorCorruptFs
        ? new DatabaseDamagedError(words)
        : new Error(words)
    default:
      return new Error(words)
  }
}
