import type { Range } from '@halyard/protocol'

/** A stretch of text; without `range` it is plain and has no children. */
export interface RangeNode {
  readonly start: number
  readonly end: number
  readonly range?: Range
  readonly children: readonly RangeNode[]
}

/** Nested deeper than any sender of ours nests; what lies deeper is drawn without its mark. */
const depthMax = 8

interface OpenNode {
  readonly start: number
  readonly end: number
  readonly range?: Range
  readonly children: RangeNode[]
  at: number
}

/**
 * Ranges as a tree over a text of this length. Hostile ranges (outside the text, overlapping half, too deep) are left out;
 * what is left covers the whole text once, in order. Time n log n.
 */
export const rangeTree = (length: number, ranges: readonly Range[]): readonly RangeNode[] => {
  const root: OpenNode = { start: 0, end: length, children: [], at: 0 }
  const open: OpenNode[] = [root]
  const fill = (node: OpenNode, to: number): void => {
    if (to > node.at) node.children.push({ start: node.at, end: to, children: [] })
    node.at = Math.max(node.at, to)
  }
  const close = (): void => {
    const node = open.pop()
    const parent = open[open.length - 1]
    if (node === undefined || parent === undefined) return
    fill(node, node.end)
    const { start, end, range, children } = node
    parent.children.push(range === undefined ? { start, end, children } : { start, end, range, children })
    parent.at = node.end
  }
  for (const range of inOrder(length, ranges)) {
    while (open.length > 1 && range.start >= (open[open.length - 1] ?? root).end) close()
    const parent = open[open.length - 1] ?? root
    const end = Math.min(range.start + range.length, length)
    const atom = parent.range?.kind === 'code' || parent.range?.kind === 'code-block'
    if (end > parent.end || atom || open.length > depthMax || (range.kind === 'link' && insideLink(open))) continue
    fill(parent, range.start)
    open.push({ start: range.start, end, range, children: [], at: range.start })
  }
  while (open.length > 1) close()
  fill(root, length)
  return root.children
}

const insideLink = (open: readonly OpenNode[]): boolean => open.some((node) => node.range?.kind === 'link')

/** A range that begins before a fold is cut at it; one that begins after it is gone. */
const inOrder = (length: number, ranges: readonly Range[]): readonly Range[] =>
  ranges
    .filter(
      (range) =>
        range.start >= 0 &&
        range.length > 0 &&
        range.start < length &&
        Number.isSafeInteger(range.start + range.length),
    )
    .sort((a, b) => a.start - b.start || b.length - a.length)
