/** Sending what is not a commit: application data and proposals (RFC 9420 §6, §12.1, §15). */
import { hex, noBytes } from './bytes.ts'
import { cryptoOf, proposalReference, type Crypto } from './crypto.ts'
import { refuse, type GroupState, type PendingUpdate } from './group-state.ts'
import { kemGenerate } from './hpke/kem.ts'
import { signLeaf } from './key-packages.ts'
import { sealPrivate, signFramed, type EpochView } from './message-protection.ts'
import { proposalRefusal } from './proposal-list.ts'
import type { Provider } from './provider.ts'
import { decodeKeyPackage, mls10 } from './structures/key-package.ts'
import type { Extension } from './structures/extension.ts'
import {
  encodeAuthenticatedContent,
  encodeFramedContent,
  wireFormats,
  type Auth,
  type FramedContent,
} from './structures/framing.ts'
import { encodeMlsMessage } from './structures/mls-message.ts'
import type { PreSharedKeyId } from './structures/pre-shared-key.ts'
import type { Proposal } from './structures/proposal.ts'
import type { CipherSuite, Judge, Refusal, SignatureKeyPair } from './types.ts'

/** A proposal as a caller asks for it. */
export type ProposalInput =
  /** an encoded KeyPackage */
  | { readonly add: Uint8Array }
  /** a leaf index */
  | { readonly remove: number }
  | { readonly psk: PreSharedKeyId }
  | { readonly groupContextExtensions: readonly Extension[] }
  | {
      readonly reinit: {
        readonly groupId: Uint8Array
        readonly suite: CipherSuite
        readonly extensions: readonly Extension[]
      }
    }

/** What changes in one's own leaf beside its encryption key: nothing, the identity, the signature key. */
export type LeafChange = { readonly identity?: Uint8Array; readonly signatureKeyPair?: SignatureKeyPair }

export function viewOfState(state: GroupState): EpochView {
  return {
    groupId: state.context.groupId,
    epoch: state.context.epoch,
    encodedContext: state.encodedContext,
    senderDataSecret: state.secrets.senderDataSecret,
    secretTree: state.secretTree,
    ownLeaf: state.ownLeaf,
    signatureKeyAt: (leafIndex) => state.tree.leaves[leafIndex]?.signatureKey,
  }
}

/** Why a state cannot send, if it cannot. */
export function closedRefusal(state: GroupState): Refusal | undefined {
  return state.status === 'open'
    ? undefined
    : refuse(
        'group-closed',
        'state',
        state.status === 'removed' ? 'this member was removed' : 'the group was re-initialised',
      )
}

/** Padding (bytes) that brings `length` bytes of content up to `paddedLength`. */
export function paddingFor(length: number, paddedLength: number | undefined): number | undefined {
  const padding = (paddedLength ?? length) - length
  return Number.isSafeInteger(padding) && padding >= 0 ? padding : undefined
}

/** Sealed application data (§6.3): store `newState` first, then erase `consumed`, then send `message`. */
export type Protected = {
  readonly ok: true
  /** persist before `message` leaves: the key is spent */
  readonly newState: GroupState
  /** MLSMessage(PrivateMessage) */
  readonly message: Uint8Array
  readonly generation: number
  /** secrets no longer in `newState`: erase once it is persisted */
  readonly consumed: readonly Uint8Array[]
}

/** Seals application data. `paddedLength`: data and padding together, in bytes (default: no padding). `authenticatedData` travels in the clear. */
export async function protect(options: {
  readonly provider: Provider
  readonly state: GroupState
  readonly data: Uint8Array
  readonly authenticatedData?: Uint8Array
  readonly paddedLength?: number
}): Promise<Protected | Refusal> {
  const { state, data } = options
  const c = cryptoOf(options.provider, state.context.suite)
  const padding = paddingFor(data.length, options.paddedLength)
  if (padding === undefined) return refuse('bad-argument', 'caller', 'paddedLength is below the length of the data')
  const closed = closedRefusal(state)
  if (closed !== undefined) return closed
  const framed = framedBy(state, { kind: 'application', data }, options.authenticatedData)
  const encodedFramed = encodeFramedContent(framed)
  const signature = await signFramed(
    c,
    wireFormats.privateMessage,
    encodedFramed,
    state.encodedContext,
    state.signaturePrivateKey,
  )
  return sealed(c, state, framed, encodedFramed, { signature, confirmationTag: undefined }, padding)
}

export function framedBy(
  state: GroupState,
  content: FramedContent['content'],
  authenticatedData: Uint8Array | undefined,
): FramedContent {
  return {
    groupId: state.context.groupId,
    epoch: state.context.epoch,
    sender: { kind: 'member', leafIndex: state.ownLeaf },
    authenticatedData: authenticatedData ?? noBytes,
    content,
  }
}

/** Seals signed content and spends the key. */
export async function sealed(
  c: Crypto,
  state: GroupState,
  framed: FramedContent,
  encodedFramed: Uint8Array,
  auth: Auth,
  padding: number,
): Promise<Protected | Refusal> {
  const result = await sealPrivate(c, viewOfState(state), framed, auth, padding, encodedFramed)
  if (typeof result === 'string') return refuse(result, 'state', 'this epoch has no further generation')
  return {
    ok: true,
    newState: { ...state, secretTree: result.secretTree },
    message: encodeMlsMessage({ kind: 'private', message: result.message }),
    generation: result.generation,
    consumed: result.consumed,
  }
}

/** The Proposal of an input; `undefined` when the key package cannot be read. */
export function proposalOf(input: ProposalInput): Proposal | undefined {
  if ('add' in input) {
    const keyPackage = decodeKeyPackage(input.add)
    return keyPackage && { kind: 'add', keyPackage }
  }
  if ('remove' in input) return { kind: 'remove', leafIndex: input.remove }
  if ('psk' in input) return { kind: 'psk', id: input.psk }
  if ('reinit' in input) return { kind: 'reinit', version: mls10, ...input.reinit }
  return { kind: 'group-context-extensions', extensions: input.groupContextExtensions }
}

/** A proposal to send (§12.1): store `newState` first. */
export type ProposalCreated = Omit<Protected, 'generation'> & {
  /** ProposalRef (§5.2) */
  readonly reference: Uint8Array
}

/**
 * Sends a proposal on its own, as PrivateMessage. It waits in the state of every member for a commit of this epoch; with the epoch it dies.
 * `update`: a fresh leaf for oneself, with what is to change in it.
 */
export async function createProposal(options: {
  readonly provider: Provider
  readonly state: GroupState
  readonly proposal: ProposalInput | { readonly update: LeafChange }
  readonly judge: Judge
  readonly authenticatedData?: Uint8Array
  /** zero bytes added after the proposal */
  readonly padding?: number
}): Promise<ProposalCreated | Refusal> {
  const { state, judge } = options
  const c = cryptoOf(options.provider, state.context.suite)
  const closed = closedRefusal(state)
  if (closed !== undefined) return closed
  const update = 'update' in options.proposal ? await ownUpdate(c, state, options.proposal.update) : undefined
  const proposal = update?.proposal ?? ('update' in options.proposal ? undefined : proposalOf(options.proposal))
  if (proposal === undefined) return refuse('key-package-invalid', 'caller', 'the key package cannot be read')
  const proposer = { kind: 'member', leafIndex: state.ownLeaf } as const
  const bad = await proposalRefusal(c, state.tree, state.context, { proposal, proposer, byReference: true }, judge)
  if (bad !== undefined) return { ...bad, fault: 'caller' }
  const framed = framedBy(state, { kind: 'proposal', proposal }, options.authenticatedData)
  const encodedFramed = encodeFramedContent(framed)
  const signature = await signFramed(
    c,
    wireFormats.privateMessage,
    encodedFramed,
    state.encodedContext,
    state.signaturePrivateKey,
  )
  const auth: Auth = { signature, confirmationTag: undefined }
  const reference = await proposalReference(
    c,
    encodeAuthenticatedContent(wireFormats.privateMessage, encodedFramed, auth),
  )
  const sent = await sealed(c, state, framed, encodedFramed, auth, options.padding ?? 0)
  if (!sent.ok) return sent
  const proposals = new Map(state.proposals).set(hex(reference), { reference, proposal, proposer })
  const pendingUpdates = update === undefined ? state.pendingUpdates : [...state.pendingUpdates, update.pending]
  return {
    ok: true,
    newState: { ...sent.newState, proposals, pendingUpdates },
    message: sent.message,
    reference,
    consumed: sent.consumed,
  }
}

async function ownUpdate(
  c: Crypto,
  state: GroupState,
  change: LeafChange,
): Promise<{ readonly proposal: Proposal; readonly pending: PendingUpdate }> {
  const old = state.tree.leaves[state.ownLeaf]
  if (old === undefined) throw new Error('an open state has a leaf of its own')
  const keys = await kemGenerate(c.provider, c.suite.kem)
  const signaturePrivateKey = change.signatureKeyPair?.privateKey ?? state.signaturePrivateKey
  const leaf = await signLeaf(
    c,
    {
      encryptionKey: keys.publicKey,
      signatureKey: change.signatureKeyPair?.publicKey ?? old.signatureKey,
      credential: change.identity === undefined ? old.credential : { type: 1, identity: change.identity },
      capabilities: old.capabilities,
      source: { kind: 'update' },
      extensions: old.extensions,
    },
    signaturePrivateKey,
    state.context.groupId,
    state.ownLeaf,
  )
  return {
    proposal: { kind: 'update', leaf },
    pending: { encryptionKey: keys.publicKey, privateKey: keys.privateKey, signaturePrivateKey },
  }
}
