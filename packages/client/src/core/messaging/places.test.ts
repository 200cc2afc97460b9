import { expect, test } from 'vitest'
import { loadSqliteModule } from '../../node/sqlite.ts'
import { createMemoryFiles, installVfs, openDatabase } from '../../sqlite/index.ts'
import type { Database } from '../ports.ts'
import { migrate } from '../store/schema.ts'
import { addSealed, outboxByEntry, requeue } from './outbox.ts'
import { addNotice, addText, placeOwn } from './timeline.ts'

let opened = 0
const open = async (): Promise<Database> => {
  const sqlite3 = await loadSqliteModule()
  const vfs = installVfs(sqlite3, `places-${opened++}`, createMemoryFiles())
  const database = openDatabase({ sqlite3, vfs, name: 'test.db', key: new Uint8Array(32).fill(1) })
  expect(migrate(database).ok).toBe(true)
  return database
}
const text = (key: string, position: number, own = false) => ({
  key,
  chat: 'a',
  position,
  atMs: 1,
  own,
  author: new Uint8Array(32),
  conversation: new Uint8Array(16),
  id: new Uint8Array(16),
  text: key,
  ranges: [],
  late: false,
})

test('rows of two conversations of one chat may want the same place: both stand, in the order they came', async () => {
  const database = await open()
  database.transaction(() => {
    addText(database, text('first', 16))
    addText(database, text('second', 16))
    addText(database, text('own', 2 ** 50, true))
    placeOwn(database, 'a', 'own', 16)
    for (let index = 0; index < 12; index++) {
      addNotice(database, { key: `n${index}`, chat: 'a', position: 16, atMs: 1, kind: 'missing', person: undefined })
    }
  })
  const rows = database.all('SELECT key FROM timeline ORDER BY position').map((row) => row['key'])
  expect(rows.slice(0, 3)).toEqual(['first', 'second', 'own'])
  expect(rows).toHaveLength(15)
})

test('receipts whose row is of no use any more are due again', async () => {
  const database = await open()
  const [conversation, entry, one, two] = [1, 2, 3, 4].map((byte) => new Uint8Array(16).fill(byte))
  if (conversation === undefined || entry === undefined || one === undefined || two === undefined) throw new Error()
  database.transaction(() => {
    addSealed(database, {
      id: new Uint8Array(16),
      chat: 'a',
      sentMs: 1,
      conversation,
      entry,
      row: new Uint8Array(8),
      epoch: 1,
      signal: { kind: 'receipts', delivered: [one], read: [two] },
    })
    const row = outboxByEntry(database, entry)
    if (row === undefined) throw new Error('it is not in the outbox')
    requeue(database, row, true)
  })
  expect(database.all('SELECT id, kind FROM receipts_due ORDER BY kind')).toEqual([
    { id: one, kind: 'delivered' },
    { id: two, kind: 'read' },
  ])
  expect(database.all('SELECT * FROM outbox')).toEqual([])
})
