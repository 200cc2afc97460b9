/** Ranges over text, made safe wherever they come from. */
import { limits, rangeKinds } from '@halyard/protocol'
import type { Range } from '@halyard/protocol'
import type { StoredRanges } from './timeline.ts'

const schemes = new Set(['https:', 'mailto:'])

/** Whether a link may be followed at all: https and mailto, nothing that runs or reaches into the machine. */
export const safeUrl = (url: string): boolean => {
  // The grammar is checked by hand: core code has no URL class, and a parser that repairs input would hide tricks.
  const scheme = /^([a-z][a-z0-9+.-]*:)/i.exec(url)?.[1]?.toLowerCase()
  return (
    scheme !== undefined && schemes.has(scheme) && url.length <= limits.urlMaxLength && !/[\s\p{Cc}\p{Cf}\\]/u.test(url)
  )
}

/** Keeps the ranges that lie inside the text, are of a known kind and whose link may be followed. */
export const saneRanges = (text: string, ranges: StoredRanges): StoredRanges =>
  ranges.filter(
    (range) =>
      range.length > 0 &&
      range.start + range.length <= text.length &&
      rangeKinds[range.kind] !== undefined &&
      (rangeKinds[range.kind] === 'link') === (range.url !== undefined) &&
      (range.url === undefined || safeUrl(range.url)),
  )

export const toStored = (text: string, ranges: readonly Range[]): StoredRanges =>
  saneRanges(
    text,
    ranges.slice(0, limits.rangesMax).map((range) => ({
      start: range.start,
      length: range.length,
      kind: rangeKinds.indexOf(range.kind),
      url: range.url,
    })),
  )

export const fromStored = (ranges: StoredRanges): readonly Range[] =>
  ranges.flatMap(({ start, length, kind, url }) => {
    const name = rangeKinds[kind]
    if (name === undefined) return []
    return [url === undefined ? { start, length, kind: name } : { start, length, kind: name, url }]
  })
