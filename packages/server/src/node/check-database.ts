/** Whether a copy of a database is whole: its pages, its format, and every log's chain, row by row. */
import { DatabaseSync } from 'node:sqlite'
import { chainStep } from './sqlite/chain-step.ts'
import { formatOf, steps } from './sqlite/migrations.ts'
import { DatabaseDamagedError, DatabaseNewerError, bytesOf, createSql, isDamaged, numberOf } from './sqlite/sql.ts'
import type { Sql } from './sqlite/sql.ts'

export interface CheckedDatabase {
  readonly format: number
  /** Entries in all logs. */
  readonly entries: number
}

/**
 * Reads all of a file that nobody writes to. SQLite knows damage to the structure alone; a flipped bit inside a row
 * breaks its log's chain. Throws DatabaseDamagedError and DatabaseNewerError.
 */
export const checkDatabase = (path: string): CheckedDatabase => {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const format = formatOf(database)
    if (format > steps.length) throw new DatabaseNewerError()
    // A file of no bytes is a whole database to SQLite.
    if (format < 1) throw new DatabaseDamagedError()
    const sql = createSql(database)
    const found = sql.all('PRAGMA integrity_check(1)')
    if (found.length !== 1 || found[0]?.['integrity_check'] !== 'ok') throw new DatabaseDamagedError()
    return { format, entries: checkLogs(sql) }
  } catch (error) {
    throw isDamaged(error) ? new DatabaseDamagedError() : error
  } finally {
    database.close()
  }
}

/** Every entry follows from the one before it; of the oldest that is kept only the first of its log can be checked. */
const checkLogs = (sql: Sql): number => {
  let entries = 0
  let before: { readonly conversation: Uint8Array; readonly seq: number; readonly chain: Uint8Array } | undefined
  for (const row of sql.each(
    'SELECT conversation, seq, time_ms, entry, row, chain FROM entry ORDER BY conversation, seq',
  )) {
    const conversation = bytesOf(row['conversation'])
    const [seq, chain] = [numberOf(row['seq']), bytesOf(row['chain'])]
    const isNext = before?.seq === seq - 1 && Buffer.compare(before.conversation, conversation) === 0
    const previous = isNext ? before?.chain : seq === 1 ? new Uint8Array(32) : undefined
    const at = {
      conversation,
      seq,
      timeMs: numberOf(row['time_ms']),
      entry: bytesOf(row['entry']),
      row: bytesOf(row['row']),
    }
    if (previous !== undefined && Buffer.compare(chainStep(previous, at), chain) !== 0) throw new DatabaseDamagedError()
    before = { conversation, seq, chain }
    entries++
  }
  return entries
}
