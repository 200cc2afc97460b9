/**
 * Loaded before a server under test (`--import`), also into its writer thread: ends the process at a named boundary of
 * a write. The product knows nothing of it.
 */
import { DatabaseSync } from 'node:sqlite'

export const boundaries = ['before-commit', 'after-commit', 'before-checkpoint', 'after-checkpoint'] as const
export type Boundary = (typeof boundaries)[number]

const boundary = process.env['HALYARD_CRASH_AT']
/** The process ends with this commit, counted from its start. */
const commitsLeft = Number(process.env['HALYARD_CRASH_COMMITS'] ?? 0)

if (boundary !== undefined && commitsLeft > 0) {
  let left = commitsLeft
  const original = DatabaseSync.prototype.exec
  const die = (): void => void process.kill(process.pid, 'SIGKILL')
  DatabaseSync.prototype.exec = function exec(this: DatabaseSync, sql: string): void {
    const isLast = sql === 'COMMIT' && --left === 0
    if (isLast && boundary === 'before-commit') die()
    original.call(this, sql)
    if (!isLast) return
    if (boundary === 'before-checkpoint') die()
    if (boundary === 'after-checkpoint') original.call(this, 'PRAGMA wal_checkpoint(TRUNCATE)')
    die()
  }
}
