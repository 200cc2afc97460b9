/** The ratchet tree (RFC 9420 §4.1, §7): an immutable value; a commit edits a draft that shares every untouched node. */
import { keyTag } from './key-set.ts'
import { decode, encode, type Reader, type Writer } from './codec.ts'
import { readLeafNode, writeLeafNode, type LeafNode } from './structures/leaf-node.ts'
import { directPath, fullLeafCount, left, nodeCount, right, sibling } from './tree-math.ts'

/** ParentNode (§7.1) */
export type ParentNode = {
  readonly encryptionKey: Uint8Array
  readonly parentHash: Uint8Array
  readonly unmergedLeaves: readonly number[]
}

export type RatchetTree = {
  /** one entry per leaf; their number is a power of two */
  readonly leaves: readonly (LeafNode | undefined)[]
  /** parents[i] is node 2i + 1 */
  readonly parents: readonly (ParentNode | undefined)[]
  /** tree hashes by node, filled when first asked for (§7.8) */
  readonly hashes: (Uint8Array | undefined)[]
  /** tags of encryption keys by node and of signature keys by leaf, filled when first asked for and forgotten with the node's hash */
  readonly keyTags: (number | undefined)[]
  readonly signatureTags: (number | undefined)[]
}

/** A tree under construction: owned by one commit, then frozen by use. */
export type TreeDraft = {
  leaves: (LeafNode | undefined)[]
  parents: (ParentNode | undefined)[]
  hashes: (Uint8Array | undefined)[]
  keyTags: (number | undefined)[]
  signatureTags: (number | undefined)[]
}

/** The most leaves a tree may have when decoded: bounds memory, not policy. */
export const leafCountMax = 1 << 17

export function draftOf(tree: RatchetTree): TreeDraft {
  return {
    leaves: tree.leaves.slice(),
    parents: tree.parents.slice(),
    hashes: tree.hashes.slice(),
    keyTags: tree.keyTags.slice(),
    signatureTags: tree.signatureTags.slice(),
  }
}

export function singleLeafTree(leaf: LeafNode): RatchetTree {
  return { leaves: [leaf], parents: [], hashes: [undefined], keyTags: [undefined], signatureTags: [undefined] }
}

/** The public key of a node; `undefined` for a blank one. */
export function nodeKey(tree: RatchetTree, node: number): Uint8Array | undefined {
  return (node & 1) === 0 ? tree.leaves[node >> 1]?.encryptionKey : tree.parents[node >> 1]?.encryptionKey
}

/** Forgets what is remembered of a leaf and of every node above it. */
function forgetPath(draft: TreeDraft, leafIndex: number): void {
  draft.signatureTags[leafIndex] = undefined
  forgetNode(draft, 2 * leafIndex)
  for (const node of directPath(leafIndex, draft.leaves.length)) forgetNode(draft, node)
}

function forgetNode(draft: TreeDraft, node: number): void {
  draft.hashes[node] = undefined
  draft.keyTags[node] = undefined
}

/** Puts a leaf in place, its path left as it is. */
export function setLeaf(draft: TreeDraft, leafIndex: number, leaf: LeafNode | undefined): void {
  draft.leaves[leafIndex] = leaf
  forgetPath(draft, leafIndex)
}

export function setParent(draft: TreeDraft, node: number, value: ParentNode | undefined): void {
  draft.parents[node >> 1] = value
  forgetNode(draft, node)
}

export function blankPath(draft: TreeDraft, leafIndex: number): void {
  for (const node of directPath(leafIndex, draft.leaves.length)) draft.parents[node >> 1] = undefined
  forgetPath(draft, leafIndex)
}

/** Update (§12.1.2): the new leaf stands, the path above is blank. */
export function applyUpdate(draft: TreeDraft, leafIndex: number, leaf: LeafNode): void {
  setLeaf(draft, leafIndex, leaf)
  blankPath(draft, leafIndex)
}

/** Removes (§12.1.3), then truncates the tree. */
export function applyRemoves(draft: TreeDraft, leafIndices: readonly number[]): void {
  for (const leafIndex of leafIndices) {
    setLeaf(draft, leafIndex, undefined)
    blankPath(draft, leafIndex)
  }
  if (leafIndices.length > 0) truncate(draft)
}

function truncate(draft: TreeDraft): void {
  let last = draft.leaves.length - 1
  while (last > 0 && draft.leaves[last] === undefined) last--
  const leafCount = fullLeafCount(last + 1)
  draft.leaves.length = leafCount
  draft.parents.length = leafCount - 1
  draft.hashes.length = nodeCount(leafCount)
  draft.keyTags.length = nodeCount(leafCount)
  draft.signatureTags.length = leafCount
}

/** Adds (§12.1.1): leftmost blank leaves in order. Returns where each went. */
export function applyAdds(draft: TreeDraft, leaves: readonly LeafNode[]): readonly number[] {
  const placed: number[] = []
  let next = 0
  for (const leaf of leaves) {
    while (next < draft.leaves.length && draft.leaves[next] !== undefined) next++
    if (next === draft.leaves.length) extend(draft)
    draft.leaves[next] = leaf
    placed.push(next)
  }
  markUnmerged(draft, placed)
  return placed
}

/** Makes room for a leaf (§7.7). */
export function extendTo(draft: TreeDraft, leafIndex: number): void {
  while (draft.leaves.length <= leafIndex) extend(draft)
}

function extend(draft: TreeDraft): void {
  const leafCount = draft.leaves.length * 2
  while (draft.leaves.length < leafCount) draft.leaves.push(undefined)
  while (draft.parents.length < leafCount - 1) draft.parents.push(undefined)
  while (draft.signatureTags.length < leafCount) draft.signatureTags.push(undefined)
  while (draft.hashes.length < nodeCount(leafCount)) {
    draft.hashes.push(undefined)
    draft.keyTags.push(undefined)
  }
}

/** Names the new leaves in every non-blank parent above them, each list written once however many were added. */
function markUnmerged(draft: TreeDraft, placed: readonly number[]): void {
  const above = new Map<number, number[]>()
  for (const leafIndex of placed) {
    forgetPath(draft, leafIndex)
    for (const node of directPath(leafIndex, draft.leaves.length)) {
      if (draft.parents[node >> 1] === undefined) continue
      const list = above.get(node)
      if (list === undefined) above.set(node, [leafIndex])
      else list.push(leafIndex)
    }
  }
  for (const [node, added] of above) {
    const old = draft.parents[node >> 1]
    if (old !== undefined)
      setParent(draft, node, { ...old, unmergedLeaves: [...old.unmergedLeaves, ...added].sort((a, b) => a - b) })
  }
}

/** The leaf an external joiner takes: leftmost blank, or the first of an extended tree (§12.4.2). */
export function leftmostBlank(tree: RatchetTree): number {
  const blank = tree.leaves.indexOf(undefined)
  return blank < 0 ? tree.leaves.length : blank
}

/** Resolution (§4.1.1) as node indices. */
export function resolution(tree: RatchetTree, node: number): readonly number[] {
  const found: number[] = []
  collectResolution(tree, node, found)
  return found
}

function collectResolution(tree: RatchetTree, node: number, found: number[]): void {
  if ((node & 1) === 0) {
    if (tree.leaves[node >> 1] !== undefined) found.push(node)
    return
  }
  const own = tree.parents[node >> 1]
  if (own === undefined) {
    collectResolution(tree, left(node), found)
    collectResolution(tree, right(node), found)
    return
  }
  found.push(node)
  for (const leafIndex of own.unmergedLeaves) found.push(2 * leafIndex)
}

function isEmpty(tree: RatchetTree, node: number): boolean {
  if ((node & 1) === 0) return tree.leaves[node >> 1] === undefined
  return tree.parents[node >> 1] === undefined && isEmpty(tree, left(node)) && isEmpty(tree, right(node))
}

export type PathStep = { readonly node: number; readonly copath: number }

/** Filtered direct path (§4.1.2) with the copath child of each node. */
export function filteredDirectPath(tree: RatchetTree, leafIndex: number): readonly PathStep[] {
  const steps: PathStep[] = []
  let below = 2 * leafIndex
  for (const node of directPath(leafIndex, tree.leaves.length)) {
    const copath = sibling(below)
    if (!isEmpty(tree, copath)) steps.push({ node, copath })
    below = node
  }
  return steps
}

/** The tag of a node's encryption key; `undefined` for a blank node. */
export function encryptionTag(tree: RatchetTree, node: number): number | undefined {
  const key = tree.keyTags[node] === undefined ? nodeKey(tree, node) : undefined
  return key === undefined ? tree.keyTags[node] : (tree.keyTags[node] = keyTag(key))
}

/** The tag of a leaf's signature key; `undefined` for a blank leaf. */
export function signatureTag(tree: RatchetTree, leafIndex: number): number | undefined {
  const known = tree.signatureTags[leafIndex]
  const key = known === undefined ? tree.leaves[leafIndex]?.signatureKey : undefined
  return key === undefined ? known : (tree.signatureTags[leafIndex] = keyTag(key))
}

/** Calls back for each member in leaf order. */
export function eachLeaf(tree: RatchetTree, visit: (leaf: LeafNode, leafIndex: number) => void): void {
  for (let i = 0; i < tree.leaves.length; i++) {
    const leaf = tree.leaves[i]
    if (leaf !== undefined) visit(leaf, i)
  }
}

/** ratchet_tree (§12.4.3.3): nodes in order, no blank ones after the last. */
export function encodeTree(tree: RatchetTree): Uint8Array {
  let last = nodeCount(tree.leaves.length) - 1
  while (last >= 0 && nodeKey(tree, last) === undefined) last--
  return encode(
    (w) =>
      w.vector(() => {
        for (let node = 0; node <= last; node++) {
          const leaf = (node & 1) === 0 ? tree.leaves[node >> 1] : undefined
          const own = (node & 1) === 1 ? tree.parents[node >> 1] : undefined
          w.u8(leaf === undefined && own === undefined ? 0 : 1)
          if (leaf !== undefined) {
            w.u8(1)
            writeLeafNode(w, leaf)
          }
          if (own !== undefined) {
            w.u8(2)
            writeParent(w, own)
          }
        }
      }),
    (last + 1) * 256,
  )
}

export function writeParent(w: Writer, node: ParentNode): void {
  w.opaque(node.encryptionKey)
  w.opaque(node.parentHash)
  w.vector(() => {
    for (const leafIndex of node.unmergedLeaves) w.u32(leafIndex)
  })
}

function readParent(r: Reader): ParentNode {
  const node = {
    encryptionKey: r.opaque(),
    parentHash: r.opaque(),
    unmergedLeaves: r.vector((v) => v.u32(), leafCountMax),
  }
  for (let i = 1; i < node.unmergedLeaves.length; i++) {
    if ((node.unmergedLeaves[i - 1] ?? 0) >= (node.unmergedLeaves[i] ?? 0)) r.fail() // §7.1: sorted
  }
  return node
}

function readNode(r: Reader): LeafNode | ParentNode | undefined {
  return r.optional<LeafNode | ParentNode | undefined>((v) => {
    const kind = v.u8()
    if (kind === 1) return readLeafNode(v)
    if (kind === 2) return readParent(v)
    v.fail()
    return undefined
  })
}

/** `undefined`: not a ratchet_tree. Hashes, signatures and parent hashes are for {@link ./tree-validation.ts}. */
export function decodeTree(bytes: Uint8Array): RatchetTree | undefined {
  const nodes = decode(bytes, (r) => r.vector(readNode, 2 * leafCountMax - 1))
  if (nodes === undefined || nodes.length === 0 || nodes[nodes.length - 1] === undefined) return undefined
  const full = fullLeafCount((nodes.length + 2) >> 1)
  const unknown = (count: number): undefined[] => new Array<undefined>(count).fill(undefined)
  const tree: TreeDraft = {
    leaves: [],
    parents: [],
    hashes: unknown(nodeCount(full)),
    keyTags: unknown(nodeCount(full)),
    signatureTags: unknown(full),
  }
  for (let node = 0; node < nodeCount(full); node++) {
    const value = nodes[node]
    if (value === undefined) (node & 1 ? tree.parents : tree.leaves).push(undefined)
    else if ('unmergedLeaves' in value) {
      if ((node & 1) === 0) return undefined
      tree.parents.push(value)
    } else {
      if ((node & 1) === 1) return undefined
      tree.leaves.push(value)
    }
  }
  return tree
}
