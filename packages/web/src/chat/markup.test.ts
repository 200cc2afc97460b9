import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markup, safeUrl } from './markup.ts'
import { rangeTree } from './range-tree.ts'
import type { RangeNode } from './range-tree.ts'

const bounds = { rangesMax: 500, urlMaxLength: 2_000 }
const marked = (source: string) => {
  const { text, ranges } = markup(source, bounds)
  return {
    text,
    ranges: ranges.map(
      (range) =>
        `${range.kind} ${text.slice(range.start, range.start + range.length)}${range.url === undefined ? '' : ` → ${range.url}`}`,
    ),
  }
}

describe('markup', () => {
  it.each([
    ['plain text', 'plain text', []],
    ['**bold** word', 'bold word', ['bold bold']],
    ['_italic_, ~~gone~~ and `code`', 'italic, gone and code', ['italic italic', 'strike gone', 'code code']],
    ['**bold _both_**', 'bold both', ['bold bold both', 'italic both']],
    ['**a _b** c_', 'a _b c_', ['bold a _b']],
    ['**a _b** c **d**', 'a _b c d', ['bold a _b', 'bold d']],
    ['snake_case_name and 2 ** 3', 'snake_case_name and 2 ** 3', []],
    ['`**not bold**`', '**not bold**', ['code **not bold**']],
    ['> said **so**\n> twice\nand on', 'said so\ntwice\nand on', ['quote said so\ntwice', 'bold so']],
    ['```\nlet a = **1**\n```\nafter', 'let a = **1**\nafter', ['code-block let a = **1**']],
    ['```\nnever closed', '```\nnever closed', []],
    [
      'see https://a.example/x_y_z, or not',
      'see https://a.example/x_y_z, or not',
      ['link https://a.example/x_y_z → https://a.example/x_y_z'],
    ],
    [
      '(https://a.example/b(c))',
      '(https://a.example/b(c))',
      ['link https://a.example/b(c)) → https://a.example/b(c))'],
    ],
    ['mailto:ava@a.example', 'mailto:ava@a.example', ['link mailto:ava@a.example → mailto:ava@a.example']],
    ['http://a.example javascript:alert(1)', 'http://a.example javascript:alert(1)', []],
    ['https://user:secret@a.example/', 'https://user:secret@a.example/', []],
    ['****', '****', []],
    ['', '', []],
  ])('%j', (source, text, ranges) => {
    expect(marked(source)).toEqual({ text, ranges })
  })

  const signs = fc.string({
    unit: fc.constantFrom(
      '*',
      '**',
      '_',
      '~~',
      '`',
      '```',
      '\n',
      '> ',
      ' ',
      'a',
      'https://a.b/',
      'mailto:',
      '@',
      ')',
      '(',
      '😀',
      '\u202e',
    ),
    maxLength: 60,
  })

  it('never makes a range outside its text, an empty one, or two that overlap half', () => {
    fc.assert(
      fc.property(signs, fc.integer({ min: 0, max: 5 }), (source, rangesMax) => {
        const { text, ranges } = markup(source, { ...bounds, rangesMax })
        expect(ranges.length).toBeLessThanOrEqual(rangesMax)
        for (const range of ranges) {
          expect(range.start).toBeGreaterThanOrEqual(0)
          expect(range.length).toBeGreaterThan(0)
          expect(range.start + range.length).toBeLessThanOrEqual(text.length)
          for (const other of ranges) {
            const apart = other.start >= range.start + range.length || range.start >= other.start + other.length
            const inside = (a: typeof range, b: typeof range): boolean =>
              a.start >= b.start && a.start + a.length <= b.start + b.length
            expect(apart || inside(range, other) || inside(other, range)).toBe(true)
          }
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('adds nothing: the text is the source without some of its markers', () => {
    fc.assert(
      fc.property(signs, (source) => {
        const { text } = markup(source, bounds)
        let at = 0
        for (const sign of text) {
          at = source.indexOf(sign, at) + sign.length
          expect(at).toBeGreaterThanOrEqual(sign.length)
        }
      }),
    )
  })

  it.each([
    '**',
    '_',
    '~~',
    '`',
    '```x\n',
    '> ',
    'https://',
    'https:// ',
    '(https://a.b/)',
    ')',
    'https://a.b/' + ')'.repeat(1_900) + ' ',
    '\n',
    '**a',
    'm',
    '``` \n```x\n',
  ])(
    'ends for a megabyte of %j',
    (piece) => {
      const source = piece.repeat(Math.ceil(1_000_000 / piece.length))
      const { text, ranges } = markup(source, bounds)
      expect(ranges.length).toBeLessThanOrEqual(bounds.rangesMax)
      expect(text.length).toBeLessThanOrEqual(source.length)
    },
    5_000,
  )
})

describe('rangeTree', () => {
  const hostile = fc.array(
    fc.record({
      start: fc.integer({ min: -2, max: 40 }),
      length: fc.integer({ min: -2, max: 40 }),
      kind: fc.constantFrom('bold', 'italic', 'strike', 'code', 'code-block', 'quote', 'link', 'mention' as const),
    }),
    { maxLength: 30 },
  )
  const leaves = (nodes: readonly RangeNode[]): readonly RangeNode[] =>
    nodes.flatMap((node) => (node.range === undefined ? [node] : leaves(node.children)))

  it('covers the text once and in order, whatever the ranges', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), hostile, (length, ranges) => {
        let at = 0
        for (const leaf of leaves(rangeTree(length, ranges))) {
          expect(leaf.start).toBe(at)
          at = leaf.end
        }
        expect(at).toBe(length)
      }),
      { numRuns: 2_000 },
    )
  })

  it('draws no mark inside code and no link inside a link', () => {
    const tree = rangeTree(10, [
      { start: 0, length: 10, kind: 'code' },
      { start: 2, length: 3, kind: 'bold' },
    ])
    expect(tree).toEqual([
      {
        start: 0,
        end: 10,
        range: { start: 0, length: 10, kind: 'code' },
        children: [{ start: 0, end: 10, children: [] }],
      },
    ])
  })
})

it('draws a name within a mark of the same words, and no mark within a name', () => {
  const name = { start: 0, length: 4, kind: 'mention' } as const
  const bold = { start: 0, length: 4, kind: 'bold' } as const
  const inside = { start: 1, length: 2, kind: 'italic' } as const
  const leaf = { start: 0, end: 4, children: [] }
  const drawn = { start: 0, end: 4, range: name, children: [leaf] }
  expect(rangeTree(4, [name, inside, bold])).toEqual([{ start: 0, end: 4, range: bold, children: [drawn] }])
})

describe('safeUrl', () => {
  it.each([
    'javascript:alert(1)',
    'http://a.example',
    'data:text/html,x',
    'https://u:p@a.example',
    'mailto:',
    'mailto:nobody',
    'blob:https://a.example/1',
    ' ',
  ])('refuses %j', (url) => {
    expect(safeUrl(url)).toBeUndefined()
  })
  it('shows the network form of a host', () => {
    expect(safeUrl('https://pаypal.com/')).toBe('https://xn--pypal-4ve.com/')
  })
})
