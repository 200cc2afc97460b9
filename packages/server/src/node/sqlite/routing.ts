/** Who reads a conversation, and what may go once all have passed it. */
import { bytesOf, numberOf } from './sql.ts'
import type { Sql } from './sql.ts'

export const isReader = (sql: Sql, conversation: Uint8Array, device: Uint8Array): boolean =>
  sql.get('SELECT 1 FROM reader WHERE conversation = ? AND device = ? AND until IS NULL', conversation, device) !==
  undefined

/**
 * From `since` on. One that comes in again before it has read that it was removed goes on from where it was: it has to read
 * that first, also where the committer that removed it died before it could say so here. Answers how many readers were added (0 or 1).
 */
export const enter = (sql: Sql, conversation: Uint8Array, device: Uint8Array, since: number): number => {
  const there = isReader(sql, conversation, device)
  sql.run(
    `INSERT INTO reader (conversation, device, since, passed) VALUES (?1, ?2, ?3, ?3)
     ON CONFLICT (conversation, device) DO UPDATE SET until = NULL`,
    conversation,
    device,
    since,
  )
  return there ? 0 : 1
}
/**
 * From now on it writes nothing and reads up to the commit at `until`, which says that it was removed; once it has
 * passed that it is forgotten. Answers how many readers left (0 or 1).
 */
export const leave = (sql: Sql, conversation: Uint8Array, device: Uint8Array, until: number): number =>
  sql.run(
    'UPDATE reader SET until = ? WHERE conversation = ? AND device = ? AND until IS NULL',
    until,
    conversation,
    device,
  )
export const forgetReader = (sql: Sql, conversation: Uint8Array, device: Uint8Array): number =>
  sql.run('DELETE FROM reader WHERE conversation = ? AND device = ?', conversation, device)

export const leaveConversations = (sql: Sql, device: Uint8Array): void => {
  for (const row of sql.all('SELECT conversation FROM reader WHERE device = ?', device)) {
    const conversation = bytesOf(row['conversation'])
    const counted = isReader(sql, conversation, device) ? 1 : 0
    forgetReader(sql, conversation, device)
    sql.run('UPDATE conversation SET readers = readers - ? WHERE conversation = ?', counted, conversation)
    sweep(sql, conversation)
  }
}

/**
 * Deletes the entries that every reader has passed. An open commit and what follows it stays: whom it brings in has
 * still to read from there on. The chain head stays in any case.
 */
export const sweep = (sql: Sql, conversation: Uint8Array): void => {
  const row = sql.get(
    `SELECT kept_after, newest, (SELECT min(passed) FROM reader WHERE conversation = ?1) AS passed,
            (SELECT min(seq) FROM open_commit WHERE conversation = ?1) AS open
     FROM conversation WHERE conversation = ?1`,
    conversation,
  )
  if (row === undefined) return
  const passed = row['passed'] === null ? numberOf(row['newest']) : numberOf(row['passed'])
  const upTo = row['open'] === null ? passed : Math.min(passed, numberOf(row['open']) - 1)
  const keptAfter = numberOf(row['kept_after'])
  if (upTo <= keptAfter) return
  sql.run('DELETE FROM entry WHERE conversation = ? AND seq > ? AND seq <= ?', conversation, keptAfter, upTo)
  sql.run('UPDATE conversation SET kept_after = ?, passes = 0 WHERE conversation = ?', upTo, conversation)
}
