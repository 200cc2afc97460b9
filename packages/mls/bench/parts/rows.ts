/** The steps that are measured, each on a group in which everything it needs has happened. */
import {
  createCommit,
  decodeState,
  encodeEpoch,
  encodeRatchets,
  joinGroup,
  protect,
  receive,
  type GroupState,
  type Provider,
} from '../../src/index.ts'
import { cryptoOf } from '../../src/crypto.ts'
import { filteredDirectPath, type RatchetTree } from '../../src/ratchet-tree.ts'
import { treeHash } from '../../src/tree-hash.ts'
import { fullLeafCount } from '../../src/tree-math.ts'
import type { Need } from './floor.ts'
import { needsOf, type Size } from './needs.ts'
import {
  addAll,
  adds,
  at,
  fillPaths,
  found,
  judge,
  makeDevices,
  must,
  seenFrom,
  type Device,
  type Group,
} from './world.ts'

/** `fresh` makes what `run` takes where a second run on the same values would find keys imported that are new to who does the step. */
export interface Row {
  readonly name: StepName
  readonly members: number
  readonly needs: readonly Need[]
  readonly run: (provider: Provider, input: GroupState | undefined) => Promise<unknown>
  readonly fresh: (() => Promise<GroupState>) | undefined
}

export type StepName =
  | 'encrypt 100 B'
  | 'decrypt 100 B'
  | 'update, create'
  | 'update, process'
  | 'join by Welcome'
  | 'add all, create'
  | 'add all, process at an old member'
  | 'first update, create'
  | 'first update, process'

/** At most so many times the floor. The first update is an update: its floor has the ciphertexts it cannot avoid. */
export const limits: Readonly<Record<StepName, number>> = {
  'encrypt 100 B': 2.2,
  'decrypt 100 B': 1.5,
  'update, create': 3.5,
  'update, process': 4,
  'join by Welcome': 1.4,
  'add all, create': 1.6,
  'add all, process at an old member': 1.6,
  'first update, create': 3.5,
  'first update, process': 4,
}

const data = new Uint8Array(100).fill(0x61)

export interface Bench {
  readonly provider: Provider
  readonly suite: number
  readonly hybrid: boolean
}

/** All rows at one size. */
export const rowsAt = async (bench: Bench, members: number): Promise<readonly Row[]> => {
  const world = await addedWorld(bench, members)
  return [...(await rowsOfFilled(bench, world)), await joinRow(bench, world), ...(await rowsOfAdded(bench, world))]
}

/** Only the steps whose cost grows with the group. */
export const rowsOfAdding = async (bench: Bench, members: number): Promise<readonly Row[]> =>
  rowsOfAdded(bench, await addedWorld(bench, members))

/** A founder before and after it added all others in one commit. */
interface World {
  readonly members: number
  readonly devices: readonly Device[]
  readonly alone: Group
  readonly added: Group
}
const addedWorld = async (bench: Bench, members: number): Promise<World> => {
  const devices = await makeDevices(bench.provider, bench.suite, members - 1)
  const alone = await found(bench.provider, bench.suite)
  const { group: added } = await addAll(bench.provider, alone, devices)
  return { members, devices, alone, added }
}

const rowsOfAdded = async (bench: Bench, world: World): Promise<readonly Row[]> => [
  createAddRow(bench, world),
  await processAddRow(bench, world),
  ...(await firstUpdateRows(bench, world)),
]

const sizeOf = (bench: Bench, tree: RatchetTree, height: number, more: Partial<Size>): Size => ({
  hybrid: bench.hybrid,
  leaves: tree.leaves.length,
  members: tree.leaves.filter((leaf) => leaf !== undefined).length,
  height,
  path: filteredDirectPath(tree, 0).length,
  shared: 1,
  parents: tree.parents.filter((parent) => parent !== undefined).length,
  added: 0,
  ...more,
})
const heightOf = (state: GroupState): number => Math.log2(state.tree.leaves.length)

/** The founder acts; the reader sits on the other side of the root, as half of all members do, and has kept its keys. */
const rowsOfFilled = async ({ provider, suite, hybrid }: Bench, { members, added }: World): Promise<readonly Row[]> => {
  const reader = fullLeafCount(members) / 2
  const group = await fillPaths(provider, added, reader)
  const sender = seenFrom(group, 0)
  const size = sizeOf({ provider, suite, hybrid }, group.state.tree, heightOf(group.state), {})
  const updated = must(await createCommit({ provider, state: sender, judge, proposals: [] }))
  const common = { members, fresh: undefined }
  return [
    ...(await messageRows(provider, sender, group.state, members)),
    {
      ...common,
      name: 'update, create',
      needs: needsOf.createUpdate(size, size.path),
      run: async (lent) => must(await createCommit({ provider: lent, state: sender, judge, proposals: [] })),
    },
    {
      ...common,
      name: 'update, process',
      needs: needsOf.processUpdate(size),
      run: (lent) => follow(lent, group.state, updated.message),
    },
  ]
}

const follow = async (provider: Provider, state: GroupState, message: Uint8Array): Promise<GroupState> => {
  const received = must(await receive({ provider, state, message, judge }))
  if (received.kind !== 'commit') throw new Error(`a ${received.kind} came instead of a commit`)
  return received.newState
}

/** Steady: both have exchanged one message before. */
const messageRows = async (
  provider: Provider,
  sender: GroupState,
  reader: GroupState,
  members: number,
): Promise<readonly Row[]> => {
  const first = must(await protect({ provider, state: sender, data }))
  const opened = must(await receive({ provider, state: reader, message: first.message, judge }))
  const second = must(await protect({ provider, state: first.newState, data }))
  if (opened.kind !== 'application') throw new Error('data was sent')
  let state = second.newState
  const common = { members, fresh: undefined }
  return [
    {
      ...common,
      name: 'encrypt 100 B',
      needs: needsOf.encrypt(),
      run: async (lent) => {
        state = must(await protect({ provider: lent, state, data })).newState
      },
    },
    {
      ...common,
      name: 'decrypt 100 B',
      needs: needsOf.decrypt(),
      run: async (lent) => {
        const read = must(await receive({ provider: lent, state: opened.newState, message: second.message, judge }))
        if (read.kind !== 'application' || read.data.length !== data.length) throw new Error('not what was sent')
      },
    },
  ]
}

/** The last member comes into a group whose paths are all filled. */
const joinRow = async (bench: Bench, { members, devices }: World): Promise<Row> => {
  const { provider, suite } = bench
  const newcomer = at(devices, members - 2)
  const alone = await found(provider, suite)
  const { group: added } =
    members === 2 ? { group: alone } : await addAll(provider, alone, devices.slice(0, members - 2))
  const group = await fillPaths(provider, added, 0)
  const { made } = await addAll(provider, { ...group, state: seenFrom(group, 0) }, [newcomer])
  const welcome = at(made.welcomes, 0)
  const options = {
    welcome: welcome.welcome,
    keyPackage: newcomer.kit.keyPackage,
    privateKeys: newcomer.kit.privateKeys,
    signatureKeyPair: newcomer.keys,
    ratchetTree: made.ratchetTree,
    judge,
  }
  return {
    name: 'join by Welcome',
    members,
    needs: needsOf.join(sizeOf(bench, made.newState.tree, 0, {})),
    run: async (lent) => must(await joinGroup({ provider: lent, ...options })),
    fresh: undefined,
  }
}

const createAddRow = (bench: Bench, { members, devices, alone, added }: World): Row => {
  const proposals = adds(devices)
  return {
    name: 'add all, create',
    members,
    needs: needsOf.createAdd(sizeOf(bench, added.state.tree, 0, { added: members - 1 })),
    run: async (lent) => must(await createCommit({ provider: lent, state: alone.state, judge, proposals })),
    fresh: undefined,
  }
}

/** Two are there already: one adds `members - 1` others, the other follows. */
const processAddRow = async (bench: Bench, { members, devices }: World): Promise<Row> => {
  const { provider, suite } = bench
  const [first] = await makeDevices(provider, suite, 1)
  if (first === undefined) throw new Error('one device was made')
  const { group: pair } = await addAll(provider, await found(provider, suite), [first])
  const group = await fillPaths(provider, pair, 1)
  const proposals = adds(devices)
  const made = must(await createCommit({ provider, state: seenFrom(group, 0), judge, proposals }))
  const { tree } = made.newState
  const size = sizeOf(bench, tree, 1, { added: members - 1, shared: filteredDirectPath(tree, 0).length })
  return {
    name: 'add all, process at an old member',
    members,
    needs: needsOf.processAdd(size),
    run: (lent) => follow(lent, group.state, made.message),
    fresh: undefined,
  }
}

/** Nobody but who added all has a path yet: its update is sealed to each leaf, for the first time. */
const firstUpdateRows = async (bench: Bench, { members, added: group }: World): Promise<readonly Row[]> => {
  const { provider, suite } = bench
  const size = sizeOf(bench, group.state.tree, heightOf(group.state), {})
  const made = must(await createCommit({ provider, state: group.state, judge, proposals: [] }))
  const reader = seenFrom(group, group.state.tree.leaves.length / 2)
  return [
    {
      name: 'first update, create',
      members,
      needs: needsOf.createFirstUpdate(size),
      run: async (lent, state) =>
        must(await createCommit({ provider: lent, state: state ?? group.state, judge, proposals: [] })),
      fresh: () => restored(provider, suite, group),
    },
    {
      name: 'first update, process',
      members,
      needs: needsOf.processUpdate(size),
      run: (lent) => follow(lent, reader, made.message),
      fresh: undefined,
    },
  ]
}

/** The state as read back from its records, so that no key of it was ever imported; its tree hashes are known, as after any commit. */
const restored = async (provider: Provider, suite: number, { state }: Group): Promise<GroupState> => {
  const records = new Map<string, Uint8Array>()
  for (const [name, record] of encodeRatchets(state)) if (record !== undefined) records.set(name, record)
  const read = decodeState(encodeEpoch(state), records)
  if (read === undefined) throw new Error('a state was not read back')
  await treeHash(cryptoOf(provider, suite), read.tree)
  return read
}
