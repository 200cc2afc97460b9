/** Validating and applying the proposals of a commit (RFC 9420 §12.2, §12.3). */
import { hex, sameBytes } from './bytes.ts'
import { encode } from './codec.ts'
import { keyPackageReference, type Crypto } from './crypto.ts'
import { memberOf, refuse, type ReinitParameters, type StoredProposal } from './group-state.ts'
import {
  keyPackageRefusal,
  leafRefusalAlone,
  lifetimeRefusal,
  supportsGroup,
  type GroupRules,
} from './leaf-validation.ts'
import { applyAdds, applyRemoves, applyUpdate, draftOf, type RatchetTree, type TreeDraft } from './ratchet-tree.ts'
import { identityOf } from './structures/credential.ts'
import {
  decodeExternalSenders,
  decodeRequiredCapabilities,
  extensionTypes,
  findExtension,
  type Extension,
} from './structures/extension.ts'
import type { GroupContext } from './structures/group-context.ts'
import { mls10, type KeyPackage } from './structures/key-package.ts'
import type { LeafNode } from './structures/leaf-node.ts'
import { writePreSharedKeyId, type PreSharedKeyId } from './structures/pre-shared-key.ts'
import type { Proposal } from './structures/proposal.ts'
import { newKeysFit, newLeavesFit } from './uniqueness.ts'
import type { Judge, ProposalView, Proposer, Refusal } from './types.ts'

/** A proposal of a commit with its origin. */
export type ListedProposal = Omit<StoredProposal, 'reference'> & { readonly byReference: boolean }

/** The committer: a member, or a newcomer (external commit). */
export type Committer = { readonly kind: 'member'; readonly leafIndex: number } | { readonly kind: 'external' }

export type Applied = {
  readonly draft: TreeDraft
  readonly extensions: readonly Extension[]
  /** where each Add of the list went, in order */
  readonly added: readonly number[]
  readonly addedKeyPackages: readonly KeyPackage[]
  readonly removed: readonly number[]
  readonly psks: readonly PreSharedKeyId[]
  readonly externalInit: Uint8Array | undefined
  readonly reinit: ReinitParameters | undefined
  readonly pathRequired: boolean
}

function invalid(reason: string): Refusal {
  return refuse('proposals-invalid', 'sender', reason)
}

type Of<K extends Proposal['kind']> = ListedProposal & { readonly proposal: Extract<Proposal, { kind: K }> }

function ofKind<K extends Proposal['kind']>(list: readonly ListedProposal[], kind: K): readonly Of<K>[] {
  return list.filter((item): item is Of<K> => item.proposal.kind === kind)
}

const externalKinds: ReadonlySet<Proposal['kind']> = new Set([
  'add',
  'remove',
  'psk',
  'reinit',
  'group-context-extensions',
])

/** Whether a proposer may make a proposal of this kind (§12.1.8). */
export function mayPropose(proposer: Proposer, kind: Proposal['kind']): boolean {
  if (proposer.kind === 'member') return true
  return proposer.kind === 'external' ? externalKinds.has(kind) : kind === 'add'
}

/** Rules of the list as a whole; they need no cryptography. */
function listRefusal(
  c: Crypto,
  tree: RatchetTree,
  context: GroupContext,
  list: readonly ListedProposal[],
  committer: Committer,
): Refusal | undefined {
  if (list.some(({ proposer, proposal }) => !mayPropose(proposer, proposal.kind)))
    return invalid('a proposal its sender may not make')
  const touched = new Set<number>()
  for (const { proposal, proposer } of list) {
    const leafIndex =
      proposal.kind === 'remove'
        ? proposal.leafIndex
        : proposal.kind === 'update' && proposer.kind === 'member'
          ? proposer.leafIndex
          : undefined
    if (leafIndex === undefined) continue
    if (tree.leaves[leafIndex] === undefined) return invalid('update or remove of a blank leaf')
    if (touched.has(leafIndex)) return invalid('two updates or removes of one leaf')
    if (committer.kind === 'member' && committer.leafIndex === leafIndex)
      return invalid('the committer updates or removes itself')
    touched.add(leafIndex)
  }
  if (ofKind(list, 'group-context-extensions').length > 1) return invalid('two lists of extensions')
  if (ofKind(list, 'reinit').length > 0 && list.length > 1) return invalid('reinit beside other proposals')
  if (ofKind(list, 'reinit').some(({ proposal }) => proposal.version < mls10))
    return invalid('reinit to an older version')
  return externalCommitRefusal(list, committer) ?? pskRefusal(c, list, context.epoch)
}

function externalCommitRefusal(list: readonly ListedProposal[], committer: Committer): Refusal | undefined {
  const inits = ofKind(list, 'external-init').length
  if (committer.kind === 'member') return inits > 0 ? invalid('external init in a regular commit') : undefined
  if (inits !== 1 || ofKind(list, 'remove').length > 1)
    return invalid('an external commit has one external init and at most one remove')
  if (list.some(({ byReference }) => byReference)) return invalid('an external commit refers to nothing')
  const allowed: readonly Proposal['kind'][] = ['external-init', 'remove', 'psk']
  return list.every(({ proposal }) => allowed.includes(proposal.kind))
    ? undefined
    : invalid('not a proposal for an external commit')
}

/** A link to another group stands only in the commit that fills a new one, whose creator is alone in it (§11.2, §11.3). */
function pskRefusal(c: Crypto, list: readonly ListedProposal[], epoch: bigint): Refusal | undefined {
  const seen = new Set<string>()
  let linked = 0
  for (const { proposal } of ofKind(list, 'psk')) {
    const { id } = proposal
    if (id.nonce.length !== c.suite.hashLength) return invalid('psk nonce of wrong length')
    if (id.kind === 'resumption' && id.usage !== 'application' && (epoch !== 0n || linked++ > 0))
      return invalid('a link to another group in the wrong place')
    const name = hex(encode((w) => writePreSharedKeyId(w, id)))
    if (seen.has(name)) return invalid('one psk twice')
    seen.add(name)
  }
  return undefined
}

async function judgeLeaf(
  judge: Judge,
  leaf: LeafNode,
  source: 'add' | 'update',
  leafIndex: number | undefined,
  previous: LeafNode | undefined,
): Promise<Refusal | undefined> {
  const said = await judge.credential({
    identity: identityOf(leaf.credential),
    signatureKey: leaf.signatureKey,
    credentialType: leaf.credential.type,
    source,
    leafIndex,
    previous: previous && leafIndex !== undefined ? memberOf(previous, leafIndex) : undefined,
  })
  return said ? undefined : refuse('credential-refused', 'sender', `credential of an ${source}`)
}

async function addRefusal(
  c: Crypto,
  { proposal }: Of<'add'>,
  rules: GroupRules,
  judge: Judge,
): Promise<Refusal | undefined> {
  const { keyPackage } = proposal
  const refusal = lifetimeRefusal(keyPackage.leaf, judge, true) ?? (await keyPackageRefusal(c, keyPackage, rules))
  return refusal ?? judgeLeaf(judge, keyPackage.leaf, 'add', undefined, undefined)
}

async function updateRefusal(
  c: Crypto,
  tree: RatchetTree,
  { proposal, proposer }: Of<'update'>,
  rules: GroupRules,
  judge: Judge,
): Promise<Refusal | undefined> {
  if (proposer.kind !== 'member') return invalid('an update by no member')
  const { leafIndex } = proposer
  const old = tree.leaves[leafIndex]
  const { leaf } = proposal
  if (old === undefined || leaf.source.kind !== 'update') return invalid('not a leaf for an update')
  if (sameBytes(old.encryptionKey, leaf.encryptionKey)) return invalid('an update that keeps its key')
  return (await leafRefusalAlone(c, leaf, rules, leafIndex)) ?? judgeLeaf(judge, leaf, 'update', leafIndex, old)
}

/** One proposal by itself, as far as it can be judged before a commit names it (§12.1). */
export async function proposalRefusal(
  c: Crypto,
  tree: RatchetTree,
  context: GroupContext,
  item: ListedProposal,
  judge: Judge,
): Promise<Refusal | undefined> {
  const rules = { groupId: context.groupId, extensions: context.extensions }
  const { proposal } = item
  if (!mayPropose(item.proposer, proposal.kind)) return invalid('a proposal its sender may not make')
  switch (proposal.kind) {
    case 'add':
      return addRefusal(c, { ...item, proposal }, rules, judge)
    case 'update':
      return updateRefusal(c, tree, { ...item, proposal }, rules, judge)
    case 'remove':
      return tree.leaves[proposal.leafIndex] === undefined ? invalid('remove of a blank leaf') : undefined
    case 'external-init':
      return invalid('external init stands only in an external commit')
    case 'psk':
      return pskRefusal(c, [item], context.epoch)
    case 'reinit':
      return proposal.version < mls10 ? invalid('reinit to an older version') : undefined
    case 'group-context-extensions':
      return extensionsWellFormed(proposal.extensions)
  }
}

function extensionsWellFormed(extensions: readonly Extension[]): Refusal | undefined {
  const required = findExtension(extensions, extensionTypes.requiredCapabilities)
  if (required !== undefined && decodeRequiredCapabilities(required) === undefined)
    return invalid('required capabilities cannot be read')
  const senders = findExtension(extensions, extensionTypes.externalSenders)
  return senders !== undefined && decodeExternalSenders(senders) === undefined
    ? invalid('external senders cannot be read')
    : undefined
}

async function externalSendersRefusal(extensions: readonly Extension[], judge: Judge): Promise<Refusal | undefined> {
  const data = findExtension(extensions, extensionTypes.externalSenders)
  for (const sender of (data && decodeExternalSenders(data)) ?? []) {
    const said = await judge.credential({
      identity: identityOf(sender.credential),
      signatureKey: sender.signatureKey,
      credentialType: sender.credential.type,
      source: 'external-sender',
      leafIndex: undefined,
      previous: undefined,
    })
    if (!said) return refuse('credential-refused', 'sender', 'credential of an external sender')
  }
  return undefined
}

/** Validates the list and applies it to a draft of the tree, in the order of §12.3. */
export async function applyProposals(
  c: Crypto,
  tree: RatchetTree,
  context: GroupContext,
  list: readonly ListedProposal[],
  committer: Committer,
  judge: Judge,
): Promise<Applied | Refusal> {
  const refusal = listRefusal(c, tree, context, list, committer)
  if (refusal !== undefined) return refusal
  const replaced = ofKind(list, 'group-context-extensions')[0]?.proposal.extensions
  const extensions = replaced ?? context.extensions
  if (replaced !== undefined) {
    const malformed = extensionsWellFormed(replaced) ?? (await externalSendersRefusal(replaced, judge))
    if (malformed !== undefined) return malformed
  }
  const rules = { groupId: context.groupId, extensions }
  const draft = draftOf(tree)
  const updates = ofKind(list, 'update')
  for (const item of updates) {
    const bad = await updateRefusal(c, tree, item, rules, judge)
    if (bad !== undefined) return bad
    if (item.proposer.kind === 'member') applyUpdate(draft, item.proposer.leafIndex, item.proposal.leaf)
  }
  const removed = ofKind(list, 'remove').map(({ proposal }) => proposal.leafIndex)
  applyRemoves(draft, removed)
  const adds = ofKind(list, 'add')
  for (const item of adds) {
    const bad = await addRefusal(c, item, rules, judge)
    if (bad !== undefined) return bad
  }
  const added = applyAdds(
    draft,
    adds.map(({ proposal }) => proposal.keyPackage.leaf),
  )
  const changed = [
    ...updates.flatMap(({ proposer }) => (proposer.kind === 'member' ? [proposer.leafIndex] : [])),
    ...added,
  ]
  const misfit = newKeysFit(draft, changed) ?? newLeavesFit(draft, changed)
  if (misfit !== undefined) return misfit
  if (replaced !== undefined && draft.leaves.some((leaf) => leaf !== undefined && !supportsGroup(leaf, replaced))) {
    return invalid('a member does not support the new extensions')
  }
  return {
    draft,
    extensions,
    added,
    removed,
    addedKeyPackages: adds.map(({ proposal }) => proposal.keyPackage),
    psks: ofKind(list, 'psk').map(({ proposal }) => proposal.id),
    externalInit: ofKind(list, 'external-init')[0]?.proposal.kemOutput,
    reinit: ofKind(list, 'reinit')[0]?.proposal,
    pathRequired: list.length === 0 || list.some(({ proposal }) => !['add', 'psk', 'reinit'].includes(proposal.kind)),
  }
}

/** A proposal as a judge and a caller see it. */
export async function viewOf(c: Crypto, tree: RatchetTree, item: ListedProposal): Promise<ProposalView> {
  const { proposal, proposer, byReference } = item
  const base = { proposer, byReference }
  switch (proposal.kind) {
    case 'add': {
      const { leaf, encoded } = proposal.keyPackage
      const life = leaf.source.kind === 'key-package' ? leaf.source : { notBefore: 0n, notAfter: 0n }
      return {
        ...base,
        kind: 'add',
        identity: identityOf(leaf.credential),
        signatureKey: leaf.signatureKey,
        lifetime: { notBeforeS: Number(life.notBefore), notAfterS: Number(life.notAfter) },
        keyPackage: encoded,
        reference: await keyPackageReference(c, encoded),
      }
    }
    case 'update':
      return {
        ...base,
        kind: 'update',
        leafIndex: proposer.kind === 'member' ? proposer.leafIndex : -1,
        identity: identityOf(proposal.leaf.credential),
        signatureKey: proposal.leaf.signatureKey,
      }
    case 'remove': {
      const leaf = tree.leaves[proposal.leafIndex]
      if (leaf === undefined) throw new Error('a remove of a blank leaf was let through')
      return { ...base, kind: 'remove', ...memberOf(leaf, proposal.leafIndex) }
    }
    case 'psk':
      return { ...base, kind: 'psk', id: proposal.id }
    case 'reinit':
      return {
        ...base,
        kind: 'reinit',
        groupId: proposal.groupId,
        version: proposal.version,
        suite: proposal.suite,
        extensions: proposal.extensions,
      }
    case 'external-init':
      return { ...base, kind: 'external-init' }
    case 'group-context-extensions':
      return { ...base, kind: 'group-context-extensions', extensions: proposal.extensions }
  }
}
