/** What stands in the GroupContext about the room, and who a leaf says that it is (trust.md §3). */
import {
  accountId,
  blob,
  compare,
  decode,
  encode,
  equal,
  leafCredential,
  limits,
  list,
  maybe,
  protocolVersion,
  record,
  text,
  toHex,
  uint,
  word,
} from '@halyard/protocol'
import type { Infer, LeafCredential } from '@halyard/protocol'
import { memberAt, members, pendingProposals } from '@halyard/mls'
import type { Extension, GroupState, Member } from '@halyard/mls'
import { holdsHead, validDevice } from '@halyard/crypto'
import type { AccountState, NetworkState, Verifier } from '@halyard/crypto'
import { isPicture } from './picture.ts'

/** Private-use extension type (RFC 9420 §17.3) of the component. */
export const roomExtensionType = 0xf0a1

/** "Me" and direct conversations name their people: nobody else ever comes in. */
const closedRoom = record({ version: uint(65_535), kind: word('me', 'direct'), accounts: list(accountId, 2) })
/** A group is whose leaves are in it. `moderators` are a room's alone, in ascending order; `picture` as `isPicture` has it. */
const openRoom = record({
  version: uint(65_535),
  kind: word('group', 'room'),
  title: text(limits.nameMaxLength),
  moderators: list(accountId, limits.moderatorsMax),
  picture: maybe(blob(limits.pictureMaxBytes)),
})
export type ClosedRoom = Infer<typeof closedRoom>
export type OpenRoom = Infer<typeof openRoom>
export type Room = ClosedRoom | OpenRoom

export const isClosed = (room: Room): room is ClosedRoom => room.kind === 'me' || room.kind === 'direct'

export const roomExtension = (room: Omit<ClosedRoom, 'version'> | Omit<OpenRoom, 'version'>): Extension => ({
  type: roomExtensionType,
  data: encodeRoom({ ...room, version: protocolVersion }),
})
const encodeRoom = (value: Room): Uint8Array =>
  isClosed(value)
    ? encode(closedRoom, { ...value, accounts: [...value.accounts].sort(compare) })
    : encode(openRoom, { ...value, moderators: [...value.moderators].sort(compare) })
export const sameRoom = (one: Room, other: Room): boolean => equal(encodeRoom(one), encodeRoom(other))

/** The one room component among the extensions, if it is well formed and nothing else stands beside it. */
export const roomOf = (extensions: readonly Extension[]): Room | undefined => {
  const [only, more] = extensions
  if (only === undefined || more !== undefined || only.type !== roomExtensionType) return undefined
  const value = decode(closedRoom, only.data) ?? decode(openRoom, only.data)
  if (value === undefined || value.version !== protocolVersion) return undefined
  return isClosed(value) ? wellClosed(value) : wellOpen(value)
}

const wellClosed = (value: ClosedRoom): Room | undefined =>
  value.accounts.length === (value.kind === 'me' ? 1 : 2) && ascends(value.accounts) ? value : undefined
const wellOpen = (value: OpenRoom): Room | undefined =>
  value.title.trim() !== '' &&
  ascends(value.moderators) &&
  (value.kind === 'room') === value.moderators.length > 0 &&
  (value.picture === undefined || isPicture(value.picture))
    ? value
    : undefined
const ascends = (ids: readonly Uint8Array[]): boolean =>
  ids.every((id, index) => {
    const before = ids[index - 1]
    return before === undefined || compare(before, id) < 0
  })

export const encodeCredential = (value: Omit<LeafCredential, 'version'>): Uint8Array =>
  encode(leafCredential, { version: protocolVersion, ...value })
export const decodeCredential = (identity: Uint8Array): LeafCredential | undefined => {
  const value = decode(leafCredential, identity)
  return value?.version === protocolVersion ? value : undefined
}

/** An account in a group, with its leaves. */
export interface RoomMember {
  readonly account: Uint8Array
  readonly leaves: readonly { readonly device: Uint8Array; readonly leafIndex: number }[]
}
/** By account (hex), in the order of the leaves. */
export type People = ReadonlyMap<string, RoomMember>

export const peopleOf = (state: GroupState): People => peopleAmong(members(state))

const known = new WeakMap<readonly Member[], People>()
/** Read once for each list: it is the same one as long as the tree is. */
export const peopleAmong = (list: readonly Member[]): People => {
  const there = known.get(list)
  if (there !== undefined) return there
  const people = new Map<string, RoomMember>()
  for (const { identity, leafIndex } of list) {
    const credential = decodeCredential(identity)
    if (credential === undefined) continue
    const name = toHex(credential.account)
    const leaf = { device: credential.device, leafIndex }
    people.set(name, { account: credential.account, leaves: [...(people.get(name)?.leaves ?? []), leaf] })
  }
  known.set(list, people)
  return people
}

/** A leaf that a device of the same account has asked in this epoch to be taken out, and the proposal that says so. */
export interface AskedLeaf {
  readonly account: Uint8Array
  readonly device: Uint8Array
  readonly leafIndex: number
  readonly reference: Uint8Array
}
/** Each leaf once; what else waits in this epoch nobody may commit. */
const leavesAsked = (state: GroupState): readonly AskedLeaf[] => {
  const asked = new Map<number, AskedLeaf>()
  for (const { proposal, proposer, reference } of pendingProposals(state)) {
    const by = proposer.kind === 'member' ? memberAt(state, proposer.leafIndex) : undefined
    const leaf = proposal.kind === 'remove' ? memberAt(state, proposal.leafIndex) : undefined
    const [asking, going] = [by, leaf].map((one) => (one === undefined ? undefined : decodeCredential(one.identity)))
    if (asking === undefined || going === undefined || leaf === undefined) continue
    if (!equal(asking.account, going.account)) continue
    asked.set(leaf.leafIndex, { account: going.account, device: going.device, leafIndex: leaf.leafIndex, reference })
  }
  return [...asked.values()]
}
/** Accounts (hex) that have asked to leave. */
export const askedToLeave = (state: GroupState): ReadonlySet<string> =>
  new Set(leavesAsked(state).map((leaf) => toHex(leaf.account)))
/**
 * The leaves of those who have asked for every one of theirs. Half of a person is not taken out: the device that is left
 * would bring the other in again.
 */
export const leavesReady = (state: GroupState): ReadonlyMap<string, readonly AskedLeaf[]> => {
  const ready = new Map<string, readonly AskedLeaf[]>()
  const asked = leavesAsked(state)
  for (const [account, { leaves }] of peopleOf(state)) {
    const own = asked.filter((leaf) => toHex(leaf.account) === account)
    if (own.length === leaves.length) ready.set(account, own)
  }
  return ready
}

/** The chains needed to judge are not here yet: nothing was decided, and the work is done again after fetching. */
export class ChainMissing extends Error {
  override readonly name = 'ChainMissing'
}

export interface JudgeSources {
  readonly network: Uint8Array
  readonly networkState: () => NetworkState
  readonly verifier: Verifier
  readonly accountOf: (account: Uint8Array) => AccountState | undefined
  readonly nowMs: number
  readonly lifetimeMaxS: number
}

/**
 * A leaf is accepted only if the account's chain says so, at the head the leaf names. Throws `ChainMissing` when the
 * chain is not known that far.
 */
export const acceptsCredential = (sources: JudgeSources, identity: Uint8Array, signatureKey: Uint8Array): boolean => {
  const credential = decodeCredential(identity)
  if (credential === undefined || !equal(credential.network, sources.network)) return false
  const account = sources.accountOf(credential.account)
  if (account === undefined || account.head.seq < credential.chain.seq) throw new ChainMissing()
  if (!holdsHead(account, credential.chain)) return false
  const device = validDevice(account, credential.device, credential.chain.seq)
  return device !== undefined && equal(device.mlsKey, signatureKey)
}

export const inRoom = (value: ClosedRoom, identity: Uint8Array): boolean => {
  const credential = decodeCredential(identity)
  return credential !== undefined && value.accounts.some((account) => equal(account, credential.account))
}
