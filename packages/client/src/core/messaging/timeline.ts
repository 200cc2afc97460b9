/** What people see of a chat, as rows. All writes here happen inside the caller's transaction. */
import { concat, encode } from '@halyard/protocol'
import type { RefusalCode } from '@halyard/protocol'
import { sha256 } from '@halyard/crypto'
import type { MessageState, Notice } from '../api.ts'
import type { Database } from '../ports.ts'
import { blobOf, numberOf, textOf } from '../store/values.ts'
import { storedRanges } from './ranges.ts'
import type { StoredRanges } from './ranges.ts'

/** Rows of a log sit at base + seq * stride, so that what belongs before or after a row finds room. */
export const stride = 8
/** Own rows that have no place in the log yet stand behind everything else, in the order they were written. */
export const waitingFrom = 2 ** 50

/** The row of the log that a position belongs to; 0 before the first. */
export const seqAt = (base: number, position: number): number => Math.max(0, Math.floor((position - base) / stride))
export const positionOf = (base: number, seq: number): number => base + seq * stride

/** Names a payload on this device: its author cannot choose it to collide with another's. */
export const payloadKey = (account: Uint8Array, device: Uint8Array, id: Uint8Array): Uint8Array =>
  sha256(concat(account, device, id)).slice(0, 16)

/** Whether this payload was taken before; remembers it. */
export const firstSight = (database: Database, key: Uint8Array, atMs: number): boolean =>
  database.run('INSERT OR IGNORE INTO seen (id, at_ms) VALUES (?, ?)', [key, atMs]).changes === 1

export interface NewText {
  readonly key: string
  readonly chat: string
  readonly position: number
  readonly atMs: number
  readonly own: boolean
  readonly author: Uint8Array
  readonly conversation: Uint8Array | undefined
  readonly id: Uint8Array
  readonly text: string
  readonly ranges: StoredRanges
  readonly late: boolean
  readonly mentionsMe?: boolean
  /** Of an own text that is in the log already: another device of this account wrote it. */
  readonly state?: MessageState
}

export const addText = (database: Database, row: NewText): void => {
  database.run(
    `INSERT INTO timeline (key, chat, position, at_ms, kind, own, author, conversation, id, text, ranges, state, late, mentions_me)
     VALUES (?, ?, ?, ?, 'text', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      row.key,
      row.chat,
      freePlace(database, row.chat, row.position),
      row.atMs,
      row.own ? 1 : 0,
      row.author,
      row.conversation,
      row.id,
      row.text,
      encode(storedRanges, row.ranges),
      row.own ? (row.state ?? 'waiting') : undefined,
      row.late ? 1 : 0,
      row.mentionsMe === true && !row.own ? 1 : 0,
    ],
  )
  database.run('UPDATE chats SET unread = unread + ?, last_ms = max(coalesce(last_ms, 0), ?) WHERE chat = ?', [
    row.own ? 0 : 1,
    row.atMs,
    row.chat,
  ])
}

/** The next place for an own row that waits. */
export const nextWaiting = (database: Database, chat: string): number =>
  Math.max(waitingFrom, newestPosition(database, chat) + 1)

export const newestPosition = (database: Database, chat: string): number =>
  numberOf(database.get('SELECT coalesce(max(position), 0) AS p FROM timeline WHERE chat = ?', [chat]) ?? {}, 'p')

/** The newest place that is not an own waiting row. */
export const newestPlaced = (database: Database, chat: string): number =>
  numberOf(
    database.get('SELECT coalesce(max(position), 0) AS p FROM timeline WHERE chat = ? AND position < ?', [
      chat,
      waitingFrom,
    ]) ?? {},
    'p',
  )

export const placeOwn = (database: Database, chat: string, key: string, position: number): void =>
  void database.run(
    `UPDATE timeline SET position = ?, state = 'sent', failure = NULL WHERE key = ? AND state IN ('waiting', 'failed')`,
    [freePlace(database, chat, position), key],
  )

/** The first free place from `position` on: two conversations of one chat may reach the same one. */
const freePlace = (database: Database, chat: string, position: number): number => {
  let free = position
  while (database.get('SELECT 1 AS taken FROM timeline WHERE chat = ? AND position = ?', [chat, free]) !== undefined)
    free++
  return free
}

const rank: Readonly<Record<MessageState, number>> = { failed: 0, waiting: 1, sent: 2, delivered: 3, read: 4 }

/** A receipt only ever moves a state forward. Returns whether it did. */
export const raiseState = (database: Database, chat: string, id: Uint8Array, state: 'delivered' | 'read'): boolean => {
  const row = database.get('SELECT key, state FROM timeline WHERE id = ? AND chat = ? AND own = 1', [id, chat])
  if (row === undefined || rank[textOf(row, 'state') as MessageState] >= rank[state]) return false
  database.run('UPDATE timeline SET state = ?, failure = NULL WHERE key = ?', [state, textOf(row, 'key')])
  return true
}

export const failOwn = (database: Database, key: string, failure: RefusalCode): void =>
  void database.run(`UPDATE timeline SET state = 'failed', failure = ? WHERE key = ? AND state = 'waiting'`, [
    failure,
    key,
  ])

/** Adds a notice once: `key` names its occasion. It goes to the first free place from `position` on. */
export const addNotice = (
  database: Database,
  notice: {
    readonly key: string
    readonly chat: string
    readonly position: number
    readonly atMs: number
    readonly kind: Notice
    readonly person: Uint8Array | undefined
    readonly amount?: number
    readonly subject?: Uint8Array
    readonly text?: string
  },
): void => {
  const position = freePlace(database, notice.chat, notice.position)
  database.run(
    `INSERT OR IGNORE INTO timeline (key, chat, position, at_ms, kind, own, author, amount, subject, text) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`,
    [
      notice.key,
      notice.chat,
      position,
      notice.atMs,
      notice.kind,
      notice.person,
      notice.amount,
      notice.subject,
      notice.text,
    ],
  )
}

/** A gap was filled: the notice says one less, or goes. */
export const lessenNotice = (database: Database, key: string): void => {
  database.run('UPDATE timeline SET amount = amount - 1 WHERE key = ?', [key])
  database.run('DELETE FROM timeline WHERE key = ? AND amount <= 0', [key])
}

/** Everything up to here was read elsewhere. Returns whether that is news. */
export const raiseReadPosition = (database: Database, chat: string, position: number): boolean => {
  const { changes } = database.run(
    `UPDATE chats SET read_position = ?1, unread = (SELECT count(*) FROM timeline WHERE chat = ?2 AND position > ?1 AND own = 0 AND kind = 'text')
     WHERE chat = ?2 AND read_position < ?1`,
    [position, chat],
  )
  return changes > 0
}

/** Moves the read position forward and returns the ids that are newly read, by conversation. */
export const markRead = (
  database: Database,
  chat: string,
  upTo: number,
): readonly { readonly conversation: Uint8Array; readonly id: Uint8Array }[] => {
  // What stands behind the log's newest row are own rows that wait: what will come before them is not read yet.
  const position = Math.min(upTo, newestPlaced(database, chat))
  const row = database.get('SELECT read_position FROM chats WHERE chat = ?', [chat])
  if (row === undefined || numberOf(row, 'read_position') >= position) return []
  const read = database
    .all(
      `SELECT conversation, id FROM timeline WHERE chat = ? AND position > ? AND position <= ? AND own = 0 AND kind = 'text' AND conversation IS NOT NULL
       ORDER BY position DESC LIMIT 5000`,
      [chat, numberOf(row, 'read_position'), position],
    )
    .map((one) => ({ conversation: blobOf(one, 'conversation'), id: blobOf(one, 'id') }))
  raiseReadPosition(database, chat, position)
  return read
}
