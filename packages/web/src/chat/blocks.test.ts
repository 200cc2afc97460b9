import { describe, expect, it } from 'vitest'
import type { Person, TimelineRow } from '@halyard/client/api'
import { blocksOf, keepingKeys } from './blocks.ts'
import { neighbour } from './neighbour.ts'

const ava: Person = {
  accountId: 'a',
  name: 'Ava',
  isSelf: false,
  isOwner: false,
  standing: 'confirmed',
  invitedBySelf: false,
  invitedSelf: false,
}
const row = (position: number, minute: number, own = false): TimelineRow => ({
  kind: 'text',
  key: `r${position}`,
  position,
  atMs: minute * 60_000,
  own,
  author: ava,
  text: 'x',
  ranges: [],
})
const utcDay = (atMs: number): string => String(Math.floor(atMs / (24 * 3600_000)))
const shape = (rows: readonly TimelineRow[], firstUnread?: number): readonly string[] =>
  blocksOf(rows, firstUnread, utcDay).map((block) =>
    block.kind === 'group' ? block.rows.map((each) => each.position).join('+') : block.kind,
  )

describe('blocks', () => {
  it('groups one author within five minutes', () => {
    expect(shape([row(0, 0), row(1, 5), row(2, 11), row(3, 12, true)])).toEqual(['day', '0+1', '2', '3'])
  })
  it('begins a day with a pill and a new group', () => {
    expect(shape([row(0, 1439), row(1, 1440)])).toEqual(['day', '0', 'day', '1'])
  })
  it('divides read from unread once', () => {
    expect(shape([row(0, 0), row(1, 1), row(2, 2)], 1)).toEqual(['day', '0', 'new', '1+2'])
  })
  it('draws no divider above a window that begins after it', () => {
    expect(shape([row(5, 0), row(6, 1)], 1)).toEqual(['day', '5+6'])
  })
})

describe('keys', () => {
  const keys = (blocks: ReturnType<typeof blocksOf>): readonly string[] =>
    blocks.flatMap((block) => (block.kind === 'group' ? [block.key] : []))
  it('a group keeps its key while the window moves over it', () => {
    const blocks = keepingKeys(undefined, utcDay)
    const rows = Array.from({ length: 12 }, (_, at) => row(at, at))
    const seen = rows.slice(0, 8).map((_, at) => keys(blocks(rows.slice(at, at + 5))))
    expect(new Set(seen.flat())).toEqual(new Set(['r0']))
  })
  it('a group that is split gives its key to one part, and no two are ever alike', () => {
    const blocks = keepingKeys(undefined, utcDay)
    expect(keys(blocks([row(1, 1), row(3, 2)]))).toEqual(['r1'])
    expect(keys(blocks([row(1, 1), row(2, 1, true), row(3, 2)]))).toEqual(['r1', 'r2', 'r3'])
    expect(keys(blocks([row(3, 2), row(4, 3)]))).toEqual(['r3'])
    expect(keys(blocks([row(2, 1), row(3, 2), row(4, 3)]))).toEqual(['r3'])
    expect(keys(blocks([row(2, 1), row(3, 2, true), row(4, 3)]))).toEqual(['r3', 'r3 again', 'r4'])
  })
  it('the same rows give the same blocks', () => {
    const blocks = keepingKeys(undefined, utcDay)
    const rows = [row(1, 1)]
    expect(blocks(rows)).toBe(blocks(rows))
  })
  it('a day that comes twice has two pills with keys of their own', () => {
    const days = blocksOf([row(1, 1440), row(2, 1439), row(3, 1440)], undefined, utcDay).filter((b) => b.kind === 'day')
    expect(new Set(days.map((each) => each.key)).size).toBe(3)
  })
})

describe('neighbour', () => {
  const items = [0, 2, 0, 1].map((unread, index) => ({
    chatId: `c${index}`,
    unread,
    mentions: 0,
    muted: false,
  })) as unknown as Parameters<typeof neighbour>[0]['items']
  it('stops at the ends of the list', () => {
    expect(neighbour({ items }, 'c3', 1, false)).toBe('c3')
    expect(neighbour({ items }, 'c0', -1, false)).toBe('c0')
    expect(neighbour({ items }, undefined, 1, false)).toBe('c0')
  })
  it('goes round among the unread', () => {
    expect(neighbour({ items }, 'c3', 1, true)).toBe('c1')
    expect(neighbour({ items }, 'c1', -1, true)).toBe('c3')
  })
})
