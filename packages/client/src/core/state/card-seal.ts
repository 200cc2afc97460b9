/** What only the recovery card could open for: kept by a device that came in by it until it has the account state. */
import { blob, decode, encode, limits, record } from '@halyard/protocol'
import type { KeyPair } from '@halyard/crypto'
import { readMeta, writeMeta } from '../account/identity.ts'
import type { Database } from '../ports.ts'

const stored = record({ publicKey: blob(limits.sealKeyMaxBytes), privateKey: blob(32) })

export const keepCardSeal = (database: Database, keys: KeyPair): void =>
  writeMeta(database, 'card-seal', encode(stored, keys))
export const readCardSeal = (database: Database): KeyPair | undefined => {
  const value = readMeta(database, 'card-seal')
  return value === undefined ? undefined : decode(stored, value)
}
export const forgetCardSeal = (database: Database): void =>
  void database.run("DELETE FROM meta WHERE key = 'card-seal'")
