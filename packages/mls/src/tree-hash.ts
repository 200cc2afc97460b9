/** Tree hashes (RFC 9420 §7.8) and parent hashes (§7.9). */
import type { Crypto } from './crypto.ts'
import { encode } from './codec.ts'
import { noBytes, sameBytes } from './bytes.ts'
import { covers, left, level, right, root } from './tree-math.ts'
import { resolution, writeParent, type ParentNode, type PathStep, type RatchetTree } from './ratchet-tree.ts'
import type { LeafNode } from './structures/leaf-node.ts'

function leafHashInput(leafIndex: number, leaf: LeafNode | undefined): Uint8Array {
  return encode(
    (w) => {
      w.u8(1)
      w.u32(leafIndex)
      w.u8(leaf === undefined ? 0 : 1)
      if (leaf !== undefined) w.raw(leaf.encoded)
    },
    (leaf?.encoded.length ?? 0) + 8,
  )
}

function parentHashTreeInput(node: ParentNode | undefined, leftHash: Uint8Array, rightHash: Uint8Array): Uint8Array {
  return encode(
    (w) => {
      w.u8(2)
      w.u8(node === undefined ? 0 : 1)
      if (node !== undefined) writeParent(w, node)
      w.opaque(leftHash)
      w.opaque(rightHash)
    },
    (node?.encryptionKey.length ?? 0) + 256,
  )
}

/** The tree hash of a node; every hash below it is kept in the tree. */
export async function subtreeHash(c: Crypto, tree: RatchetTree, node: number): Promise<Uint8Array> {
  const { hashes } = tree
  const height = level(node)
  const first = node - (1 << height) + 1
  // Bottom up, level by level: one pass, no recursion, and only what a change made unknown is hashed.
  for (let k = 0; k <= height; k++) {
    const step = 1 << (k + 1)
    for (let x = first + (1 << k) - 1; x <= node + (1 << height) - 1; x += step) {
      if (hashes[x] !== undefined) continue
      const input =
        k === 0
          ? leafHashInput(x >> 1, tree.leaves[x >> 1])
          : parentHashTreeInput(tree.parents[x >> 1], hashes[left(x)] ?? noBytes, hashes[right(x)] ?? noBytes)
      const hashed = c.provider.hash(c.suite.hash, input)
      hashes[x] = hashed instanceof Promise ? await hashed : hashed
    }
  }
  return hashes[node] ?? noBytes
}

export function treeHash(c: Crypto, tree: RatchetTree): Promise<Uint8Array> {
  return subtreeHash(c, tree, root(tree.leaves.length))
}

/** The tree hash of a node as if `without` were blank leaves that no list of unmerged leaves names (§7.9: the original sibling tree hash). */
async function hashWithout(
  c: Crypto,
  tree: RatchetTree,
  node: number,
  without: readonly number[],
): Promise<Uint8Array> {
  const here = without.filter((leafIndex) => covers(node, leafIndex))
  if (here.length === 0) return subtreeHash(c, tree, node)
  if ((node & 1) === 0) return c.provider.hash(c.suite.hash, leafHashInput(node >> 1, undefined))
  const own = tree.parents[node >> 1]
  const gone = new Set(here)
  const kept = own && { ...own, unmergedLeaves: own.unmergedLeaves.filter((leafIndex) => !gone.has(leafIndex)) }
  const leftHash = await hashWithout(c, tree, left(node), here)
  const rightHash = await hashWithout(c, tree, right(node), here)
  return c.provider.hash(c.suite.hash, parentHashTreeInput(kept, leftHash, rightHash))
}

/** The parent hash of a node whose sibling side had `siblingHash` (§7.9). */
export async function parentHash(
  c: Crypto,
  encryptionKey: Uint8Array,
  parentHashAbove: Uint8Array,
  siblingHash: Uint8Array,
): Promise<Uint8Array> {
  const input = encode((w) => {
    w.opaque(encryptionKey)
    w.opaque(parentHashAbove)
    w.opaque(siblingHash)
  }, encryptionKey.length + 160)
  return c.provider.hash(c.suite.hash, input)
}

export type HashedPath = {
  /** the parent_hash field of each node of the path, in its order */
  readonly nodes: readonly Uint8Array[]
  /** the parent_hash field of the leaf below */
  readonly leaf: Uint8Array
}

/** Parent hashes of a path that is being set to `keys` (§7.5 step 3): from the top down, over siblings that do not change. */
export async function hashPath(
  c: Crypto,
  tree: RatchetTree,
  path: readonly PathStep[],
  keys: readonly Uint8Array[],
): Promise<HashedPath> {
  const nodes: Uint8Array[] = new Array<Uint8Array>(path.length)
  let above: Uint8Array = noBytes
  for (let i = path.length - 1; i >= 0; i--) {
    const step = path[i]
    const key = keys[i]
    if (step === undefined || key === undefined) throw new Error('a path has one key per node')
    nodes[i] = above
    above = await parentHash(c, key, above, await subtreeHash(c, tree, step.copath))
  }
  return { nodes, leaf: above }
}

/** Whether every parent node can be chained back to a leaf that signed it (§7.9.2). */
export async function parentHashesValid(c: Crypto, tree: RatchetTree): Promise<boolean> {
  for (let i = 0; i < tree.parents.length; i++) {
    const own = tree.parents[i]
    if (own === undefined) continue
    const node = 2 * i + 1
    // Never both: each side's parent hash would cover the tree hash of the other, and so itself.
    const chained =
      (await chainsFrom(c, tree, own, left(node), right(node))) ||
      (await chainsFrom(c, tree, own, right(node), left(node)))
    if (!chained) return false
  }
  return true
}

/** Whether the one node of C's resolution that is not unmerged at P carries the parent hash of P with copath child S. */
async function chainsFrom(
  c: Crypto,
  tree: RatchetTree,
  own: ParentNode,
  child: number,
  copath: number,
): Promise<boolean> {
  const unmergedBelow = new Set(
    own.unmergedLeaves.filter((leafIndex) => covers(child, leafIndex)).map((leafIndex) => 2 * leafIndex),
  )
  const nodes = resolution(tree, child)
  const others = nodes.filter((node) => !unmergedBelow.has(node))
  const descendant = others[0]
  if (descendant === undefined || others.length !== 1 || nodes.length !== unmergedBelow.size + 1) return false
  const claimed = claimedParentHash(tree, descendant)
  if (claimed === undefined) return false
  const sibling = await hashWithout(c, tree, copath, own.unmergedLeaves)
  return sameBytes(claimed, await parentHash(c, own.encryptionKey, own.parentHash, sibling))
}

function claimedParentHash(tree: RatchetTree, node: number): Uint8Array | undefined {
  if ((node & 1) === 1) return tree.parents[node >> 1]?.parentHash
  const source = tree.leaves[node >> 1]?.source
  return source?.kind === 'commit' ? source.parentHash : undefined
}
