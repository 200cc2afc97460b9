/**
 * Rows of a conversation's log, in the log's order. Validity is a pure function of the epoch one stands in and of the
 * rows: every member comes to the same epoch, whatever the server says beside them (trust.md §3, Order).
 */
import { equal, limits, toHex } from '@halyard/protocol'
import type { Entry, Row } from '@halyard/protocol'
import { memberAt, receive, receivePast, secretsOver } from '@halyard/mls'
import { chainStep, readRow, verifierOf } from '@halyard/crypto'
import { entryOf, outboxByEntry, requeue, setAccepted } from './outbox.ts'
import { cannotFollow, takeCommit, takeComplaint } from './commits.ts'
import type { Draft, Engine } from './engine.ts'
import { freeze, hasMember, thaw } from './group.ts'
import type { Current, Past } from './group.ts'
import { confirmEpoch, standsAt, windows } from './epochs.ts'
import { raiseAlarm, takePayload } from './payload.ts'
import { decodeCredential } from './room.ts'
import { givesReceipts } from './receipts.ts'
import { placeOwn, positionOf } from './timeline.ts'
import { noteComplaint, noteSpoken } from './unopened.ts'

/** What stops the log from being read on: `chain` is evidence against the server, `copied` against this device. */
export type Halt = 'chain' | 'copied'

/** Takes the next row into the draft. Throws `ChainMissing` when a commit names a chain that must be fetched first. */
export const takeEntry = async (engine: Engine, draft: Draft, entry: Entry): Promise<Halt | undefined> => {
  const { group } = draft
  const { conversation, cursor } = group
  const link = { conversation, seq: entry.seq, timeMs: entry.timeMs, entry: entry.entry, row: entry.row }
  // After a restore that left nothing to hold on to, the next row is the new beginning (restored.ts).
  const chain = cursor.chain.length === 0 ? entry.chain : chainStep(cursor.chain, link)
  if (!equal(chain, entry.chain)) return 'chain'
  const row = await rowOf(engine, draft, entry)
  draft.group = { ...draft.group, cursor: { seq: entry.seq, chain }, newestMs: Math.max(group.newestMs, entry.timeMs) }
  if (entry.timeMs > engine.context.ports.clock.nowMs() + limits.clockSkewMaxMs) {
    draft.effects.push((database, touch) => raiseAlarm(engine, database, 'clock-off', '', touch))
  }
  if (row === undefined) {
    engine.context.count('row')
    return undefined
  }
  noteSpoken(draft, row)
  if (isOwn(engine, row)) return takeOwn(engine, draft, row, entry)
  if (row.content.kind === 'commit') await takeCommit(engine, draft, row, entry)
  else if (row.content.kind === 'complaint') takeComplaint(engine, draft, row, entry)
  else if (row.content.kind === 'proposal') await takeProposal(engine, draft, row, row.content.message, entry)
  else await takeApplication(engine, draft, row, entry)
  return undefined
}

/** The row, if a device of one of the room's accounts signed it for this conversation. */
const rowOf = async (engine: Engine, draft: Draft, entry: Entry): Promise<Row | undefined> => {
  const read = await readRow(verifierOf(engine.context.ports.provider), entry.row, (value) => {
    if (!equal(value.conversation, draft.group.conversation)) return undefined
    if (!hasMember(draft.group, value.account)) return undefined
    // A leaf of an epoch one stands in was let in with its chain: who is not in the directory has no leaf, and waiting
    // for a chain that never comes would let anybody block the log for good.
    return engine.directory.account(value.account)?.devices.get(toHex(value.device))?.mlsKey
  })
  return read.ok ? read.value : undefined
}

const isOwn = (engine: Engine, row: Row): boolean => {
  const { account, keys } = engine.context.identity()
  return equal(row.account, account) && equal(row.device, keys.device)
}

/** An own row: it has its place now. One that this device never wrote means that somebody else has its keys. */
const takeOwn = async (engine: Engine, draft: Draft, row: Row, entry: Entry): Promise<Halt | undefined> => {
  const { database } = engine.context.ports
  // By what was signed, not by the entry id beside it, which the server could change to make this device give itself up.
  const name = entryOf(entry.row)
  if (database.get('SELECT 1 AS known FROM own_entries WHERE entry = ?', [name]) === undefined) return 'copied'
  const waiting = outboxByEntry(database, name)
  if (row.content.kind === 'commit') await takeCommit(engine, draft, row, entry)
  else if (row.content.kind === 'complaint') noteComplaint(draft, row)
  else confirmEpoch(draft, row)
  if (waiting === undefined) return undefined
  const { base, chat } = draft.group
  const isDone = !givesReceipts(draft.group)
  const readable = row.content.kind !== 'application' || standsAt(draft, row) !== undefined
  draft.effects.push((db, touch) => {
    if (readable) {
      setAccepted(db, waiting, isDone)
      placeOwn(db, chat, toHex(waiting.id), positionOf(base, entry.seq))
    } else {
      // Too old for the others' windows: the same rule tells them to refuse it, and me to seal it again.
      requeue(db, waiting, true)
    }
    touch(`timeline:${chat}`)
    touch('chats')
    touch('connection')
  })
  if (!readable) draft.wishes.add('pump')
  return undefined
}

const takeApplication = async (engine: Engine, draft: Draft, row: Row, entry: Entry): Promise<void> => {
  const stand = standsAt(draft, row)
  if (stand === undefined) return noteForeignEpoch(engine, draft, row, entry)
  if (!equal(stand.digest, row.digest)) return noteFork(engine, draft)
  confirmEpoch(draft, row)
  noteSameDigest(engine, draft, row)
  if (row.content.kind !== 'application') return
  const opened = await openMessage(engine, draft, row.content.message, stand)
  if (opened === undefined) return
  const sender = decodeCredential(opened.senderIdentity)
  // The signature outside must be of the same device as the one inside, or the row claims what it is not.
  if (sender === undefined || !equal(sender.account, row.account) || !equal(sender.device, row.device))
    return engine.context.count('sender')
  takePayload(engine, draft, row, entry, opened.data)
}

/** Another account than the adder's stands where this device stands: the group it was shown is the others' too. */
const noteSameDigest = (engine: Engine, draft: Draft, row: Row): void => {
  const { adder, chat } = draft.group
  if (adder === undefined || equal(row.account, adder) || equal(row.account, engine.context.identity().account)) return
  draft.group = { ...draft.group, adder: undefined }
  draft.effects.push((_database, touch) => touch(`chat:${chat}`))
}

/** Somebody asks to leave. It waits in the state of this epoch for a commit that takes it in. */
const takeProposal = async (
  engine: Engine,
  draft: Draft,
  row: Row,
  message: Uint8Array,
  { timeMs }: Entry,
): Promise<void> => {
  const { current } = draft.group
  if (row.epoch !== current.epoch || !equal(row.madeBy, current.madeBy)) return engine.context.count('epoch')
  if (!equal(row.digest, current.digest)) return noteFork(engine, draft)
  confirmEpoch(draft, row)
  const { provider } = engine.context.ports
  const judge = engine.judge(draft.group, timeMs)
  const taken = await receive({ provider, state: current.state, message, judge, windows })
  if (!taken.ok) return refused(engine, taken.code)
  const by = taken.kind === 'proposal' ? taken.proposal.proposer : undefined
  const proposer = by?.kind === 'member' ? memberAt(current.state, by.leafIndex) : undefined
  const asking = proposer === undefined ? undefined : decodeCredential(proposer.identity)
  if (asking === undefined || !equal(asking.account, row.account) || !equal(asking.device, row.device))
    return engine.context.count('sender')
  draft.consumed.push(...taken.consumed)
  draft.group = { ...draft.group, current: { ...current, state: taken.newState } }
}

/** Opens an application message in the epoch it was sealed in and keeps what the ratchet has become. */
export const openMessage = async (
  engine: Engine,
  draft: Draft,
  message: Uint8Array,
  stand: Current | Past,
): Promise<{ readonly data: Uint8Array; readonly senderIdentity: Uint8Array } | undefined> => {
  const { provider } = engine.context.ports
  if ('past' in stand) {
    const opened = await receivePast({ provider, past: stand.past, message, windows })
    if (!opened.ok) return refused(engine, opened.code)
    draft.consumed.push(...opened.consumed)
    draft.group = {
      ...draft.group,
      pasts: draft.group.pasts.map((past) => (past === stand ? { ...stand, past: opened.newState } : past)),
    }
    await spendInKept(engine, draft, message, stand)
    return opened
  }
  const opened = await receive({
    provider,
    state: stand.state,
    message,
    judge: engine.judge(draft.group),
    windows,
  })
  if (!opened.ok) return refused(engine, opened.code)
  if (opened.kind !== 'application') return refused(engine, opened.kind)
  draft.consumed.push(...opened.consumed)
  draft.group = { ...draft.group, current: { ...stand, state: opened.newState } }
  return opened
}

/** The same key stands in the epoch kept for an undo: opened is opened, whoever finds the database later. */
const spendInKept = async (engine: Engine, draft: Draft, message: Uint8Array, stand: Past): Promise<void> => {
  const { kept } = draft.group
  if (kept === undefined || kept.epoch !== stand.epoch || !equal(kept.madeBy, stand.madeBy)) return
  const { state } = thaw(kept, kept.madeBy)
  const { provider } = engine.context.ports
  const opened = await receive({ provider, state, message, judge: engine.judge(draft.group), windows })
  if (!opened.ok || opened.kind !== 'application') return
  // What was thawed is needed by nobody but this: it goes on in its frozen form alone.
  draft.consumed.push(...opened.consumed, ...secretsOver(state, undefined), ...secretsOver(opened.newState, undefined))
  draft.group = { ...draft.group, kept: { ...kept, ...freeze({ ...kept, state: opened.newState }) } }
}

const refused = (engine: Engine, code: string): undefined => {
  engine.context.count(`message:${code}`)
  return undefined
}

/**
 * A row of an epoch that is not ours. Made by a commit we have in our log: an old or a void branch, which its sender
 * leaves by the same rules. Made by one we never saw: the server has shown us different logs.
 */
const noteForeignEpoch = (engine: Engine, draft: Draft, row: Row, entry: Entry): void => {
  const { database } = engine.context.ports
  const { conversation, current, pasts, sinceRestore, unopened } = draft.group
  // A commit between was lost with the server's past, and nobody can show it: the others let this device in again.
  if (sinceRestore !== undefined && row.epoch > current.epoch) {
    if (unopened === undefined) cannotFollow(engine, draft, row, entry, { commit: row.madeBy, confirmed: true })
    return
  }
  const oldest = pasts[0]?.epoch ?? current.epoch
  const known = database.get('SELECT 1 AS known FROM commits WHERE conversation = ? AND epoch = ? AND hash = ?', [
    conversation,
    row.epoch - 1,
    row.madeBy,
  ])
  // Rows of one batch are not in the tables yet.
  if (known !== undefined || draft.commits.has(toHex(row.madeBy)) || row.epoch < oldest)
    return engine.context.count('epoch')
  noteFork(engine, draft)
}

/** Two histories: sending stops here, with words, until somebody has looked. */
export const noteFork = (engine: Engine, draft: Draft): void => {
  const { chat } = draft.group
  draft.group = { ...draft.group, paused: 'two-histories' }
  draft.effects.push((database, touch) => raiseAlarm(engine, database, 'two-histories', chat, touch))
}
