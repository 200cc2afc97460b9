/** Sabotages of commits, messages, joining and storing. */
import type { Planted } from './planted.ts'

const commits: readonly Planted[] = [
  {
    name: 'the confirmation tag is not compared',
    file: 'process-commit.ts',
    from: 'if (confirmationTag === undefined || !sameSecret(confirmationTag, next.confirmationTag))',
    to: 'if (confirmationTag === undefined)',
  },
  {
    name: 'a path is needed by no proposal',
    file: 'process-commit.ts',
    from: 'if (path === undefined && applied.pathRequired)',
    to: 'if (false)',
  },
  {
    name: 'a leaf made for something else stands in a path',
    file: 'process-commit.ts',
    from: `if (path.leaf.source.kind !== 'commit')`,
    to: 'if (false)',
  },
  {
    name: 'the leaf of a path is not checked',
    file: 'process-commit.ts',
    from: 'if (alone !== undefined) return alone',
    to: '',
  },
  {
    name: 'the credential of a committer is not judged',
    file: 'process-commit.ts',
    from: `return said ? undefined : refuse('credential-refused', 'sender', 'credential of the committer')`,
    to: 'return said || true ? undefined : undefined',
  },
  {
    name: 'a commit is not judged',
    file: 'process-commit.ts',
    from: `if (!agreed) return refuse('commit-refused', 'sender', 'the judge refused the commit')`,
    to: '',
  },
  {
    name: 'who is removed while its leaf is given away does not hear of it',
    file: 'process-commit.ts',
    from: 'if (applied.removed.includes(state.ownLeaf)) {',
    to: 'if (applied.removed.includes(state.ownLeaf) && applied.draft.leaves[state.ownLeaf] === undefined) {',
  },
  {
    name: 'one proposal may be referred to twice',
    file: 'process-commit.ts',
    from: `if (seen.has(name)) return refuse('proposals-invalid', 'sender', 'one reference twice')`,
    to: '',
  },
  {
    name: 'a proposal that was never seen is passed over',
    file: 'process-commit.ts',
    from: `if (stored === undefined) return refuse('proposal-unknown', 'sender', 'a proposal it refers to was not seen')`,
    to: 'if (stored === undefined) continue',
  },
  {
    name: 'the parent hash of a path is forgotten',
    file: 'tree-kem.ts',
    from: `if (source.kind !== 'commit' || !sameBytes(source.parentHash, hashes.leaf)) return false`,
    to: '',
  },
  {
    name: 'a path may be sealed to fewer than it must',
    file: 'tree-kem.ts',
    from: 'if (update.nodes[i]?.sealedPathSecrets.length !== recipients(draft, copath, newLeaves).length) return false',
    to: '',
  },
  {
    name: 'the keys of a path need not follow from its secret',
    file: 'tree-kem.ts',
    from: 'return fits ? { keys, nodes: path.slice(at).map((s) => s.node) } : undefined',
    to: 'return fits || true ? { keys, nodes: path.slice(at).map((s) => s.node) } : undefined',
  },
  {
    name: 'private keys of blanked nodes are kept',
    file: 'tree-kem.ts',
    from: 'if (old !== undefined && now !== undefined && sameBytes(old, now)) kept.set(node, key)',
    to: 'if (old !== undefined) kept.set(node, key)',
  },
  {
    name: 'a removed member goes on',
    file: 'receive.ts',
    from: `if (state.status === 'removed') return refuse('group-closed', 'state', 'this member was removed')`,
    to: '',
  },
  {
    name: 'a re-initialised group goes on',
    file: 'receive.ts',
    from: `if (o.state.status !== 'open') return refuse('group-closed', 'state', 'the group was re-initialised')`,
    to: '',
  },
  {
    name: 'a group that ends by ReInit stays open',
    file: 'next-epoch.ts',
    from: `status: reinit === undefined ? 'open' : 'reinit',`,
    to: `status: 'open',`,
  },
  {
    name: 'waiting proposals outlive their epoch',
    file: 'next-epoch.ts',
    from: 'proposals: new Map(), pendingUpdates: [], resumptionPsks: resumption.slice(-resumptionEpochs),',
    to: 'proposals: before.proposals, pendingUpdates: [], resumptionPsks: resumption.slice(-resumptionEpochs),',
  },
]

const messages: readonly Planted[] = [
  {
    name: 'the signature of a private message is not checked',
    file: 'message-protection.ts',
    from: `return refuse('bad-signature', 'sender', 'message signature')`,
    to: 'void 0',
  },
  {
    name: 'the signature of a public message is not checked',
    file: 'receive.ts',
    from: `return refuse('bad-signature', 'sender', 'message signature')`,
    to: 'void 0',
  },
  {
    name: 'the membership tag is not compared',
    file: 'message-protection.ts',
    from: 'sameSecret(message.membershipTag, await membershipTag(c, membershipKey, encodedFramed, context, message.auth))',
    to: '(await membershipTag(c, membershipKey, encodedFramed, context, message.auth)).length > 0',
  },
  {
    name: 'padding may hold anything',
    file: 'message-protection.ts',
    from: 'if (padded.some((byte) => byte !== 0))',
    to: 'if (false)',
  },
  {
    name: 'an old epoch is not told from the present one',
    file: 'message-protection.ts',
    from: 'if (epoch < view.epoch)',
    to: 'if (false)',
  },
  {
    name: 'sender data may name a leaf outside the tree',
    file: 'message-protection.ts',
    from: `if (publicKey === undefined) return refuse('unknown-sender', 'sender', 'the sender data names no member')`,
    to: '',
  },
  {
    name: 'the reuse guard is always the same',
    file: 'message-protection.ts',
    from: 'const reuseGuard = c.provider.random(4)',
    to: 'const reuseGuard = new Uint8Array(4)',
  },
  {
    name: 'a used key is kept',
    file: 'secret-tree.ts',
    from: 'const skipped = ratchet.skipped.filter((kept) => kept !== keys)',
    to: 'const { skipped } = ratchet',
  },
  {
    name: 'a generation is used again',
    file: 'secret-tree.ts',
    from: 'next: { secret: await nextSecret(c, secret, generation), generation: generation + 1, skipped },',
    to: 'next: { secret, generation, skipped },',
  },
  {
    name: 'a sender may ask for any generation',
    file: 'secret-tree.ts',
    from: 'if (generation - ratchet.generation > windows.forwardGenerations || generation === 0xffffffff)',
    to: 'if (generation === 0xffffffff)',
  },
  {
    name: 'skipped keys are kept without end',
    file: 'secret-tree.ts',
    from: 'skipped.splice(0, Math.max(0, skipped.length - windows.skippedKeys))',
    to: 'skipped.splice(0, 0)',
  },
  {
    name: 'the secret above a used leaf is not named as consumed',
    file: 'secret-tree.ts',
    from: 'consumed.push(node.secret)',
    to: '',
  },
  {
    name: 'a past epoch keeps its handshake keys',
    file: 'past-epoch.ts',
    from: `if (node.kind === 'leaf') return { ...node, handshake: spent }`,
    to: `if (node.kind === 'leaf') return node`,
  },
  {
    name: 'a past epoch opens handshakes',
    file: 'past-epoch.ts',
    from: `if (message.contentType !== contentTypes.application) return refuse('old-epoch', 'message', 'a handshake of a past epoch')`,
    to: '',
  },
]

const joins: readonly Planted[] = [
  {
    name: 'the signature of a GroupInfo is not checked',
    file: 'join.ts',
    from: `return refuse('bad-signature', 'sender', 'group info signature')`,
    to: 'void 0',
  },
  {
    name: 'the tree need not have the hash that was signed',
    file: 'join.ts',
    from: `if (!sameBytes(await treeHash(c, tree), info.context.treeHash)) return refuse('tree-invalid', 'message', 'tree hash')`,
    to: '',
  },
  {
    name: 'the confirmation tag of a Welcome is not compared',
    file: 'join.ts',
    from: `return refuse('wrong-confirmation-tag', 'sender', 'confirmation tag of the group info')`,
    to: 'void 0',
  },
  {
    name: 'a newcomer may have signed its own Welcome',
    file: 'join.ts',
    from: `if (info.signer === ownLeaf) return refuse('welcome-invalid', 'sender', 'signed by the newcomer itself')`,
    to: '',
  },
  {
    name: 'the private key need not belong to the key package',
    file: 'join.ts',
    from: 'if (!(await belongsTo(c, leafPrivateKey, keyPackage.leaf.encryptionKey)))',
    to: 'if (false)',
  },
  {
    name: 'a linked group may have any members',
    file: 'join.ts',
    from: 'return parent.membersMatch(link.usage, membersOf(parent.state.tree), membersOf(tree)) ?',
    to: 'return true ?',
  },
  {
    name: 'the path secret of a Welcome need not fit the tree',
    file: 'tree-kem.ts',
    from: 'if (!sameBytes(pair.publicKey, nodeKey(tree, node) ?? new Uint8Array(0))) return undefined',
    to: '',
  },
  {
    name: 'unmerged leaves may be named anywhere',
    file: 'tree-validation.ts',
    from: 'return keysFit && unmergedLeavesValid(tree) && parentHashesValid(c, tree)',
    to: 'return keysFit && parentHashesValid(c, tree)',
  },
  {
    name: 'parent hashes of a joined tree are not checked',
    file: 'tree-validation.ts',
    from: 'return keysFit && unmergedLeavesValid(tree) && parentHashesValid(c, tree)',
    to: 'return keysFit && unmergedLeavesValid(tree)',
  },
  {
    name: 'the members of a joined tree are not judged',
    file: 'tree-validation.ts',
    from: 'if (!(await judge.credential(question)))',
    to: 'if (false)',
  },
]

const stored: readonly Planted[] = [
  {
    name: 'a record of another version is read',
    file: 'records.ts',
    from: 'if (record[0] !== recordVersion || record.length <= 1 + nonceLength) return undefined',
    to: 'if (record.length <= 1 + nonceLength) return undefined',
  },
  {
    name: 'a used key stays in the records',
    file: 'records.ts',
    from: 'for (const keys of before[kind].skipped) if (!kept.has(keys)) changes.set(name(keys), undefined)',
    to: '',
  },
  {
    name: 'the secret of an expanded subtree stays in the records',
    file: 'records.ts',
    from: 'eachRecord(before, position, (name) => changes.set(name, undefined))',
    to: '',
  },
  {
    name: 'a closed group opens again when it is restored',
    file: 'persistence.ts',
    from: `if (state.status !== 'open') records.set(\`x\${statuses.indexOf(state.status)}\`, Uint8Array.of(recordVersion))`,
    to: '',
  },
  {
    name: 'a waiting proposal is forgotten when the group is restored',
    file: 'persistence.ts',
    from: 'for (const [name, stored] of state.proposals) records.set(`p${name}`, encodeStored(stored, order++))',
    to: 'void order',
  },
]

export const plantedInCommits: readonly Planted[] = [...commits, ...messages, ...joins, ...stored]
