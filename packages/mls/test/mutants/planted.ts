/** Sabotages of the engine, each a bug that somebody could write; the tests must notice every one of them. */

import { plantedInCommits } from './planted-in-commits.ts'

export interface Planted {
  readonly name: string
  /** Below packages/mls/src. */
  readonly file: string
  /** White space does not count; must stand there exactly once. */
  readonly from: string
  readonly to: string
}

const leaves: readonly Planted[] = [
  {
    name: 'the signature of a leaf is not checked',
    file: 'leaf-validation.ts',
    from: 'return (await leafSignatureValid(c, leaf, rules.groupId, leafIndex)) ?',
    to: 'return (await leafSignatureValid(c, leaf, rules.groupId, leafIndex)) || true ?',
  },
  {
    name: 'the signature of a key package is not checked',
    file: 'leaf-validation.ts',
    from: `return signed ? undefined : refuse('bad-signature', 'sender', 'key package signature')`,
    to: `return signed || true ? undefined : refuse('bad-signature', 'sender', 'key package signature')`,
  },
  {
    name: 'a key package may use one key twice',
    file: 'leaf-validation.ts',
    from: 'if (sameBytes(keyPackage.initKey, leaf.encryptionKey))',
    to: 'if (false)',
  },
  {
    name: 'a key package may live for ever',
    file: 'leaf-validation.ts',
    from: 'if (Number(notAfter - notBefore) > judge.lifetimeMaxS)',
    to: 'if (false)',
  },
  {
    name: 'an expired key package is taken',
    file: 'leaf-validation.ts',
    from: `return Number(notAfter) < judge.nowS ? refusal('expired') : undefined`,
    to: 'return undefined',
  },
  {
    name: 'a key package of the future is taken',
    file: 'leaf-validation.ts',
    from: `if (Number(notBefore) > judge.nowS) return refusal('not yet valid')`,
    to: '',
  },
  {
    name: 'the suite need not be among the capabilities',
    file: 'leaf-validation.ts',
    from: 'if (!capabilities.suites.includes(c.suite.number))',
    to: 'if (false)',
  },
  {
    name: 'required capabilities are not required',
    file: 'leaf-validation.ts',
    from: 'if (!supportsGroup(leaf, rules.extensions))',
    to: 'if (false)',
  },
  {
    name: 'two leaves of a joined tree may share a signature key',
    file: 'leaf-validation.ts',
    from: 'if (!signatureKeys.add(leaf.signatureKey))',
    to: 'if (false)',
  },
  {
    name: 'a foreign leaf stands in an Update: made for a key package',
    file: 'proposal-list.ts',
    from: `if (old === undefined || leaf.source.kind !== 'update')`,
    to: 'if (old === undefined)',
  },
  {
    name: 'an Update may keep its key',
    file: 'proposal-list.ts',
    from: 'if (sameBytes(old.encryptionKey, leaf.encryptionKey))',
    to: 'if (false)',
  },
  {
    name: 'the credential of an added leaf is not judged',
    file: 'proposal-list.ts',
    from: `return refusal ?? judgeLeaf(judge, keyPackage.leaf, 'add', undefined, undefined)`,
    to: 'return refusal',
  },
  {
    name: 'the credential of an Update is not judged',
    file: 'proposal-list.ts',
    from: `return (await leafRefusalAlone(c, leaf, rules, leafIndex)) ?? judgeLeaf(judge, leaf, 'update', leafIndex, old)`,
    to: 'return leafRefusalAlone(c, leaf, rules, leafIndex)',
  },
  {
    name: 'a new leaf may bring the signature key of a member',
    file: 'uniqueness.ts',
    from: `if (signatureKeyStands(tree, signatureKeys, isOld)) return duplicate("the signature key of a new leaf is a member's")`,
    to: '',
  },
  {
    name: 'a path may bring a key that stands in the tree',
    file: 'uniqueness.ts',
    from: 'return !encryptionKeyStands(tree, fresh, () => true)',
    to: 'return true',
  },
  {
    name: 'a path may bring one key twice',
    file: 'uniqueness.ts',
    from: 'if (!keys.every((key) => fresh.add(key))) return false',
    to: '',
  },
]

const proposals: readonly Planted[] = [
  {
    name: 'anybody may propose anything',
    file: 'proposal-list.ts',
    from: `return proposer.kind === 'external' ? externalKinds.has(kind) : kind === 'add'`,
    to: 'return true',
  },
  {
    name: 'one leaf may be changed twice in a commit',
    file: 'proposal-list.ts',
    from: 'if (touched.has(leafIndex))',
    to: 'if (false)',
  },
  {
    name: 'the committer may remove itself',
    file: 'proposal-list.ts',
    from: `if (committer.kind === 'member' && committer.leafIndex === leafIndex)`,
    to: 'if (false)',
  },
  {
    name: 'a blank leaf may be removed by a commit',
    file: 'proposal-list.ts',
    from: `if (tree.leaves[leafIndex] === undefined) return invalid('update or remove of a blank leaf')`,
    to: '',
  },
  {
    name: 'two lists of extensions may stand in a commit',
    file: 'proposal-list.ts',
    from: `if (ofKind(list, 'group-context-extensions').length > 1)`,
    to: 'if (false)',
  },
  {
    name: 'a ReInit may stand beside others',
    file: 'proposal-list.ts',
    from: `if (ofKind(list, 'reinit').length > 0 && list.length > 1)`,
    to: 'if (false)',
  },
  {
    name: 'an external init may stand in a regular commit',
    file: 'proposal-list.ts',
    from: `return inits > 0 ? invalid('external init in a regular commit') : undefined`,
    to: 'return undefined',
  },
  {
    name: 'an external commit may bring any proposal',
    file: 'proposal-list.ts',
    from: 'return list.every(({ proposal }) => allowed.includes(proposal.kind)) ?',
    to: 'return true ?',
  },
  {
    name: 'an external commit may refer to proposals',
    file: 'proposal-list.ts',
    from: 'if (list.some(({ byReference }) => byReference))',
    to: 'if (false)',
  },
  {
    name: 'one PSK may stand twice',
    file: 'proposal-list.ts',
    from: `if (seen.has(name)) return invalid('one psk twice')`,
    to: '',
  },
  {
    name: 'a PSK nonce may be short',
    file: 'proposal-list.ts',
    from: 'if (id.nonce.length !== c.suite.hashLength)',
    to: 'if (false)',
  },
  {
    name: 'a link to another group may stand in any epoch',
    file: 'proposal-list.ts',
    from: '(epoch !== 0n || linked++ > 0)',
    to: 'linked++ > 0',
  },
  {
    name: 'new extensions need nobody to support them',
    file: 'proposal-list.ts',
    from: 'if (replaced !== undefined && draft.leaves.some((leaf) => leaf !== undefined && !supportsGroup(leaf, replaced)))',
    to: 'if (false)',
  },
  {
    name: 'external senders are not judged',
    file: 'proposal-list.ts',
    from: `if (!said) return refuse('credential-refused', 'sender', 'credential of an external sender')`,
    to: '',
  },
  {
    name: 'proposals may wait without end',
    file: 'receive.ts',
    from: 'if (o.state.proposals.size >= waitingProposalsMax)',
    to: 'if (false)',
  },
]

export const planted: readonly Planted[] = [...leaves, ...proposals, ...plantedInCommits]
