/**
 * When this device commits: because it must, because somebody here wants a change, or because the chains or another member
 * ask for one, which any member may do and one should. Works inside the conversation's queue.
 */
import { equal, toHex } from '@halyard/protocol'
import { secretsOver } from '@halyard/mls'
import type { Context } from '../context.ts'
import { wantsToLeave } from './changes.ts'
import { mustLoad } from './engine.ts'
import type { Engine } from './engine.ts'
import { askAgain } from './entry.ts'
import { peopleIn } from './group.ts'
import type { Group } from './group.ts'
import { askToLeave, commitIsDue, makeCommit, renewal } from './own-commits.ts'
import type { Plan } from './own-commits.ts'
import { greetersMax } from './join.ts'
import { maySeal } from './may-write.ts'
import { planCommit } from './plan.ts'
import { createRemovalWatch, isRemovalDue } from './removals.ts'
import { leavesReady } from './room.ts'
import { sealPassing } from './seal.ts'

export interface Committer {
  commit(engine: Engine, conversation: Uint8Array): Promise<void>
  /** Says that another's commit can be followed, if nobody else has said so. */
  confirm(engine: Engine, conversation: Uint8Array): Promise<void>
  /** The server did not take an own commit: the next one waits, so that a server that goes on refusing is not run over. */
  refused(conversation: Uint8Array): void
}

const retryAfterMs = 5_000
const commitRetryMs = 60_000
/** The more there are, the longer they are spread: while one commit is made and sent, few others should begin theirs. */
const patienceMinMs = 4_000
const patienceStepMs = 250
/** Large groups spread their answers, so that one is enough. */
const confirmStepMs = 150
const confirmSpreadMax = 60

/** Another account takes out whoever leaves. Where none stays, the others go, then the own devices, and this one last. */
const leave = async (engine: Engine, group: Group): Promise<void> => {
  const { account, keys } = engine.context.identity()
  const people = peopleIn(group)
  const ready = leavesReady(group.current.state)
  if ([...people.keys()].some((one) => one !== toHex(account) && !ready.has(one))) return askToLeave(engine, group)
  // All the others want to go as well: somebody has to take them out first, or all wait for each other.
  if (people.size > 1) {
    const going = [...ready.values()].flat().filter((leaf) => !equal(leaf.account, account))
    await makeCommit(engine, group, {
      ...renewal,
      removed: going.map((leaf) => leaf.device),
      byReference: going.map((leaf) => leaf.reference),
    })
    return
  }
  const others = (people.get(toHex(account))?.leaves ?? []).filter((leaf) => !equal(leaf.device, keys.device))
  if (others.length > 0) {
    const proposals = others.map(({ leafIndex }) => ({ remove: leafIndex }))
    await makeCommit(engine, group, { ...renewal, proposals, removed: others.map(({ device }) => device) })
    return
  }
  const draft = engine.draft(group)
  draft.ended = { by: account, atMs: engine.context.ports.clock.nowMs() }
  draft.consumed.push(...secretsOver(group.current.state, undefined))
  engine.save(group, draft)
}

/** Asked again after this long: three a day are looked at. */
const askAgainMs = 9 * 3600_000

/** The others have gone on without this device. */
const comeInAgain = async (engine: Engine, group: Group): Promise<void> => {
  const { clock } = engine.context.ports
  const before = group.unopened?.asked?.atMs ?? -askAgainMs
  if (engine.connection().state() === 'online' && clock.nowMs() - before >= askAgainMs) await askAgain(engine, group)
}

const onlyRemovals = (plan: Plan): Plan => ({
  ...plan,
  proposals: plan.proposals.filter((one) => 'remove' in one),
  added: [],
})

/** Few of many newcomers greet at once, and those may not be at home: each of the others does when its time comes and nobody has. */
const isUngreeted = (group: Group): boolean => group.adder !== undefined && peopleIn(group).size > greetersMax

export const createCommitter = (context: Context, wake: (conversation: Uint8Array) => void): Committer => {
  const { clock, database, random } = context.ports
  const refusedUntil = new Map<string, number>()
  const patience = new Map<string, { readonly epoch: number; readonly untilMs: number }>()
  const removals = createRemovalWatch(context, ({ conversation }, waitMs) => wakeIn(conversation, waitMs))
  const confirming = new Map<string, { readonly epoch: number; readonly atMs: number | undefined }>()

  const wakeIn = (conversation: Uint8Array, waitMs: number): void =>
    void clock.setTimer(waitMs, () => wake(conversation))
  /** A part of `mostMs`, drawn. */
  const drawn = (mostMs: number): number => {
    const [high = 0, low = 0] = random(2)
    return Math.round((mostMs * (high * 256 + low)) / 65_535)
  }

  const refused = (conversation: Uint8Array): void => {
    refusedUntil.set(toHex(conversation), clock.nowMs() + commitRetryMs)
    wakeIn(conversation, commitRetryMs)
  }

  /** Every member sees what is owed; the first whose patience ends does it, and the others see that it is done. */
  const isPatienceOver = (conversation: Uint8Array, group: Group): boolean => {
    const name = toHex(conversation)
    const known = patience.get(name)
    if (known?.epoch === group.current.epoch) return clock.nowMs() >= known.untilMs
    const waitMs = drawn(Math.max(patienceMinMs, peopleIn(group).size * patienceStepMs))
    patience.set(name, { epoch: group.current.epoch, untilMs: clock.nowMs() + waitMs })
    wakeIn(conversation, waitMs + 1)
    return false
  }

  return {
    refused,
    async commit(engine, conversation) {
      const group = mustLoad(engine, conversation)
      removals.look(engine, group)
      if (group.unopened?.confirmed === true) return comeInAgain(engine, group)
      if (clock.nowMs() < (refusedUntil.get(toHex(conversation)) ?? 0)) return
      const due = commitIsDue(engine, group)
      if (due === 'not') return
      const isOnline = engine.connection().state() === 'online'
      if (wantsToLeave(database, conversation)) return isOnline ? leave(engine, group) : undefined
      const plan = isOnline ? await planCommit(engine, group) : undefined
      if (plan === 'later') wakeIn(conversation, retryAfterMs)
      const isPlanned = plan !== undefined && plan !== 'later'
      const canWait = isPlanned ? !plan.own : due === 'should'
      if (canWait && !isPatienceOver(conversation, group)) return
      if (!isPlanned) return void (due !== 'may' && !isRemovalDue(engine, group) && (await makeCommit(engine, group)))
      if (await makeCommit(engine, mustLoad(engine, conversation), plan)) return
      // Whoever cannot be added, by keys that nobody can use, does not keep anybody else from going.
      const going = onlyRemovals(plan)
      const isLess = going.removed.length > 0 && going.proposals.length < plan.proposals.length
      if (isLess && (await makeCommit(engine, mustLoad(engine, conversation), going))) return
      // It cannot be made in this epoch; whatever must be goes without it.
      if (due !== 'may' && !isRemovalDue(engine, group)) await makeCommit(engine, mustLoad(engine, conversation))
      else refused(conversation)
    },

    async confirm(engine, conversation) {
      const group = mustLoad(engine, conversation)
      const name = toHex(conversation)
      const { kept, current } = group
      const isOwed = kept === undefined ? isUngreeted(group) : !equal(kept.committer, context.identity().account)
      if (!isOwed || !maySeal(engine, group)) return void confirming.delete(name)
      const known = confirming.get(name)
      if (known?.epoch !== current.epoch) {
        const waitMs = drawn(Math.min(peopleIn(group).size, confirmSpreadMax) * confirmStepMs)
        confirming.set(name, { epoch: current.epoch, atMs: clock.nowMs() + waitMs })
        return wakeIn(conversation, waitMs + 1)
      }
      if (known.atMs === undefined || clock.nowMs() < known.atMs) return
      confirming.set(name, { epoch: current.epoch, atMs: undefined })
      const draft = engine.draft(group)
      await sealPassing(engine, draft, { kind: 'receipts', delivered: [], read: [] })
      engine.save(group, draft)
    },
  }
}
