/** Ranges over text, made safe wherever they come from. */
import {
  accountId,
  decode,
  fromHex,
  limits,
  list,
  maybe,
  rangeKinds,
  record,
  text,
  toHex,
  uint,
} from '@halyard/protocol'
import type { Infer, Range } from '@halyard/protocol'

const plain = { start: uint(), length: uint(), kind: uint(31), url: maybe(text(limits.urlMaxLength)) }
export const storedRanges = list(record({ ...plain, account: maybe(accountId) }), limits.rangesMax)
export type StoredRanges = Infer<typeof storedRanges>
/** As they were stored before there were mentions. */
const withoutAccounts = list(record(plain), limits.rangesMax)

export const readRanges = (bytes: Uint8Array): StoredRanges =>
  decode(storedRanges, bytes) ??
  decode(withoutAccounts, bytes)?.map((range) => ({ ...range, account: undefined })) ??
  []

const schemes = new Set(['https:', 'mailto:'])

/** Whether a link may be followed at all: https and mailto, nothing that runs or reaches into the machine. */
export const safeUrl = (url: string): boolean => {
  // The grammar is checked by hand: core code has no URL class, and a parser that repairs input would hide tricks.
  const scheme = /^([a-z][a-z0-9+.-]*:)/i.exec(url)?.[1]?.toLowerCase()
  return (
    scheme !== undefined && schemes.has(scheme) && url.length <= limits.urlMaxLength && !/[\s\p{Cc}\p{Cf}\\]/u.test(url)
  )
}

/** An `@` and a name: what is shown in its place is a name as well, so no more than one can be covered. */
const mentionMaxLength = limits.nameMaxLength + 1

/**
 * Keeps the ranges that lie inside the text, are of a known kind, whose link may be followed, and that mention whom
 * somebody may mention there.
 */
export const saneRanges = (
  words: string,
  ranges: StoredRanges,
  mayMention: (account: Uint8Array) => boolean,
): StoredRanges =>
  ranges.filter(
    (range) =>
      range.length > 0 &&
      range.start + range.length <= words.length &&
      rangeKinds[range.kind] !== undefined &&
      (rangeKinds[range.kind] === 'link') === (range.url !== undefined) &&
      (range.url === undefined || safeUrl(range.url)) &&
      isMention(range) === (range.account !== undefined) &&
      (range.account === undefined ||
        (range.length <= mentionMaxLength && words[range.start] === '@' && mayMention(range.account))),
  )

export const isMention = (range: StoredRanges[number]): boolean => rangeKinds[range.kind] === 'mention'

export const toStored = (words: string, ranges: readonly Range[]): StoredRanges =>
  saneRanges(
    words,
    ranges.slice(0, limits.rangesMax).map((range) => ({
      start: range.start,
      length: range.length,
      kind: rangeKinds.indexOf(range.kind),
      url: range.url,
      account: range.accountId === undefined ? undefined : fromHex(range.accountId),
    })),
    (account) => account.length === 32,
  )

export const fromStored = (ranges: StoredRanges): readonly Range[] =>
  ranges.flatMap(({ start, length, kind, url, account }) => {
    const name = rangeKinds[kind]
    if (name === undefined) return []
    return [
      {
        start,
        length,
        kind: name,
        ...(url === undefined ? {} : { url }),
        ...(account === undefined ? {} : { accountId: toHex(account) }),
      },
    ]
  })
