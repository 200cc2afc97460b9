import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { language, languageHash, schemas } from '../test/language.ts'
import { commands } from './commands/commands.ts'
import { events } from './events/events.ts'
import { labels } from './chains.ts'
import { protocolVersion } from './version.ts'

const versions = JSON.parse(readFileSync(new URL('../vectors/schema.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, string>
>

test('the language is the one its version names', () => {
  expect(
    versions[protocolVersion],
    `What client and server say to each other has changed, and protocolVersion is still ${protocolVersion}. ` +
      'Raise it in packages/protocol/src/version.ts with one line of history, then run: node packages/protocol/test/write-vectors.ts',
  ).toBe(languageHash())
})

test('the newest version is the one in force', () => {
  expect(Math.max(...Object.keys(versions).map(Number))).toBe(protocolVersion)
})

test('every command, event and label stands in the description', () => {
  const text = language()
  for (const name of Object.keys(commands)) expect(text).toContain(`request ${name} = `)
  for (const name of Object.keys(events)) expect(text).toContain(`event ${name} = `)
  for (const label of Object.values(labels)) expect(text).toContain(`"${label}"`)
  expect(Object.keys(schemas).length).toBeGreaterThan(60)
})

test('T-60: no label is another one, or the beginning of another one with its zero byte', () => {
  const all = Object.values(labels).map((label) => `${label}\0`)
  expect(new Set(all).size).toBe(all.length)
  for (const one of all) for (const other of all) expect(one !== other && other.startsWith(one)).toBe(false)
})
