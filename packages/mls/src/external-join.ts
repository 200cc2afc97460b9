/** Joining by an external commit (RFC 9420 §12.4.3.2). Members take it only if their judge says so. */
import { noBytes } from './bytes.ts'
import { cryptoOf, zeroSecret, type Crypto } from './crypto.ts'
import { contextView } from './create-commit.ts'
import { isRefusal, membersOf, refuse, type GroupState } from './group-state.ts'
import { hpkeInfo, hpkeSendExport } from './hpke/hpke.ts'
import { checkedTree } from './join.ts'
import { ownCapabilities } from './key-packages.ts'
import { externalPubOf, groupInfoOf } from './make-welcome.ts'
import { signFramed } from './message-protection.ts'
import { externalInitLabel, nextEpoch, provisionalContext } from './next-epoch.ts'
import { interimTranscriptHashOf } from './key-schedule.ts'
import { applyProposals, viewOf, type ListedProposal } from './proposal-list.ts'
import type { Provider } from './provider.ts'
import { encodeTree, extendTo, leftmostBlank, type RatchetTree, type TreeDraft } from './ratchet-tree.ts'
import { decodeExternalPub, extensionTypes, findExtension } from './structures/extension.ts'
import { encodeFramedContent, wireFormats, type FramedContent } from './structures/framing.ts'
import { encodeGroupContext, type GroupContext } from './structures/group-context.ts'
import type { GroupInfo } from './structures/group-info.ts'
import { encodeMlsMessage, decodeMlsMessage } from './structures/mls-message.ts'
import type { Proposal } from './structures/proposal.ts'
import { suiteParameters } from './suites.ts'
import { renewPath, sealPath, type NewPath } from './tree-kem.ts'
import { newKeysFit, newLeavesFit } from './uniqueness.ts'
import type { Judge, Refusal, SignatureKeyPair } from './types.ts'

/** MLSMessage(GroupInfo) with the tree and the external public key: whoever holds it can send an external commit. Handle it as a secret. */
export async function createGroupInfo(options: {
  readonly provider: Provider
  readonly state: GroupState
}): Promise<Uint8Array> {
  const c = cryptoOf(options.provider, options.state.context.suite)
  const extensions = [
    { type: extensionTypes.ratchetTree, data: encodeTree(options.state.tree) },
    await externalPubOf(c, options.state),
  ]
  return encodeMlsMessage({ kind: 'group-info', groupInfo: await groupInfoOf(c, options.state, extensions) })
}

/** The newcomer's state and the commit that makes it true (§12.4.3.2): only when the commit has won is the state the group's. */
export type ExternallyJoined = {
  readonly ok: true
  /** the state after the commit: adopt it when the commit has won */
  readonly state: GroupState
  /** MLSMessage(PublicMessage) for the group */
  readonly message: Uint8Array
  readonly consumed: readonly Uint8Array[]
}

/** A GroupInfo with the external key, and who comes in (§12.4.3.2). `replaces`: the own old leaf, removed in the same commit. */
export type ExternalJoinOptions = {
  readonly provider: Provider
  /** MLSMessage(GroupInfo) with `external_pub` */
  readonly groupInfo: Uint8Array
  /** the identity of a basic credential */
  readonly identity: Uint8Array
  readonly signatureKeyPair: SignatureKeyPair
  /** encoded ratchet_tree, when it is not in the GroupInfo */
  readonly ratchetTree?: Uint8Array
  /** the leaf of this client's former self, removed by the same commit */
  readonly replaces?: number
  /** the caller's own extension types */
  readonly extensionTypes?: readonly number[]
  readonly judge: Judge
  readonly authenticatedData?: Uint8Array
}

/** Makes the commit that brings this client into the group. */
export async function joinByExternalCommit(o: ExternalJoinOptions): Promise<ExternallyJoined | Refusal> {
  const decoded = decodeMlsMessage(o.groupInfo)
  if (decoded?.kind !== 'group-info') return refuse('malformed', 'message', 'not a GroupInfo')
  const info = decoded.groupInfo
  if (suiteParameters(info.context.suite) === undefined || info.context.epoch >= BigInt(Number.MAX_SAFE_INTEGER))
    return refuse('unsupported', 'message', 'suite or epoch')
  const c = cryptoOf(o.provider, info.context.suite)
  const tree = await checkedTree(c, info, o.ratchetTree, o.judge, 'join')
  if (isRefusal(tree)) return tree
  const init = await sentInit(c, info)
  if (init === undefined) return refuse('unsupported', 'message', 'no external public key')
  const proposals: Proposal[] = [{ kind: 'external-init', kemOutput: init.kemOutput }]
  if (o.replaces !== undefined) proposals.push({ kind: 'remove', leafIndex: o.replaces })
  const entry = await enter(c, o, info, tree, proposals)
  return isRefusal(entry) ? entry : commitEntry(c, o, info, proposals, init.secret, entry)
}

/** A fresh init secret for the group's external key (§8.3). */
async function sentInit(c: Crypto, info: GroupInfo) {
  const data = findExtension(info.extensions, extensionTypes.externalPub)
  const publicKey = data && decodeExternalPub(data)
  return (
    publicKey &&
    hpkeSendExport(
      c.provider,
      await hpkeInfo(c.provider, c.suite, noBytes),
      publicKey,
      externalInitLabel,
      c.suite.hashLength,
    )
  )
}

type Entry = {
  readonly draft: TreeDraft
  readonly ownLeaf: number
  readonly made: NewPath
  readonly provisional: GroupContext
}

/** Takes a leaf in the tree, renews its path, and asks the judge. */
async function enter(
  c: Crypto,
  o: ExternalJoinOptions,
  info: GroupInfo,
  tree: RatchetTree,
  proposals: readonly Proposal[],
): Promise<Entry | Refusal> {
  const list = proposals.map((proposal): ListedProposal => ({
    proposal,
    proposer: { kind: 'member', leafIndex: -1 },
    byReference: false,
  }))
  const applied = await applyProposals(c, tree, info.context, list, { kind: 'external' }, o.judge)
  if (isRefusal(applied)) return { ...applied, fault: 'caller' }
  const { draft } = applied
  const ownLeaf = leftmostBlank(draft)
  extendTo(draft, ownLeaf)
  const made = await renewPath(
    c,
    draft,
    ownLeaf,
    info.context.groupId,
    {
      signatureKey: o.signatureKeyPair.publicKey,
      credential: { type: 1, identity: o.identity },
      capabilities: ownCapabilities([...info.context.extensions.map(({ type }) => type), ...(o.extensionTypes ?? [])]),
      extensions: [],
    },
    o.signatureKeyPair.privateKey,
  )
  const misfit = newKeysFit(draft, [ownLeaf]) ?? newLeavesFit(draft, [ownLeaf])
  if (misfit !== undefined) return { ...misfit, fault: 'caller' }
  const provisional = await provisionalContext(c, info.context, draft, applied.extensions)
  const agreed = await o.judge.commit({
    senderLeaf: ownLeaf,
    senderIdentity: o.identity,
    external: true,
    proposals: await Promise.all(list.map((item) => viewOf(c, tree, { ...item, proposer: { kind: 'new-member' } }))),
    membersBefore: membersOf(tree),
    membersAfter: membersOf(draft),
    groupContextBefore: contextView(info.context),
    groupContextAfter: contextView(provisional),
    authenticatedData: o.authenticatedData ?? noBytes,
  })
  return agreed
    ? { draft, ownLeaf, made, provisional }
    : refuse('commit-refused', 'caller', 'the judge refused the commit')
}

async function commitEntry(
  c: Crypto,
  o: ExternalJoinOptions,
  info: GroupInfo,
  proposals: readonly Proposal[],
  initSecret: Uint8Array,
  entry: Entry,
): Promise<ExternallyJoined> {
  const { draft, ownLeaf, made, provisional } = entry
  const wireFormat = wireFormats.publicMessage
  const path = await sealPath(c, draft, ownLeaf, made, new Set(), encodeGroupContext(provisional))
  const commit = { proposals: proposals.map((proposal) => ({ kind: 'proposal', proposal }) as const), path }
  const framed: FramedContent = {
    groupId: info.context.groupId,
    epoch: info.context.epoch,
    sender: { kind: 'new-member-commit' },
    authenticatedData: o.authenticatedData ?? noBytes,
    content: { kind: 'commit', commit },
  }
  const encodedFramed = encodeFramedContent(framed)
  const signature = await signFramed(
    c,
    wireFormat,
    encodedFramed,
    encodeGroupContext(info.context),
    o.signatureKeyPair.privateKey,
  )
  const next = await nextEpoch(c, {
    provisional,
    leafCount: draft.leaves.length,
    interimBefore: await interimTranscriptHashOf(c, info.context.confirmedTranscriptHash, info.confirmationTag),
    wireFormat,
    encodedFramed,
    signature,
    initSecret,
    commitSecret: made.keys.commitSecret,
    pskSecret: zeroSecret(c),
  })
  const state: GroupState = {
    context: next.context,
    encodedContext: next.encodedContext,
    tree: draft,
    ownLeaf,
    privateKeys: ownKeys(ownLeaf, made),
    signaturePrivateKey: o.signatureKeyPair.privateKey,
    secrets: next.secrets,
    secretTree: next.secretTree,
    confirmationTag: next.confirmationTag,
    interimTranscriptHash: next.interimTranscriptHash,
    proposals: new Map(),
    pendingUpdates: [],
    resumptionPsks: [],
    status: 'open',
    reinit: undefined,
  }
  const message = encodeMlsMessage({
    kind: 'public',
    message: { framed, auth: { signature, confirmationTag: next.confirmationTag }, membershipTag: undefined },
  })
  return {
    ok: true,
    state,
    message,
    consumed: [initSecret, next.joinerSecret, ...next.consumed, made.keys.commitSecret, ...made.keys.pathSecrets],
  }
}

function ownKeys(ownLeaf: number, made: NewPath): ReadonlyMap<number, Uint8Array> {
  const keys = new Map([[2 * ownLeaf, made.leafKeys.privateKey]])
  for (const [i, { node }] of made.path.entries()) {
    const pair = made.keys.pairs[i]
    if (pair !== undefined) keys.set(node, pair.privateKey)
  }
  return keys
}
