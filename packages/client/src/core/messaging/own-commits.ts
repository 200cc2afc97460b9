/** Own commits: when one is due, and how it is made. It is durable before it is sent, and adopted only when it has won. */
import { encode, equal, limits, toHex } from '@halyard/protocol'
import { treeKeyExtension } from '@halyard/crypto'
import { createCommit, createProposal, pendingProposals, secretsOver } from '@halyard/mls'
import type { Judge, ProposalInput } from '@halyard/mls'
import { isBound } from './bound.ts'
import { changesOf } from './changes.ts'
import { repairAfterMs } from './commits.ts'
import { commitHash } from './engine.ts'
import type { Engine } from './engine.ts'
import { freeze, pendingWelcomes, peopleIn, standAt } from './group.ts'
import type { Group, PendingCommit } from './group.ts'
import type { Newcomer } from './key-packages.ts'
import { isRemovalDue } from './removals.ts'
import { addClearRow } from './seal.ts'
import { newTreeKey, welcomesFor } from './welcomes.ts'

/** What a commit is to do. */
export interface Plan {
  readonly proposals: readonly ProposalInput[]
  readonly added: readonly Newcomer[]
  readonly removed: readonly Uint8Array[]
  /** Why leaves go that are not ours. */
  readonly basis: Uint8Array
  /** The proposals of those who leave with it. */
  readonly byReference: readonly Uint8Array[]
  /** Wanted by this device; what chains or others ask for can wait until somebody else has done it. */
  readonly own: boolean
}

/**
 * Whether this device may commit now at all, and whether it must: after many messages, a last resort, as a repair; or
 * should, when its keys have become old: in its turn, for all who came at once become old at once.
 */
export const commitIsDue = (engine: Engine, group: Group): 'must' | 'should' | 'may' | 'not' => {
  if (group.phase !== 'live' || group.pending !== undefined || group.paused !== undefined) return 'not'
  const { account, keys } = engine.context.identity()
  // Nobody would follow a commit of a device that has to go.
  if (isBound(group.bound, account, keys.device)) return 'not'
  const { clock } = engine.context.ports
  const { unopened } = group
  if (unopened !== undefined)
    return unopened.complained && clock.nowMs() >= unopened.timeMs + repairAfterMs ? 'must' : 'not'
  // While nobody has confirmed the last own commit, a second one would make undoing it ambiguous. Whoever has to go could
  // stay by saying nothing.
  if (group.kept !== undefined && equal(group.kept.committer, account))
    return isRemovalDue(engine, group) || isAlone(engine, group) ? 'may' : 'not'
  if (group.mustUpdate || group.generations >= limits.updateAfterGenerations) return 'must'
  return clock.nowMs() - group.updatedMs >= renewalAgeMs(keys.device) ? 'should' : 'may'
}

/** The last own commit was lost with a restored server before anybody had read it: the others ask to be let in. */
const isAlone = ({ context }: Engine, { conversation, sinceRestore }: Group): boolean =>
  sinceRestore !== undefined &&
  changesOf(context.ports.database, conversation).some(({ change }) => change.kind === 'enter')

/** Between half of the limit and the limit, by the device: a thousand devices do not all commit on one day. */
const renewalAgeMs = (device: Uint8Array): number => {
  const [high = 0, low = 0] = device
  return limits.updateAfterMs * (1 - (high * 256 + low) / 131_072)
}

/** New own keys, and nothing else. */
export const renewal: Plan = {
  proposals: [],
  added: [],
  removed: [],
  basis: new Uint8Array(),
  byReference: [],
  own: true,
}

/** A commit with new own keys, and what is planned with it. Returns false when the rules do not let the plan be. */
export const makeCommit = async (engine: Engine, group: Group, plan: Plan = renewal): Promise<boolean> => {
  const { provider } = engine.context.ports
  const { current } = group
  const treeKey = newTreeKey(engine)
  const { judge, force } = inForce(engine.judge(group))
  const made = await createCommit({
    provider,
    state: current.state,
    proposals: plan.proposals,
    alsoByReference: ({ reference }) => plan.byReference.some((one) => equal(one, reference)),
    withPath: true,
    judge,
    authenticatedData: plan.basis,
    groupInfoExtensions: [treeKeyExtension(treeKey)],
  })
  if (!made.ok) {
    if (plan === renewal) throw new Error(`assertion failed: an update was refused: ${made.code}`)
    engine.context.count(`plan:${made.code}`)
    return false
  }
  const draft = engine.draft({ ...group, current: { ...current, state: made.currentState } })
  draft.consumed.push(...made.consumed, ...secretsOver(made.newState, made.currentState))
  const { entry, row } = await addClearRow(engine, draft, {
    kind: 'commit',
    message: made.message,
    added: plan.added.map((one) => one.device),
    removed: plan.removed,
  })
  const next = freeze(standAt(made.newState, commitHash(made.message)))
  const welcomes = await welcomesFor(engine, group.conversation, made, plan.added, treeKey)
  draft.group = {
    ...draft.group,
    pending: {
      ...force,
      epoch: current.epoch,
      madeBy: current.madeBy,
      entry,
      row,
      record: next.record,
      ratchets: next.ratchets,
      welcomes: welcomes.length === 0 ? undefined : encode(pendingWelcomes, welcomes),
    },
  }
  engine.save(group, draft)
  return true
}

/** The judge, and what it has seen: the seconds in which every key package of the commit is in force. */
const inForce = (judge: Judge): { readonly judge: Judge; readonly force: Force } => {
  const force = { notBeforeS: 0, notAfterS: Number.MAX_SAFE_INTEGER }
  const commit: Judge['commit'] = (question) => {
    for (const proposal of question.proposals) {
      if (proposal.kind !== 'add') continue
      force.notBeforeS = Math.max(force.notBeforeS, proposal.lifetime.notBeforeS)
      force.notAfterS = Math.min(force.notAfterS, proposal.lifetime.notAfterS)
    }
    return judge.commit(question)
  }
  return { judge: { ...judge, commit }, force }
}
type Force = Pick<PendingCommit, 'notBeforeS' | 'notAfterS'>

/** Asks the others to take out every device of this account: nobody can commit their own going. */
export const askToLeave = async (engine: Engine, group: Group): Promise<void> => {
  const { provider } = engine.context.ports
  const { account } = engine.context.identity()
  const draft = engine.draft(group)
  const asked = new Set(
    pendingProposals(group.current.state).flatMap(({ proposal }) =>
      proposal.kind === 'remove' ? [proposal.leafIndex] : [],
    ),
  )
  const leaves = (peopleIn(group).get(toHex(account))?.leaves ?? []).filter((leaf) => !asked.has(leaf.leafIndex))
  if (leaves.length === 0) return
  for (const { leafIndex } of leaves) {
    const made = await createProposal({
      provider,
      state: draft.group.current.state,
      proposal: { remove: leafIndex },
      judge: engine.judge(group),
    })
    if (!made.ok) throw new Error(`assertion failed: leaving was refused: ${made.code}`)
    draft.group = { ...draft.group, current: { ...draft.group.current, state: made.newState } }
    draft.consumed.push(...made.consumed)
    await addClearRow(engine, draft, { kind: 'proposal', message: made.message })
  }
  engine.save(group, draft)
}
