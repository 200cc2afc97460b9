/** Settings of this device, in its encrypted database. */
import { decode, encode, flag, limits, record, uint } from '@halyard/protocol'
import type { Settings } from './api.ts'
import { readMeta, writeMeta } from './account/identity.ts'
import type { Database } from './ports.ts'

const stored = record({ idleMinutes: uint(limits.idleMinutesMax), sendReadReceipts: flag })
const initial: Settings = { idleMinutes: 15, sendReadReceipts: true }

export const readSettings = (database: Database): Settings => {
  const value = readMeta(database, 'settings')
  return value === undefined ? initial : (decode(stored, value) ?? initial)
}

/** What the account's devices agree on of them: how long a device waits before it locks is its own affair. */
export const takeReadReceipts = (
  database: Database,
  theirs: { readonly sendReadReceipts: boolean; readonly stamp: number },
): boolean => {
  const ours = readSettings(database)
  const stamp = settingsStamp(database)
  // Of two with one stamp the one that tells less.
  const isLater = theirs.stamp > stamp || (theirs.stamp === stamp && !theirs.sendReadReceipts)
  if (!isLater || ours.sendReadReceipts === theirs.sendReadReceipts) return false
  write(database, { ...ours, sendReadReceipts: theirs.sendReadReceipts }, theirs.stamp)
  return true
}
export const settingsStamp = (database: Database): number => {
  const value = readMeta(database, 'settings-stamp')
  return value === undefined ? 0 : Number(new TextDecoder().decode(value))
}

/** Undefined when a value is out of bounds; nothing is written then. */
export const changeSettings = (database: Database, change: Partial<Settings>, nowMs: number): Settings | undefined => {
  const before = readSettings(database)
  const next = { ...before, ...change }
  if (!Number.isInteger(next.idleMinutes) || next.idleMinutes < 0 || next.idleMinutes > limits.idleMinutesMax)
    return undefined
  if (typeof next.sendReadReceipts !== 'boolean') return undefined
  const stamp = settingsStamp(database)
  write(database, next, next.sendReadReceipts === before.sendReadReceipts ? stamp : Math.max(nowMs, stamp + 1))
  return next
}

const write = (database: Database, { idleMinutes, sendReadReceipts }: Settings, stamp: number): void => {
  writeMeta(database, 'settings', encode(stored, { idleMinutes, sendReadReceipts }))
  writeMeta(database, 'settings-stamp', new TextEncoder().encode(String(stamp)))
}
