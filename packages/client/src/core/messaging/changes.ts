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
  equal,
  flag,
  limits,
  maybe,
  nothing,
  record,
  signed,
  text,
  toHex,
  variant,
} from '@halyard/protocol'
import type { Infer } from '@halyard/protocol'
import { peopleIn } from './group.ts'
import type { Group } from './group.ts'
import { isClosed } from './room.ts'
import { samePicture } from './picture.ts'
import type { OpenRoom } from './room.ts'
import type { Database } from '../ports.ts'
import { blobOf, numberOf } from '../store/values.ts'

const change = variant({
  'add-person': record({ account: accountId }),
  'remove-person': record({ account: accountId }),
  rename: record({ title: text(limits.nameMaxLength) }),
  /** Without one: the picture goes. */
  picture: record({ picture: maybe(blob(limits.pictureMaxBytes)) }),
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
  value.kind === 'rename' || value.kind === 'picture' || value.kind === 'leave'
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

/** Whether the conversation is as the change wants it; `room` as it will be with what is planned already. */
export const isDone = (group: Group, room: OpenRoom, change: Change): boolean => {
  const isIn = (account: Uint8Array): boolean => peopleIn(group).has(toHex(account))
  if (change.kind === 'add-person') return isIn(change.account)
  if (change.kind === 'remove-person') return !isIn(change.account)
  if (change.kind === 'rename') return room.title === change.title
  if (change.kind === 'picture') return samePicture(room.picture, change.picture)
  if (change.kind === 'moderator') {
    const is = room.moderators.some((one) => equal(one, change.account))
    return room.kind !== 'room' || is === change.is || (!change.is && room.moderators.length === 1)
  }
  return false
}

/**
 * What an own commit made so has been had. Who else changes it back afterwards is not overruled: two who want different
 * things would go on for ever. Call inside a transaction.
 */
export const removeDone = (database: Database, group: Group): void => {
  const { room } = group
  if (isClosed(room)) return
  for (const { ordinal, change } of changesOf(database, group.conversation))
    if (isDone(group, room, change)) removeChange(database, ordinal)
}

/** Nobody is there yet, and somebody is to be: what is written meanwhile is for them, and waits until they can read it. */
export const waitsForPeople = (database: Database, group: Group): boolean =>
  !isClosed(group.room) &&
  peopleIn(group).size === 1 &&
  changesOf(database, group.conversation).some(({ change: { kind } }) => kind === 'add-person')

export const wantsToLeave = (database: Database, conversation: Uint8Array): boolean =>
  changesOf(database, conversation).some((one) => one.change.kind === 'leave')
