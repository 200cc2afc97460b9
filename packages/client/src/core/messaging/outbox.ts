/**
 * What waits to be said, in order. The local echo is the outbox row: it is durable before the bubble shows, and goes
 * only when the other side has said that it has it (or its author gives it up).
 */
import { content, decode, encode, isRefusalCode, signal } from '@halyard/protocol'
import type { Content, RefusalCode, Signal } from '@halyard/protocol'
import { sha256 } from '@halyard/crypto'
import type { Database, SqlRow } from '../ports.ts'
import { blobOf, maybeBlob, maybeNumber, numberOf, textOf } from '../store/values.ts'
import { failOwn } from './timeline.ts'

/**
 * `queued` → `sealed` (its row is made; it may have reached the server) → `accepted` (in the log). A sealed row may
 * become `queued` again when its epoch is past; a payload keeps its id and bytes within one conversation.
 */
export type OutboxState = 'queued' | 'sealed' | 'accepted' | 'failed'
/** `text` has a bubble; `control` has none; `passing` stands outside the sequence (receipts, complaints). */
export type OutboxClass = 'text' | 'control' | 'passing'

export interface OutboxRow {
  readonly ordinal: number
  readonly id: Uint8Array
  readonly chat: string
  readonly class: OutboxClass
  readonly content: Uint8Array
  readonly sentMs: number
  readonly state: OutboxState
  readonly conversation: Uint8Array | undefined
  readonly payload: Uint8Array | undefined
  readonly entry: Uint8Array | undefined
  readonly row: Uint8Array | undefined
  readonly epoch: number | undefined
}

export const addToOutbox = (
  database: Database,
  row: {
    readonly id: Uint8Array
    readonly chat: string
    readonly class: 'text' | 'control'
    readonly content: Content
    readonly sentMs: number
  },
): void =>
  void database.run(`INSERT INTO outbox (id, chat, class, content, sent_ms, state) VALUES (?, ?, ?, ?, ?, 'queued')`, [
    row.id,
    row.chat,
    row.class,
    encode(content, row.content),
    row.sentMs,
  ])

/** Names a row by what was signed: its entry id in the log. */
export const entryOf = (row: Uint8Array): Uint8Array => sha256(row).slice(0, 16)

/** A row that was sealed already, outside the sequence. `signal`: what it says, to be said again if it never arrives. */
export const addSealed = (
  database: Database,
  row: {
    readonly signal?: Signal
    readonly id: Uint8Array
    readonly chat: string
    readonly sentMs: number
    readonly conversation: Uint8Array
    readonly entry: Uint8Array
    readonly row: Uint8Array
    readonly epoch: number
  },
): void => {
  database.run(
    `INSERT INTO outbox (id, chat, class, content, sent_ms, state, conversation, entry, row, epoch) VALUES (?, ?, 'passing', ?, ?, 'sealed', ?, ?, ?, ?)`,
    [
      row.id,
      row.chat,
      row.signal === undefined ? new Uint8Array() : encode(signal, row.signal),
      row.sentMs,
      row.conversation,
      row.entry,
      row.row,
      row.epoch,
    ],
  )
  database.run('INSERT OR IGNORE INTO own_entries (entry) VALUES (?)', [row.entry])
}

/**
 * The next rows to seal for a chat, oldest first: enough for a burst, few enough that a crash repeats little. The limit
 * is not bound: SQLite prepares a statement with such a one anew each time, and this is asked more often than any other.
 */
export const queuedFor = (database: Database, chat: string): readonly OutboxRow[] =>
  database
    .all(`SELECT * FROM outbox WHERE chat = ? AND state = 'queued' ORDER BY ordinal LIMIT 20`, [chat])
    .map(toOutboxRow)

/** Sealed rows of a conversation, in the order they must reach the log. */
export const sealedFor = (database: Database, conversation: Uint8Array): readonly OutboxRow[] =>
  database
    .all(`SELECT * FROM outbox WHERE state = 'sealed' AND conversation = ? ORDER BY ordinal LIMIT 1000`, [conversation])
    .map(toOutboxRow)

export const outboxByEntry = (database: Database, entry: Uint8Array): OutboxRow | undefined => {
  const row = database.get('SELECT * FROM outbox WHERE entry = ?', [entry])
  return row === undefined ? undefined : toOutboxRow(row)
}

export const setSealed = (
  database: Database,
  ordinal: number,
  sealed: {
    readonly conversation: Uint8Array
    readonly payload: Uint8Array
    readonly entry: Uint8Array
    readonly row: Uint8Array
    readonly epoch: number
  },
): void => {
  database.run(
    `UPDATE outbox SET state = 'sealed', conversation = ?, payload = ?, entry = ?, row = ?, epoch = ? WHERE ordinal = ?`,
    [sealed.conversation, sealed.payload, sealed.entry, sealed.row, sealed.epoch, ordinal],
  )
  database.run('INSERT OR IGNORE INTO own_entries (entry) VALUES (?)', [sealed.entry])
}

/** The log has it. Passing rows are done; others stay until the other side says so, or for good in "Me". */
export const setAccepted = (database: Database, row: OutboxRow, isDone: boolean): void => {
  if (row.class === 'passing' || isDone) removeFromOutbox(database, row.id)
  else database.run(`UPDATE outbox SET state = 'accepted' WHERE ordinal = ?`, [row.ordinal])
}

/** Seals it anew: the epoch it was sealed in is past, or the conversation gave way to another. */
export const requeue = (database: Database, row: OutboxRow, keepsPayload: boolean): void => {
  if (row.class === 'passing') return receiptsAgain(database, row)
  if (keepsPayload)
    database.run(`UPDATE outbox SET state = 'queued', entry = NULL, row = NULL WHERE ordinal = ?`, [row.ordinal])
  else
    database.run(
      `UPDATE outbox SET state = 'queued', entry = NULL, row = NULL, payload = NULL, conversation = NULL WHERE ordinal = ?`,
      [row.ordinal],
    )
}

/** Receipts whose row is of no use any more are due again. */
const receiptsAgain = (database: Database, row: OutboxRow): void => {
  removeFromOutbox(database, row.id)
  const value = decode(signal, row.content)
  if (value?.kind !== 'receipts' || row.conversation === undefined) return
  for (const kind of ['delivered', 'read'] as const) {
    for (const id of value[kind]) {
      database.run('INSERT OR IGNORE INTO receipts_due (conversation, id, kind) VALUES (?, ?, ?)', [
        row.conversation,
        id,
        kind,
      ])
    }
  }
}

/** Everything of a conversation that the other side has not confirmed. */
export const unconfirmedOf = (database: Database, conversation: Uint8Array): readonly OutboxRow[] =>
  database
    .all(`SELECT * FROM outbox WHERE conversation = ? AND state IN ('sealed', 'accepted') ORDER BY ordinal`, [
      conversation,
    ])
    .map(toOutboxRow)

export const removeFromOutbox = (database: Database, id: Uint8Array): void =>
  void database.run('DELETE FROM outbox WHERE id = ?', [id])

export const setFailed = (database: Database, row: OutboxRow, key: string, code: RefusalCode): void => {
  if (row.class === 'passing') return removeFromOutbox(database, row.id)
  database.run(`UPDATE outbox SET state = 'failed' WHERE ordinal = ?`, [row.ordinal])
  failOwn(database, key, isRefusalCode(code) ? code : 'server-busy')
}

export const waitingCount = (database: Database): number =>
  numberOf(
    database.get(`SELECT count(*) AS n FROM outbox WHERE class = 'text' AND state IN ('queued', 'sealed')`) ?? {},
    'n',
  )

export const toOutboxRow = (row: SqlRow): OutboxRow => ({
  ordinal: numberOf(row, 'ordinal'),
  id: blobOf(row, 'id'),
  chat: textOf(row, 'chat'),
  class: textOf(row, 'class') as OutboxClass,
  content: blobOf(row, 'content'),
  sentMs: numberOf(row, 'sent_ms'),
  state: textOf(row, 'state') as OutboxState,
  conversation: maybeBlob(row, 'conversation'),
  payload: maybeBlob(row, 'payload'),
  entry: maybeBlob(row, 'entry'),
  row: maybeBlob(row, 'row'),
  epoch: maybeNumber(row, 'epoch'),
})
