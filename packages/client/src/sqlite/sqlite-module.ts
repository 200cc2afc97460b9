/**
 * The parts of the loaded SQLite module that are used here. The package's own types describe the build without
 * encryption, and as pointers are plain numbers, the raw exports are both faster and as safe.
 */

/** An address in the module's memory; 0 is none. */
export type Pointer = number

interface Struct {
  readonly pointer: Pointer
  dispose(): void
  addOnDispose(...what: unknown[]): Struct
}
export interface VfsStruct extends Struct {
  $iVersion: number
  $szOsFile: number
  $mxPathname: number
  $zName: Pointer
  $xRandomness: Pointer
  $xSleep: Pointer
}
export interface FileStruct extends Struct {
  $pMethods: Pointer
}
export interface IoMethodsStruct extends Struct {
  $iVersion: number
}

type Methods = Readonly<Record<string, (...parameters: never[]) => number>>

export interface SqliteModule {
  readonly capi: {
    readonly sqlite3_vfs: new (at?: Pointer) => VfsStruct
    readonly sqlite3_file: (new (at?: Pointer) => FileStruct) & { readonly structInfo: { readonly sizeof: number } }
    readonly sqlite3_io_methods: new () => IoMethodsStruct
    sqlite3_vfs_find(name: string | null): Pointer
  }
  readonly vfs: {
    installVfs(what: {
      readonly io?: { readonly struct: IoMethodsStruct; readonly methods: Methods }
      readonly vfs?: { readonly struct: VfsStruct; readonly methods: Methods }
    }): unknown
  }
  readonly wasm: {
    readonly exports: SqliteExports
    heap8u(): Uint8Array
    alloc(size: number): Pointer
    dealloc(at: Pointer): void
    allocCString(text: string): Pointer
    cstrToJs(at: Pointer): string
    peekPtr(at: Pointer): Pointer
    poke32(at: Pointer, value: number): unknown
    poke64(at: Pointer, value: bigint): unknown
    poke(at: Pointer, value: number | bigint, type: 'double' | 'i64'): unknown
    cstrncpy(to: Pointer, from: Pointer, size: number): number
  }
}

/** https://sqlite.org/c3ref/funclist.html and, for the key, https://utelle.github.io/SQLite3MultipleCiphers/ */
interface SqliteExports {
  sqlite3_open_v2(name: Pointer, database: Pointer, flags: number, vfs: Pointer): number
  sqlite3_close_v2(database: Pointer): number
  sqlite3_key_v2(database: Pointer, schema: Pointer, key: Pointer, size: number): number
  sqlite3mc_vfs_create(name: Pointer, makeDefault: number): number
  sqlite3_extended_result_codes(database: Pointer, on: number): number
  sqlite3_errmsg(database: Pointer): Pointer
  sqlite3_get_autocommit(database: Pointer): number
  sqlite3_prepare_v3(
    database: Pointer,
    sql: Pointer,
    size: number,
    flags: number,
    statement: Pointer,
    tail: Pointer,
  ): number
  sqlite3_finalize(statement: Pointer): number
  sqlite3_step(statement: Pointer): number
  sqlite3_reset(statement: Pointer): number
  sqlite3_clear_bindings(statement: Pointer): number
  sqlite3_bind_parameter_count(statement: Pointer): number
  sqlite3_bind_null(statement: Pointer, index: number): number
  sqlite3_bind_int(statement: Pointer, index: number, value: number): number
  sqlite3_bind_int64(statement: Pointer, index: number, value: bigint): number
  sqlite3_bind_double(statement: Pointer, index: number, value: number): number
  sqlite3_bind_text(statement: Pointer, index: number, text: Pointer, size: number, destructor: number): number
  sqlite3_bind_blob(statement: Pointer, index: number, bytes: Pointer, size: number, destructor: number): number
  sqlite3_column_count(statement: Pointer): number
  sqlite3_column_name(statement: Pointer, index: number): Pointer
  sqlite3_column_type(statement: Pointer, index: number): number
  sqlite3_column_double(statement: Pointer, index: number): number
  sqlite3_column_text(statement: Pointer, index: number): Pointer
  sqlite3_column_blob(statement: Pointer, index: number): Pointer
  sqlite3_column_bytes(statement: Pointer, index: number): number
  sqlite3_changes(database: Pointer): number
  sqlite3_total_changes(database: Pointer): number
  sqlite3_last_insert_rowid(database: Pointer): bigint
}

/** https://sqlite.org/rescode.html */
export const resultCode = {
  ok: 0,
  ioError: 10,
  corrupt: 11,
  notFound: 12,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
  row: 100,
  done: 101,
  ioErrorRead: 266,
  ioErrorShortRead: 522,
  ioErrorWrite: 778,
  ioErrorFsync: 1034,
  ioErrorTruncate: 1546,
  ioErrorFstat: 1802,
  ioErrorDelete: 2570,
  ioErrorData: 8202,
  ioErrorCorruptFs: 8458,
} as const
