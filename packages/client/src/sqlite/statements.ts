/** Prepared statements of one connection, kept for reuse; values in and out. */
import type { SqlRow, SqlValue } from '../core/ports.ts'
import { resultCode } from './sqlite-module.ts'
import type { Pointer, SqliteModule } from './sqlite-module.ts'

/** Both in every ECMAScript host, though not in the language's own library. */
declare const TextEncoder: new () => {
  encodeInto(text: string, into: Uint8Array): { readonly written: number }
}
declare const TextDecoder: new (
  label: 'utf-8',
  options: { readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }

const keptStatementsMax = 256
const keptArenaSizeMax = 1 << 20
const preparePersistent = 1
const columnType = { integer: 1, float: 2, text: 3, blob: 4 } as const

export interface Statements {
  run(sql: string, parameters?: readonly SqlValue[]): void
  get(sql: string, parameters?: readonly SqlValue[]): SqlRow | undefined
  all(sql: string, parameters?: readonly SqlValue[]): readonly SqlRow[]
  finalize(): void
}

interface Statement {
  readonly pointer: Pointer
  readonly parameterCount: number
  columns: readonly string[] | undefined
}

export const createStatements = (
  { wasm }: SqliteModule,
  database: Pointer,
  failureOf: (code: number) => Error,
): Statements => {
  const sqlite = wasm.exports
  const kept = new Map<string, Statement>()
  const encoder = new TextEncoder()
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let arena = { at: wasm.alloc(4096), size: 4096 }

  const check = (code: number): void => {
    if (code !== resultCode.ok) throw failureOf(code)
  }

  const prepare = (sql: string): Statement => {
    const found = kept.get(sql)
    if (found !== undefined) {
      // Most recently used last; as long as there is room, the order says nothing.
      if (kept.size >= keptStatementsMax) {
        kept.delete(sql)
        kept.set(sql, found)
      }
      return found
    }
    const text = wasm.allocCString(sql)
    const out = wasm.alloc(8)
    try {
      check(sqlite.sqlite3_prepare_v3(database, text, -1, preparePersistent, out, out + 4))
      const pointer = wasm.peekPtr(out)
      if (pointer === 0) throw new Error('the statement is empty')
      if (wasm.cstrToJs(wasm.peekPtr(out + 4)).trim() !== '') {
        sqlite.sqlite3_finalize(pointer)
        throw new Error('one statement at a time')
      }
      const parameterCount = sqlite.sqlite3_bind_parameter_count(pointer)
      const statement: Statement = { pointer, parameterCount, columns: undefined }
      for (const [oldSql, old] of kept) {
        if (kept.size < keptStatementsMax) break
        sqlite.sqlite3_finalize(old.pointer)
        kept.delete(oldSql)
      }
      kept.set(sql, statement)
      return statement
    } finally {
      wasm.dealloc(text)
      wasm.dealloc(out)
    }
  }

  const reserve = (size: number): void => {
    if (size <= arena.size && arena.size <= keptArenaSizeMax) return
    wasm.dealloc(arena.at)
    const newSize = Math.max(size, 4096)
    arena = { at: wasm.alloc(newSize), size: newSize }
  }

  const bind = ({ pointer, parameterCount }: Statement, parameters: readonly SqlValue[]): void => {
    if (parameters.length !== parameterCount) {
      throw new Error(`the statement takes ${parameterCount} parameters, not ${parameters.length}`)
    }
    let most = 0
    for (const value of parameters) most += bytesAtMost(value)
    // Bound without a copy: the arena stays as it is until the statement has been reset.
    reserve(most)
    const heap = wasm.heap8u()
    let at = arena.at
    let index = 0
    for (const value of parameters) {
      index++
      if (typeof value === 'string') {
        const { written } = encoder.encodeInto(value, heap.subarray(at, at + bytesAtMost(value)))
        check(sqlite.sqlite3_bind_text(pointer, index, at, written, 0))
        at += written
      } else if (value instanceof Uint8Array) {
        heap.set(value, at)
        check(sqlite.sqlite3_bind_blob(pointer, index, at, value.length, 0))
        at += value.length
      } else {
        check(bindNumber(pointer, index, value))
      }
    }
  }

  const bindNumber = (pointer: Pointer, index: number, value: SqlValue): number => {
    if (value === undefined) return sqlite.sqlite3_bind_null(pointer, index)
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error('a value SQLite has no type for')
    if (!Number.isInteger(value)) return sqlite.sqlite3_bind_double(pointer, index, value)
    if (!Number.isSafeInteger(value)) throw new Error('an integer beyond 2^53')
    return (value | 0) === value
      ? sqlite.sqlite3_bind_int(pointer, index, value)
      : sqlite.sqlite3_bind_int64(pointer, index, BigInt(value))
  }

  const readColumn = (pointer: Pointer, index: number): SqlValue => {
    switch (sqlite.sqlite3_column_type(pointer, index)) {
      case columnType.integer: {
        // Exact up to 2^53; what lies beyond rounds to something beyond.
        const value = sqlite.sqlite3_column_double(pointer, index)
        if (!Number.isSafeInteger(value)) throw new Error('an integer beyond 2^53')
        return value
      }
      case columnType.float:
        return sqlite.sqlite3_column_double(pointer, index)
      case columnType.text: {
        const at = sqlite.sqlite3_column_text(pointer, index)
        return decoder.decode(wasm.heap8u().subarray(at, at + sqlite.sqlite3_column_bytes(pointer, index)))
      }
      case columnType.blob: {
        const at = sqlite.sqlite3_column_blob(pointer, index)
        return wasm.heap8u().slice(at, at + sqlite.sqlite3_column_bytes(pointer, index))
      }
      default:
        return undefined
    }
  }

  const readRow = (statement: Statement): SqlRow => {
    const { pointer } = statement
    const count = sqlite.sqlite3_column_count(pointer)
    // A statement prepared anew by SQLite after a schema change may have other columns.
    if (statement.columns?.length !== count) {
      statement.columns = Array.from({ length: count }, (_, index) =>
        wasm.cstrToJs(sqlite.sqlite3_column_name(pointer, index)),
      )
    }
    const row: Record<string, SqlValue> = {}
    let index = 0
    for (const name of statement.columns) row[name] = readColumn(pointer, index++)
    return row
  }

  const execute = (sql: string, parameters: readonly SqlValue[], onRow: (statement: Statement) => boolean): void => {
    const statement = prepare(sql)
    try {
      bind(statement, parameters)
      for (;;) {
        const code = sqlite.sqlite3_step(statement.pointer)
        if (code === resultCode.done) return
        if (code !== resultCode.row) throw failureOf(code)
        if (!onRow(statement)) return
      }
    } finally {
      sqlite.sqlite3_reset(statement.pointer)
      sqlite.sqlite3_clear_bindings(statement.pointer)
    }
  }

  return {
    run: (sql, parameters = []) => execute(sql, parameters, () => true),
    get(sql, parameters = []) {
      let row: SqlRow | undefined
      execute(sql, parameters, (statement) => {
        row = readRow(statement)
        return false
      })
      return row
    },
    all(sql, parameters = []) {
      const rows: SqlRow[] = []
      execute(sql, parameters, (statement) => {
        rows.push(readRow(statement))
        return true
      })
      return rows
    },
    finalize() {
      for (const { pointer } of kept.values()) sqlite.sqlite3_finalize(pointer)
      kept.clear()
      wasm.dealloc(arena.at)
    },
  }
}

/** In the arena; a UTF-16 unit becomes three bytes at most. */
const bytesAtMost = (value: SqlValue): number =>
  typeof value === 'string' ? value.length * 3 : value instanceof Uint8Array ? value.length : 0
