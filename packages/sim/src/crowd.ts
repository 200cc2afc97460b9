/**
 * Three to twelve people on one to three devices each, in groups and rooms, in bad weather: they write, come, go, are put
 * out, rename, let devices in, lose them, come back with a card, and are robbed of copies of their disks. When it is calm,
 * all who are in a conversation must stand at one place and hear each other, and nobody else may hear them: neither who was
 * put out nor a thief.
 */
import { assert } from '@halyard/protocol'
import { productSuite } from '@halyard/client'
import { suites } from '@halyard/mls'
import type { CipherSuite } from '@halyard/mls'
import { accountOf, finish, invite } from './attacks/stage.ts'
import { alone, goOn, keepBeginning } from './beginning.ts'
import type { Beginning } from './beginning.ts'
import { devicesOf, held } from './crowd-state.ts'
import type { Crowd, Somebody } from './crowd-state.ts'
import { anotherDevice, deed, makeCard } from './deeds.ts'
import { storm } from './troubles.ts'
import { calmDown, judgeCrowd } from './judge-crowd.ts'
import type { Prng } from './prng.ts'
import { keepEveryRow, lostRaces } from './thief.ts'
import { createWorld } from './world.ts'
import type { World } from './world.ts'

export interface CrowdReport {
  readonly seed: number
  readonly people: number
  readonly devices: number
  /** Turns of the virtual clock in which something happened. */
  readonly steps: number
  readonly epochs: number
  /** Commits that were not the first of their epoch. */
  readonly lostRaces: number
  readonly crashes: number
  readonly thefts: number
  /** What thieves opened before anything was done about them, and what stayed shut to them after. */
  readonly opened: number
  readonly shut: number
  readonly faults: readonly string[]
}

/** What is done before it becomes calm, in most crowds. */
export const manyDeeds = 21
const names = ['Ava', 'Ben', 'Cy', 'Dee', 'Eli', 'Fay', 'Gus', 'Hal', 'Ida', 'Jon', 'Kim', 'Lou']

export const runCrowd = async (seed: number, deeds = manyDeeds): Promise<CrowdReport> => {
  const crowd = await begin(seed)
  const { world } = crowd
  world.network.weather = storm(world)
  for (let step = 0; step < deeds; step++) {
    await deed(crowd)
    await world.time.run(world.prng.below(3_000))
  }
  await calmDown(crowd)
  const { faults, opened, shut } = await judgeCrowd(crowd)
  return {
    seed,
    people: crowd.people.length,
    devices: devicesOf(crowd).length,
    steps: world.time.turns(),
    epochs: crowd.chats.reduce((sum, chat) => sum + newestEpoch(crowd, chat), 0),
    lostRaces: lostRaces(world),
    crashes: crowd.crashes,
    thefts: crowd.thefts.length,
    opened,
    shut,
    faults: [...faults, ...world.faults],
  }
}

/** Every eighth world has the suite of the product; the others live several in the time of one of these. */
const suiteOf = (seed: number): CipherSuite => (seed % 8 === 0 ? productSuite : suites.x25519Aes128Ed25519)

const begin = async (seed: number): Promise<Crowd> => {
  const suite = suiteOf(seed)
  const world = await createWorld(seed, undefined, suite)
  const { prng } = world
  const size = sizeFrom(prng)
  const { people, chats } = await goOn(world, await metOnce(size, suite, variantOf(seed, size, suite)))
  keepEveryRow(world)
  const crowd = crowdOf(world, people, chats)
  await createGroup(crowd, 'room', 0.8)
  await world.time.run(5_000)
  return crowd
}
const crowdOf = (world: World, people: Somebody[], chats: string[]): Crowd => ({
  world,
  people,
  chats,
  strangers: names.slice(people.length, people.length + 2).reverse(),
  rising: new Set(),
  removed: new Set(),
  thefts: [],
  clocksWereOff: false,
  written: 0,
  crashes: 0,
})

/** They have come in, one by one, are in a group, and some have more devices or a card. */
const beginnings = new Map<string, Promise<Beginning>>()
const metOnce = (size: number, suite: CipherSuite, variant: number): Promise<Beginning> => {
  const name = `${size} ${suite} ${variant}`
  const made = beginnings.get(name) ?? meet(size, suite, variant)
  beginnings.set(name, made)
  return made
}
/** Small ones with the fast suite are lived most often; so there are several of each. */
const variantOf = (seed: number, size: number, suite: CipherSuite): number =>
  size < 5 && suite !== productSuite ? seed % variants : 0
const variants = 3
const meet = async (size: number, suite: CipherSuite, variant: number): Promise<Beginning> => {
  // No crowd has such a seed.
  const world = await createWorld(1e9 + size * variants + variant, undefined, suite)
  const ava = world.addPerson('Ava')
  await finish(world, ava.setUp(world.setupToken, 'Northwind'))
  const devices = [ava]
  for (const name of names.slice(1, size)) devices.push(await invite(world, ava, name))
  await world.time.run(10_000)
  const crowd = crowdOf(world, devices.map(alone), [])
  await createGroup(crowd, 'group', 1)
  for (let count = 1; count <= size / 3; count++) await anotherDevice(crowd, world.prng.pick(crowd.people))
  for (let count = 1; count <= size / 3; count++) await makeCard(crowd, world.prng.pick(crowd.people))
  await world.time.run(10_000)
  return keepBeginning(world, crowd.people, crowd.chats)
}

/** Most crowds are small, where more happens between any two; one in forty fills a room. */
const sizeFrom = (prng: Prng): number => {
  const dice = prng.below(40)
  if (dice < 32) return 3 + prng.below(2)
  return dice < 39 ? 5 + prng.below(3) : 8 + prng.below(5)
}

/** Everybody is in it as probably as `share` says. */
const createGroup = async (crowd: Crowd, kind: 'group' | 'room', share: number): Promise<void> => {
  const { world } = crowd
  const maker = world.prng.pick(crowd.people)
  const member = maker.devices[0]?.member()
  assert(member !== undefined, 'nobody makes a group')
  const people = crowd.people
    .filter((one) => one !== maker && world.prng.chance(share))
    .flatMap(({ devices: [device] }) => (device === undefined ? [] : [accountOf(device)]))
  const made = await finish(world, member.commands.createGroup({ kind, title: kind, people }))
  assert(made.ok, 'no group')
  crowd.chats.push(made.value)
  await world.time.run(5_000)
}

const newestEpoch = (crowd: Crowd, chat: string): number =>
  Math.max(0, ...devicesOf(crowd).map((device) => held(device, chat)?.current.epoch ?? 0))
