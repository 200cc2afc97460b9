/**
 * Another log for one person: rows of the real one altered, left out, doubled or reordered, and chained anew. Only what
 * needs no key: the chain is the server's to compute.
 */
import type { DatabaseSync } from 'node:sqlite'
import { equal } from '@halyard/protocol'
import type { Entry } from '@halyard/protocol'
import { chainStep, zeroHash } from '@halyard/crypto/verify'
import type { EvilServer } from './evil-server.ts'

export type Unplaced = Pick<Entry, 'timeMs' | 'entry' | 'row'>
/** What a person is shown of the rows after the fork, given all that really stand there. */
export type Edit = (rows: readonly Unplaced[]) => readonly Unplaced[]

/** Shows `who` an edited log of `conversation` from now on; what they have been shown must stay a prefix of it. */
export const forkLog = (
  evil: EvilServer,
  database: () => DatabaseSync,
  who: string,
  conversation: Uint8Array,
  edit: Edit,
): void => {
  const start = database().prepare('SELECT newest, chain FROM conversation WHERE conversation = ?').get(conversation)
  const from = Number(start?.['newest'] ?? 0)
  const shown = (): readonly Entry[] => {
    let chain: Uint8Array = new Uint8Array((start?.['chain'] as Uint8Array | undefined) ?? zeroHash)
    const real = realRows(database(), conversation).filter((row) => row.seq > from)
    return edit(real).map((row, index) => {
      const seq = from + index + 1
      chain = chainStep(chain, { ...row, conversation, seq })
      return { ...row, seq, chain }
    })
  }
  let told = shown().length
  evil.onEvent('row', (value, to) => {
    if (to !== who || !equal(value.conversation, conversation)) return { pass: value }
    const rows = shown()
    for (const entry of rows.slice(told)) evil.tell(who, 'row', { conversation, entry })
    told = rows.length
    return 'drop'
  })
  evil.onAnswer('fetch-rows', (answer, to, request) =>
    to === who && equal(request.conversation, conversation)
      ? { pass: { entries: shown().filter((entry) => entry.seq > request.after), more: false } }
      : { pass: answer },
  )
  evil.onAnswer('append', (answer, to, request) => {
    if (to !== who || !equal(request.conversation, conversation)) return { pass: answer }
    const place = shown().find((entry) => equal(entry.entry, request.entry))
    return place === undefined ? 'drop' : { pass: { seq: place.seq, timeMs: place.timeMs, chain: place.chain } }
  })
  evil.onRequest('pass', (request, to) =>
    to === who && equal(request.conversation, conversation) ? { answer: {} } : { pass: request },
  )
  evil.onAnswer('list-conversations', (answer, to) =>
    to === who
      ? {
          pass: {
            ...answer,
            items: answer.items.map((item) =>
              equal(item.conversation, conversation) ? { ...item, newest: from + shown().length } : item,
            ),
          },
        }
      : { pass: answer },
  )
}

export const realRows = (database: DatabaseSync, conversation: Uint8Array): readonly Entry[] =>
  database
    .prepare('SELECT seq, time_ms, entry, row, chain FROM entry WHERE conversation = ? ORDER BY seq')
    .all(conversation)
    .map((row) => ({
      seq: Number(row['seq']),
      timeMs: Number(row['time_ms']),
      entry: new Uint8Array(row['entry'] as Uint8Array),
      row: new Uint8Array(row['row'] as Uint8Array),
      chain: new Uint8Array(row['chain'] as Uint8Array),
    }))
