/** One open database with every read and write of the ports, shared by both drivers. */
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '../../core/ports.ts'
import { accountReads, accountWrites } from './accounts.ts'
import { deliveryReads } from './delivery.ts'
import { directoryReads, directoryWrites } from './directory.ts'
import { deliveryWrites } from './membership.ts'
import { migrate } from './migrations.ts'
import { settingReads, settingWrites } from './settings.ts'
import { createSql } from './sql.ts'
import type { Sync } from './sync.ts'
import { totalReads } from './totals.ts'

/** Writes are told from reads by name, once, here; the compiler says when one is missing. */
export const createReads = (database: DatabaseSync) => {
  const sql = createSql(database)
  return {
    ...accountReads(sql),
    ...directoryReads(sql),
    ...deliveryReads(sql),
    ...settingReads(sql),
    ...totalReads(sql),
  }
}
export const createWrites = (database: DatabaseSync) => {
  const sql = createSql(database)
  return { ...accountWrites(sql), ...directoryWrites(sql), ...deliveryWrites(sql), ...settingWrites(sql) }
}
export type Reads = ReturnType<typeof createReads>
export type Writes = ReturnType<typeof createWrites>
export type WriteName = keyof Writes
export type WriteOf<N extends WriteName> = Parameters<Writes[N]>[0]
export type AnswerOf<N extends WriteName> = ReturnType<Writes[N]>

type Missing = Exclude<keyof Sync<Store>, keyof Reads | keyof Writes>
const nothingMissing: [Missing] extends [never] ? true : Missing = true
void nothingMissing

/**
 * Opens for writing and brings it to the newest format. `timeout`: a second opener waits instead of failing at once.
 * FULL: a commit is on the disk when it returns.
 */
export const openForWriting = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path, { timeout: 5000, enableForeignKeyConstraints: false })
  try {
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = FAST',
    )
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
export const openForReading = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path, { timeout: 5000, readOnly: true })
  database.exec('PRAGMA cache_size = -16384')
  return database
}

/** Runs `work` as one transaction; a throw leaves nothing behind. */
export const transact = <T>(database: DatabaseSync, work: () => T, beforeCommit?: () => void): T => {
  database.exec('BEGIN IMMEDIATE')
  try {
    const value = work()
    beforeCommit?.()
    database.exec('COMMIT')
    return value
  } catch (error) {
    // A full disk may have rolled back by itself.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
