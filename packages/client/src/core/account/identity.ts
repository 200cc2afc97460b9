/** Who this device is. Written once, before anybody hears of it. */
import { bytes, decode, encode, record, assert, signedAccountLink, text, word, maybe, blob } from '@halyard/protocol'
import type { Infer } from '@halyard/protocol'
import type { DeviceKeys } from '@halyard/crypto'
import type { Database } from '../ports.ts'
import { blobOf } from '../store/values.ts'

const keyPair = record({ publicKey: bytes(32), privateKey: bytes(32) })
const stored = record({
  network: bytes(32),
  account: bytes(32),
  keys: record({ device: bytes(16), chain: keyPair, mls: keyPair, transport: keyPair }),
  name: text(64),
  networkName: text(64),
  /** `asking` until the server has taken the set-up or admission. */
  phase: word('asking', 'member'),
  genesis: signedAccountLink,
  /** The command that is repeated until it is answered. */
  request: maybe(record({ command: word('set-up', 'join', 'restore'), body: blob(64 * 1024) })),
})
type Stored = Infer<typeof stored>

export interface Identity extends Stored {
  readonly keys: DeviceKeys
}

export const readMeta = (database: Database, key: string): Uint8Array | undefined => {
  const row = database.get('SELECT value FROM meta WHERE key = ?', [key])
  return row === undefined ? undefined : blobOf(row, 'value')
}
export const writeMeta = (database: Database, key: string, value: Uint8Array): void =>
  void database.run(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    [key, value],
  )

export const readIdentity = (database: Database): Identity | undefined => {
  const value = readMeta(database, 'identity')
  if (value === undefined) return undefined
  const identity = decode(stored, value)
  assert(identity !== undefined, 'the stored identity does not decode')
  return identity
}
export const writeIdentity = (database: Database, identity: Identity): void =>
  writeMeta(database, 'identity', encode(stored, identity))
