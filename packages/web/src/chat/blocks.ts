import type { TimelineRow } from '@halyard/client/api'

export type TextRow = Extract<TimelineRow, { readonly kind: 'text' }>
export type NoticeRow = Extract<TimelineRow, { readonly kind: 'notice' }>

/** What stands under each other in the log. */
export type Block =
  | { readonly kind: 'day'; readonly key: string; readonly atMs: number }
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'notice'; readonly key: string; readonly row: NoticeRow }
  | { readonly kind: 'group'; readonly key: string; readonly own: boolean; readonly rows: readonly TextRow[] }

/** Rows of one author stand together while each came within this time of the one before. */
const groupMs = 5 * 60_000

/** Day pills, groups and the divider before `firstUnread` (a position), for rows in ascending order. `dayOf` names a local day. */
export const blocksOf = (
  rows: readonly TimelineRow[],
  firstUnread: number | undefined,
  dayOf: (atMs: number) => string = localDay,
): readonly Block[] => {
  const blocks: Block[] = []
  let day: string | undefined
  let group: TextRow[] | undefined
  let divided = false
  for (const row of rows) {
    const today = dayOf(row.atMs)
    if (today !== day) {
      // Clocks may go back: a day that comes twice has two pills.
      const nth = blocks.filter((block) => block.kind === 'day').length
      blocks.push({ kind: 'day', key: `day ${today} ${nth}`, atMs: row.atMs })
      group = undefined
    }
    day = today
    if (!divided && firstUnread !== undefined && row.position >= firstUnread) {
      divided = true
      // The divider is a line between what was read and what was not: nothing above it means no line.
      if (row.position === firstUnread || blocks.length > 1) blocks.push({ kind: 'new', key: 'new' })
      group = undefined
    }
    if (row.kind === 'notice') {
      blocks.push({ kind: 'notice', key: row.key, row })
      group = undefined
      continue
    }
    const last = group?.[group.length - 1]
    const joins =
      last !== undefined &&
      last.own === row.own &&
      last.author.accountId === row.author.accountId &&
      row.atMs - last.atMs <= groupMs
    if (joins && group !== undefined) group.push(row)
    else {
      group = [row]
      blocks.push({ kind: 'group', key: row.key, own: row.own, rows: group })
    }
  }
  return blocks
}

/**
 * Blocks of one log as its window moves: a group keeps its key as long as any of its rows is loaded. Without that, each
 * row that leaves at the top would have the whole group below it drawn anew.
 */
export const keepingKeys = (
  firstUnread: number | undefined,
  dayOf: (atMs: number) => string = localDay,
): ((rows: readonly TimelineRow[]) => readonly Block[]) => {
  let groupOf: ReadonlyMap<string, string> = new Map()
  let last: { readonly rows: readonly TimelineRow[]; readonly blocks: readonly Block[] } | undefined
  return (rows) => {
    if (last?.rows === rows) return last.blocks
    const now = new Map<string, string>()
    const taken = new Set<string>()
    const blocks = blocksOf(rows, firstUnread, dayOf).map((block) => {
      if (block.kind !== 'group') return block
      const kept = block.rows.map((row) => groupOf.get(row.key)).find((key) => key !== undefined && !taken.has(key))
      const key = kept ?? (taken.has(block.key) ? `${block.key} again` : block.key)
      taken.add(key)
      for (const row of block.rows) now.set(row.key, key)
      return { ...block, key }
    })
    groupOf = now
    last = { rows, blocks }
    return blocks
  }
}

const localDay = (atMs: number): string => {
  const date = new Date(atMs)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}
