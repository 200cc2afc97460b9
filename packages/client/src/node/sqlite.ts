/** The SQLite module in Node, loaded once, with databases in files. */
import initialize from '@evolu/sqlite-wasm'
import type { SqliteModule } from '../sqlite/sqlite-module.ts'
import { installVfs } from '../sqlite/vfs.ts'
import { nodeFiles } from './files.ts'

export interface NodeSqlite {
  readonly sqlite3: SqliteModule
  /** What `openDatabase` takes; names are paths. */
  readonly vfs: string
}

let loading: Promise<NodeSqlite> | undefined

export const loadNodeSqlite = (): Promise<NodeSqlite> => (loading ??= load())

const load = async (): Promise<NodeSqlite> => {
  const sqlite3 = await loadSqliteModule()
  return { sqlite3, vfs: installVfs(sqlite3, 'halyard-node', nodeFiles) }
}

/** A fresh module without any file system of ours: the simulator lends its own. */
export const loadSqliteModule = async (): Promise<SqliteModule> => {
  const silent = (): void => {} // SQLite's own words may name files; failures arrive as errors
  Object.assign(globalThis, { sqlite3ApiConfig: { debug: silent, log: silent, warn: silent, error: silent } })
  return (await initialize({ print: silent, printErr: silent })) as unknown as SqliteModule
}
