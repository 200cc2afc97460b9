import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkDatabase } from './check-database.ts'
import { chainStep } from './sqlite/chain-step.ts'
import { openForWriting } from './sqlite/engine.ts'
import { DatabaseDamagedError, DatabaseNewerError } from './sqlite/sql.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-check-'))
  path = join(folder, 'halyard.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const change = (sql: string): void => {
  const database = openForWriting(path)
  database.exec(sql)
  database.close()
}
/** Two logs of three rows each. */
const fill = (): void => {
  const database = openForWriting(path)
  const insert = database.prepare(
    'INSERT INTO entry (conversation, seq, time_ms, entry, row, chain) VALUES (?, ?, 1, ?, ?, ?)',
  )
  for (const name of [1, 2]) {
    const conversation = new Uint8Array(16).fill(name)
    let chain: Uint8Array = new Uint8Array(32)
    for (const seq of [1, 2, 3]) {
      const [entry, row] = [new Uint8Array(16).fill(seq), new Uint8Array(300).fill(seq)]
      chain = chainStep(chain, { conversation, seq, timeMs: 1, entry, row })
      insert.run(conversation, seq, entry, row, chain)
    }
  }
  database.close()
}

test('a whole database, also one whose oldest rows are gone', () => {
  fill()
  expect(checkDatabase(path).entries).toBe(6)
  change('DELETE FROM entry WHERE seq = 1')
  expect(checkDatabase(path).entries).toBe(4)
})

test.each([
  'UPDATE entry SET row = zeroblob(300) WHERE seq = 3',
  'UPDATE entry SET row = zeroblob(300) WHERE seq = 1',
  'UPDATE entry SET time_ms = 2 WHERE seq = 2',
  'UPDATE entry SET chain = zeroblob(32) WHERE seq = 2',
  "UPDATE entry SET chain = 'text' WHERE seq = 2",
])('a row that does not follow from the one before: %s', (sql) => {
  fill()
  change(sql)
  expect(() => checkDatabase(path)).toThrow(DatabaseDamagedError)
})

test('a newer format, an empty file and no database', () => {
  fill()
  change('PRAGMA user_version = 4711')
  expect(() => checkDatabase(path)).toThrow(DatabaseNewerError)
  writeFileSync(path, '')
  expect(() => checkDatabase(path)).toThrow(DatabaseDamagedError)
  writeFileSync(path, new Uint8Array(5000).fill(65))
  expect(() => checkDatabase(path)).toThrow(DatabaseDamagedError)
})
