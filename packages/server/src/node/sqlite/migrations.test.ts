import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodedRow, random, text } from '../../../test/people.ts'
import { converse, createWorld } from '../../../test/world.ts'
import { openForWriting } from './engine.ts'
import { openLocalStore } from './local-store.ts'
import { migrate, steps } from './migrations.ts'
import type { Step } from './migrations.ts'
import { DatabaseDamagedError, DatabaseNewerError } from './sql.ts'
import { openThreadStore } from './thread-store.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-format-'))
  path = join(folder, 'halyard.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const versionOf = (database: DatabaseSync): unknown => database.prepare('PRAGMA user_version').get()?.['user_version']

describe('formats', () => {
  test('an empty file gets the newest one, and opening again changes nothing', () => {
    const database = openForWriting(path)
    expect(versionOf(database)).toBe(steps.length)
    database.close()
    const before = readFileSync(path)
    openForWriting(path).close()
    expect(readFileSync(path)).toEqual(before)
  })

  test('a stored file of the format before keeps everything under the next step', async () => {
    const store = openLocalStore(path)
    const world = await createWorld({ store })
    const bob = await world.newcomer()
    const a = await world.online(world.founder)
    const conversation = await converse(a, world.founder, [bob])
    const row = text(world.founder, conversation, 1)
    await a.must('append', { conversation, entry: random(16), row })
    store.close()
    const next: Step = (database) => database.exec('ALTER TABLE invite ADD COLUMN note BLOB')
    const database = new DatabaseSync(path)
    migrate(database, [...steps, next])
    expect(versionOf(database)).toBe(steps.length + 1)
    expect(database.prepare('SELECT note FROM invite').all()).toHaveLength(1)
    const again = openLocalStore(database)
    const read = again.entriesAfter(conversation, bob.device.id, 1, 10, 1e6)
    expect(read.ok && read.value.entries.map((one) => Buffer.from(one.row))).toEqual([Buffer.from(encodedRow(row))])
    expect(again.device(bob.device.id)?.removed).toBe(false)
    again.close()
  })

  test('a step that fails leaves the file as it was', () => {
    openForWriting(path).close()
    const database = new DatabaseSync(path)
    const broken: Step = (one) => one.exec('CREATE TABLE half (a); INSERT INTO nowhere VALUES (1)')
    expect(() => migrate(database, [...steps, broken])).toThrow()
    expect(versionOf(database)).toBe(steps.length)
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'half'").all()).toEqual([])
    database.close()
  })

  test('a file of a newer version is refused, unchanged, by both drivers', async () => {
    openForWriting(path).close()
    const database = new DatabaseSync(path)
    database.exec(`PRAGMA user_version = ${steps.length + 1}`)
    database.close()
    const before = readFileSync(path)
    expect(() => openLocalStore(path)).toThrow(DatabaseNewerError)
    await expect(openThreadStore({ path, failed: () => undefined })).rejects.toThrow(DatabaseNewerError)
    expect(readFileSync(path)).toEqual(before)
  })
})

describe('trouble with the disk', () => {
  test('full: refused with nothing lost, and taken again when there is room', async () => {
    const small = await openThreadStore({ path, pagesMax: 90, failed: () => undefined })
    const account = random(32)
    const statement = (revision: number, size: number) => ({
      account,
      field: revision,
      revision,
      statementHash: random(32),
      item: random(size),
    })
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) => small.putProfile(statement(index, 40_000))),
    )
    const codes = results.map((one) => (one.ok ? 'ok' : one.code))
    expect(new Set(codes)).toEqual(new Set(['ok', 'server-full']))
    const kept = codes.filter((one) => one === 'ok').length
    expect(await small.feedPosition()).toBe(kept)
    // Small things still fit, in the same batch as what does not.
    const [large, little] = await Promise.all([
      small.putProfile(statement(100, 60_000)),
      small.offerSetup({ tokenHash: random(32) }),
    ])
    expect([large.ok, little.ok]).toEqual([false, true])
    await small.close()
    const roomy = await openThreadStore({ path, failed: () => undefined })
    expect(await roomy.feedPosition()).toBe(kept)
    expect(await roomy.putProfile(statement(101, 60_000))).toMatchObject({ ok: true, value: { position: kept + 1 } })
    await roomy.close()
  })

  test('a damaged page is said to be one, and nothing is answered from it', async () => {
    const store = openLocalStore(path)
    store.offerSetup({ tokenHash: random(32) })
    for (let index = 0; index < 50; index++)
      store.putProfile({ account: random(32), field: 1, revision: 1, statementHash: random(32), item: random(3000) })
    store.close()
    // All but the pages of the schema, without which nothing can be opened at all.
    const looked = new DatabaseSync(path, { readOnly: true })
    const schema = looked.prepare("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'").all()
    looked.close()
    const spared = new Set(schema.map((row) => Number(row['pageno']) - 1))
    const bytes = readFileSync(path)
    for (let page = 1; page * 4096 < bytes.length; page++)
      if (!spared.has(page)) bytes.fill(0xff, page * 4096, page * 4096 + 64)
    writeFileSync(path, bytes)
    const local = openLocalStore(path)
    expect(() => local.feedAfter(0, 100, 1e9)).toThrow(DatabaseDamagedError)
    expect(() => local.feedPosition()).toThrow(DatabaseDamagedError)
    local.close()
    const failures: Error[] = []
    const threaded = await openThreadStore({ path, failed: (error) => failures.push(error) })
    await expect(
      threaded.putProfile({ account: random(32), field: 1, revision: 1, statementHash: random(32), item: random(30) }),
    ).rejects.toThrow(DatabaseDamagedError)
    await threaded.close()
    expect(failures).toHaveLength(1)
    bytes.fill(0xff, 0, 100)
    writeFileSync(path, bytes)
    expect(() => openLocalStore(path)).toThrow(DatabaseDamagedError)
  })
})
