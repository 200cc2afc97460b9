/** Text is plain UTF-16 with ranges over it; a receiver renders elements and parses nothing. */
export const rangeKinds = ['bold', 'italic', 'strike', 'code', 'code-block', 'quote', 'link', 'mention'] as const
export type RangeKind = (typeof rangeKinds)[number]

/**
 * `start` and `length` count UTF-16 code units. A `link` range covers the visible text; its target is `url`. A `mention`
 * covers an `@` and what its sender calls this account; who receives it shows the name that is known there.
 */
export interface Range {
  readonly start: number
  readonly length: number
  readonly kind: RangeKind
  readonly url?: string
  readonly accountId?: string // hex; a mention's alone
}
