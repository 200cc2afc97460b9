/** Cases of tree-math, tree-operations, tree-validation and treekem. */
import { cryptoOf, type Crypto } from '../src/crypto.ts'
import type { Provider } from '../src/index.ts'
import { leafSignatureValid } from '../src/leaf-validation.ts'
import {
  applyAdds,
  applyRemoves,
  applyUpdate,
  decodeTree,
  draftOf,
  encodeTree,
  nodeKey,
  resolution,
  type RatchetTree,
} from '../src/ratchet-tree.ts'
import { decode } from '../src/codec.ts'
import { readUpdatePath, type UpdatePath } from '../src/structures/commit.ts'
import { encodeGroupContext } from '../src/structures/group-context.ts'
import { decodeProposal } from '../src/structures/proposal.ts'
import { subtreeHash, treeHash } from '../src/tree-hash.ts'
import { belongsTo, deriveUpward, mergePath, openPath, renewPath, sealPath } from '../src/tree-kem.ts'
import { left, level, nodeCount, parent, right, root, sibling } from '../src/tree-math.ts'
import { treeStructureValid } from '../src/tree-validation.ts'
import { bytes, equal, must } from './hex.ts'

type Hex = string
type Optional<T> = T | null

export type TreeMathCase = { n_leaves: number; n_nodes: number; root: number } & Record<
  'left' | 'right' | 'parent' | 'sibling',
  Optional<number>[]
>

export async function treeMath(_: Provider, v: TreeMathCase): Promise<void> {
  equal(nodeCount(v.n_leaves), v.n_nodes, 'n_nodes')
  equal(root(v.n_leaves), v.root, 'root')
  for (let node = 0; node < v.n_nodes; node++) {
    equal(level(node) === 0 ? undefined : left(node), v.left[node], `left of ${node}`)
    equal(level(node) === 0 ? undefined : right(node), v.right[node], `right of ${node}`)
    equal(node === v.root ? undefined : parent(node), v.parent[node], `parent of ${node}`)
    equal(node === v.root ? undefined : sibling(node), v.sibling[node], `sibling of ${node}`)
  }
}

export type TreeOperationCase = { cipher_suite: number; proposal_sender: number } & Record<
  'tree_before' | 'tree_after' | 'tree_hash_before' | 'tree_hash_after' | 'proposal',
  Hex
>

export async function treeOperations(provider: Provider, v: TreeOperationCase): Promise<void> {
  const c = cryptoOf(provider, v.cipher_suite)
  const before = must(decodeTree(bytes(v.tree_before)), 'tree_before')
  equal(await treeHash(c, before), v.tree_hash_before, 'tree_hash_before')
  const draft = draftOf(before)
  const proposal = must(decodeProposal(bytes(v.proposal)), 'proposal')
  if (proposal.kind === 'add') applyAdds(draft, [proposal.keyPackage.leaf])
  else if (proposal.kind === 'remove') applyRemoves(draft, [proposal.leafIndex])
  else if (proposal.kind === 'update') applyUpdate(draft, v.proposal_sender, proposal.leaf)
  else throw new Error(proposal.kind)
  equal(encodeTree(draft), v.tree_after, 'tree_after')
  equal(await treeHash(c, draft), v.tree_hash_after, 'tree_hash_after')
}

export type TreeValidationCase = {
  cipher_suite: number
  tree: Hex
  group_id: Hex
  resolutions: number[][]
  tree_hashes: Hex[]
}

export async function treeValidation(provider: Provider, v: TreeValidationCase): Promise<void> {
  const c = cryptoOf(provider, v.cipher_suite)
  const tree = must(decodeTree(bytes(v.tree)), 'tree')
  equal(nodeCount(tree.leaves.length), v.tree_hashes.length, 'nodes')
  for (const [node, hash] of v.tree_hashes.entries()) {
    equal(await subtreeHash(c, tree, node), hash, `tree hash of ${node}`)
    equal(resolution(tree, node), v.resolutions[node], `resolution of ${node}`)
  }
  equal(await treeStructureValid(c, tree), true, 'parent hashes')
  for (const [leafIndex, leaf] of tree.leaves.entries()) {
    if (leaf !== undefined)
      equal(await leafSignatureValid(c, leaf, bytes(v.group_id), leafIndex), true, `signature of leaf ${leafIndex}`)
  }
  equal(encodeTree(tree), v.tree, 're-encoded')
}

type PrivateLeaf = {
  index: number
  encryption_priv: Hex
  signature_priv: Hex
  path_secrets: { node: number; path_secret: Hex }[]
}

export type TreeKemCase = {
  cipher_suite: number
  group_id: Hex
  epoch: number
  confirmed_transcript_hash: Hex
  ratchet_tree: Hex
  leaves_private: PrivateLeaf[]
  update_paths: {
    sender: number
    update_path: Hex
    path_secrets: Optional<Hex>[]
    commit_secret: Hex
    tree_hash_after: Hex
  }[]
}

export async function treeKem(provider: Provider, v: TreeKemCase): Promise<void> {
  const c = cryptoOf(provider, v.cipher_suite)
  const tree = must(decodeTree(bytes(v.ratchet_tree)), 'ratchet_tree')
  const keys = new Map<number, Map<number, Uint8Array>>()
  for (const leaf of v.leaves_private) keys.set(leaf.index, await privateKeysOf(c, tree, leaf))
  const contextOf = async (after: RatchetTree): Promise<Uint8Array> =>
    encodeGroupContext({
      suite: v.cipher_suite,
      groupId: bytes(v.group_id),
      epoch: BigInt(v.epoch),
      treeHash: await treeHash(c, after),
      confirmedTranscriptHash: bytes(v.confirmed_transcript_hash),
      extensions: [],
    })
  for (const u of v.update_paths) {
    const path = must(decode(bytes(u.update_path), readUpdatePath), 'update_path')
    const merged = draftOf(tree)
    equal(await mergePath(c, merged, u.sender, path, new Set()), true, 'merges')
    equal(await treeHash(c, merged), u.tree_hash_after, 'tree_hash_after')
    equal(await leafSignatureValid(c, path.leaf, bytes(v.group_id), u.sender), true, 'leaf signature')
    await everyoneOpens(c, merged, u.sender, path, keys, await contextOf(merged), u.commit_secret, u.path_secrets)
    const sender = v.leaves_private.find((leaf) => leaf.index === u.sender)
    const old = must(tree.leaves[u.sender], 'sender leaf')
    const renewed = draftOf(tree)
    const made = await renewPath(
      c,
      renewed,
      u.sender,
      bytes(v.group_id),
      old,
      bytes(must(sender, 'sender').signature_priv),
    )
    const context = await contextOf(renewed)
    const sealed = await sealPath(c, renewed, u.sender, made, new Set(), context)
    const again = draftOf(tree)
    equal(await mergePath(c, again, u.sender, sealed, new Set()), true, 'own path merges')
    await everyoneOpens(c, again, u.sender, sealed, keys, context, undefined, undefined, made.keys.commitSecret)
  }
}

async function privateKeysOf(c: Crypto, tree: RatchetTree, leaf: PrivateLeaf): Promise<Map<number, Uint8Array>> {
  const keys = new Map([[2 * leaf.index, bytes(leaf.encryption_priv)]])
  for (const { node, path_secret } of leaf.path_secrets) {
    const { pairs } = await deriveUpward(c, bytes(path_secret), 1)
    keys.set(node, must(pairs[0], 'pair').privateKey)
  }
  for (const [node, key] of keys)
    equal(await belongsTo(c, key, must(nodeKey(tree, node), `node ${node}`)), true, `key of node ${node}`)
  return keys
}

async function everyoneOpens(
  c: Crypto,
  tree: RatchetTree,
  sender: number,
  path: UpdatePath,
  keys: ReadonlyMap<number, ReadonlyMap<number, Uint8Array>>,
  context: Uint8Array,
  commitSecret: Hex | undefined,
  pathSecrets: Optional<Hex>[] | undefined,
  ownCommitSecret?: Uint8Array,
): Promise<void> {
  for (const [leafIndex, privateKeys] of keys) {
    if (leafIndex === sender) continue
    const opened = must(
      await openPath(c, tree, sender, path, new Set(), leafIndex, privateKeys, context),
      `opened by ${leafIndex}`,
    )
    equal(opened.keys.commitSecret, commitSecret ?? ownCommitSecret, 'commit_secret')
    if (pathSecrets !== undefined)
      equal(opened.keys.pathSecrets[0], pathSecrets[leafIndex], `path secret of ${leafIndex}`)
  }
}
