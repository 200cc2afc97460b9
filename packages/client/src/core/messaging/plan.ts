/** The next commit of a conversation: every change that is wanted, and what the chains oblige its members to. */
import { equal, limits, recoverySigner, toHex } from '@halyard/protocol'
import { members } from '@halyard/mls'
import type { ProposalInput } from '@halyard/mls'
import { validDevice } from '@halyard/crypto'
import type { DeviceState } from '@halyard/crypto'
import { takeHanded } from '../devices/device-store.ts'
import { planEntry } from './entry.ts'
import { boundLeaves, isBound } from './bound.ts'
import { changesOf, isDone, removeChange } from './changes.ts'
import type { Change } from './changes.ts'
import type { Engine } from './engine.ts'
import { peopleIn } from './group.ts'
import type { Group } from './group.ts'
import { acceptable } from './key-packages.ts'
import type { Newcomer } from './key-packages.ts'
import type { Plan } from './own-commits.ts'
import { endedLeaves } from './removals.ts'
import { isClosed, leavesReady, roomExtension, sameRoom } from './room.ts'
import type { AskedLeaf, OpenRoom, RoomMember } from './room.ts'
import { encodeBasis, moderatesIn } from './room-rules.ts'
import type { CommitBasis } from './room-rules.ts'

/** Sizes with the hybrid suite, each a little more than it is. */
const keyPackageBytes = 3_000
/** The new path, sealed to one leaf: to all of them, as long as the others have not committed. */
const sealedSecretBytes = 1_250
/** A leaf and the parent beside it. */
const leafBytes = 2_900
const welcomeBytes = 2_500

/**
 * What there is to commit; undefined when everything is as it should be. `later`: key packages are missing, or there is
 * no connection to ask for them. Changes that are done or not allowed any more go.
 */
export const planCommit = async (engine: Engine, group: Group): Promise<Plan | 'later' | undefined> => {
  const made = await gather(engine, group)
  const wished = made.proposals.length > 0 || made.byReference.length > 0
  return wished ? made : made.later ? 'later' : undefined
}

interface Gathered {
  readonly proposals: ProposalInput[]
  readonly added: Newcomer[]
  readonly removed: Uint8Array[]
  readonly ended: CommitBasis['ended'][number][]
  readonly people: Uint8Array[]
  network: CommitBasis['network']
  own: boolean
  later: boolean
  /** Claims that the server found too fast. */
  tooFast: number
}

const gather = async (engine: Engine, group: Group): Promise<Plan & { readonly later: boolean }> => {
  const bound = boundLeaves(group.bound, peopleIn(group))
  const entry = bound.length > 0 ? undefined : planEntry(engine, group)
  if (entry !== undefined) return { ...entry, later: false }
  const made: Gathered = {
    proposals: [],
    added: [],
    removed: [],
    ended: [],
    people: [],
    network: undefined,
    own: false,
    later: false,
    tooFast: 0,
  }
  forgetUsed(engine, group)
  const leaving = othersLeaving(engine, group)
  for (const { device } of leaving) made.removed.push(device)
  for (const leaf of bound) takeOut(made, leaf)
  removeEnded(engine, group, made)
  await addOwnDevices(engine, group, made)
  if (!isClosed(group.room)) await applyChanges(engine, group, group.room, made)
  return {
    proposals: made.proposals,
    added: made.added,
    removed: made.removed,
    basis: encodeBasis({ ended: made.ended, network: made.network, people: made.people }),
    byReference: leaving.map((leaf) => leaf.reference),
    own: made.own,
    later: made.later,
  }
}

/** Nobody commits their own going: it is another's to see that it happens. */
const othersLeaving = (engine: Engine, group: Group): readonly AskedLeaf[] => {
  if (isClosed(group.room)) return []
  const { account } = engine.context.identity()
  return [...leavesReady(group.current.state).values()].flat().filter((leaf) => !equal(leaf.account, account))
}

/** By a proposal of this commit, if nothing in it takes the leaf out yet. */
const takeOut = (made: Gathered, { device, leafIndex }: RoomMember['leaves'][number]): void => {
  if (made.removed.some((one) => equal(one, device))) return
  made.proposals.push({ remove: leafIndex })
  made.removed.push(device)
}

/** What the chains no longer hold goes, and the commit says by which head. */
const removeEnded = (engine: Engine, group: Group, made: Gathered): void => {
  const self = engine.context.identity()
  for (const leaf of endedLeaves(engine, group)) {
    const { account, by } = leaf
    takeOut(made, leaf)
    if (by === 'network') {
      made.network = engine.directory.network().head
      addOnce(made.people, account)
    } else if (equal(account, self.account)) made.own = true
    else if (!made.ended.some((one) => equal(one.account, account))) made.ended.push({ account, chain: leaf.chain })
  }
}

const addOnce = (list: Uint8Array[], id: Uint8Array): void => {
  if (!list.some((one) => equal(one, id))) list.push(id)
}

/** The other devices of this account come in by a commit of one that is there (trust.md §3 (a)). */
const addOwnDevices = async (engine: Engine, group: Group, made: Gathered): Promise<void> => {
  const { account, keys } = engine.context.identity()
  const chain = engine.directory.account(account)
  if (chain === undefined || validDevice(chain, keys.device) === undefined) return
  const there = peopleIn(group).get(toHex(account))
  const self = chain.devices.get(toHex(keys.device))
  // Whoever came with a card came because those before it are lost: it brings none of them in again.
  const since = self !== undefined && equal(self.addedBy, recoverySigner) ? self.addedSeq : 0
  const missing = [...chain.devices.values()].filter(
    (device) => device.removedSeq === undefined && device.addedSeq >= since && !holds(there, device.device),
  )
  const ours = missing.filter((device) => isOurs(engine, there, device))
  if (ours.length < missing.length) made.later = true
  if (ours.length === 0) return
  const good = await claimOwn(engine, group, ours)
  if (good === undefined) return void (made.later = true)
  for (const { device } of ours) {
    const newcomer = good.find((one) => equal(one.device, device))
    if (newcomer === undefined) made.later = true
    else if (isFull(group, made, 1)) made.later = true
    else take(made, newcomer)
  }
}

/** Whoever let a device in also brings it into the conversations; the others do when that one is not here, or is gone for long. */
const isOurs = (engine: Engine, there: RoomMember | undefined, device: DeviceState): boolean => {
  const { context } = engine
  if (equal(device.addedBy, context.identity().keys.device) || !holds(there, device.addedBy)) return true
  return context.ports.clock.nowMs() - device.addedMs > approverPatienceMs
}
const approverPatienceMs = 10 * 60_000

/** Handed over by the device itself, which no server chose; asked of the server only for "Me", or when nothing came. */
const claimOwn = async (
  engine: Engine,
  group: Group,
  devices: readonly DeviceState[],
): Promise<readonly Newcomer[] | undefined> => {
  const { context } = engine
  const { database, clock } = context.ports
  const { account, keys } = context.identity()
  const claimed = claimedFor(engine)
  const key = claimKey(group, account)
  const kept = [...(claimed.get(key) ?? [])]
  const lacks = (device: DeviceState): boolean => !kept.some((one) => equal(one.device, device.device))
  for (const { device } of devices.filter(lacks)) {
    const handed = context.commit(() => takeHanded(database, device))
    if (handed === undefined) continue
    kept.push(...(await acceptable(engine, account, [{ device, package: handed, lastResort: false }])))
  }
  claimed.set(key, kept)
  const isPromised = (device: DeviceState): boolean =>
    equal(device.addedBy, keys.device) && clock.nowMs() - device.addedMs < handOverPatienceMs
  const asked = devices.filter((device) => lacks(device) && (group.kind === 'me' || !isPromised(device)))
  const pace = paceOf(engine, key)
  if (asked.length === 0 || clock.nowMs() < pace.nextMs) return kept.length > 0 ? kept : undefined
  const answer = await engine.connection().request('claim-key-packages', { account })
  const good = answer.ok ? await acceptable(engine, account, answer.value.packages) : []
  kept.push(...good.filter((one) => asked.some((device) => equal(device.device, one.device))))
  if (asked.some(lacks)) slowDown(pace, clock.nowMs())
  else paces.get(engine)?.delete(key)
  claimed.set(key, kept)
  return kept.length > 0 ? kept : undefined
}

/**
 * A device that was just let in has shown no key package yet, and the server counts what is asked of it (6 in ten minutes):
 * asked at once, then after 3, 6, 12 … seconds.
 */
interface Pace {
  nextMs: number
  waitMs: number
}
const firstPauseMs = 3_000
const pauseMaxMs = 100_000
const paces = new WeakMap<Engine, Map<string, Pace>>()
const paceOf = (engine: Engine, key: string): Pace => {
  const known = paces.get(engine) ?? new Map<string, Pace>()
  paces.set(engine, known)
  const pace = known.get(key) ?? { nextMs: 0, waitMs: firstPauseMs }
  known.set(key, pace)
  return pace
}
const slowDown = (pace: Pace, nowMs: number): void => {
  pace.nextMs = nowMs + pace.waitMs
  pace.waitMs = Math.min(pace.waitMs * 2, pauseMaxMs)
}
const handOverPatienceMs = 60_000

const holds = (member: RoomMember | undefined, device: Uint8Array): boolean =>
  member?.leaves.some((leaf) => equal(leaf.device, device)) === true

const applyChanges = async (engine: Engine, group: Group, room: OpenRoom, made: Gathered): Promise<void> => {
  const { database } = engine.context.ports
  const people = peopleIn(group)
  const moderates = moderatesIn(room, people, engine.context.identity().account)
  let next: OpenRoom = room
  for (const { ordinal, change } of changesOf(database, group.conversation)) {
    if (change.kind === 'leave' || change.kind === 'enter') continue
    const done = isDone(group, next, change)
    const mayChange = change.kind === 'remove-person' ? moderates : room.kind === 'group' || moderates
    if (done || !mayChange) {
      if (!done) engine.context.count(`change:${change.kind}`)
      // What this very commit will make true is looked at again after it.
      if (!done || isDone(group, room, change)) engine.context.commit(() => removeChange(database, ordinal))
      continue
    }
    if (change.kind === 'add-person') await addPerson(engine, group, made, change.account, ordinal)
    else if (change.kind === 'remove-person') removePerson(group, made, change.account)
    else next = roomAfter(next, change)
  }
  if (sameRoom(room, next)) return
  made.own = true
  made.proposals.push({ groupContextExtensions: [roomExtension(next)] })
}

const roomAfter = (room: OpenRoom, change: Change): OpenRoom => {
  if (change.kind === 'rename') return { ...room, title: change.title }
  if (change.kind === 'picture') return { ...room, picture: change.picture }
  if (change.kind !== 'moderator') return room
  const others = room.moderators.filter((one) => !equal(one, change.account))
  return { ...room, moderators: change.is ? [...others, change.account].slice(0, limits.moderatorsMax) : others }
}

const addPerson = async (
  engine: Engine,
  group: Group,
  made: Gathered,
  account: Uint8Array,
  ordinal: number,
): Promise<void> => {
  const standing = await engine.directory.standing(account)
  if (standing.kind !== 'confirmed') {
    engine.context.count(`add:${standing.kind}`)
    return engine.context.commit(() => removeChange(engine.context.ports.database, ordinal))
  }
  // Whoever has to go first goes first.
  if (isBound(group.bound, account) || isFull(group, made, 1)) return void (made.later = true)
  const good = await claim(engine, group, account, made)
  // With all devices or not yet: once one of them is there, nobody here would bring in the others.
  if (good === undefined || good.length === 0 || isFull(group, made, good.length)) return void (made.later = true)
  for (const newcomer of good) take(made, newcomer)
}

const removePerson = (group: Group, made: Gathered, account: Uint8Array): void => {
  const leaves = peopleIn(group).get(toHex(account))?.leaves ?? []
  if (leaves.length === 0) return
  made.own = true
  addOnce(made.people, account)
  for (const leaf of leaves) takeOut(made, leaf)
}

/**
 * Key packages of somebody's devices that are good; undefined when the server cannot be asked now. What was claimed for
 * a commit that lost the race was never used, and serves the next one.
 */
const claim = async (
  engine: Engine,
  group: Group,
  account: Uint8Array,
  made: Gathered,
): Promise<readonly Newcomer[] | undefined> => {
  const claimed = claimedFor(engine)
  const key = claimKey(group, account)
  const kept = claimed.get(key)
  if (kept !== undefined) return kept
  if (made.tooFast >= tooFastMax) return undefined
  const answer = await engine.connection().request('claim-key-packages', { account })
  if (!answer.ok) {
    if (answer.code === 'rate-limited') made.tooFast++
    return undefined
  }
  const good = await acceptable(engine, account, answer.value.packages)
  if (good.length > 0) claimed.set(key, good)
  return good
}
/** One may be somebody who is claimed often; so many mean that the others would be refused as well. */
const tooFastMax = 8
const claims = new WeakMap<Engine, Map<string, readonly Newcomer[]>>()
const claimedFor = (engine: Engine): Map<string, readonly Newcomer[]> => {
  const known = claims.get(engine) ?? new Map<string, readonly Newcomer[]>()
  claims.set(engine, known)
  return known
}
const claimKey = (group: Group, account: Uint8Array): string => `${toHex(group.conversation)}:${toHex(account)}`

/** Used is used: whoever is added again later is added with another key package. */
const forgetUsed = (engine: Engine, group: Group): void => {
  const claimed = claimedFor(engine)
  for (const { account, leaves } of peopleIn(group).values()) {
    const kept = claimed.get(claimKey(group, account))
    if (kept?.some((one) => leaves.some((leaf) => equal(leaf.device, one.device))) === true)
      claimed.delete(claimKey(group, account))
  }
}

const take = (made: Gathered, newcomer: Newcomer): void => {
  made.own = true
  made.added.push(newcomer)
  made.proposals.push({ add: newcomer.package })
}

/** Who does not fit comes in with the next commit. */
const isFull = (group: Group, made: Gathered, more: number): boolean => {
  if (made.added.length === 0) return false
  const there = members(group.current.state).length
  const count = made.added.length + more
  const isCommitFull = there * sealedSecretBytes + count * keyPackageBytes > limits.commitMaxBytes
  return isCommitFull || (there + count) * leafBytes + count * welcomeBytes > limits.frameMaxBytes
}
