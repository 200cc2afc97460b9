/** Thirty strings that stand nowhere else in the world, one for each kind of thing a person might write. */
import { randomInt } from 'node:crypto'
import { textForms } from './byte-search.ts'
import type { Needle } from './byte-search.ts'

export interface Canary {
  readonly what: string
  /** What is searched for; it stands inside `text`. */
  readonly core: string
  /** What a person writes. */
  readonly text: string
}

const pick = (signs: readonly string[], count: number): string =>
  Array.from({ length: count }, () => signs[randomInt(signs.length)] ?? '').join('')
const between = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => String.fromCodePoint(from + at))

const latin = [...between(0x61, 0x7a), ...between(0x30, 0x39)]
const emoji = between(0x1f400, 0x1f43e)
const arabic = between(0x0641, 0x064a)
const devanagari = between(0x0915, 0x0939)
const hebrew = between(0x05d0, 0x05ea)

/** Sixteen signs: no two of these are ever alike, and none stands in any program. */
const word = (): string => pick(latin, 16)

export interface Canaries {
  readonly network: Canary
  readonly owner: Canary
  readonly guest: Canary
  readonly direct: readonly Canary[]
  readonly answers: readonly Canary[]
  readonly notes: readonly Canary[]
  readonly offline: Canary
  readonly corrected: Canary
  readonly drafts: readonly [Canary, Canary]
  readonly cleared: Canary
  readonly neverSent: Canary
  readonly all: readonly Canary[]
}

export const createCanaries = (): Canaries => {
  const all: Canary[] = []
  const make = (what: string, core: string, around: (core: string) => string = (inside) => inside): Canary => {
    const canary = { what, core, text: around(core) }
    all.push(canary)
    return canary
  }
  return {
    network: make('network name', word(), (core) => `Relief ${core}`),
    owner: make('name of the owner', word(), (core) => `Sara ${core}`),
    guest: make('name of the guest', word(), (core) => `Marcus ${core}`),
    direct: [
      make('direct text 1', word(), (core) => `Are you there, ${core}?`),
      make('direct text 2', word()),
      make('direct text 3', word(), (core) => `a first line\nand ${core} in the second`),
      make('bold', word(), (core) => `this is **${core}** now`),
      make('code', word(), (core) => `run \`${core}\` first`),
      make('quote', word(), (core) => `> ${core}`),
      make('link', word(), (core) => `see https://example.org/${core}?q=1 for it`),
      make('emoji', pick(emoji, 8)),
      make('Arabic', pick(arabic, 14)),
      make('Hebrew', pick(hebrew, 14), (core) => `שלום ${core}`),
    ],
    answers: [
      make('answer 1', word()),
      make('answer 2', word(), (core) => `yes, ${core}.`),
      make('answer in a code block', word(), (core) => `\`\`\`\n${core}\n\`\`\``),
      make('answer with a link', word(), (core) => `https://${core}.example.org/`),
      make('answer in Devanagari', pick(devanagari, 12)),
      make('answer in italics', word(), (core) => `_${core}_`),
    ],
    notes: [
      make('note 1', word()),
      make('note 2', word(), (core) => `remember ${core}`),
      make('note with a link', word(), (core) => `mailto:${core}@example.org`),
      make('note in emoji', pick(emoji, 8)),
      make('note struck out', word(), (core) => `~~${core}~~`),
    ],
    offline: make('written without network', word()),
    corrected: make('refused, then corrected', word()),
    drafts: [make('draft to a person', word()), make('draft of a note', word())],
    cleared: make('typed and taken back', word()),
    neverSent: make('typed, then closed', word()),
    all,
  }
}

/** As a needle for the search. */
export const needleOf = ({ what, core }: Pick<Canary, 'what' | 'core'>): Needle => ({
  name: what,
  forms: textForms(core),
})
