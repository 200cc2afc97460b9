/** Own commits: when one is due, and how it is made. It is durable before it is sent, and adopted only when it has won. */
import { encode, equal, limits, toHex } from '@halyard/protocol'
import { createCommit, createProposal, pendingProposals, secretsOver } from '@halyard/mls'
import type { ProposalInput } from '@halyard/mls'
import { numberOf } from '../store/values.ts'
import { repairAfterMs } from './commits.ts'
import { welcomesFor } from './create.ts'
import { commitHash } from './engine.ts'
import type { Engine } from './engine.ts'
import { freeze, pendingWelcomes, peopleIn, standAt } from './group.ts'
import type { Group } from './group.ts'
import type { Newcomer } from './key-packages.ts'
import { addClearRow } from './seal.ts'

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

/** Whether this device may commit now at all, and whether it must: after a time, many messages, a last resort, as a repair. */
export const commitIsDue = (engine: Engine, group: Group): 'must' | 'may' | 'not' => {
  if (group.phase !== 'live' || group.pending !== undefined || group.paused !== undefined) return 'not'
  const { clock, database } = engine.context.ports
  const unreadable = database.get(
    'SELECT min(ms) AS ms FROM commits WHERE conversation = ? AND epoch = ? AND unreadable = 1',
    [group.conversation, group.current.epoch],
  )
  if (unreadable?.['ms'] !== undefined)
    return clock.nowMs() >= numberOf(unreadable, 'ms') + repairAfterMs ? 'must' : 'not'
  // While nobody has confirmed the last own commit, a second one would make undoing it ambiguous.
  if (group.kept !== undefined && equal(group.kept.committer, engine.context.identity().account)) return 'not'
  const isOld =
    group.mustUpdate ||
    group.generations >= limits.updateAfterGenerations ||
    clock.nowMs() - group.updatedMs >= limits.updateAfterMs
  return isOld ? 'must' : 'may'
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
  const made = await createCommit({
    provider,
    state: current.state,
    proposals: plan.proposals,
    alsoByReference: ({ reference }) => plan.byReference.some((one) => equal(one, reference)),
    withPath: true,
    judge: engine.judge(group.room),
    authenticatedData: plan.basis,
    ratchetTreeInWelcome: true,
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
  const welcomes = plan.added.length === 0 ? undefined : encode(pendingWelcomes, welcomesFor(made, plan.added))
  draft.group = {
    ...draft.group,
    pending: {
      epoch: current.epoch,
      madeBy: current.madeBy,
      entry,
      row,
      record: next.record,
      ratchets: next.ratchets,
      welcomes,
    },
  }
  engine.save(group, draft)
  return true
}

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
      judge: engine.judge(group.room),
    })
    if (!made.ok) throw new Error(`assertion failed: leaving was refused: ${made.code}`)
    draft.group = { ...draft.group, current: { ...draft.group.current, state: made.newState } }
    draft.consumed.push(...made.consumed)
    await addClearRow(engine, draft, { kind: 'proposal', message: made.message })
  }
  engine.save(group, draft)
}
