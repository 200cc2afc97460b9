/** `halyard restore`: puts a backup in the place of the data, with nobody running on it. */
import { randomBytes } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { backupNames, readRecord, recordOf } from './backup-record.ts'
import type { BackupRecord } from './backup-record.ts'
import { checkDatabase } from './check-database.ts'
import { openFolderToRestore, restoredName } from './data-folder.ts'
import { openLocalStore } from './sqlite/local-store.ts'
import { DatabaseDamagedError, DatabaseNewerError, isFull } from './sqlite/sql.ts'
import { StartRefusal, systemCode } from './start-refusal.ts'
import { syncFile, syncFolder } from './sync-file.ts'

export interface Restored extends BackupRecord {
  /** Where the data lie that were there before; undefined when there were none. */
  readonly keptIn: string | undefined
}

/**
 * Checks the backup, gives a copy of it another incarnation, moves what was there into a folder of its own, and puts
 * the copy in its place. Cut short at any moment, it has changed nothing, or the server does not start until it is run
 * again. The backup stays as it is. Throws StartRefusal.
 */
export const restoreData = (dataFolder: string, backup: string): Restored => {
  const from = resolve(backup)
  const record = checkBackup(from)
  const folder = openFolderToRestore(dataFolder)
  try {
    const part = join(folder.path, `${restoredName}.part`)
    for (const name of filesOf(folder.path, restoredName)) rmSync(join(folder.path, name))
    copyFileSync(join(from, backupNames.database), part)
    chmodSync(part, 0o600)
    renewIncarnation(part)
    syncFile(part)
    renameSync(part, join(folder.path, restoredName))
    syncFolder(folder.path)
    const keptIn = keep(folder.path)
    renameSync(join(folder.path, restoredName), folder.databasePath)
    syncFolder(folder.path)
    return { ...record, keptIn }
  } catch (error) {
    throw inWords(error, folder.path, from)
  } finally {
    folder.release()
  }
}

const checkBackup = (from: string): BackupRecord => {
  const path = join(from, backupNames.database)
  const record = readRecord(from)
  if (record === undefined || !existsSync(path))
    throw new StartRefusal(`${from} holds no backup: halyard backup makes one.`)
  try {
    const found = recordOf(path, record.takenMs)
    if (found.sizeBytes !== record.sizeBytes || found.sha256 !== record.sha256) throw new DatabaseDamagedError()
    checkDatabase(path)
    return record
  } catch (error) {
    throw inWords(error, '', from)
  }
}

/** As `halyard restored` does: devices compare what they have had with what is left. */
const renewIncarnation = (path: string): void => {
  const store = openLocalStore(path)
  try {
    const done = store.renewIncarnation({ incarnation: new Uint8Array(randomBytes(16)), nowMs: Date.now() })
    if (!done.ok) throw new StartRefusal('The disk has no room for the change.')
  } finally {
    store.close()
  }
}

/** Moves the database with its write-ahead log: neither is of any use without the other. */
const keep = (folder: string): string | undefined => {
  const names = filesOf(folder, 'halyard.db')
  if (names.every((name) => statSync(join(folder, name)).size === 0)) return undefined
  const kept = join(folder, `before-restore-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`)
  mkdirSync(kept, { mode: 0o700 })
  for (const name of names) renameSync(join(folder, name), join(kept, name))
  syncFolder(kept)
  syncFolder(folder)
  return kept
}

const filesOf = (folder: string, name: string): readonly string[] =>
  readdirSync(folder).filter((one) => one === name || one.startsWith(`${name}-`) || one.startsWith(`${name}.`))

const inWords = (error: unknown, folder: string, from: string): unknown => {
  if (error instanceof DatabaseNewerError)
    return new StartRefusal(`The backup ${from} was written by a newer Halyard; restore it with that version.`)
  if (error instanceof DatabaseDamagedError)
    return new StartRefusal(`The backup ${from} is damaged; nothing was changed. Take another one.`)
  const code = systemCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' || isFull(error))
    return new StartRefusal(`There is no room on the disk of the data folder ${folder}.`)
  if (code === 'EACCES' || code === 'EPERM') return new StartRefusal(`The backup ${from} cannot be read by this user.`)
  return error
}
