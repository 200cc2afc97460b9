/** What lies beside a backup's database: when it was taken, and what the file must hash to. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

export interface BackupRecord {
  readonly takenMs: number
  readonly sizeBytes: number
  /** SHA-256 of the database, in hex. */
  readonly sha256: string
}

/** The two files of a backup. */
export const backupNames = { database: 'halyard.db', record: 'backup.json' } as const

const recordBytesMax = 1024
const readAtOnceBytes = 1 << 20

export const recordOf = (databasePath: string, takenMs: number): BackupRecord => ({
  takenMs,
  sizeBytes: statSync(databasePath).size,
  sha256: hashOf(databasePath),
})

/** Undefined when it is missing or is no such record. */
export const readRecord = (folder: string): BackupRecord | undefined => {
  const path = join(folder, backupNames.record)
  try {
    if (statSync(path).size > recordBytesMax) return undefined
    return asRecord(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

const asRecord = (value: unknown): BackupRecord | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { takenMs, sizeBytes, sha256 } = value as Readonly<Record<string, unknown>>
  if (typeof takenMs !== 'number' || Math.abs(takenMs) > 8.64e15) return undefined
  if (typeof sizeBytes !== 'number' || typeof sha256 !== 'string') return undefined
  return { takenMs, sizeBytes, sha256 }
}

/** Piece by piece: a database may be larger than memory. */
const hashOf = (path: string): string => {
  const hash = createHash('sha256')
  const piece = new Uint8Array(readAtOnceBytes)
  const file = openSync(path, 'r')
  try {
    for (let at = 0; ;) {
      const count = readSync(file, piece, 0, piece.length, at)
      if (count === 0) return hash.digest('hex')
      hash.update(piece.subarray(0, count))
      at += count
    }
  } finally {
    closeSync(file)
  }
}
