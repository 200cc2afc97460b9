import { expect, test } from 'vitest'
import { isEventName } from '../events/events.ts'
import { limits } from '../limits.ts'
import { commands, isCommandName } from './commands.ts'

test('only own names are commands and events', () => {
  expect(isCommandName('append')).toBe(true)
  expect(isEventName('row')).toBe(true)
  for (const name of ['toString', '__proto__', 'hasOwnProperty', 'constructor', '']) {
    expect(isCommandName(name)).toBe(false)
    expect(isEventName(name)).toBe(false)
  }
})

test('T-80 what needs no login is what comes before one, and nothing else', () => {
  const open = Object.entries(commands).flatMap(([name, { signedIn }]) => (signedIn ? [] : [name]))
  expect(open).toEqual([
    'set-up',
    'preview-invite',
    'join',
    'find-recovery',
    'restore',
    'offer-device',
    'next-offer',
    'log-in',
    'prove-removal',
  ])
})

test('every name fits its field', () => {
  for (const name of Object.keys(commands)) expect(name.length).toBeLessThanOrEqual(limits.commandNameMaxLength)
})
