/**
 * What is wanted of a conversation and not so yet. A change names what shall be, never a step: after a lost race it is
 * simply looked at again in the epoch that won, and goes when it is so, or is not allowed any more.
 */
import {
  accountId,
  assert,
  blob,
  decode,
  deviceId,
  encode,
  flag,
  limits,
  nothing,
  record,
  signed,
  text,
  toHex,
  variant,
} from '@halyard/protocol'
import type { Infer } from '@halyard/protocol'
import type { Database } from '../ports.ts'
import { blobOf, numberOf } from '../store/values.ts'

const change = variant({
  'add-person': record({ account: accountId }),
  'remove-person': record({ account: accountId }),
  rename: record({ title: text(limits.nameMaxLength) }),
  moderator: record({ account: accountId, is: flag }),
  leave: nothing,
  /** A device asks to come in for one of its account's that is lost. */
  enter: record({
    account: accountId,
    device: deviceId,
    request: signed,
    keyPackage: blob(limits.keyPackageMaxBytes),
    reference: blob(64),
  }),
})
export type Change = Infer<typeof change>
export interface StoredChange {
  readonly ordinal: number
  readonly change: Change
}

/** Takes the place of what was wanted of the same thing before. Call inside a transaction. */
export const addChange = (database: Database, conversation: Uint8Array, value: Change): void => {
  for (const { ordinal, change: earlier } of changesOf(database, conversation))
    if (subjectOf(earlier) === subjectOf(value)) removeChange(database, ordinal)
  database.run('INSERT INTO changes (conversation, change) VALUES (?, ?)', [conversation, encode(change, value)])
}
const subjectOf = (value: Change): string =>
  value.kind === 'rename' || value.kind === 'leave'
    ? value.kind
    : value.kind === 'enter'
      ? `enter ${toHex(value.device)}`
      : `${value.kind === 'moderator' ? 'moderator' : 'person'} ${toHex(value.account)}`

export const changesOf = (database: Database, conversation: Uint8Array): readonly StoredChange[] =>
  database
    .all('SELECT ordinal, change FROM changes WHERE conversation = ? ORDER BY ordinal', [conversation])
    .map((row) => {
      const value = decode(change, blobOf(row, 'change'))
      assert(value !== undefined, 'a stored change does not decode')
      return { ordinal: numberOf(row, 'ordinal'), change: value }
    })

export const removeChange = (database: Database, ordinal: number): void =>
  void database.run('DELETE FROM changes WHERE ordinal = ?', [ordinal])

export const wantsToLeave = (database: Database, conversation: Uint8Array): boolean =>
  changesOf(database, conversation).some((one) => one.change.kind === 'leave')
