/** A conversation that this account was put out of, or has left: its keys go, what was read stays, and it says who and when. */
import { equal, toHex } from '@halyard/protocol'
import type { Entry, Row } from '@halyard/protocol'
import { secretsOver } from '@halyard/mls'
import { validDevice } from '@halyard/crypto'
import { stopRemoved } from '../account/removal.ts'
import { addRequest } from '../delivery/requests.ts'
import { setDraft } from '../state/shared.ts'
import { decidedBy } from './bound.ts'
import type { Draft, Ended, Engine, Touch } from './engine.ts'
import { eraseGroup } from './group-store.ts'
import type { Group } from './group.ts'
import { askedToLeave } from './room.ts'

/** The commit in `row` removes this device. Draft and log end here. */
export const endConversation = (engine: Engine, draft: Draft, row: Row, entry: Entry): void => {
  const { account, keys } = engine.context.identity()
  const chain = engine.directory.account(account)
  // Its account no longer has this device: that ends more than a conversation.
  if (chain !== undefined && validDevice(chain, keys.device) === undefined)
    return void stopRemoved(engine.context, engine.directory)
  const { current, bound } = draft.group
  const left = equal(row.account, account) || askedToLeave(current.state).has(toHex(account))
  draft.ended = { by: left ? account : (decidedBy(bound, account) ?? row.account), atMs: entry.timeMs }
  draft.consumed.push(...secretsOver(current.state, undefined))
}

/** The last thing a conversation writes: call in the transaction that takes its last row. */
export const eraseConversation = (
  engine: Engine,
  { conversation, chat, kind, cursor }: Group,
  ended: Ended,
  touch: Touch,
): void => {
  const { database, clock } = engine.context.ports
  eraseGroup(database, conversation)
  database.run('DELETE FROM outbox WHERE chat = ?', [chat])
  database.run(
    `UPDATE timeline SET state = 'failed', failure = 'policy-denied' WHERE chat = ? AND own = 1 AND state = 'waiting'`,
    [chat],
  )
  database.run(`UPDATE chats SET wanted = 0, ended_ms = ?, ended_by = ? WHERE chat = ? AND kind <> 'person'`, [
    ended.atMs,
    ended.by,
    chat,
  ])
  if (kind !== 'direct') setDraft(database, chat, '', clock.nowMs())
  const incarnation = engine.incarnation()
  // The server forgets a reader who has passed what ended it.
  if (incarnation !== undefined)
    addRequest(database, 'pass', { conversation, cursor: { incarnation, ...cursor } }, undefined)
  for (const topic of ['chats', `chat:${chat}`, `members:${chat}`, `timeline:${chat}`]) touch(topic)
}
