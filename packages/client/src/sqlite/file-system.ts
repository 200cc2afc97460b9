/**
 * The synchronous disk SQLite is given. Three of them exist: OPFS in the browser's worker, `node:fs`, and the
 * simulator's disk, which loses what was not synced, tears writes and fills up.
 */

/** One open file. Offsets and sizes are bytes. A failed call throws; `DiskFullError` when there is no room. */
export interface OpenFile {
  /** Fills `into` from `at` on and says how many bytes there were; fewer only at the end of the file. */
  read(into: Uint8Array, at: number): number
  /** Writes all of `from` or throws. Durable only after `sync`. */
  write(from: Uint8Array, at: number): void
  truncate(size: number): void
  /** After it returns, all that was written and truncated survives a loss of power. */
  sync(): void
  size(): number
  close(): void
}

export interface FileSystem {
  exists(name: string): boolean
  /** Undefined when there is no such file and `create` is false. A created file's name survives its first `sync`. */
  open(name: string, create: boolean): OpenFile | undefined
  /** Durable when it returns. A missing file is no error. */
  delete(name: string): void
}

/** What SQLite may put beside a database of this name. */
export const databaseFileNames = (name: string): readonly string[] => [name, `${name}-wal`, `${name}-journal`]

/** Removes a database and all that lies beside it. The database must be closed. */
export const eraseDatabase = (files: FileSystem, name: string): void => {
  // The log first: a database without its log is older, a log without its database is nothing.
  for (const each of databaseFileNames(name).toReversed()) files.delete(each)
}
