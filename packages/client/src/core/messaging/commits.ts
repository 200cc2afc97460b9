/** Commits: taking the first valid one of an epoch, undoing one that was complained of, and making own ones. */
import { assert, decode, equal, limits, toHex } from '@halyard/protocol'
import type { Entry, Row } from '@halyard/protocol'
import { clearPartOf, receive, refusedByAll, secretsOver } from '@halyard/mls'
import type { GroupState, ProposalView } from '@halyard/mls'
import { addRequest } from '../delivery/requests.ts'
import { bindMore, boundLeaves } from './bound.ts'
import { removeDone } from './changes.ts'
import { commitHash } from './engine.ts'
import type { Draft, Engine } from './engine.ts'
import { confirmEpoch, windows } from './epochs.ts'
import { endConversation } from './end.ts'
import { freeze, pastOf, pendingWelcomes, peopleIn, roomOfState, standAt, thaw } from './group.ts'
import type { Group, PendingCommit } from './group.ts'
import { addTold, noteChanges } from './notices.ts'
import { entryOf, requeue, unconfirmedOf } from './outbox.ts'
import { raiseAlarm } from './payload.ts'
import { decodeCredential, peopleOf } from './room.ts'
import { boundBy } from './room-rules.ts'
import { addClearRow } from './seal.ts'
import { noteComplaint, voids } from './unopened.ts'

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
    return bind(engine, draft, row, row.content)
  }
  // While a commit that this device cannot open may still stand, no other takes its place.
  if (draft.group.unopened !== undefined && !voids(draft.group.unopened, entry)) {
    if (ownPending) draft.group = { ...draft.group, pending: undefined }
    return engine.context.count('commit-early')
  }
  if (ownPending && pending !== undefined) {
    const next = thaw(pending, hash)
    // Made before this device had read whom it has to take out: nobody follows it.
    if (boundLeaves(draft.group.bound, peopleOf(next.state)).length > 0) {
      draft.consumed.push(...secretsOver(next.state, draft.group.current.state))
      draft.group = { ...draft.group, pending: undefined }
      return engine.context.count('rule:removal-due')
    }
    // It came when the others no longer, or not yet, take a key package in it; this device judged it by its own clock.
    if (!isInForce(pending, entry)) {
      draft.consumed.push(...secretsOver(next.state, draft.group.current.state))
      draft.group = { ...draft.group, pending: undefined }
      draft.wishes.add('pause')
      return engine.context.count('commit:lifetime-refused')
    }
    confirmEpoch(draft, row)
    return adoptOwn(engine, draft, row, next.state, hash, entry)
  }
  confirmEpoch(draft, row)
  await applyOther(engine, draft, row, row.content, hash, entry)
}

/** As the engine judges it for the others, by the row's time in seconds (RFC 9420, §7.3). */
const isInForce = ({ notBeforeS, notAfterS }: PendingCommit, { timeMs }: Entry): boolean => {
  const atS = Math.floor(timeMs / 1000)
  return atS >= notBeforeS && atS <= notAfterS
}

const remember = (draft: Draft, row: Row, hash: Uint8Array, entry: Entry): void => {
  const { conversation } = draft.group
  draft.commits.add(toHex(hash))
  draft.effects.push((database) => {
    database.run('INSERT OR IGNORE INTO commits (conversation, epoch, hash, ms, account) VALUES (?, ?, ?, ?, ?)', [
      conversation,
      row.epoch,
      hash,
      entry.timeMs,
      row.account,
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
    bound: undefined,
    unopened: undefined,
    pasts: draft.group.pasts.filter((past) => past.epoch !== kept.epoch),
    kept: undefined,
  }
  draft.effects.push((database, touch) => {
    for (const row of unconfirmed) requeue(database, row, true)
    touch(`timeline:${chat}`)
  })
  draft.wishes.add('pump')
}

/** Who was to go by this commit has to go with the one that follows the winner (trust.md §3, Removal binds). */
const bind = (engine: Engine, draft: Draft, row: Row, content: CommitRow): void => {
  const { conversation, current, bound, chat } = draft.group
  const clear = clearPartOf(content.message)
  if (clear === undefined || !equal(clear.groupId, conversation)) return
  // Older ones were done, or not allowed, in an epoch that is over: shown again, they bind nobody.
  if (row.epoch !== current.epoch - 1 || clear.epoch !== row.epoch) return
  const lost = { account: row.account, device: row.device, removed: content.removed, ...clear }
  const more = boundBy(engine.judgeSources(), draft.group, peopleIn(draft.group), lost)
  if (more.people.length + more.devices.length === 0) return
  draft.group = { ...draft.group, bound: bindMore(bound, more) }
  draft.effects.push((_database, touch) => touch(`chat:${chat}`))
}

const adoptOwn = (engine: Engine, draft: Draft, row: Row, state: GroupState, hash: Uint8Array, entry: Entry): void => {
  const { pending, conversation } = draft.group
  if (pending === undefined) return
  advance(draft, state, row, hash, entry)
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
    judge: engine.judge(draft.group, entry.timeMs),
    windows,
  })
  if (!taken.ok) {
    if (taken.code === 'path-unreadable') return complain(engine, draft, row, hash, entry)
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
  // One from before the restore says nothing of those that are lost.
  if (entry.seq > (draft.group.sinceRestore ?? 0)) draft.group = { ...draft.group, sinceRestore: undefined }
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
    bound: undefined,
    unopened: undefined,
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
const complain = async (engine: Engine, draft: Draft, row: Row, hash: Uint8Array, entry: Entry): Promise<void> => {
  const { conversation } = draft.group
  await addClearRow(engine, draft, { kind: 'complaint', commit: hash })
  // In "Me" there is no other account that could let go of it.
  cannotFollow(engine, draft, row, entry, { commit: hash, confirmed: peopleIn(draft.group).size < 2 })
  engine.context.ports.clock.setTimer(
    Math.max(0, entry.timeMs + repairAfterMs - engine.context.ports.clock.nowMs()),
    () => engine.wake(conversation),
  )
}
/** The epoch is over, for others for good where that is `confirmed`: then this device asks to come in again. */
export const cannotFollow = (
  engine: Engine,
  draft: Draft,
  { account }: Row,
  { timeMs }: Entry,
  why: { readonly commit: Uint8Array; readonly confirmed: boolean },
): void => {
  const { chat } = draft.group
  const unopened = { ...why, committer: account, timeMs, complained: false, asked: undefined }
  draft.group = { ...draft.group, unopened }
  draft.effects.push((database, touch) => raiseAlarm(engine, database, 'cannot-decrypt', chat, touch))
}

/** A little more than the rule asks, so that the server's clock and ours need not agree to the millisecond. */
export const repairAfterMs = limits.complaintPatienceMs + 2_000

/** Another member cannot follow the commit that made this epoch: whoever can open it answers at once. */
export const takeComplaint = (engine: Engine, draft: Draft, row: Row, entry: Entry): void => {
  noteComplaint(draft, row)
  noteNotFollowed(engine, draft, row, entry)
  const { kept } = draft.group
  if (row.content.kind !== 'complaint' || kept === undefined || !equal(row.content.commit, kept.commit)) return
  if (equal(row.account, kept.committer)) return engine.context.count('complaint')
  draft.group = { ...draft.group, kept: { ...kept, complained: true } }
  const { account } = engine.context.identity()
  if (!equal(kept.committer, account) && peopleIn(draft.group).size > 2) draft.wishes.add('answer')
}

/** Whoever may remove people sees whose commit somebody could not open; a false complaint so names its author. */
const noteNotFollowed = ({ context }: Engine, draft: Draft, row: Row, entry: Entry): void => {
  const { conversation, chat, base, current, kept } = draft.group
  if (row.content.kind !== 'complaint' || !equal(row.content.commit, current.madeBy)) return
  const known = context.ports.database.get('SELECT account FROM commits WHERE conversation = ? AND hash = ?', [
    conversation,
    row.content.commit,
  ])
  const by = kept !== undefined && equal(kept.commit, row.content.commit) ? kept.committer : known?.['account']
  if (by instanceof Uint8Array && !equal(by, row.account))
    addTold(draft, chat, base, row.account, entry, [{ kind: 'not-followed', subject: by }])
}
