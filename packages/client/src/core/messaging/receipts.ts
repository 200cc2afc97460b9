/** What others say they have received and read; and what another device of this account says that it has read. */
import { equal, limits, toHex } from '@halyard/protocol'
import type { Payload } from '@halyard/protocol'
import type { Database } from '../ports.ts'
import { blobOf, numberOf, textOf } from '../store/values.ts'
import type { Draft, Engine, Touch } from './engine.ts'
import { peopleIn } from './group.ts'
import type { Group } from './group.ts'
import { removeFromOutbox } from './outbox.ts'
import { isClosed } from './room.ts'
import { raiseReadPosition, raiseState } from './timeline.ts'

/** "Me" has nobody to tell, and in a large conversation every message would cause a row per reader. */
export const givesReceipts = (group: Group): boolean =>
  group.kind === 'direct' || (!isClosed(group.room) && peopleIn(group).size <= limits.receiptsPeopleMax)

export const takeReceipts = (engine: Engine, draft: Draft, value: Payload): void => {
  if (value.body.kind !== 'passing' || value.body.signal.kind !== 'receipts') return
  const { delivered, read } = value.body.signal
  const { group } = draft
  const own = engine.context.identity().account
  if (equal(value.account, own)) {
    takeOwnDelivered(draft, delivered)
    return takeOwnReads(draft, read)
  }
  const others = [...peopleIn(group).keys()].filter((name) => name !== toHex(own))
  draft.effects.push((database, touch) => {
    for (const id of delivered) takeReceipt(database, group, others, value.account, { id, state: 'delivered' }, touch)
    for (const id of read) takeReceipt(database, group, others, value.account, { id, state: 'read' }, touch)
  })
}

/** It arrived at this account: one device says so. */
const takeOwnDelivered = ({ group, effects }: Draft, delivered: readonly Uint8Array[]): void => {
  effects.push((database) => {
    for (const id of delivered)
      database.run(`DELETE FROM receipts_due WHERE conversation = ? AND kind = 'delivered' AND id = ?`, [
        group.conversation,
        id,
      ])
  })
}

/** Read on one device is read on all. */
const takeOwnReads = (draft: Draft, read: readonly Uint8Array[]): void => {
  if (read.length === 0) return
  const { chat } = draft.group
  draft.effects.push((database, touch) => {
    let newest = 0
    for (const id of read) {
      const row = database.get('SELECT position FROM timeline WHERE id = ? AND chat = ? AND own = 0', [id, chat])
      if (row !== undefined) newest = Math.max(newest, numberOf(row, 'position'))
    }
    if (newest === 0 || !raiseReadPosition(database, chat, newest)) return
    touch('chats')
    touch(`chat:${chat}`)
  })
}

interface Receipt {
  readonly id: Uint8Array
  readonly state: 'delivered' | 'read'
}

/** Only whom it was written to can say that it arrived; where they are many, it has when it has for all. */
const takeReceipt = (
  database: Database,
  { chat, kind }: Group,
  others: readonly string[],
  by: Uint8Array,
  { id, state }: Receipt,
  touch: Touch,
): void => {
  const waiting = database.get('SELECT state FROM outbox WHERE id = ? AND chat = ?', [id, chat])
  // A receipt for what never left is senseless; the place in the log is still to come then.
  if (waiting !== undefined && waiting['state'] !== 'accepted') return
  const saidBy = kind === 'direct' ? undefined : noteReceipt(database, chat, by, { id, state })
  const isForAll = (states: readonly Receipt['state'][]): boolean =>
    saidBy === undefined || others.every((name) => states.some((one) => saidBy.get(name) === one))
  // Until then a server that is restored from a copy may have lost it for somebody.
  if (waiting !== undefined && isForAll(['delivered', 'read'])) removeFromOutbox(database, id)
  if (saidBy === undefined && kind !== 'direct') return
  if (!isForAll(state === 'read' ? ['read'] : ['delivered', 'read'])) return
  if (!raiseState(database, chat, id, state)) return
  touch(`timeline:${chat}`)
  touch('chats')
}

/** Notes who has said it; what each has said of it so far, by account. Undefined for what stands on no screen. */
const noteReceipt = (
  database: Database,
  chat: string,
  by: Uint8Array,
  { id, state }: Receipt,
): ReadonlyMap<string, string> | undefined => {
  const isOurs = database.get('SELECT 1 AS ours FROM timeline WHERE id = ? AND chat = ? AND own = 1', [id, chat])
  if (isOurs === undefined) return undefined
  database.run(
    `INSERT INTO receipts (chat, id, account, state) VALUES (?, ?, ?, ?)
     ON CONFLICT (chat, id, account) DO UPDATE SET state = excluded.state WHERE receipts.state = 'delivered'`,
    [chat, id, by, state],
  )
  return new Map(
    database
      .all('SELECT account, state FROM receipts WHERE chat = ? AND id = ?', [chat, id])
      .map((row) => [toHex(blobOf(row, 'account')), textOf(row, 'state')]),
  )
}
