/**
 * One conversation as this device holds it: MLS state, place in the log, and what may still be undone. A value: work
 * makes a next one, and `saveGroup` writes exactly what differs, after comparing the version (architecture.md).
 */
import {
  addressedWelcome,
  assert,
  blob,
  decode,
  encode,
  equal,
  limits,
  list,
  record,
  text,
  toHex,
} from '@halyard/protocol'
import {
  confirmedTranscriptHash,
  decodePastEpoch,
  decodeState,
  encodeEpoch,
  encodePastEpoch,
  encodePastRatchets,
  encodeRatchets,
  epoch as epochOf,
  groupContextExtensions,
  toPastEpoch,
} from '@halyard/mls'
import type { GroupState, PastEpoch } from '@halyard/mls'
import { sha256 } from '@halyard/crypto'
import type { AlarmKind } from '../api.ts'
import type { Bound } from './bound.ts'
import { isClosed, peopleOf, roomOf } from './room.ts'
import type { Unopened } from './unopened.ts'
import type { People, Room } from './room.ts'

/** One epoch one stands in: which commit made it, and the digest that every row of it must carry. */
export interface Standpoint {
  readonly epoch: number
  /** Hash of the commit that made the epoch. */
  readonly madeBy: Uint8Array
  readonly digest: Uint8Array
}
export interface Current extends Standpoint {
  readonly state: GroupState
}
export interface Past extends Standpoint {
  readonly past: PastEpoch
}

/** Encoded, so that it shares no secret with the state that goes on. */
export interface Frozen extends Standpoint {
  readonly record: Uint8Array
  readonly ratchets: Uint8Array
}
/** The epoch that a commit ended, until another account has confirmed the commit (trust.md §3, Order). */
export interface Kept extends Frozen {
  readonly commit: Uint8Array
  readonly commitMs: number
  readonly committer: Uint8Array
  readonly complained: boolean
}
/** An own commit in the log or on its way, and the state it leads to. */
export interface PendingCommit {
  /** What its newcomers are sent once it has won: an encoded list; undefined without any. */
  readonly welcomes: Uint8Array | undefined
  /** The seconds since 1970 in which every key package in it is in force: the others judge by the row's time. */
  readonly notBeforeS: number
  readonly notAfterS: number
  /** The epoch and lineage it was made in. */
  readonly epoch: number
  readonly madeBy: Uint8Array
  readonly entry: Uint8Array
  readonly row: Uint8Array
  readonly record: Uint8Array
  readonly ratchets: Uint8Array
}

/** What newcomers are sent when a commit has won, as it is kept until then. */
export const pendingWelcomes = list(addressedWelcome, limits.devicesPerConversationMax)

export interface Group {
  readonly conversation: Uint8Array
  readonly chat: string
  readonly kind: Room['kind']
  readonly room: Room
  /** `creating` until the server has its first row; `live` after. */
  readonly phase: 'creating' | 'live'
  readonly version: number
  /** Timeline positions of this conversation's rows start here. */
  readonly base: number
  readonly cursor: { readonly seq: number; readonly chain: Uint8Array }
  readonly current: Current
  readonly pasts: readonly Past[]
  readonly kept: Kept | undefined
  readonly pending: PendingCommit | undefined
  /** The own durable sequence here: last number, and hash of that payload. */
  readonly own: { readonly seq: number; readonly previous: Uint8Array }
  readonly updatedMs: number
  readonly generations: number
  readonly mustUpdate: boolean
  readonly paused: AlarmKind | undefined
  /** Request of create-conversation, while `creating`. */
  readonly creation: Uint8Array | undefined
  readonly newestMs: number
  /** The account that brought this device in, until another one has shown the same digest. */
  readonly adder: Uint8Array | undefined
  /** Who has to go with the next commit, by one that lost. */
  readonly bound: Bound | undefined
  /** What has ended this epoch for others, and not for this device. */
  readonly unopened: Unopened | undefined
  /**
   * The server was restored, and no commit of another has come since: one that others have followed may be lost. The place
   * its log ended at when this device looked.
   */
  readonly sinceRestore: number | undefined
}

/** Who is in it, as of the epoch this device stands in. */
export const peopleIn = (group: Group): People => peopleOf(group.current.state)
/** Whether rows of this account can belong to the conversation at all. */
export const hasMember = (group: Group, account: Uint8Array): boolean =>
  isClosed(group.room) ? group.room.accounts.some((one) => equal(one, account)) : peopleIn(group).has(toHex(account))

export const digestOf = (state: GroupState): Uint8Array => sha256(confirmedTranscriptHash(state)).slice(0, 16)

export const standAt = (state: GroupState, madeBy: Uint8Array): Current => ({
  state,
  epoch: epochOf(state),
  madeBy,
  digest: digestOf(state),
})

export const roomOfState = (state: GroupState): Room => {
  const value = roomOf(groupContextExtensions(state))
  assert(value !== undefined, 'a group without its room component was let in')
  return value
}

/** What remains of an epoch for late messages: keys not used yet, and who may have sealed with them. */
export const pastOf = (current: Current): Past => {
  const past = toPastEpoch(current.state)
  // Through its encoding, so that erasing the secrets of the epoch itself takes nothing away here.
  const copy = decodePastEpoch(encodePastEpoch(past), onlySet(encodePastRatchets(past)))
  assert(copy !== undefined, 'a past epoch does not decode')
  return { epoch: current.epoch, madeBy: current.madeBy, digest: current.digest, past: copy }
}

export const freeze = (current: Current): Frozen => ({
  epoch: current.epoch,
  madeBy: current.madeBy,
  digest: current.digest,
  record: encodeEpoch(current.state),
  ratchets: packRatchets(encodeRatchets(current.state)),
})
export const thaw = (
  frozen: { readonly record: Uint8Array; readonly ratchets: Uint8Array },
  madeBy: Uint8Array,
): Current => {
  const state = decodeState(frozen.record, unpackRatchets(frozen.ratchets))
  assert(state !== undefined, 'a stored group state does not decode')
  return standAt(state, madeBy)
}

const packed = list(record({ key: text(200), value: blob(64 * 1024) }), 100_000)
export const packRatchets = (ratchets: ReadonlyMap<string, Uint8Array | undefined>): Uint8Array =>
  encode(
    packed,
    [...onlySet(ratchets)].map(([key, value]) => ({ key, value })),
  )
export const unpackRatchets = (bytes: Uint8Array): ReadonlyMap<string, Uint8Array> => {
  const value = decode(packed, bytes)
  assert(value !== undefined, 'stored ratchets do not decode')
  return new Map(value.map((one) => [one.key, one.value]))
}
export const onlySet = (ratchets: ReadonlyMap<string, Uint8Array | undefined>): ReadonlyMap<string, Uint8Array> => {
  const present = new Map<string, Uint8Array>()
  for (const [key, value] of ratchets) if (value !== undefined) present.set(key, value)
  return present
}
