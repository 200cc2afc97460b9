import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder, root } from './process.ts'

/** A template that begins as a statement does and has something put into it. */
const built = /`\s*(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|WITH)\b[^`]*\$\{/
const added = /['"]\s*(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH)\b[^'"]*['"]\s*\+/

test('T-28 no statement is put together from strings: what anybody writes is bound, never part of it', () => {
  const sources = filesUnder(root).filter(
    (path) => /^packages\/(?:client|server)\/src\/.*\.ts$/.test(path) && !/\.test\.ts$|conformance\.ts$/.test(path),
  )
  expect(sources.length).toBeGreaterThan(100)
  const found = sources.filter((path) => {
    const source = readFileSync(join(root, path), 'utf8')
    return built.test(source) || added.test(source)
  })
  expect(found).toEqual([])
  expect(built.test('database.run(`DELETE FROM t WHERE id = ${id}`)')).toBe(true)
  expect(added.test(`database.run('SELECT * FROM t WHERE id = ' + id)`)).toBe(true)
})
