/**
 * Groups of any size, made quickly. Members of one group share all of its state but their own keys, so one state is kept and looked at
 * through the eyes of whoever acts: nobody else has to follow each commit.
 */
import {
  createCommit,
  createGroup,
  createKeyPackage,
  generateSignatureKeyPair,
  isRefusal,
  type CommitCreated,
  type GroupState,
  type Judge,
  type KeyPackageCreated,
  type Provider,
  type Refusal,
  type SignatureKeyPair,
} from '../../src/index.ts'
import { decodePrivateKeys } from '../../src/key-packages.ts'

const nowS = Math.floor(Date.now() / 1000)
const lifetime = { notBeforeS: nowS - 3600, notAfterS: nowS + 30 * 86400 }
/** Judging is the caller's and not the engine's to pay for: this one costs nothing. */
export const judge: Judge = { credential: () => true, commit: () => true, nowS, lifetimeMaxS: 90 * 86400 }

export interface Device {
  readonly keys: SignatureKeyPair
  readonly kit: KeyPackageCreated
}
/** What only the member at a leaf has. */
export interface Seat {
  readonly signaturePrivateKey: Uint8Array
  readonly leafPrivateKey: Uint8Array
}
export interface Group {
  readonly state: GroupState
  readonly seats: readonly Seat[]
}

export const must = <T extends { readonly ok: true }>(result: T | Refusal): T => {
  if (isRefusal(result)) throw new Error(`refused: ${result.code}: ${result.reason}`)
  return result as T
}
export const at = <T>(list: readonly T[], index: number): T => {
  const value = list[index]
  if (value === undefined) throw new Error(`there is no element ${index}`)
  return value
}

const identity = (index: number): Uint8Array => new TextEncoder().encode(`member ${index} of the group`)

export const makeDevices = async (provider: Provider, suite: number, count: number): Promise<readonly Device[]> => {
  const devices: Device[] = []
  for (let index = 0; index < count; index++) {
    const keys = await generateSignatureKeyPair(provider, suite)
    const options = { provider, suite, identity: identity(index + 1), signatureKeyPair: keys, lifetime }
    devices.push({ keys, kit: await createKeyPackage(options) })
  }
  return devices
}

export const found = async (provider: Provider, suite: number): Promise<Group> => {
  const keys = await generateSignatureKeyPair(provider, suite)
  const groupId = provider.random(32)
  const state = await createGroup({ provider, suite, groupId, identity: identity(0), signatureKeyPair: keys, lifetime })
  return { state, seats: [seatOf(state)] }
}

const seatOf = (state: GroupState): Seat => ({
  signaturePrivateKey: state.signaturePrivateKey,
  leafPrivateKey: state.privateKeys.get(2 * state.ownLeaf) ?? new Uint8Array(0),
})

/** The state as the member at `leaf` has it who knows no key above its own leaf. */
export const seenFrom = ({ state, seats }: Group, leaf: number): GroupState => {
  const { signaturePrivateKey, leafPrivateKey } = at(seats, leaf)
  return { ...state, ownLeaf: leaf, signaturePrivateKey, privateKeys: new Map([[2 * leaf, leafPrivateKey]]) }
}

export const adds = (devices: readonly Device[]) => devices.map(({ kit }) => ({ add: kit.keyPackage }))

export const addAll = async (
  provider: Provider,
  group: Group,
  devices: readonly Device[],
): Promise<{ readonly group: Group; readonly made: CommitCreated }> => {
  const made = must(await createCommit({ provider, state: group.state, judge, proposals: adds(devices) }))
  const seats = [...group.seats]
  seats[made.newState.ownLeaf] = seatOf(made.newState)
  for (const { kit, keys } of devices) {
    const own = decodePrivateKeys(kit.privateKeys)
    seats.push({ signaturePrivateKey: keys.privateKey, leafPrivateKey: own?.leaf ?? new Uint8Array(0) })
  }
  return { group: { state: made.newState, seats }, made }
}

export const update = async (provider: Provider, group: Group, leaf: number): Promise<Group> => {
  const state = leaf === group.state.ownLeaf ? group.state : seenFrom(group, leaf)
  const { newState } = must(await createCommit({ provider, state, judge, proposals: [] }))
  return { state: newState, seats: group.seats.with(leaf, seatOf(newState)) }
}

/** One member below each lowest parent updates, far ones first, `last` at the end: no parent is blank, and `last` knows its whole path. */
export const fillPaths = async (
  provider: Provider,
  group: Group,
  last: number,
  blank: readonly number[] = [],
): Promise<Group> => {
  const leaves = group.state.tree.leaves.length
  const members = group.seats.length
  let filled = group
  for (let step = leaves; step >= 2; step /= 2) {
    for (let leaf = step === leaves ? 0 : step; leaf < members; leaf += step === leaves ? leaves : 2 * step)
      if (leaf !== last && !blank.includes(leaf)) filled = await update(provider, filled, leaf)
  }
  return update(provider, filled, last)
}
