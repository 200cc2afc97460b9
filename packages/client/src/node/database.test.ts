import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { DatabaseDamagedError, DiskFullError } from '../core/ports.ts'
import type { Database } from '../core/ports.ts'
import { openDatabase } from '../sqlite/database.ts'
import { databaseFileNames, eraseDatabase } from '../sqlite/file-system.ts'
import { createMemoryFiles } from '../sqlite/memory-files.ts'
import { installVfs } from '../sqlite/vfs.ts'
import { describeDatabase } from './database-conformance.ts'
import { nodeFiles } from './files.ts'
import { loadNodeSqlite, loadSqliteModule } from './sqlite.ts'
import { createUnsteadyFiles } from './unsteady-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'halyard-database-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { sqlite3, vfs } = await loadNodeSqlite()
let count = 0
const newName = (): string => join(folder, `d${count++}`)
const key = (fill = 7): Uint8Array => new Uint8Array(32).fill(fill)
const openIn = (name: string, fill = 7): Database => openDatabase({ sqlite3, vfs, name, key: key(fill) })
const thrown = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

const memoryVfs = installVfs(sqlite3, 'test-memory', createMemoryFiles())
const unsteady = createUnsteadyFiles()
const unsteadyVfs = installVfs(sqlite3, 'test-unsteady', unsteady)
const openUnsteady = (name: string): Database => openDatabase({ sqlite3, vfs: unsteadyVfs, name, key: key() })

describeDatabase('node:fs', () => openIn(newName()))
describeDatabase('memory', () => openDatabase({ sqlite3, vfs: memoryVfs, name: `m${count++}`, key: key() }))
describeDatabase('an unsteady disk', () => openUnsteady(`u${count++}`))

describe('encryption', () => {
  const canary = 'canary text that must not be on disk'

  test('no plaintext in any file, running and closed', () => {
    const name = newName()
    const database = openIn(name)
    database.run('CREATE TABLE secretly_named (body TEXT)')
    for (let index = 0; index < 500; index++)
      database.run('INSERT INTO secretly_named VALUES (?)', [`${canary} ${index}`])
    const search = (): string[] =>
      readdirSync(folder)
        .filter((each) => join(folder, each).startsWith(name))
        .filter((each) => {
          const bytes = readFileSync(join(folder, each))
          return bytes.includes(canary) || bytes.includes('secretly_named') || bytes.includes('SQLite format')
        })
    expect(statSync(`${name}-wal`).size).toBeGreaterThan(500 * 4096)
    expect(search()).toEqual([])
    database.close()
    expect(search()).toEqual([])
  })

  test('a moment of rest empties the log, so that nothing replaced stays on the disk, and loses nothing', () => {
    const name = newName()
    const database = openIn(name)
    database.run('CREATE TABLE item (body TEXT)')
    for (let index = 0; index < 50; index++) database.run('INSERT INTO item VALUES (?)', [`text ${index}`])
    expect(statSync(`${name}-wal`).size).toBeGreaterThan(0)
    database.rest()
    expect(statSync(`${name}-wal`).size).toBe(0)
    database.run('DELETE FROM item WHERE rowid > 10')
    database.rest()
    expect(database.get('SELECT count(*) AS n FROM item')).toEqual({ n: 10 })
    expect(() => database.transaction(() => database.rest())).toThrow(/inside a transaction/)
    database.close()
    expect(openIn(name).get('SELECT count(*) AS n FROM item')).toEqual({ n: 10 })
  })

  test('files are for their owner only', () => {
    const name = newName()
    openIn(name).close()
    expect(statSync(name).mode & 0o077).toBe(0)
  })

  test('two databases under one key share no page', () => {
    const [first, second] = [newName(), newName()]
    for (const name of [first, second]) {
      const database = openIn(name)
      database.run('CREATE TABLE item (body TEXT)')
      database.run('INSERT INTO item VALUES (?)', [canary])
      database.close()
    }
    const bytes = readFileSync(first)
    const other = readFileSync(second)
    for (let at = 0; at < bytes.length; at += 64) {
      // The first page holds a few bytes of the header in the clear (page size, versions).
      if (at !== 0) expect(bytes.subarray(at, at + 64).equals(other.subarray(at, at + 64))).toBe(false)
    }
  })

  test('the key is zeroed, also when opening fails', () => {
    const name = newName()
    const given = key()
    openDatabase({ sqlite3, vfs, name, key: given }).close()
    expect(given).toEqual(new Uint8Array(32))
    const wrong = key(8)
    expect(() => openDatabase({ sqlite3, vfs, name, key: wrong })).toThrow(DatabaseDamagedError)
    expect(wrong).toEqual(new Uint8Array(32))
    expect(() => openDatabase({ sqlite3, vfs, name, key: new Uint8Array(31) })).toThrow(/32 bytes/)
  })

  test('another key does not open it, says so, and leaves it whole', () => {
    const name = newName()
    const database = openIn(name)
    database.run('CREATE TABLE item (body TEXT)')
    database.close()
    for (const fill of [8, 0, 255]) {
      const error = thrown(() => openIn(name, fill))
      expect(error).toBeInstanceOf(DatabaseDamagedError)
      expect((error as Error).cause).toBe('key')
    }
    openIn(name).close()
  })

  test('a file in the clear is not taken for ours', () => {
    const name = newName()
    const database = openIn(name)
    database.run('CREATE TABLE item (body TEXT)')
    database.close()
    // A header as an unencrypted database has it: version 3, pages of 4,096 bytes.
    const bytes = readFileSync(name)
    bytes.write('SQLite format 3\0', 0, 'latin1')
    writeFileSync(name, bytes)
    expect(thrown(() => openIn(name))).toBeInstanceOf(DatabaseDamagedError)
  })
})

describe('damage', () => {
  const fill = (database: Database): void => {
    database.run('CREATE TABLE item (id INTEGER PRIMARY KEY, body TEXT)')
    database.transaction(() => {
      for (let index = 0; index < 2000; index++) database.run('INSERT INTO item (body) VALUES (?)', ['x'.repeat(100)])
    })
  }

  test('one flipped bit in any page is found and named', () => {
    const name = `damaged${count++}`
    const database = openUnsteady(name)
    fill(database)
    database.close()
    const size = unsteady.bytes(name).length
    expect(size).toBeGreaterThan(50 * 4096)
    fc.assert(
      fc.property(fc.integer({ min: 4096, max: size - 1 }), (at) => {
        unsteady.flip(name, at)
        const error = thrown(() => {
          const damaged = openUnsteady(name)
          try {
            damaged.all('SELECT * FROM item')
            // A page that no row lies on: free, or of the index.
            damaged.get('PRAGMA integrity_check')
          } finally {
            damaged.close()
          }
        })
        unsteady.flip(name, at)
        expect(error).toBeInstanceOf(DatabaseDamagedError)
        expect((error as Error).cause).toBeUndefined()
      }),
      { numRuns: 40 },
    )
    const whole = openUnsteady(name)
    expect(whole.get('SELECT count(*) AS n FROM item')).toEqual({ n: 2000 })
    whole.close()
  })

  test('a cut file is damaged, not shorter', () => {
    const name = `cut${count++}`
    const database = openUnsteady(name)
    fill(database)
    database.close()
    const file = unsteady.open(name, false)
    file?.truncate(20 * 4096)
    const damaged = thrown(() => {
      const again = openUnsteady(name)
      try {
        again.all('SELECT * FROM item')
      } finally {
        again.close()
      }
    })
    expect(damaged).toBeInstanceOf(DatabaseDamagedError)
  })
})

describe('a disk that fails', () => {
  const start = (): { name: string; database: Database } => {
    const name = `failing${count++}`
    const database = openUnsteady(name)
    database.run('CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB)')
    database.run('INSERT INTO item VALUES (1, ?)', [new Uint8Array(10)])
    return { name, database }
  }
  const ids = (database: Database): unknown[] => database.all('SELECT id FROM item ORDER BY id').map((row) => row['id'])

  test('full at any write: nothing of the transaction, and it goes on when there is room', () => {
    for (let writes = 0; writes < 24; writes++) {
      const { name, database } = start()
      unsteady.writesLeft = writes
      const error = thrown(() =>
        database.transaction(() => {
          database.run('INSERT INTO item VALUES (2, ?)', [new Uint8Array(20_000)])
          database.run('INSERT INTO item VALUES (3, ?)', [new Uint8Array(20_000)])
        }),
      )
      unsteady.writesLeft = Infinity
      if (error !== undefined) {
        expect(error).toBeInstanceOf(DiskFullError)
        expect(ids(database)).toEqual([1])
      }
      const after = error === undefined ? [1, 2, 3, 4] : [1, 4]
      database.transaction(() => database.run('INSERT INTO item VALUES (4, ?)', [new Uint8Array(10)]))
      unsteady.crash()
      const again = openUnsteady(name)
      expect(ids(again)).toEqual(after)
      again.close()
    }
  })

  test('full while syncing: nothing of the transaction comes back after a crash', () => {
    const { name, database } = start()
    unsteady.syncFails = true
    const error = thrown(() =>
      database.transaction(() => database.run('INSERT INTO item VALUES (2, ?)', [new Uint8Array(9000)])),
    )
    unsteady.syncFails = false
    expect(error).toBeInstanceOf(DiskFullError)
    expect(ids(database)).toEqual([1])
    unsteady.crash(() => true) // the bytes had reached the disk although the sync said otherwise
    const again = openUnsteady(name)
    expect(ids(again)).toEqual([1])
    again.close()
  })

  test('no room to create', () => {
    unsteady.writesLeft = 0
    const error = thrown(() => openUnsteady(`none${count++}`))
    unsteady.writesLeft = Infinity
    expect(error).toBeInstanceOf(DiskFullError)
  })

  test('what a transaction has returned survives any crash; what it has not is whole or absent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(12_000), fc.boolean()), { minLength: 1, maxLength: 25 }),
        fc.nat(60),
        (steps, writes) => {
          const { name, database } = start()
          let acknowledged = 0
          let open = database
          for (const [size, crashes] of steps) {
            open.transaction(() => {
              open.run('INSERT INTO item (body) VALUES (?)', [new Uint8Array(size)])
              open.run('INSERT INTO item (body) VALUES (?)', [new Uint8Array(10)])
            })
            acknowledged += 2
            if (!crashes) continue
            unsteady.writesLeft = writes
            thrown(() =>
              open.transaction(() => open.run('INSERT INTO item (body) VALUES (?)', [new Uint8Array(300_000)])),
            )
            unsteady.writesLeft = Infinity
            const large = Number(open.get('SELECT count(*) AS n FROM item WHERE length(body) = 300000')?.['n'])
            unsteady.crash()
            open = openUnsteady(name)
            expect(open.get('SELECT count(*) AS n FROM item WHERE length(body) < 300000')).toEqual({
              n: acknowledged + 1,
            })
            expect(open.get('SELECT count(*) AS n FROM item WHERE length(body) = 300000')).toEqual({ n: large })
          }
          expect(open.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' })
          open.close()
        },
      ),
      { numRuns: process.env['HALYARD_FULL'] === '1' ? 25 : 8 },
    )
  })

  test('erasing leaves no file', () => {
    const { name, database } = start()
    database.close()
    eraseDatabase(unsteady, name)
    expect(databaseFileNames(name).filter(unsteady.exists)).toEqual([])
    const path = newName()
    openIn(path).close()
    eraseDatabase(nodeFiles, path)
    expect(databaseFileNames(path).filter(nodeFiles.exists)).toEqual([])
  })
})

describe('kill -9', () => {
  test('every acknowledged insert is there afterwards', { timeout: 60_000 }, async () => {
    const name = newName()
    let acknowledged = 0
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [fileURLToPath(new URL('database-writer.ts', import.meta.url)), name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      acknowledged = await new Promise<number>((resolve) => {
        let last = acknowledged
        const target = acknowledged + 40 + round * 17
        child.stdout.on('data', (chunk: Buffer) => {
          for (const line of chunk
            .toString()
            .split('\n')
            .filter((each) => each !== ''))
            last = Number(line)
          if (last >= target) child.kill('SIGKILL')
        })
        child.on('close', () => resolve(last))
      })
      const database = openIn(name)
      const found = Number(database.get('SELECT count(*) AS n FROM item')?.['n'])
      const newest = Number(database.get('SELECT max(id) AS n FROM item')?.['n'])
      expect(database.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' })
      database.close()
      expect(newest).toBe(found)
      expect(found).toBeGreaterThanOrEqual(acknowledged)
      expect(acknowledged).toBeGreaterThanOrEqual(40)
      acknowledged = found
    }
  })
})

test('a module of its own has no file system of ours', async () => {
  const other = await loadSqliteModule()
  expect(() => openDatabase({ sqlite3: other, vfs, name: newName(), key: key() })).toThrow(/could not be opened/)
})
