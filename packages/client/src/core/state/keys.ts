/** Keys and places of the account state, as this device keeps them. */
import { decode, encode, equal, stateHead } from '@halyard/protocol'
import type { StateHead } from '@halyard/protocol'
import type { AccountState } from '@halyard/crypto'
import { readMeta, writeMeta } from '../account/identity.ts'
import type { Database } from '../ports.ts'
import { blobOf, numberOf } from '../store/values.ts'

export interface StateKey {
  readonly id: Uint8Array
  readonly key: Uint8Array
  /** How many links the account's chain had when it was made, less one. */
  readonly seq: number
}

/** The key in `state-key` messages of "Me", or the one made here. */
export const keepStateKey = (database: Database, { id, key, seq }: StateKey): void =>
  void database.run('INSERT OR IGNORE INTO state_keys (id, key, seq) VALUES (?, ?, ?)', [id, key, seq])
export const stateKey = (database: Database, id: Uint8Array): StateKey | undefined =>
  stateKeys(database).find((one) => equal(one.id, id))
/** The newest first. */
export const stateKeys = (database: Database): readonly StateKey[] =>
  database
    .all('SELECT id, key, seq FROM state_keys ORDER BY seq DESC, id')
    .map((row) => ({ id: blobOf(row, 'id'), key: blobOf(row, 'key'), seq: numberOf(row, 'seq') }))
/** What a lost device or a replaced card could open opens nothing that is kept. */
export const forgetKeysBefore = (database: Database, seq: number): void =>
  void database.run('DELETE FROM state_keys WHERE seq < ?', [seq])

/** A key made before this link is known to a device or a card that is gone. */
export const rolledAt = (chain: AccountState): number =>
  Math.max(
    0,
    chain.recoveryKeys.at(-1)?.sinceSeq ?? 0,
    ...[...chain.devices.values()].map((device) => device.removedSeq ?? 0),
  )

const headsKept = 200

/** Notes that this state stands at its number; false when another one does. */
export const noteHead = (database: Database, { number, hash }: StateHead): boolean => {
  const row = database.get('SELECT hash FROM state_heads WHERE number = ?', [number])
  if (row !== undefined) return equal(blobOf(row, 'hash'), hash)
  database.run('INSERT INTO state_heads (number, hash) VALUES (?, ?)', [number, hash])
  database.run('DELETE FROM state_heads WHERE number <= ?', [number - headsKept])
  return true
}
/** The newest state that this device has taken, stored or heard of. */
export const newestHead = (database: Database): StateHead | undefined => {
  const row = database.get('SELECT number, hash FROM state_heads ORDER BY number DESC LIMIT 1')
  return row === undefined ? undefined : { number: numberOf(row, 'number'), hash: blobOf(row, 'hash') }
}
export const hashAt = (database: Database, number: number): Uint8Array | undefined => {
  const row = database.get('SELECT hash FROM state_heads WHERE number = ?', [number])
  return row === undefined ? undefined : blobOf(row, 'hash')
}
/** After a restore of the server its numbers mean something else; what is known is stored again, in the next place. */
export const forgetHeads = (database: Database): void => {
  database.run('DELETE FROM state_heads')
  database.run("DELETE FROM meta WHERE key = 'state-taken'")
}

/** The newest state whose document this device holds. */
export const takenHead = (database: Database): StateHead | undefined => {
  const value = readMeta(database, 'state-taken')
  return value === undefined ? undefined : decode(stateHead, value)
}
export const noteTaken = (database: Database, head: StateHead): void =>
  writeMeta(database, 'state-taken', encode(stateHead, head))
