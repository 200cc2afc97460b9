/** Run by the crash test: inserts rows one by one and says each number after its insert is durable. */
import { writeSync } from 'node:fs'
import { openDatabase } from '../sqlite/database.ts'
import { loadNodeSqlite } from './sqlite.ts'

const [, , name] = process.argv
if (name === undefined) throw new Error('which database?')
const database = openDatabase({ ...(await loadNodeSqlite()), name, key: new Uint8Array(32).fill(7) })
database.run('CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, body TEXT)')
for (;;) {
  const id = database.transaction(
    () => database.run('INSERT INTO item (body) VALUES (?)', ['a message that was shown']).lastRowId,
  )
  writeSync(1, `${id}\n`)
}
