import type { ShownRange } from '@halyard/client/api'

/** A stretch of text; without `range` it is plain and has no children. */
export interface RangeNode {
  readonly start: number
  readonly end: number
  readonly range?: ShownRange
  readonly children: readonly RangeNode[]
}

/** Nested deeper than any sender of ours nests; what lies deeper is drawn without its mark. */
const depthMax = 8

interface OpenNode {
  readonly start: number
  readonly end: number
  readonly range?: ShownRange
  readonly children: RangeNode[]
  at: number
}

/**
 * Ranges as a tree over a text of this length. Hostile ranges (outside the text, overlapping half, too deep) are left out;
 * what is left covers the whole text once, in order. Time n log n.
 */
export const rangeTree = (length: number, ranges: readonly ShownRange[]): readonly RangeNode[] => {
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
    const isWhole = parent.range !== undefined && wholes.has(parent.range.kind)
    if (end > parent.end || isWhole || open.length > depthMax || (range.kind === 'link' && insideLink(open))) continue
    fill(parent, range.start)
    open.push({ start: range.start, end, range, children: [], at: range.start })
  }
  while (open.length > 1) close()
  fill(root, length)
  return root.children
}

/** Nothing is marked within these. */
const wholes: ReadonlySet<ShownRange['kind']> = new Set(['code', 'code-block', 'mention'])

const insideLink = (open: readonly OpenNode[]): boolean => open.some((node) => node.range?.kind === 'link')

/** A name takes nothing into itself, so it stands innermost. */
const isName = ({ kind }: ShownRange): boolean => kind === 'mention'

/** A range that begins before a fold is cut at it; one that begins after it is gone. */
const inOrder = (length: number, ranges: readonly ShownRange[]): readonly ShownRange[] =>
  ranges
    .filter(
      (range) =>
        range.start >= 0 &&
        range.length > 0 &&
        range.start < length &&
        Number.isSafeInteger(range.start + range.length),
    )
    .sort((a, b) => a.start - b.start || b.length - a.length || Number(isName(a)) - Number(isName(b)))
