/**
 * Run by the kill test: a group of three whose members live in one process, each with tables of its own, until so many
 * messages were written. Everything is committed before it is sent, so that a kill at any moment loses nothing.
 * `node killed-group.ts FILE MESSAGES`
 */
import { DatabaseSync } from 'node:sqlite'
import {
  decodeState,
  encodeEpoch,
  encodeRatchets,
  epoch,
  epochAuthenticator,
  isRefusal,
  protect,
  receive,
  type GroupState,
} from '../src/index.ts'
import { hex } from '../src/bytes.ts'
import { nodeProvider } from '../src/providers/node.ts'
import { acceptAll, commit, group, ok, plain, text } from './test-kit.ts'

const [file = '', count = '0'] = process.argv.slice(2)
const wanted = Number(count)
const provider = nodeProvider()
const names = ['a', 'b', 'c'] as const
const commitEvery = 7

const database = new DatabaseSync(file, { timeout: 10_000 })
database.exec(`PRAGMA journal_mode = wal; PRAGMA synchronous = full;
  CREATE TABLE IF NOT EXISTS epochs (member TEXT PRIMARY KEY, record BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS records (member TEXT, name TEXT, record BLOB NOT NULL, PRIMARY KEY (member, name));
  CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, message BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS cursors (member TEXT PRIMARY KEY, seq INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS texts (member TEXT, seq INTEGER, text TEXT NOT NULL, PRIMARY KEY (member, seq));`)

const inTransaction = (work: () => void): void => {
  database.exec('BEGIN IMMEDIATE')
  work()
  database.exec('COMMIT')
}

const save = (member: string, before: GroupState | undefined, after: GroupState): void => {
  const isSameEpoch = before !== undefined && epoch(before) === epoch(after)
  if (!isSameEpoch) {
    database.prepare('INSERT OR REPLACE INTO epochs VALUES (?, ?)').run(member, encodeEpoch(after))
    database.prepare('DELETE FROM records WHERE member = ?').run(member)
  }
  for (const [name, record] of encodeRatchets(after, isSameEpoch ? before : undefined)) {
    if (record === undefined) database.prepare('DELETE FROM records WHERE member = ? AND name = ?').run(member, name)
    else database.prepare('INSERT OR REPLACE INTO records VALUES (?, ?, ?)').run(member, name, record)
  }
}

const load = (member: string): GroupState => {
  const row = database.prepare('SELECT record FROM epochs WHERE member = ?').get(member)
  const rows = database.prepare('SELECT name, record FROM records WHERE member = ?').all(member)
  const records = new Map(rows.map(({ name, record }) => [String(name), record as Uint8Array]))
  const state = decodeState(row?.['record'] as Uint8Array, records)
  if (state === undefined) throw new Error(`the state of ${member} does not decode`)
  return state
}

const cursorOf = (member: string): number =>
  Number(database.prepare('SELECT seq FROM cursors WHERE member = ?').get(member)?.['seq'] ?? 0)

const begin = async (): Promise<void> => {
  if (database.prepare('SELECT count(*) AS n FROM epochs').get()?.['n'] === names.length) return
  const states = await group(provider, 1, names)
  inTransaction(() => states.forEach((state, at) => save(names[at] ?? '', undefined, state)))
}

const pass = (member: string, seq: number): void =>
  void database.prepare('INSERT OR REPLACE INTO cursors VALUES (?, ?)').run(member, seq)
const append = (sender: string, message: Uint8Array): number =>
  Number(database.prepare('INSERT INTO log (sender, message) VALUES (?, ?)').run(sender, message).lastInsertRowid)

/** Reads the log on, one transaction per entry. Own entries were written together with the state after them. */
const readOn = async (member: string): Promise<void> => {
  for (;;) {
    const next = database.prepare('SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT 1').get(cursorOf(member))
    if (next === undefined) return
    const seq = Number(next['seq'])
    if (next['sender'] === member) {
      inTransaction(() => pass(member, seq))
      continue
    }
    const before = load(member)
    const heard = await receive({ provider, state: before, message: next['message'] as Uint8Array, judge: acceptAll })
    if (isRefusal(heard)) throw new Error(`${member} refuses ${seq}: ${heard.code}`)
    inTransaction(() => {
      save(member, before, heard.newState)
      pass(member, seq)
      if (heard.kind === 'application')
        database.prepare('INSERT INTO texts VALUES (?, ?, ?)').run(member, seq, plain(heard.data))
    })
  }
}

const write = async (member: string, number: number): Promise<void> => {
  await readOn(member)
  const before = load(member)
  if (number % commitEvery === 0) {
    const made = await commit(provider, before)
    inTransaction(() => {
      append(member, made.message)
      save(member, before, made.newState)
    })
    for (const other of names) await readOn(other)
    return
  }
  const sent = ok(await protect({ provider, state: before, data: text(`message ${number}`) }))
  inTransaction(() => {
    save(member, before, sent.newState)
    const seq = append(member, sent.message)
    database.prepare('INSERT INTO texts VALUES (?, ?, ?)').run(member, seq, `message ${number}`)
  })
}

await begin()
for (const member of names) await readOn(member)
for (;;) {
  const written = Number(database.prepare('SELECT count(*) AS n FROM log').get()?.['n'])
  if (written >= wanted) break
  await write(names[written % names.length] ?? 'a', written)
  // Not everybody reads at once: what is late is read in its epoch, before the commit that ends it.
  if (written % 3 === 2) for (const member of names) await readOn(member)
}
for (const member of names) await readOn(member)
const agreed = new Set(names.map((member) => hex(epochAuthenticator(load(member)))))
process.stdout.write(`${agreed.size === 1 ? 'agreed' : 'APART'} in epoch ${epoch(load('a'))}\n`)
database.close()
