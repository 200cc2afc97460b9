import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openForWriting } from './engine.ts'
import { isLogDamaged } from './write-ahead-log.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const transactions = 12
/** A log as a killed server leaves it, and how many rows SQLite reads when this is done to it. */
const killed = (): { readonly log: Buffer; readonly rowsWith: (log: Buffer) => number } => {
  const path = join(folder, 'halyard.db')
  const database = openForWriting(path)
  database.exec('CREATE TABLE item (n INTEGER); PRAGMA wal_checkpoint(TRUNCATE)')
  for (let n = 0; n < transactions; n++) database.exec(`INSERT INTO item VALUES (${n})`)
  const copy = join(folder, 'copy.db')
  copyFileSync(path, copy)
  const log = readFileSync(`${path}-wal`)
  database.close()
  const whole = readFileSync(copy)
  return {
    log,
    rowsWith(bytes) {
      writeFileSync(copy, whole)
      writeFileSync(`${copy}-wal`, bytes)
      rmSync(`${copy}-shm`, { force: true })
      const opened = new DatabaseSync(copy)
      const rows = Number(opened.prepare('SELECT count(*) AS n FROM item').get()?.['n'])
      opened.close()
      return rows
    },
  }
}
const frameBytes = 24 + 4096
const flipped = (log: Buffer, at: number): Buffer => {
  const other = Buffer.from(log)
  other[at] = (other[at] ?? 0) ^ 1
  return other
}
const isDamagedWith = (log: Buffer): boolean => {
  writeFileSync(join(folder, 'wal'), log)
  return isLogDamaged(join(folder, 'wal'))
}

test('a flipped bit makes SQLite drop what follows, and is damage wherever a whole transaction follows', () => {
  const { log, rowsWith } = killed()
  expect(isDamagedWith(log)).toBe(false)
  expect(rowsWith(log)).toBe(transactions)
  expect(log.length).toBe(32 + transactions * frameBytes)
  for (let frame = 0; frame < transactions; frame++) {
    // Page number, size after the commit, both salts, both checksums, the page itself.
    for (const byte of [3, 7, 8, 15, 16, 23, 24, 3000]) {
      const bad = flipped(log, 32 + frame * frameBytes + byte)
      // A commit with other salts may be of an older log: it does not count itself.
      const toldBefore = byte === 8 || byte === 15 ? transactions - 2 : transactions - 1
      expect([frame, byte, isDamagedWith(bad)]).toEqual([frame, byte, frame < toldBefore])
      if (byte === 3000) expect(rowsWith(bad)).toBe(frame)
    }
  }
  for (let byte = 0; byte < 32; byte++) expect(isDamagedWith(flipped(log, byte))).toBe(true)
})

test('a torn end, an older log behind, no log and an empty one are whole', () => {
  const { log } = killed()
  for (const length of [0, 20, 32, 33, 32 + frameBytes, log.length - 1, log.length - frameBytes + 100])
    expect(isDamagedWith(log.subarray(0, length))).toBe(false)
  const behind = Buffer.from(log)
  behind.fill(9, 32 + 4 * frameBytes + 8, 32 + 4 * frameBytes + 16)
  const older = Buffer.concat([
    log.subarray(0, 32 + 4 * frameBytes),
    ...Array<Buffer>(3).fill(behind.subarray(32 + 4 * frameBytes, 32 + 5 * frameBytes)),
  ])
  expect(isDamagedWith(older)).toBe(false)
  expect(isLogDamaged(join(folder, 'none'))).toBe(false)
})
