/** A database with history: conversations of 1,000 rows that nobody has passed. */
import { randomBytes } from 'node:crypto'
import { openForWriting } from '../../src/node/sqlite/engine.ts'

const perConversation = 1000

export const storeRows = (path: string, count: number): void => {
  const database = openForWriting(path)
  database.exec('PRAGMA synchronous = OFF')
  const conversationRow = database.prepare(
    'INSERT INTO conversation (conversation, newest, time_ms, chain, epoch, settled_seq, readers) VALUES (?, ?, 1, ?, 1, 1, 2)',
  )
  const entryRow = database.prepare(
    'INSERT INTO entry (conversation, seq, time_ms, entry, row, chain) VALUES (?, ?, 1, ?, ?, ?)',
  )
  const row = randomBytes(560)
  for (let done = 0; done < count; done += perConversation) {
    database.exec('BEGIN')
    const conversation = randomBytes(16)
    conversationRow.run(conversation, perConversation, randomBytes(32))
    for (let seq = 1; seq <= Math.min(perConversation, count - done); seq++)
      entryRow.run(conversation, seq, randomBytes(16), row, randomBytes(32))
    database.exec('COMMIT')
  }
  database.close()
}
