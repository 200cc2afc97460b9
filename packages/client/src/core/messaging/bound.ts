/**
 * A removal that binds (trust.md §3): somebody entitled committed it, and another commit came first. It stands in the log,
 * signed, for everybody who follows the epoch that won, also for whom that commit let in: until it is done no commit counts
 * that leaves it undone, and nothing is sealed. Whoever is to go cannot outrun it.
 */
import { accountId, assert, decode, deviceId, encode, equal, limits, list, record } from '@halyard/protocol'
import type { Infer } from '@halyard/protocol'
import type { People, RoomMember } from './room.ts'

const bound = record({
  /** People, with all their devices, also those that came in meanwhile; and who decided it. */
  people: list(record({ account: accountId, by: accountId }), limits.peoplePerConversationMax),
  devices: list(deviceId, limits.devicesPerConversationMax),
})
export type Bound = Infer<typeof bound>

export const encodeBound = (value: Bound): Uint8Array => encode(bound, value)
export const decodeBound = (bytes: Uint8Array): Bound => {
  const value = decode(bound, bytes)
  assert(value !== undefined, 'a stored removal does not decode')
  return value
}

const includes = (ids: readonly Uint8Array[], id: Uint8Array): boolean => ids.some((one) => equal(one, id))

export const isBound = (value: Bound | undefined, account: Uint8Array, device?: Uint8Array): boolean =>
  decidedBy(value, account) !== undefined ||
  (device !== undefined && value !== undefined && includes(value.devices, device))

/** The account that decided that somebody goes: not the one whose client commits it. */
export const decidedBy = (value: Bound | undefined, account: Uint8Array): Uint8Array | undefined =>
  value?.people.find((one) => equal(one.account, account))?.by

/** The leaves that have to go. */
export const boundLeaves = (value: Bound | undefined, people: People): RoomMember['leaves'] =>
  value === undefined
    ? []
    : [...people.values()].flatMap(({ account, leaves }) =>
        leaves.filter((leaf) => isBound(value, account, leaf.device)),
      )

/** What was bound before, and what is now. */
export const bindMore = (before: Bound | undefined, more: Bound): Bound => ({
  people: [...(before?.people ?? []), ...more.people.filter((one) => decidedBy(before, one.account) === undefined)],
  devices: [...(before?.devices ?? []), ...more.devices.filter((one) => !includes(before?.devices ?? [], one))],
})
