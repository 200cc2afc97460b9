/**
 * Mentions in a text that is being written: where somebody is asked for, whom was chosen and still stands as it was put
 * there, and what of it is said when it is sent.
 */
import { limits } from '@halyard/protocol'

/** Somebody who may be mentioned, by a name that can be written. */
export interface Named {
  readonly accountId: string
  readonly name: string
}

/** A stretch of the text: an `@` and a name that was chosen; without `accountId`, what came from a draft. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly accountId?: string
}
export type Mention = Required<Span>

/** An `@` before the caret and what was typed of a name since. */
export interface Asked {
  readonly at: number
  readonly words: string
}

export const isWord = (sign: string): boolean => /[\p{L}\p{N}_]/u.test(sign)

export const askedAt = (text: string, caret: number, spans: readonly Span[]): Asked | undefined => {
  const at = caret === 0 ? -1 : text.lastIndexOf('@', caret - 1)
  if (at < 0 || caret - at > limits.nameMaxLength || isWord(text[at - 1] ?? '')) return undefined
  const words = text.slice(at + 1, caret)
  if (/^\s|\n/.test(words) || spans.some((span) => span.accountId !== undefined && span.start === at)) return undefined
  return { at, words }
}

/** Those whose name, or a later word of it, begins like this; the former first. */
export const peopleLike = (people: readonly Named[], words: string): readonly Named[] => {
  const wanted = plainly(words)
  const first = people.filter(({ name }) => plainly(name).startsWith(wanted))
  const later = people.filter((person) => !first.includes(person) && plainly(person.name).includes(` ${wanted}`))
  return [...first, ...later]
}
const plainly = (name: string): string => name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/**
 * The spans after a change of the text that left the caret there: those before and after it stand, a name that it touched
 * is one no longer, and of a draft the rest remains.
 */
export const movedSpans = (spans: readonly Span[], before: string, after: string, caret: number): readonly Span[] => {
  const kept = sameEnd(before, after, after.length - caret)
  const from = sameBeginning(before, after, Math.min(before.length, after.length) - kept)
  const to = before.length - kept
  const shift = after.length - before.length
  return spans.flatMap((span): readonly Span[] => {
    if (span.end <= from) return [span]
    if (span.start >= to) return [{ ...span, start: span.start + shift, end: span.end + shift }]
    if (span.accountId !== undefined) return []
    const parts = [
      { start: span.start, end: from },
      { start: to + shift, end: span.end + shift },
    ]
    return parts.filter(({ start, end }) => start < end)
  })
}
const sameBeginning = (one: string, other: string, most: number): number => {
  let same = 0
  while (same < most && one[same] === other[same]) same++
  return same
}
const sameEnd = (one: string, other: string, most: number): number => {
  const bound = Math.min(one.length, most)
  let same = 0
  while (same < bound && one.at(-1 - same) === other.at(-1 - same)) same++
  return same
}

/** Whom this text mentions: who was chosen, and in what came from a draft whoever alone has the name after an `@`. */
export const mentionsIn = (text: string, spans: readonly Span[], people: readonly Named[]): readonly Mention[] => {
  const found = spans.flatMap(({ start, end, accountId }): readonly Mention[] => {
    if (accountId === undefined) return named(text, start, end, people)
    return isWord(text[end] ?? '') ? [] : [{ start, end, accountId }]
  })
  return found.sort((a, b) => a.start - b.start)
}

const named = (text: string, from: number, to: number, people: readonly Named[]): readonly Mention[] => {
  const found: Mention[] = []
  for (let at = text.indexOf('@', from); at >= 0 && at < to; at = text.indexOf('@', at + 1)) {
    if (isWord(text[at - 1] ?? '')) continue
    const [only, more] = longest(people.filter(({ name }) => stands(text, at + 1, name, to)))
    if (only === undefined || more !== undefined) continue
    found.push({ start: at, end: at + 1 + only.name.length, accountId: only.accountId })
  }
  return found
}
const stands = (text: string, at: number, name: string, to: number): boolean =>
  text.startsWith(name, at) && at + name.length <= to && !isWord(text[at + name.length] ?? '')

const longest = (people: readonly Named[]): readonly Named[] => {
  const length = Math.max(0, ...people.map(({ name }) => name.length))
  return people.filter(({ name }) => name.length === length)
}
