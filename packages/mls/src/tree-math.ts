/** Array-based trees (RFC 9420 Appendix C). A tree of n leaves (a power of two) has 2n - 1 nodes; leaf i is node 2i. */

/** 0 for a leaf; the height of a node above the leaves. */
export function level(node: number): number {
  return 31 - Math.clz32(~node & (node + 1))
}

export function nodeCount(leafCount: number): number {
  return leafCount === 0 ? 0 : 2 * leafCount - 1
}

export function root(leafCount: number): number {
  return leafCount - 1
}

/** Children of a parent node: `node` must not be a leaf. */
export function left(node: number): number {
  return node ^ (1 << (level(node) - 1))
}

export function right(node: number): number {
  return node ^ (3 << (level(node) - 1))
}

/** The parent, in a tree large enough to have one. */
export function parent(node: number): number {
  const k = level(node)
  return (node | (1 << k)) & ~(1 << (k + 1))
}

export function sibling(node: number): number {
  const above = parent(node)
  return node < above ? right(above) : left(above)
}

/** First and last leaf below a node (itself, when it is a leaf). */
export function firstLeaf(node: number): number {
  return (node - (1 << level(node)) + 1) >> 1
}

export function lastLeaf(node: number): number {
  return (node + (1 << level(node)) - 1) >> 1
}

export function covers(node: number, leafIndex: number): boolean {
  return leafIndex >= firstLeaf(node) && leafIndex <= lastLeaf(node)
}

/** The parents of a leaf, from its own up to the root. */
export function directPath(leafIndex: number, leafCount: number): readonly number[] {
  const path: number[] = []
  const top = root(leafCount)
  for (let node = 2 * leafIndex; node !== top;) path.push((node = parent(node)))
  return path
}

/** The lowest node above two different leaves. */
export function commonAncestor(leafA: number, leafB: number): number {
  let node = 2 * leafA
  while (!covers(node, leafB)) node = parent(node)
  return node
}

/** The smallest power of two that is at least `count`. */
export function fullLeafCount(count: number): number {
  let full = 1
  while (full < count) full *= 2
  return full
}
