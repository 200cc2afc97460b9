/** The databases of all devices of all worlds: one SQLite for the thread, which is compiled and warm after the first. */
import { loadSqliteModule } from '@halyard/client/node'
import type { MemberPorts } from '@halyard/client'
import { installVfs, openDatabase } from '@halyard/client/sqlite'
import type { FileSystem, SqliteModule } from '@halyard/client/sqlite'

export interface Sqlite {
  readonly sqlite3: SqliteModule
  readonly vfs: string
}

/** `plain`: pages are not sealed, for worlds in which nobody looks at a disk without its key; a fifth of the time. */
export type Pages = 'sealed' | 'plain'
let loading: Promise<Sqlite> | undefined
export const loadSqlite = async (pages: Pages = 'sealed'): Promise<Sqlite> => {
  const sealed = await (loading ??= load())
  return pages === 'sealed' ? sealed : withoutKeys(sealed)
}
/** The same SQLite, which takes a key and does nothing with it. */
const withoutKeys = ({ sqlite3, vfs }: Sqlite): Sqlite => {
  const keyless = { value: () => 0 }
  const exports = Object.create(sqlite3.wasm.exports, { sqlite3_key_v2: keyless }) as typeof sqlite3.wasm.exports
  const wasm = Object.create(sqlite3.wasm, { exports: { value: exports } }) as typeof sqlite3.wasm
  return { sqlite3: Object.create(sqlite3, { wasm: { value: wasm } }) as typeof sqlite3, vfs }
}
const load = async (): Promise<Sqlite> => {
  const sqlite3 = await loadSqliteModule()
  return { sqlite3, vfs: installVfs(sqlite3, 'simulated', everyDisk) }
}

/** Each process has a name of its own for the disk it runs on; one that is over has none. */
const disks = new Map<string, FileSystem>()
let processes = 0

const everyDisk: FileSystem = {
  exists: (path) => diskAt(path).exists(nameIn(path)),
  open(path, create) {
    const file = diskAt(path).open(nameIn(path), create)
    return (
      file && {
        read: (into, at) => (diskAt(path), file.read(into, at)),
        write: (from, at) => (diskAt(path), file.write(from, at)),
        truncate: (size) => (diskAt(path), file.truncate(size)),
        sync: () => (diskAt(path), file.sync()),
        size: () => (diskAt(path), file.size()),
        close: () => file.close(),
      }
    )
  },
  delete: (path) => diskAt(path).delete(nameIn(path)),
}
const diskAt = (path: string): FileSystem => {
  const disk = disks.get(path.slice(0, path.indexOf('/')))
  if (disk === undefined) throw new Error('the process that opened this is over')
  return disk
}
const nameIn = (path: string): string => path.slice(path.indexOf('/') + 1)

export interface Opened {
  readonly database: MemberPorts['database']
  /** The process is over: what it has open is given up, and not one byte of the disk changes by that. */
  cutOff(): void
}

export const openOnDisk = ({ sqlite3, vfs }: Sqlite, disk: FileSystem, key: Uint8Array): Opened => {
  const name = `${processes++}`
  disks.set(name, disk)
  const database = openDatabase({ sqlite3, vfs, name: `${name}/halyard.db`, key: key.slice() })
  return {
    database,
    cutOff() {
      disks.delete(name)
      database.close()
    },
  }
}
