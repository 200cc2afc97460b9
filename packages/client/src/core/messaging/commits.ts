/** Commits: taking the first valid one of an epoch, undoing one that was complained of, and making own ones. */
import { assert, decode, equal, limits, toHex } from '@halyard/protocol'
import type { Entry, Row } from '@halyard/protocol'
import { receive, refusedByAll, secretsOver } from '@halyard/mls'
import type { GroupState, ProposalView } from '@halyard/mls'
import { addRequest } from '../delivery/requests.ts'
import { removeDone } from './changes.ts'
import { commitHash } from './engine.ts'
import type { Draft, Engine } from './engine.ts'
import { confirmEpoch, windows } from './epochs.ts'
import { endConversation } from './end.ts'
import { freeze, pastOf, pendingWelcomes, peopleIn, roomOfState, standAt, thaw } from './group.ts'
import type { Group } from './group.ts'
import { noteChanges } from './notices.ts'
import { entryOf, requeue, unconfirmedOf } from './outbox.ts'
import { raiseAlarm } from './payload.ts'
import { decodeCredential, peopleOf } from './room.ts'
import { addClearRow } from './seal.ts'

type CommitRow = Extract<Row['content'], { kind: 'commit' }>

/** Takes a commit row. Own ones are adopted when they come first; others are applied when they are valid. */
export const takeCommit = async (engine: Engine, draft: Draft, row: Row, entry: Entry): Promise<void> => {
  if (row.content.kind !== 'commit') return
  const hash = commitHash(row.content.message)
  remember(draft, row, hash, entry)
  if (equal(hash, draft.group.current.madeBy)) return
  if (undoes(draft.group, row, entry)) undo(engine, draft)
  const { current, pending } = draft.group
  const ownPending = pending !== undefined && equal(pending.entry, entryOf(entry.row))
  if (row.epoch !== current.epoch || !equal(row.madeBy, current.madeBy)) {
    // Lost: another commit ended this epoch first. Nothing of it was applied, so nothing has to be taken back.
    if (ownPending) draft.group = { ...draft.group, pending: undefined }
    return
  }
  confirmEpoch(draft, row)
  if (ownPending) return adoptOwn(engine, draft, row, hash, entry)
  await applyOther(engine, draft, row, row.content, hash, entry)
}

const remember = (draft: Draft, row: Row, hash: Uint8Array, entry: Entry): void => {
  const { conversation } = draft.group
  draft.commits.add(toHex(hash))
  draft.effects.push((database) => {
    database.run('INSERT OR IGNORE INTO commits (conversation, epoch, hash, ms, unreadable) VALUES (?, ?, ?, ?, 0)', [
      conversation,
      row.epoch,
      hash,
      entry.timeMs,
    ])
    database.run('DELETE FROM commits WHERE conversation = ? AND epoch < ?', [conversation, row.epoch - 10])
  })
}

/** Whether this row ends the same epoch as a commit that was complained of and that nobody else has confirmed. */
const undoes = ({ kept }: Group, row: Row, entry: Entry): boolean =>
  kept !== undefined &&
  kept.complained &&
  row.epoch === kept.epoch &&
  equal(row.madeBy, kept.madeBy) &&
  entry.timeMs >= kept.commitMs + limits.complaintPatienceMs

/** Back to the epoch that was kept; what was sealed beyond it is sealed again under the same ids. */
const undo = (engine: Engine, draft: Draft): void => {
  const { kept, conversation, chat } = draft.group
  if (kept === undefined) return
  const voided = kept.epoch + 1
  const unconfirmed = unconfirmedOf(engine.context.ports.database, conversation).filter((row) => row.epoch === voided)
  const back = thaw(kept, kept.madeBy)
  draft.consumed.push(...secretsOver(draft.group.current.state, back.state))
  draft.group = {
    ...draft.group,
    room: roomOfState(back.state),
    current: back,
    pasts: draft.group.pasts.filter((past) => past.epoch !== kept.epoch),
    kept: undefined,
  }
  draft.effects.push((database, touch) => {
    for (const row of unconfirmed) requeue(database, row, true)
    touch(`timeline:${chat}`)
  })
  draft.wishes.add('pump')
}

const adoptOwn = (engine: Engine, draft: Draft, row: Row, hash: Uint8Array, entry: Entry): void => {
  const { pending, conversation } = draft.group
  if (pending === undefined) return
  advance(draft, thaw(pending, hash).state, row, hash, entry)
  draft.group = { ...draft.group, updatedMs: engine.context.ports.clock.nowMs(), generations: 0, mustUpdate: false }
  const adopted = draft.group
  draft.effects.push((database, touch) => {
    removeDone(database, adopted)
    touch(`chat:${adopted.chat}`)
  })
  const welcomes = pending.welcomes === undefined ? [] : decode(pendingWelcomes, pending.welcomes)
  assert(welcomes !== undefined, 'stored Welcomes do not decode')
  draft.effects.push((database) =>
    addRequest(database, 'settle', { conversation, seq: entry.seq, welcomes }, conversation),
  )
  draft.wishes.add('settle')
  draft.wishes.add('pump')
}

const applyOther = async (
  engine: Engine,
  draft: Draft,
  row: Row,
  content: CommitRow,
  hash: Uint8Array,
  entry: Entry,
): Promise<void> => {
  const { current } = draft.group
  const { provider } = engine.context.ports
  const taken = await receive({
    provider,
    state: current.state,
    message: content.message,
    judge: engine.judge(draft.group.room),
    windows,
  })
  if (!taken.ok) {
    if (taken.code === 'path-unreadable') return complain(engine, draft, hash, entry)
    return engine.context.count(refusedByAll.has(taken.code) ? 'commit-garbage' : `commit:${taken.code}`)
  }
  const sender = taken.kind === 'commit' ? decodeCredential(taken.senderIdentity) : undefined
  if (
    taken.kind !== 'commit' ||
    sender === undefined ||
    !equal(sender.device, row.device) ||
    !equal(sender.account, row.account)
  ) {
    return engine.context.count('commit-garbage')
  }
  if (!routesAsProposed(content, taken.proposals)) return engine.context.count('commit-routing')
  draft.consumed.push(...taken.consumed)
  if (taken.removed) return endConversation(engine, draft, row, entry)
  advance(draft, taken.newState, row, hash, entry)
}

/** The new epoch; the old one is kept until another account than the committer's has spoken in the new one. */
const advance = (draft: Draft, state: GroupState, row: Row, hash: Uint8Array, entry: Entry): void => {
  const { current, pasts, chat } = draft.group
  noteChanges(draft, state, row, entry)
  // Whoever could not follow before, follows now.
  draft.effects.push((database, touch) => {
    if (database.run(`DELETE FROM alarms WHERE kind = 'cannot-decrypt' AND chat = ?`, [chat]).changes > 0)
      touch('alarms')
  })
  draft.consumed.push(...secretsOver(current.state, state))
  draft.group = {
    ...draft.group,
    room: roomOfState(state),
    current: standAt(state, hash),
    pasts: [...pasts, pastOf(current)].slice(-limits.pastEpochsMax),
    kept:
      peopleOf(state).size < 2
        ? undefined
        : { ...freeze(current), commit: hash, commitMs: entry.timeMs, committer: row.account, complained: false },
    pending: undefined,
  }
}

/** What the row says to the server about who reads on must be what the commit does. */
const routesAsProposed = (content: CommitRow, proposals: readonly ProposalView[]): boolean => {
  const devices = (kind: 'add' | 'remove'): string[] =>
    proposals.flatMap((proposal) =>
      proposal.kind === kind ? [toHex(decodeCredential(proposal.identity)?.device ?? new Uint8Array())] : [],
    )
  return sameSet(content.added, devices('add')) && sameSet(content.removed, devices('remove'))
}
const sameSet = (routed: readonly Uint8Array[], proposed: readonly string[]): boolean =>
  routed.length === proposed.length && new Set([...routed.map(toHex), ...proposed]).size === new Set(proposed).size

/** This device alone cannot follow: it stays, says so in the log, and repairs by a commit of its own after the patience. */
const complain = async (engine: Engine, draft: Draft, hash: Uint8Array, entry: Entry): Promise<void> => {
  const { conversation, chat, current } = draft.group
  await addClearRow(engine, draft, { kind: 'complaint', commit: hash })
  draft.effects.push((database, touch) => {
    database.run('UPDATE commits SET unreadable = 1 WHERE conversation = ? AND epoch = ? AND hash = ?', [
      conversation,
      current.epoch,
      hash,
    ])
    raiseAlarm(engine, database, 'cannot-decrypt', chat, touch)
  })
  engine.context.ports.clock.setTimer(
    Math.max(0, entry.timeMs + repairAfterMs - engine.context.ports.clock.nowMs()),
    () => engine.wake(conversation),
  )
}
/** A little more than the rule asks, so that the server's clock and ours need not agree to the millisecond. */
export const repairAfterMs = limits.complaintPatienceMs + 2_000

/** Another member cannot follow the commit that made this epoch: whoever can open it answers at once. */
export const takeComplaint = (engine: Engine, draft: Draft, row: Row): void => {
  const { kept } = draft.group
  if (row.content.kind !== 'complaint' || kept === undefined || !equal(row.content.commit, kept.commit)) return
  if (equal(row.account, kept.committer)) return engine.context.count('complaint')
  draft.group = { ...draft.group, kept: { ...kept, complained: true } }
  const { account } = engine.context.identity()
  if (!equal(kept.committer, account) && peopleIn(draft.group).size > 2) draft.wishes.add('answer')
}
