/** What every `Database` promises, run over each disk it can lie on. */
import { describe, expect, test } from 'vitest'
import type { Database } from '../core/ports.ts'

export const describeDatabase = (name: string, open: () => Database): void => {
  describe(`database on ${name}`, () => {
    const withTable = (): Database => {
      const database = open()
      database.run('CREATE TABLE item (id INTEGER PRIMARY KEY, value)')
      return database
    }

    test('values come back as they went in', () => {
      const database = withTable()
      const bytes = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff)
      const values = [
        'text',
        '',
        'zero \0 inside',
        '\ufeffmark first',
        '😀 é 中',
        0,
        -1,
        2 ** 31,
        -(2 ** 31) - 1,
        Number.MAX_SAFE_INTEGER,
        Number.MIN_SAFE_INTEGER,
        1.5,
        bytes,
        new Uint8Array(0),
        undefined,
      ]
      for (const value of values) database.run('INSERT INTO item (value) VALUES (?)', [value])
      expect(database.all('SELECT value FROM item ORDER BY id').map((row) => row['value'])).toEqual(values)
      database.close()
    })

    test('a read blob is a copy', () => {
      const database = withTable()
      database.run('INSERT INTO item VALUES (1, ?)', [Uint8Array.of(1, 2, 3)])
      const first = database.get('SELECT value FROM item')?.['value'] as Uint8Array
      database.run('UPDATE item SET value = ?', [Uint8Array.of(9, 9, 9)])
      expect(first).toEqual(Uint8Array.of(1, 2, 3))
      expect(first.buffer.byteLength).toBe(3)
      database.close()
    })

    test('numbers that would lose digits are refused both ways', () => {
      const database = withTable()
      for (const value of [2 ** 53, Number.NaN, Infinity]) {
        expect(() => database.run('INSERT INTO item (value) VALUES (?)', [value])).toThrow()
      }
      database.run('INSERT INTO item VALUES (1, 9007199254740993)')
      expect(() => database.get('SELECT value FROM item')).toThrow(/2\^53/)
      database.close()
    })

    test('changes, row ids, no row', () => {
      const database = withTable()
      expect(database.run('INSERT INTO item VALUES (7, 1)')).toEqual({ changes: 1, lastRowId: 7 })
      database.run('INSERT INTO item VALUES (8, 1)')
      expect(database.run('UPDATE item SET value = 2').changes).toBe(2)
      expect(database.get('SELECT * FROM item WHERE id = 99')).toBeUndefined()
      expect(database.get('INSERT INTO item VALUES (9, 3) RETURNING id, value')).toEqual({ id: 9, value: 3 })
      expect(database.all('SELECT id FROM item')).toHaveLength(3)
      database.close()
    })

    test('a wrong number of parameters and two statements in one are bugs', () => {
      const database = withTable()
      expect(() => database.run('INSERT INTO item VALUES (?, ?)', [1])).toThrow(/2 parameters/)
      expect(() => database.run('DELETE FROM item; DROP TABLE item')).toThrow(/one statement/)
      expect(() => database.run('  ')).toThrow()
      database.close()
    })

    test('a transaction is whole or nothing, never nested, never asynchronous', () => {
      const database = withTable()
      expect(database.transaction(() => database.run('INSERT INTO item VALUES (1, 1)').changes)).toBe(1)
      expect(() =>
        database.transaction(() => {
          database.run('INSERT INTO item VALUES (2, 2)')
          throw new Error('mine')
        }),
      ).toThrow('mine')
      expect(() => database.transaction(() => database.transaction(() => 1))).toThrow(/inside/)
      expect(() =>
        database.transaction(async () => {
          database.run('INSERT INTO item VALUES (3, 3)')
        }),
      ).toThrow(/synchronous/)
      expect(() => database.transaction(() => database.run('INSERT INTO item VALUES (1, 5)'))).toThrow(/UNIQUE/)
      expect(database.all('SELECT id FROM item')).toEqual([{ id: 1 }])
      database.close()
    })

    test('columns follow a changed table', () => {
      const database = withTable()
      database.run('INSERT INTO item VALUES (1, 1)')
      expect(database.get('SELECT * FROM item')).toEqual({ id: 1, value: 1 })
      database.run('ALTER TABLE item ADD COLUMN more TEXT')
      expect(database.get('SELECT * FROM item')).toEqual({ id: 1, value: 1, more: undefined })
      database.close()
    })

    test('a thousand different statements and values of a megabyte', () => {
      const database = withTable()
      for (let index = 0; index < 1000; index++) database.get(`SELECT ${index} AS n`)
      const large = 'x'.repeat(3_000_000)
      database.run('INSERT INTO item VALUES (1, ?)', [large])
      database.run('INSERT INTO item VALUES (2, ?)', ['small'])
      expect(database.get('SELECT length(value) AS n FROM item WHERE id = 1')).toEqual({ n: 3_000_000 })
      expect(database.get('SELECT value FROM item WHERE id = 2')).toEqual({ value: 'small' })
      database.close()
    })

    test('full text search and foreign keys are there', () => {
      const database = withTable()
      database.run('CREATE VIRTUAL TABLE words USING fts5(body)')
      database.run('INSERT INTO words VALUES (?)', ['the quick fox'])
      expect(database.get('SELECT rowid AS id FROM words WHERE words MATCH ?', ['quick'])).toEqual({ id: 1 })
      database.run('CREATE TABLE child (item INTEGER NOT NULL REFERENCES item (id))')
      expect(() => database.run('INSERT INTO child VALUES (5)')).toThrow(/FOREIGN KEY/)
      database.close()
    })

    test('a closed database refuses, closing twice is nothing', () => {
      const database = withTable()
      database.close()
      database.close()
      expect(() => database.get('SELECT 1')).toThrow(/closed/)
    })
  })
}
