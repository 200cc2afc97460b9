/**
 * What the sender types becomes text with ranges; the receiver only draws ranges and parses nothing. Markers: `**bold**`,
 * `_italic_`, `~~strike~~`, `` `code` ``, fences of three backticks, `> quote`, and bare https: and mailto: links.
 * Mentions are told, not found. A marker without its partner stays as it was typed. Time is linear in the length; no recursion.
 */
import type { Range } from '@halyard/protocol'
import { isWord } from './mention-text.ts'
import type { Mention } from './mention-text.ts'

export interface Marked {
  readonly text: string
  /** Inside the text, never empty, and either nested or apart; sorted by start, the longer first. */
  readonly ranges: readonly Range[]
}

/** A part of the source that is kept, or left out, and the ranges that begin or end there. */
interface Output {
  readonly pieces: string[]
  length: number
  readonly ranges: Range[]
  readonly rangesMax: number
  readonly urlMaxLength: number
  /** By where they start in the source. */
  readonly mentions: ReadonlyMap<number, Mention>
}

const fence = '```'

/** `bounds` are the receiver's limits: beyond them marks are left as typed, never a range too many. */
export const markup = (
  source: string,
  bounds: { readonly rangesMax: number; readonly urlMaxLength: number },
  mentions: readonly Mention[] = [],
): Marked => {
  const byStart = new Map(mentions.map((mention) => [mention.start, mention]))
  const out: Output = { pieces: [], length: 0, ranges: [], mentions: byStart, ...bounds }
  const lines = source.replace(/\r\n?/g, '\n').split('\n')
  const starts = startsOf(lines)
  const lastFence = lines.lastIndexOf(fence)
  let first = true
  const breakLine = (): void => {
    if (!first) put(out, '\n')
    first = false
  }
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? ''
    const end = line.startsWith(fence) && at < lastFence ? lines.indexOf(fence, at + 1) : -1
    breakLine()
    if (end > at + 1) {
      const start = out.length
      put(out, lines.slice(at + 1, end).join('\n'))
      range(out, start, { kind: 'code-block' })
      at = end + 1
    } else if (isQuote(line)) {
      const start = out.length
      for (let row = 0; isQuote(lines[at] ?? ''); row++, at++) {
        if (row > 0) put(out, '\n')
        const words = (lines[at] ?? '').replace(/^> ?/, '')
        inline(out, words, (starts[at + 1] ?? 0) - 1 - words.length)
      }
      range(out, start, { kind: 'quote' })
    } else {
      inline(out, line, starts[at] ?? 0)
      at++
    }
  }
  return { text: out.pieces.join(''), ranges: sorted(out.ranges) }
}

/** Where each line begins, and where one after the last would. */
const startsOf = (lines: readonly string[]): readonly number[] => {
  const starts = [0]
  let at = 0
  for (const line of lines) starts.push((at += line.length + 1))
  return starts
}

const isQuote = (line: string): boolean => line.startsWith('> ') || line === '>'

const put = (out: Output, text: string): void => {
  if (text === '') return
  out.pieces.push(text)
  out.length += text.length
}

const range = (out: Output, start: number, mark: Omit<Range, 'start' | 'length'>): void => {
  const length = out.length - start
  if (length === 0 || out.ranges.length >= out.rangesMax) return
  out.ranges.push({ start, length, ...mark })
}

type Pair = 'bold' | 'italic' | 'strike'
const markers: readonly (readonly [string, Pair])[] = [
  ['**', 'bold'],
  ['~~', 'strike'],
  ['_', 'italic'],
]

/** One line, cut into what is shown, code, links, mentions, and markers that may open or close. */
type Token =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly url: string }
  | { readonly kind: 'mention'; readonly text: string; readonly accountId: string }
  | {
      readonly kind: 'marker'
      readonly text: string
      readonly pair: Pair
      readonly opens: boolean
      readonly closes: boolean
    }

/** `from`: where the line begins in the source. */
const inline = (out: Output, line: string, from: number): void => {
  const tokens = tokenize(line, out, from)
  const partner = match(tokens)
  const starts = new Map<number, number>()
  tokens.forEach((token, index) => {
    const other = partner.get(index)
    if (token.kind === 'marker' && other !== undefined) {
      if (other > index) starts.set(index, out.length)
      else range(out, starts.get(other) ?? out.length, { kind: token.pair })
      return
    }
    const start = out.length
    put(out, token.text)
    if (token.kind === 'code') range(out, start, { kind: 'code' })
    if (token.kind === 'link') range(out, start, { kind: 'link', url: token.url })
    if (token.kind === 'mention') range(out, start, { kind: 'mention', accountId: token.accountId })
  })
}

/** Pairs each closing marker with the nearest open one of its kind; markers opened between them stay as typed. */
const match = (tokens: readonly Token[]): ReadonlyMap<number, number> => {
  const partner = new Map<number, number>()
  // Each kind is open at most once, so the stack never holds more than three.
  const open: { readonly pair: Pair; readonly index: number }[] = []
  tokens.forEach((token, index) => {
    if (token.kind !== 'marker') return
    const depth = token.closes ? open.findIndex((entry) => entry.pair === token.pair) : -1
    const opener = open[depth]
    if (opener !== undefined && opener.index + 1 < index) {
      partner.set(opener.index, index)
      partner.set(index, opener.index)
      open.length = depth
    } else if (token.opens && opener === undefined && !open.some((entry) => entry.pair === token.pair)) {
      open.push({ pair: token.pair, index })
    }
  })
  return partner
}

const linkStart = /https:\/\/|mailto:/y
const linkBody = /[^\s<>"`\u0000-\u0020\u202a-\u202e\u2066-\u2069]+/y

const tokenize = (line: string, { urlMaxLength, mentions }: Output, lineFrom: number): readonly Token[] => {
  const tokens: Token[] = []
  let from = 0
  let at = 0
  const flush = (): void => {
    if (at > from) tokens.push({ kind: 'text', text: line.slice(from, at) })
  }
  const take = (token: Token, length: number): void => {
    flush()
    tokens.push(token)
    at += length
    from = at
  }
  const lastTick = line.lastIndexOf('`')
  // A run of signs that turned out to be no link is not looked at again from within.
  let noLinkBefore = 0
  while (at < line.length) {
    const sign = line[at]
    if (sign === '`' && at < lastTick) {
      const end = line.indexOf('`', at + 1)
      if (end > at + 1) {
        take({ kind: 'code', text: line.slice(at + 1, end) }, end + 1 - at)
        continue
      }
    } else if (sign === '@') {
      const mention = mentions.get(lineFrom + at)
      if (mention !== undefined) {
        const name = line.slice(at, mention.end - lineFrom)
        take({ kind: 'mention', text: name, accountId: mention.accountId }, name.length)
        continue
      }
    } else if (sign === 'h' || sign === 'm') {
      const run = at < noLinkBefore ? '' : linkRun(line, at)
      const link = run.length > urlMaxLength ? undefined : linkOf(run)
      if (link !== undefined) {
        take({ kind: 'link', text: link.text, url: link.url }, link.text.length)
        continue
      }
      noLinkBefore = Math.max(noLinkBefore, at + run.length)
    } else if (sign === '*' || sign === '~' || sign === '_') {
      const marker = markers.find(([text]) => line.startsWith(text, at))
      if (marker !== undefined) {
        const [text, pair] = marker
        const before = line[at - 1] ?? ' '
        const after = line[at + text.length] ?? ' '
        const opens = !isSpace(after) && !(pair === 'italic' && isWord(before))
        const closes = !isSpace(before) && !(pair === 'italic' && isWord(after))
        take({ kind: 'marker', text, pair, opens, closes }, text.length)
        continue
      }
    }
    at++
  }
  flush()
  return tokens
}

const isSpace = (sign: string): boolean => /\s/u.test(sign)

/** The run of signs that a bare link at this place would be; '' when none begins here. Only at the start of a word. */
const linkRun = (line: string, at: number): string => {
  if (at > 0 && isWord(line[at - 1] ?? '')) return ''
  linkStart.lastIndex = at
  if (!linkStart.test(line)) return ''
  linkBody.lastIndex = at
  return linkBody.exec(line)?.[0] ?? ''
}

/** The link without the punctuation that ends the sentence around it. */
const linkOf = (run: string): { readonly text: string; readonly url: string } | undefined => {
  const text = withoutTail(run)
  const url = text === '' ? undefined : safeUrl(text)
  return url === undefined ? undefined : { text, url }
}

const withoutTail = (body: string): string => {
  let end = body.length
  const firstOpen = body.indexOf('(')
  while (end > 0) {
    const sign = body[end - 1] ?? ''
    if (/[.,;:!?'*_~\]}]/.test(sign)) end--
    else if (sign === ')' && (firstOpen === -1 || firstOpen >= end)) end--
    else break
  }
  return body.slice(0, end)
}

/** The normal form of a link that may be opened, else undefined: https: with a host and no credentials, or mailto: with an address. */
export const safeUrl = (text: string): string | undefined => {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol === 'https:')
    return url.host !== '' && url.username === '' && url.password === '' ? url.href : undefined
  return url.protocol === 'mailto:' && /^[^@\s]+@[^@\s]+$/.test(decodeSafely(url.pathname)) ? url.href : undefined
}

const decodeSafely = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const sorted = (ranges: readonly Range[]): readonly Range[] =>
  [...ranges].sort((a, b) => a.start - b.start || b.length - a.length)
