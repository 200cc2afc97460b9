/** Processing a commit (RFC 9420 §12.4.2). */
import { hex, noBytes, sameBytes, sameSecret } from './bytes.ts'
import type { Crypto } from './crypto.ts'
import { contextView } from './create-commit.ts'
import { isRefusal, memberOf, membersOf, refuse, type GroupState, type PendingUpdate } from './group-state.ts'
import { leafRefusalAlone } from './leaf-validation.ts'
import { externalInitSecret, lookUpPsks, nextEpoch, provisionalContext, stateAfter } from './next-epoch.ts'
import { applyProposals, viewOf, type Applied, type Committer, type ListedProposal } from './proposal-list.ts'
import { extendTo, leftmostBlank } from './ratchet-tree.ts'
import type { Commit, UpdatePath } from './structures/commit.ts'
import { identityOf } from './structures/credential.ts'
import type { AuthenticatedContent } from './structures/framing.ts'
import { encodeGroupContext, type GroupContext } from './structures/group-context.ts'
import { keptKeys, mergePath, openPath, type OpenedPath } from './tree-kem.ts'
import type { Judge, ProposalView, Proposer, PskLookup, Refusal } from './types.ts'
import { newKeysFit, newLeavesFit, pathKeysFresh } from './uniqueness.ts'

export type CommitProcessed = {
  readonly newState: GroupState
  readonly senderLeaf: number
  readonly senderIdentity: Uint8Array
  readonly external: boolean
  readonly proposals: readonly ProposalView[]
  readonly removed: boolean
  readonly consumed: readonly Uint8Array[]
}

export type CommitInput = {
  readonly content: AuthenticatedContent
  readonly commit: Commit
  readonly encodedFramed: Uint8Array
  readonly judge: Judge
  readonly psk: PskLookup | undefined
}

function resolveProposals(state: GroupState, commit: Commit, proposer: Proposer): readonly ListedProposal[] | Refusal {
  const list: ListedProposal[] = []
  const seen = new Set<string>()
  for (const item of commit.proposals) {
    if (item.kind === 'proposal') {
      list.push({ proposal: item.proposal, proposer, byReference: false })
      continue
    }
    const name = hex(item.reference)
    const stored = state.proposals.get(name)
    if (stored === undefined) return refuse('proposal-unknown', 'sender', 'a proposal it refers to was not seen')
    if (seen.has(name)) return refuse('proposals-invalid', 'sender', 'one reference twice')
    seen.add(name)
    list.push({ proposal: stored.proposal, proposer: stored.proposer, byReference: true })
  }
  return list
}

function committerOf(content: AuthenticatedContent, commit: Commit): Committer | undefined {
  const { sender } = content.framed
  if (sender.kind === 'member') return { kind: 'member', leafIndex: sender.leafIndex }
  return sender.kind === 'new-member-commit' && commit.path !== undefined ? { kind: 'external' } : undefined
}

/** Applies an authenticated commit of the state's epoch by someone else. First all that every member can check, then what needs own secrets. */
export async function processCommit(c: Crypto, state: GroupState, o: CommitInput): Promise<CommitProcessed | Refusal> {
  const committer = committerOf(o.content, o.commit)
  if (committer === undefined) return refuse('path-missing', 'sender', 'an external commit needs a path')
  const proposer: Proposer =
    committer.kind === 'member' ? { kind: 'member', leafIndex: committer.leafIndex } : { kind: 'new-member' }
  const list = resolveProposals(state, o.commit, proposer)
  if (isRefusal(list)) return list
  const applied = await applyProposals(
    c,
    state.tree,
    state.context,
    committer.kind === 'external' ? list.map(asExternal) : list,
    committer,
    o.judge,
  )
  if (isRefusal(applied)) return applied
  const { path } = o.commit
  if (path === undefined && applied.pathRequired) return refuse('path-missing', 'sender', 'these proposals need a path')
  const senderLeaf = committer.kind === 'member' ? committer.leafIndex : leftmostBlank(applied.draft)
  const bad = path && (await applyPath(c, state, applied, committer, senderLeaf, path, o.judge))
  if (bad !== undefined) return bad
  const provisional = await provisionalContext(c, state.context, applied.draft, applied.extensions)
  const sender = applied.draft.leaves[senderLeaf]
  const views = await Promise.all(list.map((item) => viewOf(c, state.tree, item)))
  const common = {
    senderLeaf,
    senderIdentity: sender ? identityOf(sender.credential) : noBytes,
    external: committer.kind === 'external',
    proposals: views,
  }
  const agreed = await o.judge.commit({
    ...common,
    membersBefore: membersOf(state.tree),
    membersAfter: membersOf(applied.draft),
    groupContextBefore: contextView(state.context),
    groupContextAfter: contextView(provisional),
    authenticatedData: o.content.framed.authenticatedData,
  })
  if (!agreed) return refuse('commit-refused', 'sender', 'the judge refused the commit')
  if (applied.removed.includes(state.ownLeaf)) {
    // Also when the leaf was given to a newcomer in the same commit: what stands there now is someone else.
    return { ...common, removed: true, newState: { ...state, status: 'removed' }, consumed: [] }
  }
  const next = await follow(c, state, applied, senderLeaf, path, provisional, o)
  return isRefusal(next) ? next : { ...common, removed: false, ...next }
}

/** In an external commit the newcomer is the proposer of what it brings; the list rules of §12.2 for it are others. */
function asExternal(item: ListedProposal): ListedProposal {
  return { ...item, proposer: { kind: 'member', leafIndex: -1 } }
}

async function applyPath(
  c: Crypto,
  state: GroupState,
  applied: Applied,
  committer: Committer,
  senderLeaf: number,
  path: UpdatePath,
  judge: Judge,
): Promise<Refusal | undefined> {
  const { draft } = applied
  if (path.leaf.source.kind !== 'commit')
    return refuse('leaf-invalid', 'sender', 'the leaf of a path was not made for a commit')
  if (!pathKeysFresh(draft, [path.leaf.encryptionKey, ...path.nodes.map((node) => node.encryptionKey)]))
    return refuse('path-invalid', 'sender', 'a key of the path is not new')
  extendTo(draft, senderLeaf)
  const rules = { groupId: state.context.groupId, extensions: applied.extensions }
  const alone = await leafRefusalAlone(c, path.leaf, rules, senderLeaf)
  if (alone !== undefined) return alone
  if (!(await mergePath(c, draft, senderLeaf, path, new Set(applied.added))))
    return refuse('path-invalid', 'sender', 'the path does not fit the tree')
  const misfit = newKeysFit(draft, [senderLeaf]) ?? newLeavesFit(draft, [senderLeaf])
  if (misfit !== undefined) return misfit
  const previousAt = committer.kind === 'member' ? senderLeaf : applied.removed[0]
  const previous = previousAt === undefined ? undefined : state.tree.leaves[previousAt]
  const said = await judge.credential({
    identity: identityOf(path.leaf.credential),
    signatureKey: path.leaf.signatureKey,
    credentialType: path.leaf.credential.type,
    source: committer.kind === 'member' ? 'commit' : 'external-join',
    leafIndex: senderLeaf,
    previous: previous && previousAt !== undefined ? memberOf(previous, previousAt) : undefined,
  })
  return said ? undefined : refuse('credential-refused', 'sender', 'credential of the committer')
}

/** The part that takes this member's own secrets. */
async function follow(
  c: Crypto,
  state: GroupState,
  applied: Applied,
  senderLeaf: number,
  path: UpdatePath | undefined,
  provisional: GroupContext,
  o: CommitInput,
): Promise<Pick<CommitProcessed, 'newState' | 'consumed'> | Refusal> {
  const pskSecret = await lookUpPsks(c, applied.psks, [state], o.psk)
  if (isRefusal(pskSecret)) return pskSecret
  const initSecret =
    applied.externalInit === undefined
      ? state.secrets.initSecret
      : await externalInitSecret(c, state.secrets.externalSecret, applied.externalInit)
  if (initSecret === undefined) return refuse('proposals-invalid', 'sender', 'the external init is no KEM output')
  const { kept, dropped, pending } = keysAfter(state, applied)
  const opened =
    path &&
    (await openPath(
      c,
      applied.draft,
      senderLeaf,
      path,
      new Set(applied.added),
      state.ownLeaf,
      kept,
      encodeGroupContext(provisional),
    ))
  if (path !== undefined && opened === undefined)
    return refuse('path-unreadable', 'sender', 'the path secret meant for this member')
  takeOver(kept, opened)
  const { signature, confirmationTag } = o.content.auth
  const commitSecret = opened?.keys.commitSecret ?? new Uint8Array(c.suite.hashLength)
  const next = await nextEpoch(c, {
    provisional,
    leafCount: applied.draft.leaves.length,
    interimBefore: state.interimTranscriptHash,
    wireFormat: o.content.wireFormat,
    encodedFramed: o.encodedFramed,
    signature,
    initSecret,
    commitSecret,
    pskSecret,
  })
  if (confirmationTag === undefined || !sameSecret(confirmationTag, next.confirmationTag))
    return refuse('wrong-confirmation-tag', 'sender', 'confirmation tag')
  const newState = stateAfter(
    state,
    next,
    applied.draft,
    kept,
    pending?.signaturePrivateKey ?? state.signaturePrivateKey,
    applied.reinit,
  )
  return {
    newState,
    consumed: [
      ...next.consumed,
      next.joinerSecret,
      commitSecret,
      pskSecret,
      state.secrets.initSecret,
      ...(opened?.keys.pathSecrets ?? []),
      ...dropped,
    ],
  }
}

/** Own private keys that still fit, with that of an own Update when it was committed. */
function keysAfter(
  state: GroupState,
  applied: Applied,
): {
  readonly kept: Map<number, Uint8Array>
  readonly dropped: readonly Uint8Array[]
  readonly pending: PendingUpdate | undefined
} {
  const { kept, dropped } = keptKeys(state.tree, applied.draft, state.privateKeys)
  const key = applied.draft.leaves[state.ownLeaf]?.encryptionKey
  const pending = state.pendingUpdates.find((update) => key !== undefined && sameBytes(update.encryptionKey, key))
  if (pending !== undefined) kept.set(2 * state.ownLeaf, pending.privateKey)
  const unused = state.pendingUpdates.filter((update) => update !== pending).map((update) => update.privateKey)
  return { kept, dropped: [...dropped, ...unused], pending }
}

function takeOver(keys: Map<number, Uint8Array>, opened: OpenedPath | undefined): void {
  opened?.nodes.forEach((node, i) => {
    const pair = opened.keys.pairs[i]
    if (pair !== undefined) keys.set(node, pair.privateKey)
  })
}
