/** Mentions: whom a text calls, and how it reads where a name of the reader's own stands in the place of the sender's. */
import { equal } from '@halyard/protocol'
import type { Person, ShownRange } from '../api.ts'
import { fromStored, isMention } from './ranges.ts'
import type { StoredRanges } from './ranges.ts'

export const mentions = (ranges: StoredRanges, account: Uint8Array): boolean =>
  ranges.some((range) => range.account !== undefined && equal(range.account, account))

export interface ShownText {
  readonly text: string
  readonly ranges: readonly ShownRange[]
}

/** One mention: where it was written, where it stands in what is shown, and whom it names. */
interface Place {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
  readonly person: Person
}

/**
 * The text with `@` and the known name in the place of each mention. Whoever has no name here is no mention, and of two
 * that overlap the first is one. Other ranges keep to the words they cover; a link never touches a mention.
 */
export const withNames = (text: string, stored: StoredRanges, personOf: (account: Uint8Array) => Person): ShownText => {
  const others = fromStored(stored.filter((range) => !isMention(range)))
  const { places, shown } = place(text, stored, personOf)
  if (places.length === 0) return { text, ranges: others }
  const moved = others.flatMap((range): readonly ShownRange[] => {
    const from = range.start
    const to = range.start + range.length
    if (range.kind === 'link' && (lastBefore(places, to)?.to ?? 0) > from) return []
    const start = moveTo(places, from, 'start')
    return [{ ...range, start, length: moveTo(places, to, 'end') - start }]
  })
  const named = places.map(({ start, end, person }): ShownRange => ({
    start,
    length: end - start,
    kind: 'mention',
    accountId: person.accountId,
    person,
  }))
  return { text: shown, ranges: [...moved, ...named] }
}

const place = (
  text: string,
  stored: StoredRanges,
  personOf: (account: Uint8Array) => Person,
): { readonly places: readonly Place[]; readonly shown: string } => {
  const places: Place[] = []
  let shown = ''
  let from = 0
  for (const range of stored.filter(isMention).sort((a, b) => a.start - b.start)) {
    const person = range.account === undefined || range.start < from ? undefined : personOf(range.account)
    if (person === undefined || person.name === '') continue
    shown += text.slice(from, range.start)
    const start = shown.length
    shown += `@${person.name}`
    from = range.start + range.length
    places.push({ from: range.start, to: from, start, end: shown.length, person })
  }
  return { places, shown: shown + text.slice(from) }
}

/** Where a border of another range comes to lie: outside of a mention that it would cut. */
const moveTo = (places: readonly Place[], at: number, border: 'start' | 'end'): number => {
  const before = lastBefore(places, at)
  if (before === undefined) return at
  return at < before.to ? before[border] : before.end + at - before.to
}

/** By halves: hundreds of ranges may stand in each of hundreds of rows. */
const lastBefore = (places: readonly Place[], at: number): Place | undefined => {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((places[middle]?.from ?? at) < at) low = middle + 1
    else high = middle
  }
  return places[low - 1]
}
