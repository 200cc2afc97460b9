/** What an opened payload does: texts, names, keys, receipts. Called inside a draft; everything lands in one transaction. */
import {
  content as contentSchema,
  decode,
  equal,
  payload as payloadSchema,
  protocolVersion,
  toHex,
} from '@halyard/protocol'
import type { Content, Entry, Payload, Row } from '@halyard/protocol'

import { isOwner, sha256 } from '@halyard/crypto'
import { shownName } from '../directory/names.ts'
import { blobOf, numberOf } from '../store/values.ts'
import type { Database } from '../ports.ts'
import { removeFromOutbox } from './outbox.ts'
import { addNotice, addText, firstSight, lessenNotice, payloadKey, positionOf, raiseState } from './timeline.ts'
import { saneRanges } from './ranges.ts'
import type { Draft, Engine, Touch } from './engine.ts'

/** Written this long before it reached the log: shown with its own time and "delivered late". */
const lateAfterMs = 3600_000
/** More missing numbers than this are not listed one by one. */
const gapListed = 200

/** Takes the bytes that a member sealed in this row. The row's sender is already known to be the MLS sender. */
export const takePayload = (engine: Engine, draft: Draft, row: Row, entry: Entry, bytes: Uint8Array): void => {
  const value = decode(payloadSchema, bytes)
  if (
    value === undefined ||
    value.version !== protocolVersion ||
    !equal(value.account, row.account) ||
    !equal(value.device, row.device)
  ) {
    return engine.context.count('payload')
  }
  compareHeads(engine, draft, value)
  if (value.body.kind === 'passing') return takeSignal(draft, value)
  const { body } = value
  const { conversation, chat, base } = draft.group
  const at = { position: positionOf(base, entry.seq), timeMs: entry.timeMs, seq: entry.seq }
  const content = decode(contentSchema, body.content)
  // A key is only taken from whoever let this person in, or from an owner; judged before anything is written.
  const keyWelcome = content?.kind === 'directory-key' && mayHandKey(engine, row.account, content.id)
  if (content?.kind === 'directory-key') draft.wishes.add('names')
  const seenKey = payloadKey(value.account, value.device, value.id)
  draft.effects.push((database, touch) => {
    const step = advanceAuthor(database, draft, value, body, sha256(bytes), at, touch)
    if (step === 'refused') {
      // Sealed again by an author who never heard that it had arrived: say it once more.
      const known = database.get('SELECT 1 AS known FROM seen WHERE id = ?', [seenKey]) !== undefined
      if (known)
        database.run(`INSERT OR IGNORE INTO receipts_due (conversation, id, kind) VALUES (?, ?, 'delivered')`, [
          conversation,
          value.id,
        ])
      return engine.context.count('sequence')
    }
    // Also for one that came before by the other conversation of the two: its author waits for a receipt of this one.
    database.run(`INSERT OR IGNORE INTO receipts_due (conversation, id, kind) VALUES (?, ?, 'delivered')`, [
      conversation,
      value.id,
    ])
    if (!firstSight(database, seenKey, entry.timeMs)) return
    if (content === undefined) {
      addNotice(database, {
        key: toHex(seenKey),
        chat,
        position: at.position,
        atMs: entry.timeMs,
        kind: 'unsupported',
        person: value.account,
      })
    } else {
      takeContent(
        engine,
        database,
        {
          chat,
          conversation,
          key: toHex(seenKey),
          position: at.position,
          rowMs: entry.timeMs,
          late: step === 'late',
          keyWelcome,
        },
        value,
        content,
      )
    }
    touch('chats')
    touch(`chat:${chat}`)
    touch(`timeline:${chat}`)
  })
}

/** Whoever is heard of a newer state of the network fetches it; another link at a known place is an alarm. */
const compareHeads = (engine: Engine, draft: Draft, value: Payload): void => {
  const network = engine.directory.network()
  const there = network.hashes[value.networkHead.seq]
  if (there === undefined) {
    draft.wishes.add('feed')
    draft.heardSeq = Math.max(draft.heardSeq, value.networkHead.seq)
  } else if (!equal(there, value.networkHead.hash))
    draft.effects.push((database, touch) => raiseAlarm(engine, database, 'two-links', '', touch))
  const account = engine.directory.account(value.account)
  if (account !== undefined && account.head.seq < value.accountHead.seq) draft.wishes.add('feed')
}

export const raiseAlarm = (engine: Engine, database: Database, kind: string, chat: string, touch: Touch): void => {
  database.run('INSERT OR IGNORE INTO alarms (kind, chat, at_ms) VALUES (?, ?, ?)', [
    kind,
    chat,
    engine.context.ports.clock.nowMs(),
  ])
  touch('alarms')
  touch('chats')
  if (chat !== '') touch(`chat:${chat}`)
}

const mayHandKey = (engine: Engine, from: Uint8Array, id: Uint8Array): boolean => {
  const network = engine.directory.network()
  const self = engine.directory.store.accountRow(engine.context.identity().account)
  const inForce = network.directoryKey !== undefined && equal(network.directoryKey, id)
  return inForce && (isOwner(network, from) || (self?.invitedBy !== undefined && equal(self.invitedBy, from)))
}

interface Place {
  readonly chat: string
  readonly conversation: Uint8Array
  readonly key: string
  readonly position: number
  readonly rowMs: number
  /** After something that its author wrote later. */
  readonly late: boolean
  readonly keyWelcome: boolean
}

const takeContent = (engine: Engine, database: Database, place: Place, value: Payload, content: Content): void => {
  if (content.kind === 'text') {
    engine.spoke(place.chat)
    // A sender's clock is only believed backwards: nothing is shown as later than the log took it.
    const atMs = Math.min(value.sentAtMs, place.rowMs)
    addText(database, {
      key: place.key,
      chat: place.chat,
      position: place.position,
      atMs,
      own: false,
      author: value.account,
      conversation: place.conversation,
      id: value.id,
      text: content.text,
      ranges: saneRanges(content.text, content.ranges),
      late: place.late || place.rowMs - atMs > lateAfterMs,
    })
  } else if (content.kind === 'introduction') {
    engine.directory.store.setIntroduced(value.account, shownName(content.name))
  } else if (content.kind === 'directory-key') {
    if (place.keyWelcome) engine.directory.store.addDirectoryKey(content.id, content.key)
    else engine.context.count('directory-key')
  }
}

/**
 * Follows an author's sequence. A number that is skipped leaves a notice, which goes when the row comes after all; a
 * number that was there already is refused.
 */
const advanceAuthor = (
  database: Database,
  draft: Draft,
  value: Payload,
  body: Extract<Payload['body'], { kind: 'durable' }>,
  hash: Uint8Array,
  at: { readonly position: number; readonly timeMs: number },
  touch: Touch,
): 'next' | 'late' | 'refused' => {
  const { conversation, chat } = draft.group
  const who = [conversation, value.account, value.device] as const
  const known = database.get('SELECT seq, hash FROM authors WHERE conversation = ? AND account = ? AND device = ?', who)
  const last = known === undefined ? 0 : numberOf(known, 'seq')
  if (body.seq <= last) {
    const gap = database.get(
      'SELECT notice FROM gaps WHERE conversation = ? AND account = ? AND device = ? AND seq = ?',
      [...who, body.seq],
    )
    if (gap === undefined) return 'refused'
    database.run('DELETE FROM gaps WHERE conversation = ? AND account = ? AND device = ? AND seq = ?', [
      ...who,
      body.seq,
    ])
    lessenNotice(database, String(gap['notice']))
    if (database.get('SELECT 1 AS left FROM gaps WHERE conversation = ? LIMIT 1', [conversation]) === undefined) {
      database.run(`DELETE FROM alarms WHERE kind = 'messages-missing' AND chat = ?`, [chat])
      touch('alarms')
    }
    return 'late'
  }
  // The author's own record of what came before must be ours, or something between us was changed.
  if (body.seq === last + 1 && known !== undefined && !equal(blobOf(known, 'hash'), body.previous)) return 'refused'
  if (body.seq > last + 1) noteGap(database, draft, value, { from: last + 1, to: body.seq - 1 }, at, touch)
  database.run('INSERT OR REPLACE INTO authors (conversation, account, device, seq, hash) VALUES (?, ?, ?, ?, ?)', [
    ...who,
    body.seq,
    hash,
  ])
  return 'next'
}

const noteGap = (
  database: Database,
  draft: Draft,
  value: Payload,
  gap: { readonly from: number; readonly to: number },
  at: { readonly position: number; readonly timeMs: number },
  touch: Touch,
): void => {
  const { conversation, chat } = draft.group
  const notice = `gap:${toHex(value.device)}:${toHex(conversation)}:${gap.from}`
  const amount = gap.to - gap.from + 1
  // Before the row that told of it.
  addNotice(database, {
    key: notice,
    chat,
    position: at.position - 2,
    atMs: at.timeMs,
    kind: 'missing',
    person: value.account,
    amount,
  })
  for (let seq = gap.from; seq <= Math.min(gap.to, gap.from + gapListed - 1); seq++) {
    database.run('INSERT OR IGNORE INTO gaps (conversation, account, device, seq, notice) VALUES (?, ?, ?, ?, ?)', [
      conversation,
      value.account,
      value.device,
      seq,
      notice,
    ])
  }
  database.run(`INSERT OR IGNORE INTO alarms (kind, chat, at_ms) VALUES ('messages-missing', ?, ?)`, [chat, at.timeMs])
  touch('alarms')
}

const takeSignal = (draft: Draft, value: Payload): void => {
  if (value.body.kind !== 'passing' || value.body.signal.kind !== 'receipts') return
  const { delivered, read } = value.body.signal
  const { chat } = draft.group
  draft.effects.push((database, touch) => {
    for (const id of delivered) takeReceipt(database, chat, id, 'delivered', touch)
    for (const id of read) takeReceipt(database, chat, id, 'read', touch)
  })
}

/** Only whom it was written to can say that it arrived. */
const takeReceipt = (
  database: Database,
  from: string,
  id: Uint8Array,
  state: 'delivered' | 'read',
  touch: Touch,
): void => {
  const waiting = database.get('SELECT state FROM outbox WHERE id = ? AND chat = ?', [id, from])
  // A receipt for what never left is senseless; the place in the log is still to come then.
  if (waiting !== undefined && waiting['state'] !== 'accepted') return
  const chat = raiseState(database, from, toHex(id), state)
  if (waiting !== undefined) removeFromOutbox(database, id)
  if (chat === undefined) return
  touch(`timeline:${chat}`)
  touch('chats')
}
