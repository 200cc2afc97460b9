import { expect, test } from 'vitest'
import { limits } from './limits.ts'
import { accept, isRefusalCode, refusals, refuse } from './refusals.ts'

test('every code fits its field on the wire and says why in one sentence', () => {
  for (const [code, { retry, why }] of Object.entries(refusals)) {
    expect(code).toMatch(/^[a-z]+(?:-[a-z]+)*$/)
    expect(code.length).toBeLessThanOrEqual(limits.commandNameMaxLength)
    expect(['never', 'later', 'now']).toContain(retry)
    expect(why).toMatch(/^[A-Z][^.]*\.$/)
  }
})

test('only own names are codes', () => {
  expect(isRefusalCode('rate-limited')).toBe(true)
  for (const name of ['toString', '__proto__', 'constructor', '', 'Rate-limited'])
    expect(isRefusalCode(name)).toBe(false)
})

test('a result is one or the other', () => {
  expect(accept(1)).toEqual({ ok: true, value: 1 })
  expect(refuse('rate-limited', 500)).toEqual({ ok: false, code: 'rate-limited', waitMs: 500 })
  expect(refuse('offline')).toEqual({ ok: false, code: 'offline' })
})
