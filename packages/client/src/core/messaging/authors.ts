/** Each author's own sequence in a conversation: what is missing in it, and what comes late after all. */
import { equal, toHex } from '@halyard/protocol'
import type { Payload } from '@halyard/protocol'
import type { Database } from '../ports.ts'
import { blobOf, numberOf } from '../store/values.ts'
import type { Draft, Touch } from './engine.ts'
import type { People } from './room.ts'
import { addNotice, lessenNotice } from './timeline.ts'

/** More missing numbers than this are not listed one by one. */
const gapListed = 200
/** What was sealed before a newcomer came may reach the log after it: so far back it is still taken. */
const earlierTaken = 20

/** Whoever was here before this device has written before: where their sequence stands is not known. */
export const beginAuthors = (database: Database, conversation: Uint8Array, people: People): void => {
  for (const { account, leaves } of people.values())
    for (const { device } of leaves)
      database.run('INSERT OR IGNORE INTO authors (conversation, account, device, seq, hash) VALUES (?, ?, ?, 0, ?)', [
        conversation,
        account,
        device,
        unknown,
      ])
}
const unknown = new Uint8Array()

/** Devices that are gone begin anew should they come again. */
export const endAuthors = (database: Database, conversation: Uint8Array, before: People, after: People): void => {
  for (const [name, { account, leaves }] of before) {
    for (const { device } of leaves) {
      if (after.get(name)?.leaves.some((leaf) => equal(leaf.device, device)) === true) continue
      const who = [conversation, account, device] as const
      database.run('DELETE FROM authors WHERE conversation = ? AND account = ? AND device = ?', who)
      database.run('DELETE FROM gaps WHERE conversation = ? AND account = ? AND device = ?', who)
    }
  }
}

/**
 * Follows an author's sequence. A number that is skipped leaves a notice, which goes when the row comes after all; a
 * number that was there already is refused.
 */
export const advanceAuthor = (
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
  const isFirst = known !== undefined && last === 0 && blobOf(known, 'hash').length === 0
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
    if (
      database.get('SELECT 1 AS left FROM gaps WHERE conversation = ? AND notice <> ? LIMIT 1', [
        conversation,
        noNotice,
      ]) === undefined
    ) {
      database.run(`DELETE FROM alarms WHERE kind = 'messages-missing' AND chat = ?`, [chat])
      touch('alarms')
    }
    return 'late'
  }
  // The author's own record of what came before must be ours, or something between us was changed.
  if (body.seq === last + 1 && known !== undefined && !isFirst && !equal(blobOf(known, 'hash'), body.previous))
    return 'refused'
  if (isFirst) takeEarlier(database, who, body.seq)
  else if (body.seq > last + 1) noteGap(database, draft, value, { from: last + 1, to: body.seq - 1 }, at, touch)
  database.run('INSERT OR REPLACE INTO authors (conversation, account, device, seq, hash) VALUES (?, ?, ?, ?, ?)', [
    ...who,
    body.seq,
    hash,
  ])
  return 'next'
}

/** Nothing is missing for a newcomer; but what comes late from before is no repetition. */
const takeEarlier = (database: Database, who: readonly [Uint8Array, Uint8Array, Uint8Array], first: number): void => {
  for (let seq = Math.max(1, first - earlierTaken); seq < first; seq++)
    database.run('INSERT OR IGNORE INTO gaps (conversation, account, device, seq, notice) VALUES (?, ?, ?, ?, ?)', [
      ...who,
      seq,
      noNotice,
    ])
}
const noNotice = ''

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
