/** The folder with everything that is kept: for this user's eyes only, and for one process at a time. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartRefusal, systemCode } from './start-refusal.ts'

export interface DataFolder {
  readonly path: string
  readonly databasePath: string
  release(): void
}

export const defaultDataFolder = (environment: Readonly<Record<string, string | undefined>>): string => {
  const base = environment['XDG_DATA_HOME']
  return join(base !== undefined && base.startsWith('/') ? base : join(homedir(), '.local', 'share'), 'halyard')
}

/** Stands here from before a restore moves anything until it is done, and then becomes the database. */
export const restoredName = 'restored.db'

/** Makes the folder (0700) and its files (0600) and locks it. Throws StartRefusal. */
export const openDataFolder = (path: string): DataFolder => {
  const folder = openFolderToRestore(path)
  if (!existsSync(join(folder.path, restoredName))) return folder
  folder.release()
  throw new StartRefusal(`A restore into ${folder.path} was cut short; run halyard restore again.`)
}

/** The same, and takes a folder in which a restore was cut short. */
export const openFolderToRestore = (path: string): DataFolder => {
  const folder = resolve(path)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!statSync(folder).isDirectory()) throw new StartRefusal(`${folder} is not a folder.`)
    if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700)
    // SQLite gives its other files (-wal, -shm) the mode of the database.
    for (const name of ['halyard.db', 'lock.db']) closeSync(openSync(join(folder, name), 'a', 0o600))
  } catch (error) {
    throw unusable(folder, error)
  }
  const lock = takeLock(folder)
  return { path: folder, databasePath: join(folder, 'halyard.db'), release: () => lock.close() }
}

const unusable = (folder: string, error: unknown): Error => {
  const code = systemCode(error)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new StartRefusal(`The data folder ${folder} cannot be written to; choose another with --data.`)
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new StartRefusal(`The data folder ${folder} cannot be made: something else has that name.`)
  if (code === 'ENOSPC') return new StartRefusal(`There is no room on the disk of the data folder ${folder}.`)
  return error instanceof Error ? error : new Error('the data folder cannot be opened')
}

/** An exclusive lock of SQLite on a file of its own: the system drops it with the process, however that ends. */
const takeLock = (folder: string): DatabaseSync => {
  const lock = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 })
  try {
    lock.exec('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
    return lock
  } catch (error) {
    lock.close()
    const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined
    if (code === 5)
      throw new StartRefusal(
        `Another Halyard is running on the data folder ${folder}; stop it first, or choose another with --data.`,
      )
    throw unusable(folder, error)
  }
}
