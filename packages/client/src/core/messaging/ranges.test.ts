import { expect, test } from 'vitest'
import { encode, limits, list, maybe, record, text, uint } from '@halyard/protocol'
import { fromStored, readRanges, storedRanges, toStored } from './ranges.ts'

const account = new Uint8Array(32).fill(7)
const accountId = '07'.repeat(32)

test('ranges come back as they were stored, also those from before there were mentions', () => {
  const ranges = [
    { start: 0, length: 4, kind: 'mention', accountId },
    { start: 5, length: 2, kind: 'link', url: 'https://example.org/' },
  ] as const
  const stored = toStored('@Ava is', ranges)
  expect(stored[0]).toEqual({ start: 0, length: 4, kind: 7, url: undefined, account })
  expect(fromStored(readRanges(encode(storedRanges, stored)))).toEqual(ranges)
  const before = list(record({ start: uint(), length: uint(), kind: uint(31), url: maybe(text(99)) }), limits.rangesMax)
  const old = encode(before, [
    { start: 0, length: 2, kind: 0, url: undefined },
    { start: 5, length: 2, kind: 6, url: 'https://example.org/' },
  ])
  expect(fromStored(readRanges(old))).toEqual([{ start: 0, length: 2, kind: 'bold' }, ranges[1]])
  expect(readRanges(new Uint8Array([1]))).toEqual([])
})

test('what a page asks for is held to the same: no mention without an account, no account without a mention', () => {
  const sent = toStored('@Ava is', [
    { start: 0, length: 4, kind: 'mention' },
    { start: 0, length: 4, kind: 'mention', accountId: 'no hex' },
    { start: 0, length: 4, kind: 'mention', accountId: '07' },
    { start: 0, length: 4, kind: 'bold', accountId },
    { start: 1, length: 3, kind: 'mention', accountId },
    { start: 0, length: 3, kind: 'mention', accountId },
  ])
  expect(fromStored(sent)).toEqual([{ start: 0, length: 3, kind: 'mention', accountId }])
})
