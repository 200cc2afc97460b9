import { describe, expect, it } from 'vitest'
import { hueOf, initials, shownFirstName, shownLine, shownMessage, shownName } from './shown-text.ts'

describe('shown text', () => {
  it('turns nothing around in a name', () => {
    expect(shownName('Ava\u202egpj.exe\u2066')).toBe('Avagpj.exe')
  })
  it('shows controls as nothing, and keeps line breaks in a message only', () => {
    expect(shownMessage('a\u0000b\nc\u001b')).toBe('ab\nc')
    expect(shownLine('a\nb\tc')).toBe('a b c')
  })
  it('clips endless marks', () => {
    expect(shownMessage(`a${'\u0301'.repeat(10_000)}b`)).toBe(`a${'\u0301'.repeat(4)}b`)
  })
  it.each(['', '   ', '\u200b\u200b', '\u3164', '\u202e', '\u0301\u0301'])('%j is no name', (name) => {
    expect(shownName(name)).toBe('')
  })
  it('keeps joined emoji and other scripts in messages', () => {
    expect(shownMessage('👩‍🚒 नमस्ते العربية')).toBe('👩‍🚒 नमस्ते العربية')
  })
  it('abbreviates', () => {
    expect(initials('Sara Kowalski')).toBe('SK')
    expect(initials('ava')).toBe('A')
    expect(initials('Chen de la Wei')).toBe('CW')
    expect(initials('')).toBe('')
    expect(shownFirstName('Ben Adeyemi')).toBe('Ben')
    expect(shownFirstName('J. Doe')).toBe('J.')
  })
  it('gives one person one colour', () => {
    expect(hueOf('a')).toBe(hueOf('a'))
  })
})
