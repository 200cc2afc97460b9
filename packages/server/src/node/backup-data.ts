/** `halyard backup`: a checked copy of the data, taken while the server runs and writes. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { backupNames, recordOf } from './backup-record.ts'
import type { BackupRecord } from './backup-record.ts'
import { checkDatabase } from './check-database.ts'
import { DatabaseDamagedError, DatabaseNewerError, isDamaged, isFull } from './sqlite/sql.ts'
import { StartRefusal, systemCode } from './start-refusal.ts'
import { syncFile, syncFolder } from './sync-file.ts'

export interface Backup extends BackupRecord {
  readonly folder: string
  /** Rows in the logs of all conversations. */
  readonly entries: number
}

/**
 * Copies what is committed at one moment into a new folder, checks the copy, and only then gives it its name: there is
 * a whole backup or none. Locks nothing; the server goes on writing. Throws StartRefusal.
 */
export const backupData = (dataFolder: string, target: string): Backup => {
  const source = join(resolve(dataFolder), 'halyard.db')
  const folder = resolve(target)
  if (!existsSync(source) || statSync(source).size === 0)
    throw new StartRefusal(`There is nothing to back up in the data folder ${resolve(dataFolder)}.`)
  if (!isFree(folder)) throw new StartRefusal(`${folder} is there and not empty; say another folder.`)
  const beside = makeBeside(folder)
  try {
    const database = join(beside, backupNames.database)
    const takenMs = Date.now()
    copyDatabase(source, database)
    const { entries } = checkDatabase(database)
    const record = recordOf(database, takenMs)
    const recordPath = join(beside, backupNames.record)
    writeFileSync(recordPath, `${JSON.stringify(record)}\n`, { mode: 0o600 })
    for (const path of [database, recordPath]) syncFile(path)
    syncFolder(beside)
    // Renaming onto an empty folder is not allowed everywhere.
    if (existsSync(folder)) rmdirSync(folder)
    renameSync(beside, folder)
    syncFolder(dirname(folder))
    return { ...record, folder, entries }
  } catch (error) {
    rmSync(beside, { recursive: true, force: true })
    throw inWords(error, source, folder)
  }
}

const isFree = (folder: string): boolean =>
  !existsSync(folder) || (statSync(folder).isDirectory() && readdirSync(folder).length === 0)

/** On the same disk as the target, so that a rename is enough at the end; for its owner only. */
const makeBeside = (folder: string): string => {
  try {
    mkdirSync(dirname(folder), { recursive: true })
    return mkdtempSync(join(dirname(folder), `.${basename(folder)}-`))
  } catch (error) {
    throw inWords(error, '', folder)
  }
}

/**
 * VACUUM INTO is one reading transaction: it sees one moment and keeps no writer waiting. It leaves out free pages, in
 * which deleted rows may still stand; SQLite's `backup()` would copy them, and begins anew whenever somebody writes.
 */
const copyDatabase = (from: string, to: string): void => {
  const database = new DatabaseSync(from, { readOnly: true, timeout: 5000 })
  try {
    database.prepare('VACUUM INTO ?').run(to)
  } finally {
    database.close()
  }
  chmodSync(to, 0o600)
}

const inWords = (error: unknown, source: string, folder: string): unknown => {
  if (error instanceof DatabaseNewerError)
    return new StartRefusal(`The database ${source} was written by a newer Halyard; back it up with that version.`)
  if (error instanceof DatabaseDamagedError || isDamaged(error))
    return new StartRefusal(`The database ${source} is damaged; there is no backup of it. Keep an older one.`)
  const code = systemCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' || isFull(error))
    return new StartRefusal(`There is no room for the backup ${folder}.`)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST')
    return new StartRefusal(`The folder ${folder} cannot be made; say another.`)
  return error
}
