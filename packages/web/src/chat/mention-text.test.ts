import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markup } from './markup.ts'
import { askedAt, mentionsIn, movedSpans, peopleLike } from './mention-text.ts'
import type { Span } from './mention-text.ts'

const people = [
  { accountId: 'ben', name: 'Ben Adeyemi' },
  { accountId: 'benno', name: 'Benno' },
  { accountId: 'zoe', name: 'Zoë de Wit' },
  { accountId: 'twin-1', name: 'Ana' },
  { accountId: 'twin-2', name: 'Ana' },
  { accountId: 'anna', name: 'Ana Maria' },
]

describe('askedAt', () => {
  it.each([
    ['@', { at: 0, words: '' }],
    ['hi @be', { at: 3, words: 'be' }],
    ['hi @ben ad', { at: 3, words: 'ben ad' }],
    ['(@be', { at: 1, words: 'be' }],
    ['@@be', { at: 1, words: 'be' }],
    ['ines@example', undefined],
    ['@ be', undefined],
    ['@be\nnext', undefined],
    ['no sign', undefined],
    ['', undefined],
    [`@${'x'.repeat(64)}`, undefined],
  ] as const)('after %j', (text, expected) => {
    expect(askedAt(text, text.length, [])).toEqual(expected)
  })
  it('is before the caret, and not where somebody was chosen', () => {
    expect(askedAt('hi @ben and', 5, [])).toEqual({ at: 3, words: 'b' })
    expect(askedAt('@Ben Adeyemi a', 14, [{ start: 0, end: 12, accountId: 'ben' }])).toBeUndefined()
    expect(askedAt('@Ben a', 6, [{ start: 0, end: 6 }])).toEqual({ at: 0, words: 'Ben a' })
  })
})

it('finds people by the beginning of a name and then of a later word, whatever the accents and case', () => {
  const ids = (words: string): readonly string[] => peopleLike(people, words).map((person) => person.accountId)
  expect(ids('BEN')).toEqual(['ben', 'benno'])
  expect(ids('zoe')).toEqual(['zoe'])
  expect(ids('wit')).toEqual(['zoe'])
  expect(ids('a')).toEqual(['twin-1', 'twin-2', 'anna', 'ben'])
  expect(ids('ben adeyemi ')).toEqual([])
  expect(ids('')).toHaveLength(people.length)
})

describe('movedSpans', () => {
  const spans: readonly Span[] = [
    { start: 0, end: 4 },
    { start: 4, end: 8, accountId: 'ben' },
    { start: 9, end: 13, accountId: 'ben' },
  ]
  const before = 'abc @Ben @Ben z'
  it.each([
    ['in front', `x${before}`, 1, ['1-5', '5-9 ben', '10-14 ben']],
    ['behind', `${before}!`, 16, ['0-4', '4-8 ben', '9-13 ben']],
    ['between two', 'abc @Ben!! @Ben z', 10, ['0-4', '4-8 ben', '11-15 ben']],
    ['inside a name', 'abc @Bxen @Ben z', 7, ['0-4', '10-14 ben']],
    ['the end of a name', 'abc @Be @Ben z', 7, ['0-4', '8-12 ben']],
    ['the first of two that read the same', 'abc @Ben z', 4, ['0-4', '4-8 ben']],
    ['all', '', 0, []],
    ['inside a draft', 'a--bc @Ben @Ben z', 3, ['0-1', '3-6', '6-10 ben', '11-15 ben']],
    ['a draft and a name', 'ab!Ben @Ben z', 3, ['0-2', '7-11 ben']],
  ] as const)('a change of %s', (_what, after, caret, expected) => {
    const moved = movedSpans(spans, before, after, caret)
    expect(moved.map(({ start, end, accountId }) => [`${start}-${end}`, accountId ?? ''].join(' ').trim())).toEqual(
      expected,
    )
  })
  it('leaves a chosen name only where it still reads the same', () => {
    const piece = fc.constantFrom('@Ben', '@', 'B', 'en', ' ', 'x', '')
    fc.assert(
      fc.property(fc.array(piece), fc.nat(40), fc.nat(12), piece, (pieces, from, length, typed) => {
        const text = pieces.join('')
        const start = text.indexOf('@Ben')
        if (start < 0) return
        const at = Math.min(from, text.length)
        const next = text.slice(0, at) + typed + text.slice(at + length)
        const chosen = { start, end: start + 4, accountId: 'ben' }
        for (const span of movedSpans([chosen, { start: 0, end: start }], text, next, at + typed.length)) {
          expect(span.start).toBeGreaterThanOrEqual(0)
          expect(span.end).toBeLessThanOrEqual(next.length)
          if (span.accountId !== undefined) expect(next.slice(span.start, span.end)).toBe('@Ben')
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('mentionsIn', () => {
  const inDraft = (text: string) =>
    mentionsIn(text, [{ start: 0, end: text.length }], people).map(
      ({ start, end, accountId }) => `${accountId} ${text.slice(start, end)}`,
    )
  it('takes what was chosen, unless it goes on as a word', () => {
    const chosen = [{ start: 3, end: 9, accountId: 'benno' }]
    expect(mentionsIn("hi @Benno's", chosen, [])).toEqual(chosen)
    expect(mentionsIn('hi @Bennos', chosen, [])).toEqual([])
  })
  it('takes nothing that was typed and not chosen', () => {
    expect(mentionsIn('hi @Benno', [], people)).toEqual([])
  })
  it.each([
    ['hi @Benno, all', ['benno @Benno']],
    ['@Ben Adeyemi and @Zoë de Wit', ['ben @Ben Adeyemi', 'zoe @Zoë de Wit']],
    ['@Ben', []],
    ['@benno', []],
    ['@Bennos', []],
    ['mail@Benno', []],
    ['@Ana', []], // two have this name
    ['@Ana Maria', ['anna @Ana Maria']],
    ['@@Benno', ['benno @Benno']],
  ])('of a draft %j', (text, expected) => {
    expect(inDraft(text)).toEqual(expected)
  })
  it('of a draft takes no name that was typed on since', () => {
    expect(mentionsIn('hi @Benno', [{ start: 0, end: 6 }], people)).toEqual([])
  })
})

describe('markup', () => {
  const bounds = { rangesMax: 500, urlMaxLength: 2_000 }
  const marked = (source: string, name: string, rangesMax = 500) => {
    const mentions = [...source.matchAll(new RegExp(name, 'g'))].map(({ index }) => ({
      start: index,
      end: index + name.length,
      accountId: 'ben',
    }))
    const { text, ranges } = markup(source, { ...bounds, rangesMax }, mentions)
    return [text, ...ranges.map((range) => `${range.kind} ${text.slice(range.start, range.start + range.length)}`)]
  }
  it.each([
    ['hi @Ben', ['hi @Ben', 'mention @Ben']],
    ['**@Ben** and _on_\n@Ben', ['@Ben and on\n@Ben', 'mention @Ben', 'bold @Ben', 'italic on', 'mention @Ben']],
    ['> one\n> @Ben\n>@Ben', ['one\n@Ben\n>@Ben', 'quote one\n@Ben', 'mention @Ben', 'mention @Ben']],
    ['`@Ben` @Ben', ['@Ben @Ben', 'code @Ben', 'mention @Ben']],
    ['```\n@Ben\n```\n@Ben', ['@Ben\n@Ben', 'code-block @Ben', 'mention @Ben']],
    ['https://a.example/@Ben', ['https://a.example/@Ben', 'link https://a.example/@Ben']],
  ])('of %j', (source, expected) => {
    expect(marked(source, '@Ben')).toEqual(expected)
  })
  it('keeps a name whole that looks like markers', () => {
    expect(marked('_a_ @_x_ **b**', '@_x_')).toEqual(['a @_x_ b', 'italic a', 'mention @_x_', 'bold b'])
  })
  it('names nobody beyond the receiver’s limit', () => {
    expect(marked('@Ben @Ben @Ben', '@Ben', 2)).toEqual(['@Ben @Ben @Ben', 'mention @Ben', 'mention @Ben'])
  })
})
