import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attackIds } from './attack-ids.ts'
import { filesUnder, root } from './process.ts'
import { covered, notYet, threatIds, threatModel } from './threat-model.ts'

/** The ids in the names of the tests of a file. */
const idsIn = (path: string): ReadonlySet<string> =>
  new Set(
    [
      ...readFileSync(join(root, path), 'utf8').matchAll(
        /\b(?:test|describe|it)(?:\.each.*?)?\([\s\S]{0,3}?['"`]([^'"`\n]*)/g,
      ),
    ].flatMap((match) => (match[1] ?? '').match(/\bT-\d+\b/g) ?? []),
  )

test('what the threat model calls covered has such a test', () => {
  expect(covered.size).toBeGreaterThan(0)
  for (const [id, files] of covered) {
    for (const path of files) {
      expect(existsSync(join(root, path)), path).toBe(true)
      expect([...idsIn(path)], `${path} for ${id}`).toContain(id)
    }
  }
})

test('every test that names a threat stands in the threat model', () => {
  const missing = filesUnder(root)
    .filter((path) => /^(?:packages|tools)\/.*\.(?:test|spec)\.tsx?$/.test(path))
    .flatMap((path) =>
      [...idsIn(path)].filter((id) => covered.get(id)?.includes(path) !== true).map((id) => `| ${id} | \`${path}\` |`),
    )
  expect(missing, 'add these lines to the table "Covered" of docs/threat-model.md').toEqual([])
})

test('every threat that a table leans on is covered', () => {
  const tables = threatModel.slice(0, threatModel.indexOf('## What stays open'))
  for (const id of tables.match(/\bT-\d+\b/g) ?? []) expect([...covered.keys()]).toContain(id)
})

test('every threat is covered, or it is said why not yet; none is both', () => {
  expect(new Set(threatIds).size).toBe(threatIds.length)
  expect([...covered.keys(), ...notYet.keys()].toSorted()).toEqual([...threatIds].toSorted())
  for (const id of attackIds) expect(threatIds).toContain(id)
})
