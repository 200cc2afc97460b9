/** DeliveryStore in SQL: reads, and the path of a row. */
import { accept, limits, refuse } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import { chainStep } from './chain-step.ts'
import { bounds } from '../../core/bounds.ts'
import type { DeliveryStore, EntryKept, NewEntry, Place, RowKind } from '../../core/delivery/store.ts'
import { mailboxAfter } from './mailbox.ts'
import { forgetReader, sweep } from './routing.ts'
import { bytesOf, maybeBytes, numberOf } from './sql.ts'
import type { Sql, SqlRow } from './sql.ts'
import type { Sync } from './sync.ts'

export const deliveryReads = (sql: Sql) =>
  ({
    readersOf: (conversation) =>
      sql
        .all('SELECT device FROM reader WHERE conversation = ? AND until IS NULL', conversation)
        .map((row) => bytesOf(row['device'])),
    entriesAfter(conversation, device, after, limit, maxBytes) {
      const reader = sql.get(
        'SELECT since, until FROM reader WHERE conversation = ? AND device = ?',
        conversation,
        device,
      )
      if (reader === undefined) return refuse('conversation-unknown')
      const from = Math.max(after, numberOf(reader['since']))
      // Whoever was removed reads up to the commit that says so, and nothing after it.
      const until = reader['until'] === null ? Number.MAX_SAFE_INTEGER : numberOf(reader['until'])
      const entries: EntryKept[] = []
      let bytes = 0
      for (const row of sql.each(
        'SELECT seq, time_ms, entry, row, chain FROM entry WHERE conversation = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
        conversation,
        from,
        until,
        limit + 1,
      )) {
        const kept = { ...placeFrom(row), entry: bytesOf(row['entry']), row: bytesOf(row['row']) }
        bytes += kept.row.length
        if (entries.length >= limit || (entries.length > 0 && bytes > maxBytes)) return accept({ entries, more: true })
        entries.push(kept)
      }
      return accept({ entries, more: false })
    },
    conversationsOf(device, after, limit) {
      const rows = sql.all(
        `SELECT r.conversation, coalesce(r.until, c.newest) AS newest, r.passed FROM reader r JOIN conversation c ON c.conversation = r.conversation
         WHERE r.device = ? AND r.conversation > ? ORDER BY r.conversation LIMIT ?`,
        device,
        after ?? new Uint8Array(0),
        limit + 1,
      )
      const items = rows.slice(0, limit).map((row) => ({
        conversation: bytesOf(row['conversation']),
        newest: numberOf(row['newest']),
        passed: numberOf(row['passed']),
      }))
      return { items, more: rows.length > limit }
    },
    accountConversations(device, after, limit) {
      const rows = sql.all(
        `SELECT DISTINCT r.conversation FROM device own JOIN device d ON d.account = own.account AND d.device <> own.device
         JOIN reader r ON r.device = d.device AND r.until IS NULL
         WHERE own.device = ?1 AND r.conversation > ?2
           AND NOT EXISTS (SELECT 1 FROM reader mine WHERE mine.conversation = r.conversation AND mine.device = ?1)
         ORDER BY r.conversation LIMIT ?3`,
        device,
        after ?? new Uint8Array(0),
        limit + 1,
      )
      return { items: rows.slice(0, limit).map((row) => bytesOf(row['conversation'])), more: rows.length > limit }
    },
    commitAt(conversation, seq) {
      const open = sql.get(
        `SELECT o.device, o.epoch, e.row, c.settled_seq > o.seq AS late FROM open_commit o
         JOIN entry e ON e.conversation = o.conversation AND e.seq = o.seq JOIN conversation c ON c.conversation = o.conversation
         WHERE o.conversation = ? AND o.seq = ?`,
        conversation,
        seq,
      )
      if (open !== undefined)
        return {
          device: bytesOf(open['device']),
          epoch: numberOf(open['epoch']),
          row: bytesOf(open['row']),
          isLate: numberOf(open['late']) !== 0,
        }
      return sql.get('SELECT 1 FROM conversation WHERE conversation = ? AND settled_seq = ?', conversation, seq) ===
        undefined
        ? undefined
        : 'settled'
    },
    mailboxAfter: (...page) => mailboxAfter(sql, ...page),
  }) satisfies Partial<Sync<DeliveryStore>>

export const appendToConversation = (
  sql: Sql,
  append: NewEntry & { readonly kind: RowKind },
): Result<{ place: Place; repeated: boolean }> => {
  const { conversation, device, epoch } = append
  const at = sql.get(
    `SELECT c.newest, c.time_ms, c.chain, c.epoch, c.complained, e.seq AS taken FROM conversation c
     JOIN reader r ON r.conversation = c.conversation AND r.device = ?2 AND r.until IS NULL
     LEFT JOIN entry e ON e.conversation = c.conversation AND e.entry = ?3
     WHERE c.conversation = ?1`,
    conversation,
    device,
    append.entry,
  )
  if (at === undefined) return refuse('conversation-unknown')
  if (at['taken'] !== null) return accept({ place: placeAt(sql, conversation, numberOf(at['taken'])), repeated: true })
  const settled = numberOf(at['epoch'])
  if (append.kind === 'application' && epoch + limits.pastEpochsMax < settled) return refuse('epoch-old')
  // A commit that was settled though somebody cannot open it is repaired by another for the same epoch (trust.md §3).
  const isOver = epoch < settled && !(epoch === settled - 1 && numberOf(at['complained']) === epoch)
  const isOpen = (append.kind === 'commit' || append.kind === 'removal') && !isOver
  if (append.kind === 'commit' && isOver) return refuse('epoch-old')
  // One that takes somebody out binds the members though it comes too late: nobody outruns it by committing faster.
  if (append.kind === 'removal' && isOver && epoch < settled - 1) return refuse('epoch-old')
  if (isOpen) {
    if (epoch > settled + bounds.epochsAheadMax) return refuse('commit-quota')
    if (!giveUpOpenCommit(sql, append)) return refuse('commit-quota')
  }
  const place = insertEntry(
    sql,
    append,
    placeFrom({ seq: at['newest'] ?? null, time_ms: at['time_ms'] ?? null, chain: at['chain'] ?? null }),
  )
  if (isOpen)
    sql.run(
      'INSERT INTO open_commit (conversation, epoch, device, seq) VALUES (?, ?, ?, ?)',
      conversation,
      epoch,
      device,
      place.seq,
    )
  if (append.kind === 'complaint' && (epoch === settled || epoch === settled - 1))
    sql.run('UPDATE conversation SET complained = ? WHERE conversation = ?', epoch, conversation)
  sql.run(
    'UPDATE conversation SET newest = ?, time_ms = ?, chain = ? WHERE conversation = ?',
    place.seq,
    place.timeMs,
    place.chain,
    conversation,
  )
  return accept({ place, repeated: false })
}

/**
 * Makes room for one more commit of this device for this epoch: one at a time, unless nobody has followed the one before
 * in a minute. It was against the rules then, its maker knows, and may be the only one who would commit at all.
 */
const giveUpOpenCommit = (sql: Sql, { conversation, epoch, device, nowMs }: NewEntry): boolean => {
  const open = sql.get(
    `SELECT e.time_ms FROM open_commit o LEFT JOIN entry e ON e.conversation = o.conversation AND e.seq = o.seq
     WHERE o.conversation = ? AND o.epoch = ? AND o.device = ?`,
    conversation,
    epoch,
    device,
  )
  if (open === undefined) return true
  // Either way: a clock that was far ahead when it came is no reason to wait for that time.
  if (Math.abs(nowMs - numberOf(open['time_ms'] ?? 0)) < bounds.openCommitMs) return false
  sql.run('DELETE FROM open_commit WHERE conversation = ? AND epoch = ? AND device = ?', conversation, epoch, device)
  return true
}

/** The next place of the log: sequence numbers without a hole, the time, the chain one step on. */
export const insertEntry = (sql: Sql, entry: NewEntry, before: Place): Place => {
  const seq = before.seq + 1
  const timeMs = timeAfter(before.timeMs, entry.nowMs)
  const chain = chainStep(before.chain, {
    conversation: entry.conversation,
    seq,
    timeMs,
    entry: entry.entry,
    row: entry.row,
  })
  sql.run(
    'INSERT INTO entry (conversation, seq, time_ms, entry, row, chain) VALUES (?, ?, ?, ?, ?, ?)',
    entry.conversation,
    seq,
    timeMs,
    entry.entry,
    entry.row,
    chain,
  )
  return { seq, timeMs, chain }
}

/**
 * A clock that is set right by a little never makes a log's time go back. One that was far ahead does: what is in force is
 * judged by the time of rows (trust.md §3), and nobody could be added until that time had come.
 */
const timeAfter = (beforeMs: number, nowMs: number): number =>
  beforeMs - nowMs > limits.clockSkewMaxMs ? nowMs : Math.max(beforeMs, nowMs)

export const placeAt = (sql: Sql, conversation: Uint8Array, seq: number): Place => {
  const row = sql.get('SELECT seq, time_ms, chain FROM entry WHERE conversation = ? AND seq = ?', conversation, seq)
  return placeFrom(row ?? {})
}

export const passEntries = (sql: Sql, pass: Parameters<DeliveryStore['passEntries']>[0]): Result<undefined> => {
  const { conversation, device, seq } = pass
  const at = sql.get(
    `SELECT r.passed, r.until, c.newest, c.chain, c.readers, c.passes FROM reader r JOIN conversation c ON c.conversation = r.conversation
     WHERE r.conversation = ? AND r.device = ?`,
    conversation,
    device,
  )
  if (at === undefined) return refuse('conversation-unknown')
  const passed = numberOf(at['passed'])
  const standing = chainAt(sql, conversation, seq, numberOf(at['newest']), bytesOf(at['chain']))
  // What this device had passed before may be gone: then nothing is left to compare, and nothing to do.
  if (standing === undefined ? seq > passed : Buffer.compare(standing, pass.chain) !== 0)
    return refuse('cursor-unknown')
  if (seq <= passed) return accept(undefined)
  if (at['until'] !== null && seq >= numberOf(at['until'])) {
    forgetReader(sql, conversation, device)
    sweep(sql, conversation)
    return accept(undefined)
  }
  sql.run('UPDATE reader SET passed = ? WHERE conversation = ? AND device = ?', seq, conversation, device)
  const readers = numberOf(at['readers'])
  if (readers <= bounds.sweepAtOnceMax || numberOf(at['passes']) + 1 >= readers) sweep(sql, conversation)
  else sql.run('UPDATE conversation SET passes = passes + 1 WHERE conversation = ?', conversation)
  return accept(undefined)
}

const chainAt = (
  sql: Sql,
  conversation: Uint8Array,
  seq: number,
  newest: number,
  head: Uint8Array,
): Uint8Array | undefined => {
  if (seq === 0) return new Uint8Array(32)
  if (seq === newest) return head
  return maybeBytes(sql.get('SELECT chain FROM entry WHERE conversation = ? AND seq = ?', conversation, seq)?.['chain'])
}
const placeFrom = (row: SqlRow): Place => ({
  seq: numberOf(row['seq']),
  timeMs: numberOf(row['time_ms']),
  chain: bytesOf(row['chain']),
})
