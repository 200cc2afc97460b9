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

/** Undefined when a value is out of bounds; nothing is written then. */
export const changeSettings = (database: Database, change: Partial<Settings>): Settings | undefined => {
  const next = { ...readSettings(database), ...change }
  if (!Number.isInteger(next.idleMinutes) || next.idleMinutes < 0 || next.idleMinutes > limits.idleMinutesMax)
    return undefined
  if (typeof next.sendReadReceipts !== 'boolean') return undefined
  writeMeta(
    database,
    'settings',
    encode(stored, { idleMinutes: next.idleMinutes, sendReadReceipts: next.sendReadReceipts }),
  )
  return next
}
