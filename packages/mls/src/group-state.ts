/** The state of one member in one epoch: an immutable value. Operations return a new one and leave the old as it was. */
import { hex } from './bytes.ts'
import type { EpochSecrets } from './key-schedule.ts'
import type { LeafNode } from './structures/leaf-node.ts'
import { eachLeaf, encodeTree, type RatchetTree } from './ratchet-tree.ts'
import type { SecretTree } from './secret-tree.ts'
import { identityOf } from './structures/credential.ts'
import type { Extension } from './structures/extension.ts'
import type { GroupContext } from './structures/group-context.ts'
import type { Proposal } from './structures/proposal.ts'
import type { PrivateKeys } from './tree-kem.ts'
import type { CipherSuite, Fault, Member, Proposer, Refusal, RefusalCode } from './types.ts'

/** A proposal sent on its own in this epoch, kept until a commit names it (§12.1). */
export type StoredProposal = {
  readonly reference: Uint8Array
  readonly proposal: Proposal
  readonly proposer: Proposer
}

/** The private halves of an own Update proposal not yet committed. */
export type PendingUpdate = {
  readonly encryptionKey: Uint8Array
  readonly privateKey: Uint8Array
  readonly signaturePrivateKey: Uint8Array
}

/** `open`; `reinit`: a ReInit was committed, nothing may be sent (§12.4.2); `removed`: this member is no longer in the group. */
export type GroupStatus = 'open' | 'reinit' | 'removed'

/** One member's view of one epoch: an immutable value. Read it with the functions here, store it with `encodeEpoch` and `encodeRatchets`; its members are not for callers. It holds secrets. */
export type GroupState = {
  readonly context: GroupContext
  /** the GroupContext as encoded: part of every signature */
  readonly encodedContext: Uint8Array
  readonly tree: RatchetTree
  readonly ownLeaf: number
  readonly privateKeys: PrivateKeys
  readonly signaturePrivateKey: Uint8Array
  readonly secrets: EpochSecrets
  readonly secretTree: SecretTree
  readonly confirmationTag: Uint8Array
  readonly interimTranscriptHash: Uint8Array
  /** by reference in hex, in order of arrival */
  readonly proposals: ReadonlyMap<string, StoredProposal>
  readonly pendingUpdates: readonly PendingUpdate[]
  /** resumption_psk of the newest past epochs of this group (§8.6), oldest first, at most `resumptionEpochs` */
  readonly resumptionPsks: readonly { readonly epoch: bigint; readonly psk: Uint8Array }[]
  readonly status: GroupStatus
  /** what a committed ReInit asked for: given exactly with status `reinit` */
  readonly reinit: ReinitParameters | undefined
}

/** The group that is to continue this one (§11.2). */
export type ReinitParameters = {
  readonly groupId: Uint8Array
  readonly version: number
  readonly suite: CipherSuite
  readonly extensions: readonly Extension[]
}

/** How many past resumption secrets a state keeps. */
export const resumptionEpochs = 32

export function refuse(code: RefusalCode, fault: Fault, reason: string): Refusal {
  return { ok: false, kind: 'refused', code, fault, reason }
}

/** Whether a result is a {@link Refusal}. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'refused'
}

export function memberOf(leaf: LeafNode, leafIndex: number): Member {
  const { signatureKey, encryptionKey } = leaf
  return { leafIndex, identity: identityOf(leaf.credential), signatureKey, encryptionKey }
}

const memberLists = new WeakMap<RatchetTree, readonly Member[]>()

/** Members of a tree in leaf order; made once per tree. */
export function membersOf(tree: RatchetTree): readonly Member[] {
  const known = memberLists.get(tree)
  if (known !== undefined) return known
  const list: Member[] = []
  eachLeaf(tree, (leaf, leafIndex) => list.push(memberOf(leaf, leafIndex)))
  memberLists.set(tree, list)
  return list
}

/** Members in leaf order. */
export function members(state: GroupState): readonly Member[] {
  return membersOf(state.tree)
}

/** The member at a leaf; `undefined` for a blank one. */
export function memberAt(state: GroupState, leafIndex: number): Member | undefined {
  const leaf = state.tree.leaves[leafIndex]
  return leaf && memberOf(leaf, leafIndex)
}

/** The group's id (§8.1), as its creator chose it. */
export function groupId(state: GroupState): Uint8Array {
  return state.context.groupId
}

/** The epoch number. Groups with more than 2^53 epochs are not joined. */
export function epoch(state: GroupState): number {
  return Number(state.context.epoch)
}

/** The group's suite (§8.1): it never changes. */
export function suite(state: GroupState): CipherSuite {
  return state.context.suite
}

/** The leaf index of the member whose state this is (§4). */
export function ownLeaf(state: GroupState): number {
  return state.ownLeaf
}

/** confirmed_transcript_hash (§8.2): the same at every member that followed the same commits; a new one each epoch. */
export function confirmedTranscriptHash(state: GroupState): Uint8Array {
  return state.context.confirmedTranscriptHash
}

/** epoch_authenticator (§8.7): secret, equal at all members of the epoch. */
export function epochAuthenticator(state: GroupState): Uint8Array {
  return state.secrets.epochAuthenticator
}

/** Extensions of the GroupContext (§8.1): agreed by all members. */
export function groupContextExtensions(state: GroupState): readonly Extension[] {
  return state.context.extensions
}

/** The parameters of the group that continues this one, once a ReInit was committed. */
export function reinitParameters(state: GroupState): ReinitParameters | undefined {
  return state.reinit
}

/** `open`, or why nothing more can be sent. */
export function groupStatus(state: GroupState): GroupStatus {
  return state.status
}

/** References of the proposals waiting for a commit, in order of arrival. */
export function pendingProposals(state: GroupState): readonly StoredProposal[] {
  return [...state.proposals.values()]
}

/** The proposal that waits under this reference (§5.2); `undefined`: none in this epoch. */
export function storedProposal(state: GroupState, reference: Uint8Array): StoredProposal | undefined {
  return state.proposals.get(hex(reference))
}

/** ratchet_tree (§12.4.3.3) of the state's epoch, as newcomers need it. */
export function encodeRatchetTree(state: GroupState): Uint8Array {
  return encodeTree(state.tree)
}
