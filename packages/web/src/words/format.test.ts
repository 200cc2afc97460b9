import { describe, expect, it } from 'vitest'
import { refusals } from '@halyard/protocol'
import en from './en.json' with { type: 'json' }
import { createFormatter } from './format.ts'
import { refusalWords } from './words.tsx'
import type { RefusalCode } from '@halyard/protocol'

const formatter = createFormatter('en-GB', 'UTC')

describe('format', () => {
  it.each([
    ['plain', {}, 'plain'],
    ['to {name}', { name: 'Ava {x} <b>' }, 'to Ava {x} <b>'],
    ['{n, plural, one {# message} other {# messages}}', { n: 1 }, '1 message'],
    ['{n, plural, one {# message} other {# messages}}', { n: 1200 }, '1,200 messages'],
    ['{f, select, a {first} other {rest}}', { f: 'b' }, 'rest'],
    ['at {t, date, time}', { t: Date.UTC(2026, 10, 24, 9, 5) }, 'at 09:05'],
    ['until {t, date, day}', { t: Date.UTC(2026, 11, 1) }, 'until 1 December'],
    ['made {t, date, long}', { t: Date.UTC(2026, 10, 24) }, 'made 24 November 2026'],
  ] as const)('%j', (pattern, values, text) => {
    expect(formatter.text(pattern, values)).toBe(text)
  })
  it('gives tags as parts and never reads one in a value', () => {
    expect(formatter.parts('<b>{name}</b> joined', { name: '<b>x</b>' })).toEqual([
      { text: '<b>x</b>', tag: 'b', isValue: true },
      { text: ' joined' },
    ])
  })
  it.each(['{', '{n, plural, one {x}}', '{n, date, never}', '<b>open', '{n, what, x}'])('throws for %j', (pattern) => {
    expect(() => formatter.text(pattern, { n: 1 })).toThrow()
  })
  it('every word of the product is a well-formed pattern', () => {
    const values = new Proxy({}, { get: () => 1 }) as Readonly<Record<string, number>>
    for (const [key, pattern] of Object.entries(en)) expect(formatter.text(pattern, values), key).not.toBe('')
  })
  it('every refusal says what happened and what to do', () => {
    for (const code of Object.keys(refusals) as RefusalCode[]) {
      expect(refusalWords(code).what).toMatch(/\.$/)
      expect(refusalWords(code).todo).toMatch(/\.$/)
    }
  })
})
