/** Receiving a message of the group: one entrance for application data, proposals and commits (RFC 9420 §6, §12). */
import { hex } from './bytes.ts'
import { cryptoOf, proposalReference, type Crypto } from './crypto.ts'
import { isRefusal, memberAt, refuse, type GroupState } from './group-state.ts'
import {
  epochRefusal,
  framedSignatureValid,
  membershipTagValid,
  openPrivate,
  type Opened,
} from './message-protection.ts'
import { processCommit } from './process-commit.ts'
import { proposalRefusal, viewOf } from './proposal-list.ts'
import type { Provider } from './provider.ts'
import { viewOfState } from './send.ts'
import { decodeExternalSenders, extensionTypes, findExtension } from './structures/extension.ts'
import {
  encodeAuthenticatedContent,
  encodeFramedContent,
  wireFormats,
  type FramedContent,
  type PublicMessage,
} from './structures/framing.ts'
import { decodeMlsMessage } from './structures/mls-message.ts'
import {
  windows as productWindows,
  type Judge,
  type ProposalView,
  type Proposer,
  type PskLookup,
  type Refusal,
  type Windows,
} from './types.ts'

/** Application data, opened once: its key is gone from `newState` (§9.2). The sender is who signed it, by leaf and identity of this epoch. */
export type ApplicationReceived<State = GroupState> = {
  readonly ok: true
  readonly kind: 'application'
  /** persist before the data counts as read: its key is gone from it */
  readonly newState: State
  readonly data: Uint8Array
  readonly authenticatedData: Uint8Array
  readonly senderLeaf: number
  readonly senderIdentity: Uint8Array
  readonly senderSignatureKey: Uint8Array
  readonly epoch: number
  readonly generation: number
  readonly consumed: readonly Uint8Array[]
}

/** A proposal that now waits for a commit of this epoch (§12.1). */
export type ProposalReceived = {
  readonly ok: true
  readonly kind: 'proposal'
  readonly newState: GroupState
  readonly proposal: ProposalView
  /** ProposalRef (§5.2) */
  readonly reference: Uint8Array
  readonly authenticatedData: Uint8Array
  readonly epoch: number
  readonly consumed: readonly Uint8Array[]
}

/** A commit that was taken (§12.4.2): `newState` is the next epoch. `removed`: it ended this member; then `newState` opens nothing more. */
export type CommitReceived = {
  readonly ok: true
  readonly kind: 'commit'
  /** the next epoch; when `removed`, the old one, closed */
  readonly newState: GroupState
  readonly senderLeaf: number
  readonly senderIdentity: Uint8Array
  /** the sender came in by this very commit */
  readonly external: boolean
  readonly proposals: readonly ProposalView[]
  /** this member was removed, whoever may stand at its leaf now */
  readonly removed: boolean
  /** the epoch the commit was sent in */
  readonly epoch: number
  readonly authenticatedData: Uint8Array
  readonly consumed: readonly Uint8Array[]
}

/** What a message was, when nothing was wrong with it. */
export type Received = ApplicationReceived | ProposalReceived | CommitReceived

/** So many proposals may wait for a commit; more are refused, so that no member can fill another's memory. */
export const waitingProposalsMax = 1024

/** The state to read with, the MLSMessage as it came, and the caller's policy. Without `windows` the product's hold. */
export type ReceiveOptions = {
  readonly provider: Provider
  readonly state: GroupState
  /** an MLSMessage with a PrivateMessage or PublicMessage */
  readonly message: Uint8Array
  readonly judge: Judge
  readonly psk?: PskLookup
  readonly windows?: Windows
}

/**
 * Opens, verifies, judges and applies one message. A refusal leaves everything as it was. For a commit the code says who else refuses:
 * see `refusedByAll`, and `path-unreadable` for the member that alone cannot follow. `own-message` is said of whatever claims to come
 * from the own leaf: compare its hash with what was sent.
 */
export async function receive(o: ReceiveOptions): Promise<Received | Refusal> {
  const { state } = o
  const c = cryptoOf(o.provider, state.context.suite)
  if (state.status === 'removed') return refuse('group-closed', 'state', 'this member was removed')
  const decoded = decodeMlsMessage(o.message)
  if (decoded === undefined) return refuse('malformed', 'message', 'not an MLSMessage')
  if (decoded.kind === 'private') {
    const wrong = epochRefusal(state.context, decoded.message.groupId, decoded.message.epoch)
    if (wrong !== undefined) return wrong
    const opened = await openPrivate(c, viewOfState(state), decoded.message, o.windows ?? productWindows)
    return isRefusal(opened) ? opened : receivePrivate(c, o, opened)
  }
  if (decoded.kind === 'public') {
    const { groupId, epoch } = decoded.message.framed
    return epochRefusal(state.context, groupId, epoch) ?? receivePublic(c, o, decoded.message)
  }
  return refuse('malformed', 'message', 'not a message of a group')
}

async function receivePrivate(c: Crypto, o: ReceiveOptions, opened: Opened): Promise<Received | Refusal> {
  const state = { ...o.state, secretTree: opened.secretTree }
  const { content } = opened.content.framed
  if (content.kind === 'application') return application(state, opened, content.data)
  return handshake(c, { ...o, state }, opened, opened.consumed)
}

function application(state: GroupState, opened: Opened, data: Uint8Array): ApplicationReceived {
  const sender = memberAt(state, opened.senderLeaf)
  if (sender === undefined) throw new Error('a message was opened from a blank leaf')
  return {
    ok: true,
    kind: 'application',
    newState: state,
    data,
    authenticatedData: opened.content.framed.authenticatedData,
    senderLeaf: opened.senderLeaf,
    senderIdentity: sender.identity,
    senderSignatureKey: sender.signatureKey,
    epoch: Number(state.context.epoch),
    generation: opened.generation,
    consumed: opened.consumed,
  }
}

async function handshake(
  c: Crypto,
  o: ReceiveOptions,
  opened: Pick<Opened, 'content' | 'encodedFramed'>,
  consumed: readonly Uint8Array[],
): Promise<ProposalReceived | CommitReceived | Refusal> {
  const { framed } = opened.content
  if (framed.content.kind === 'proposal') return proposal(c, o, opened, framed, consumed)
  if (framed.content.kind !== 'commit') return refuse('malformed', 'sender', 'application data in the clear')
  if (o.state.status !== 'open') return refuse('group-closed', 'state', 'the group was re-initialised')
  const { commit } = framed.content
  const processed = await processCommit(c, o.state, {
    content: opened.content,
    commit,
    encodedFramed: opened.encodedFramed,
    judge: o.judge,
    psk: o.psk,
  })
  if (isRefusal(processed)) return processed
  return {
    ok: true,
    kind: 'commit',
    ...processed,
    epoch: Number(o.state.context.epoch),
    authenticatedData: framed.authenticatedData,
    consumed: [...consumed, ...processed.consumed],
  }
}

async function proposal(
  c: Crypto,
  o: ReceiveOptions,
  opened: Pick<Opened, 'content' | 'encodedFramed'>,
  framed: FramedContent,
  consumed: readonly Uint8Array[],
): Promise<ProposalReceived | Refusal> {
  if (framed.content.kind !== 'proposal') throw new Error('not a proposal')
  if (o.state.proposals.size >= waitingProposalsMax)
    return refuse('proposals-invalid', 'sender', 'too many proposals wait in this epoch')
  const proposer = proposerOf(framed)
  const item = { proposal: framed.content.proposal, proposer, byReference: true }
  const bad = await proposalRefusal(c, o.state.tree, o.state.context, item, o.judge)
  if (bad !== undefined) return bad
  const reference = await proposalReference(
    c,
    encodeAuthenticatedContent(opened.content.wireFormat, opened.encodedFramed, opened.content.auth),
  )
  const proposals = new Map(o.state.proposals).set(hex(reference), { reference, proposal: item.proposal, proposer })
  return {
    ok: true,
    kind: 'proposal',
    newState: { ...o.state, proposals },
    proposal: await viewOf(c, o.state.tree, item),
    reference,
    authenticatedData: framed.authenticatedData,
    epoch: Number(o.state.context.epoch),
    consumed,
  }
}

function proposerOf({ sender }: FramedContent): Proposer {
  if (sender.kind === 'member') return { kind: 'member', leafIndex: sender.leafIndex }
  return sender.kind === 'external' ? { kind: 'external', senderIndex: sender.senderIndex } : { kind: 'new-member' }
}

/** The key a public message must be signed with (§6.1); `undefined`: no such sender, or not entitled to this content. */
function publicSenderKey(state: GroupState, { sender, content }: FramedContent): Uint8Array | undefined {
  switch (sender.kind) {
    case 'member':
      return state.tree.leaves[sender.leafIndex]?.signatureKey
    case 'external': {
      const data = findExtension(state.context.extensions, extensionTypes.externalSenders)
      const senders = data && decodeExternalSenders(data)
      return content.kind === 'proposal' ? senders?.[sender.senderIndex]?.signatureKey : undefined
    }
    case 'new-member-proposal':
      return content.kind === 'proposal' && content.proposal.kind === 'add'
        ? content.proposal.keyPackage.leaf.signatureKey
        : undefined
    case 'new-member-commit':
      return content.kind === 'commit' ? content.commit.path?.leaf.signatureKey : undefined
  }
}

async function receivePublic(c: Crypto, o: ReceiveOptions, message: PublicMessage): Promise<Received | Refusal> {
  const { state } = o
  const { framed, auth } = message
  const publicKey = publicSenderKey(state, framed)
  if (publicKey === undefined) return refuse('unknown-sender', 'sender', 'no such sender')
  const { sender } = framed
  const encodedFramed = encodeFramedContent(framed)
  if (sender.kind === 'member') {
    if (!(await membershipTagValid(c, state.secrets.membershipKey, encodedFramed, state.encodedContext, message)))
      return refuse('bad-membership-tag', 'message', 'membership tag')
    if (sender.leafIndex === state.ownLeaf) return refuse('own-message', 'message', 'sent from this leaf')
  }
  const context = sender.kind === 'member' || sender.kind === 'new-member-commit' ? state.encodedContext : undefined
  if (!(await framedSignatureValid(c, wireFormats.publicMessage, encodedFramed, context, publicKey, auth.signature)))
    return refuse('bad-signature', 'sender', 'message signature')
  return handshake(c, o, { content: { wireFormat: wireFormats.publicMessage, framed, auth }, encodedFramed }, [])
}
