/** Creating a commit and the Welcomes that go with it (RFC 9420 §12.4.1). */
import { noBytes } from './bytes.ts'
import { cryptoOf, type Crypto } from './crypto.ts'
import { isRefusal, memberOf, membersOf, refuse, type GroupState, type StoredProposal } from './group-state.ts'
import { membershipTag, signFramed } from './message-protection.ts'
import { lookUpPsks, nextEpoch, provisionalContext, stateAfter, type NextEpoch } from './next-epoch.ts'
import { applyProposals, viewOf, type Applied, type ListedProposal } from './proposal-list.ts'
import type { Provider } from './provider.ts'
import { encodeTree } from './ratchet-tree.ts'
import {
  closedRefusal,
  framedBy,
  paddingFor,
  proposalOf,
  sealed,
  type LeafChange,
  type ProposalInput,
  type Protected,
} from './send.ts'
import type { UpdatePath } from './structures/commit.ts'
import { identityOf } from './structures/credential.ts'
import type { Extension } from './structures/extension.ts'
import { contentWithin, encodeFramedContent, wireFormats, type Auth, type FramedContent } from './structures/framing.ts'
import { encodeGroupContext, type GroupContext } from './structures/group-context.ts'
import { encodeMlsMessage } from './structures/mls-message.ts'
import type { ProposalOrRef } from './structures/proposal.ts'
import { knownSuite } from './suites.ts'
import { keptKeys, renewPath, sealPath, type NewPath } from './tree-kem.ts'
import type { CommitQuestion, Judge, PskLookup, Refusal } from './types.ts'
import { makeWelcomes, type WelcomeSlice } from './make-welcome.ts'
import { newKeysFit, newLeavesFit } from './uniqueness.ts'

/** A commit of this epoch and both ways on (§12.4): store `currentState`, send `message`, and adopt `newState` when it has won. */
export type CommitCreated = {
  readonly ok: true
  /** the next epoch: adopt it when the commit has won */
  readonly newState: GroupState
  /** this epoch with the key spent: persist it before `message` leaves, and go on with it when the commit has lost */
  readonly currentState: GroupState
  /** the MLSMessage to send; the hash of these bytes names the commit */
  readonly message: Uint8Array
  /** one MLSMessage(Welcome) for all newcomers; encoded when first read */
  readonly welcome: Uint8Array | undefined
  /** the same cut into one MLSMessage(Welcome) per newcomer, in the order of the Adds */
  readonly welcomes: readonly WelcomeSlice[]
  /** ratchet_tree (§12.4.3.3) of the new epoch, for the newcomers; encoded when first read */
  readonly ratchetTree: Uint8Array
  /** secrets in neither state that follows: erase once `currentState` is stored; those that `newState` replaces are {@link secretsOver} */
  readonly consumed: readonly Uint8Array[]
}

/** What is committed, and how. Refused as `bad-argument` or `proposals-invalid` when the RFC or the judge would not let others take it. */
export type CommitOptions = {
  readonly provider: Provider
  readonly state: GroupState
  /** proposals by value, in order; none: the commit renews the own keys */
  readonly proposals: readonly ProposalInput[]
  /** also commit what others proposed in this epoch and still can be committed, or those of it that the function chooses (default true); should these clash, the refusal says so: commit without them */
  readonly alsoByReference?: boolean | ((waiting: StoredProposal) => boolean)
  /** what changes in the own leaf; its encryption key is always new */
  readonly leaf?: LeafChange
  /** false: leave the path out where it may be (only Adds and PSKs): cheaper, but heals nothing (default true) */
  readonly withPath?: boolean
  /** makes this the first commit of a group that continues (`reinit`) or branches another, whose last state is `parent` (§11.2, §11.3) */
  readonly link?: { readonly usage: 'reinit' | 'branch'; readonly parent: GroupState }
  readonly judge: Judge
  readonly psk?: PskLookup
  /** travels in the clear, authenticated */
  readonly authenticatedData?: Uint8Array
  /** encoded Commit and padding together, in bytes; a longer commit is not padded */
  readonly paddedLength?: number
  /** put the tree into the Welcome itself (default false: it travels beside it) */
  readonly ratchetTreeInWelcome?: boolean
  /** what else the GroupInfo tells the newcomers, and nobody but them (§12.4.3) */
  readonly groupInfoExtensions?: readonly Extension[]
  /** PublicMessage only where the delivery service must read handshakes (default private) */
  readonly wireFormat?: 'private' | 'public'
}

type Prepared = { readonly list: readonly ListedProposal[]; readonly items: readonly ProposalOrRef[] }

/** What others proposed and this member may commit (§12.4): no own Updates, one change per leaf (a Remove before the newest Update), no ReInit beside others. */
function byReference(state: GroupState, inputs: number, wanted: (waiting: StoredProposal) => boolean): Prepared {
  const waiting = [...state.proposals].filter(([, one]) => wanted(one))
  const removed = new Set<number>()
  const updated = new Map<number, string>()
  for (const [name, { proposal, proposer }] of waiting) {
    if (proposal.kind === 'remove') removed.add(proposal.leafIndex)
    if (proposal.kind === 'update' && proposer.kind === 'member') updated.set(proposer.leafIndex, name)
  }
  const seen = new Set<number>()
  const chosen = waiting.filter(([name, { proposal, proposer }]) => {
    if (proposal.kind === 'remove') {
      if (proposal.leafIndex === state.ownLeaf || seen.has(proposal.leafIndex)) return false
      seen.add(proposal.leafIndex)
      return true
    }
    if (proposal.kind === 'update') {
      return (
        proposer.kind === 'member' &&
        proposer.leafIndex !== state.ownLeaf &&
        !removed.has(proposer.leafIndex) &&
        updated.get(proposer.leafIndex) === name
      )
    }
    return proposal.kind !== 'reinit' || (inputs === 0 && state.proposals.size === 1)
  })
  return {
    list: chosen.map(([, { proposal, proposer }]) => ({ proposal, proposer, byReference: true })),
    items: chosen.map(([, { reference }]) => ({ kind: 'reference', reference })),
  }
}

/** The resumption PSK that proves membership in the parent. */
function linkInput(o: CommitOptions): readonly ProposalInput[] {
  if (o.link === undefined) return []
  const { context } = o.link.parent
  const nonce = o.provider.random(knownSuite(o.state.context.suite).hashLength)
  return [{ psk: { kind: 'resumption', usage: o.link.usage, groupId: context.groupId, epoch: context.epoch, nonce } }]
}

function prepare(o: CommitOptions): Prepared | Refusal {
  const also = o.alsoByReference ?? true
  const wanted = typeof also === 'function' ? also : (): boolean => also
  const referred = byReference(o.state, o.proposals.length, wanted)
  const list: ListedProposal[] = [...referred.list]
  const items: ProposalOrRef[] = [...referred.items]
  for (const input of [...o.proposals, ...linkInput(o)]) {
    const proposal = proposalOf(input)
    if (proposal === undefined) return refuse('key-package-invalid', 'caller', 'a key package cannot be read')
    list.push({ proposal, proposer: { kind: 'member', leafIndex: o.state.ownLeaf }, byReference: false })
    items.push({ kind: 'proposal', proposal })
  }
  return { list, items }
}

/** Creates a commit of this epoch. Nothing is changed by creating it: the loser of a race drops `newState`. */
export async function createCommit(o: CommitOptions): Promise<CommitCreated | Refusal> {
  const { state, judge } = o
  const c = cryptoOf(o.provider, state.context.suite)
  const closed = closedRefusal(state)
  if (closed !== undefined) return closed
  const prepared = prepare(o)
  if (isRefusal(prepared)) return prepared
  const applied = await applyProposals(
    c,
    state.tree,
    state.context,
    prepared.list,
    { kind: 'member', leafIndex: state.ownLeaf },
    judge,
  )
  if (isRefusal(applied)) return applied.fault === 'sender' ? { ...applied, fault: 'caller' } : applied
  const pskSecret = await lookUpPsks(c, applied.psks, [state, o.link?.parent], o.psk)
  if (isRefusal(pskSecret)) return pskSecret
  const made =
    applied.pathRequired || o.leaf !== undefined || o.withPath !== false
      ? await ownPath(c, state, applied, o)
      : undefined
  if (isRefusal(made)) return made
  const provisional = await provisionalContext(c, state.context, applied.draft, applied.extensions)
  const question = await questionOf(c, state, applied, prepared.list, provisional, o)
  if (!(await judge.commit(question))) return refuse('commit-refused', 'caller', 'the judge refused the commit')
  const references = question.proposals.flatMap((view) => (view.kind === 'add' ? [view.reference] : []))
  return finish(c, o, prepared, applied, references, made, provisional, pskSecret)
}

async function ownPath(c: Crypto, state: GroupState, applied: Applied, o: CommitOptions): Promise<NewPath | Refusal> {
  const old = state.tree.leaves[state.ownLeaf]
  if (old === undefined) throw new Error('an open state has a leaf of its own')
  const keys = o.leaf?.signatureKeyPair
  const made = await renewPath(
    c,
    applied.draft,
    state.ownLeaf,
    state.context.groupId,
    {
      signatureKey: keys?.publicKey ?? old.signatureKey,
      credential: o.leaf?.identity === undefined ? old.credential : { type: 1, identity: o.leaf.identity },
      capabilities: old.capabilities,
      extensions: old.extensions,
    },
    keys?.privateKey ?? state.signaturePrivateKey,
  )
  const misfit = newKeysFit(applied.draft, [state.ownLeaf]) ?? newLeavesFit(applied.draft, [state.ownLeaf])
  if (misfit !== undefined) return { ...misfit, fault: 'caller' }
  const leaf = applied.draft.leaves[state.ownLeaf] ?? old
  const said = await o.judge.credential({
    identity: identityOf(leaf.credential),
    signatureKey: leaf.signatureKey,
    credentialType: leaf.credential.type,
    source: 'commit',
    leafIndex: state.ownLeaf,
    previous: memberOf(old, state.ownLeaf),
  })
  return said ? made : refuse('credential-refused', 'caller', 'the judge refused the own credential')
}

async function questionOf(
  c: Crypto,
  state: GroupState,
  applied: Applied,
  list: readonly ListedProposal[],
  provisional: GroupContext,
  o: CommitOptions,
): Promise<CommitQuestion> {
  const own = applied.draft.leaves[state.ownLeaf]
  return {
    senderLeaf: state.ownLeaf,
    senderIdentity: own === undefined ? noBytes : identityOf(own.credential),
    external: false,
    proposals: await Promise.all(list.map((item) => viewOf(c, state.tree, item))),
    membersBefore: membersOf(state.tree),
    membersAfter: membersOf(applied.draft),
    groupContextBefore: contextView(state.context),
    groupContextAfter: contextView(provisional),
    authenticatedData: o.authenticatedData ?? noBytes,
  }
}

export function contextView(context: GroupContext): CommitQuestion['groupContextBefore'] {
  return { groupId: context.groupId, epoch: Number(context.epoch), extensions: context.extensions }
}

async function finish(
  c: Crypto,
  o: CommitOptions,
  prepared: Prepared,
  applied: Applied,
  references: readonly Uint8Array[],
  made: NewPath | undefined,
  provisional: GroupContext,
  pskSecret: Uint8Array,
): Promise<CommitCreated | Refusal> {
  const { state } = o
  const tree = applied.draft
  const path =
    made && (await sealPath(c, tree, state.ownLeaf, made, new Set(applied.added), encodeGroupContext(provisional)))
  const { framed, encodedFramed, commitLength } = framedCommit(state, prepared.items, path, o.authenticatedData)
  const wireFormat = o.wireFormat === 'public' ? wireFormats.publicMessage : wireFormats.privateMessage
  const signature = await signFramed(c, wireFormat, encodedFramed, state.encodedContext, state.signaturePrivateKey)
  const commitSecret = made?.keys.commitSecret ?? new Uint8Array(c.suite.hashLength)
  const next = await nextEpoch(c, {
    provisional,
    leafCount: tree.leaves.length,
    interimBefore: state.interimTranscriptHash,
    wireFormat,
    encodedFramed,
    signature,
    initSecret: state.secrets.initSecret,
    commitSecret,
    pskSecret,
  })
  const sent = await sendCommit(
    c,
    state,
    framed,
    encodedFramed,
    { signature, confirmationTag: next.confirmationTag },
    wireFormat,
    paddingFor(commitLength, o.paddedLength) ?? 0,
  )
  if (!sent.ok) return sent
  const signaturePrivateKey = o.leaf?.signatureKeyPair?.privateKey ?? state.signaturePrivateKey
  const newState = adopt(state, next, applied, made, signaturePrivateKey)
  const ratchetTree = once(() => encodeTree(tree))
  const welcome = await makeWelcomes(
    c,
    newState,
    next,
    pskSecret,
    applied,
    references,
    made,
    o.ratchetTreeInWelcome === true && applied.added.length > 0 ? ratchetTree() : undefined,
    o.groupInfoExtensions ?? [],
  )
  if (isRefusal(welcome)) return welcome
  const { all, slices } = welcome
  const encodedWelcome = once(() => all && encodeMlsMessage({ kind: 'welcome', welcome: all }))
  return {
    ok: true,
    newState,
    currentState: sent.newState,
    message: sent.message,
    get welcome() {
      return encodedWelcome()
    },
    welcomes: slices,
    get ratchetTree() {
      return ratchetTree()
    },
    consumed: [
      ...sent.consumed,
      ...next.consumed,
      next.joinerSecret,
      commitSecret,
      pskSecret,
      ...(made?.keys.pathSecrets ?? []),
    ],
  }
}

/** A value that is made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

function framedCommit(
  state: GroupState,
  proposals: readonly ProposalOrRef[],
  path: UpdatePath | undefined,
  authenticatedData: Uint8Array | undefined,
) {
  const commit = { proposals, path }
  const framed = framedBy(state, { kind: 'commit', commit }, authenticatedData)
  const encodedFramed = encodeFramedContent(framed)
  return { framed, encodedFramed, commitLength: contentWithin(framed, encodedFramed).length }
}

async function sendCommit(
  c: Crypto,
  state: GroupState,
  framed: FramedContent,
  encodedFramed: Uint8Array,
  auth: Auth,
  wireFormat: number,
  padding: number,
): Promise<Omit<Protected, 'generation'> | Refusal> {
  if (wireFormat === wireFormats.privateMessage) return sealed(c, state, framed, encodedFramed, auth, padding)
  const tag = await membershipTag(c, state.secrets.membershipKey, encodedFramed, state.encodedContext, auth)
  return {
    ok: true,
    newState: state,
    message: encodeMlsMessage({ kind: 'public', message: { framed, auth, membershipTag: tag } }),
    consumed: [],
  }
}

function adopt(
  state: GroupState,
  next: NextEpoch,
  applied: Applied,
  made: NewPath | undefined,
  signaturePrivateKey: Uint8Array,
): GroupState {
  const { kept } = keptKeys(state.tree, applied.draft, state.privateKeys)
  if (made !== undefined) {
    kept.set(2 * state.ownLeaf, made.leafKeys.privateKey)
    for (const [i, { node }] of made.path.entries()) {
      const pair = made.keys.pairs[i]
      if (pair !== undefined) kept.set(node, pair.privateKey)
    }
  }
  return stateAfter(state, next, applied.draft, kept, signaturePrivateKey, applied.reinit)
}
