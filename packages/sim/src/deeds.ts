/** What people of a crowd do, each as often as its weight says, and how often what happens to them (troubles.ts). */
import { assert } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import { jpeg } from './attacks/jpeg.ts'
import { accountOf, finish, invite } from './attacks/stage.ts'
import { alive, deviceIdOf, devicesOf, held, quietly } from './crowd-state.ts'
import type { Crowd, Deed, Somebody } from './crowd-state.ts'
import { addDevice } from './devices.ts'
import type { Person } from './person.ts'
import { steal } from './thief.ts'
import { changeWeather, clearUp, fall, fallServer, fillDisk, part, slowDown, stepClock } from './troubles.ts'

export const deed = async (crowd: Crowd): Promise<void> => {
  const { prng } = crowd.world
  const devices = devicesOf(crowd).filter(alive)
  if (devices.length === 0) return
  const person = prng.pick(devices)
  const chatId = prng.pick(crowd.chats)
  const other = accountOf(prng.pick(crowd.people).devices.find(alive) ?? person)
  let dice = prng.below(deeds.reduce((sum, [weight]) => sum + weight, 0))
  const chosen = deeds.find(([weight]) => (dice -= weight) < 0)
  await chosen?.[1]({ crowd, person, chatId, other })
}

const commandsOf = (person: Person) => person.member()?.commands

const write: Deed = ({ crowd, person, chatId }) =>
  quietly(commandsOf(person)?.send({ chatId, text: `${person.name} ${crowd.written++}`, ranges: [] }))
const add: Deed = ({ person, chatId, other }) => quietly(commandsOf(person)?.addPeople({ chatId, people: [other] }))
/** Its name, or its picture. */
const rename: Deed = ({ crowd, person, chatId }) =>
  quietly(
    ++crowd.written % 4 === 0
      ? commandsOf(person)?.setPicture({ chatId, picture: jpeg(crowd.written & 0x7f) })
      : commandsOf(person)?.renameGroup({ chatId, title: `Title ${crowd.written}` }),
  )
const leave: Deed = ({ person, chatId }) => quietly(commandsOf(person)?.leaveGroup(chatId))
const nameModerator: Deed = ({ crowd, person, chatId, other }) =>
  quietly(commandsOf(person)?.setModerator({ chatId, accountId: other, moderator: crowd.world.prng.chance(0.7) }))
const read: Deed = ({ person, chatId }) => {
  const view = person.member()?.query('conversation', { chatId })
  return quietly(view && commandsOf(person)?.markRead({ chatId, position: view.newestPosition }))
}

/** Half a thought, or one thrown away: the other devices of the account are to have the same. */
const draft: Deed = ({ crowd, person, chatId }) =>
  quietly(commandsOf(person)?.setDraft({ chatId, text: crowd.world.prng.chance(0.2) ? '' : `half ${crowd.written++}` }))
const mute: Deed = ({ crowd, person, chatId }) =>
  quietly(commandsOf(person)?.setMuted({ chatId, muted: crowd.world.prng.chance(0.5) }))

/** Before somebody is put out, they put a copy of a disk aside. */
const putOut: Deed = ({ crowd, person, chatId, other }) => {
  const victims = devicesOf(crowd).filter((device) => alive(device) && accountOf(device) === other)
  if (victims.length > 0) keepDisk(crowd, crowd.world.prng.pick(victims))
  return quietly(commandsOf(person)?.removePerson({ chatId, accountId: other }))
}

/** Several change one thing in one moment: one is first. */
const changeAtOnce: Deed = ({ crowd, chatId }) => {
  const inside = devicesOf(crowd).filter((device) => held(device, chatId) !== undefined)
  return Promise.all(inside.slice(0, 3).map((person) => rename({ crowd, person, chatId, other: '' })))
}

/** A thief copies a disk, and nobody notices. */
const theft: Deed = async ({ crowd, person }) => keepDisk(crowd, person)
const diskMax = 4
const keepDisk = (crowd: Crowd, person: Person): void => {
  if (crowd.thefts.length < diskMax) crowd.thefts.push(steal(crowd.world, person, deviceIdOf(person)))
}

/** The device takes new keys of its own, as it does from time to time, in everything it is in. */
const renew: Deed = async ({ crowd, person }) => {
  const stolen = devicesOf(crowd).find(
    (one) => alive(one) && crowd.thefts.some(({ device }) => device === deviceIdOf(one)),
  )
  const renewing = stolen ?? person
  // Nothing can be noted on a full disk.
  if (renewing.disk.full) return
  renewing.database().run('UPDATE conversations SET must_update = 1')
  renewing.crash(false)
  await renewing.start()
}

const removeDevice: Deed = async ({ crowd, person }) => {
  const owner = crowd.people.find((one) => one.devices.includes(person))
  const others = owner?.devices.filter((device) => device !== person && alive(device)) ?? []
  const [other] = others
    .filter((device) => crowd.thefts.some((one) => one.device === deviceIdOf(device)))
    .concat(others)
  if (other === undefined) return
  const device = deviceIdOf(other)
  keepDisk(crowd, other)
  const removing = quietly(commandsOf(person)?.removeDevice(device)).then((result) => {
    if (result?.ok === true) crowd.removed.add(device)
  })
  await crowd.world.time.run(2_000)
  void removing
}

const isOnline = (device: Person): boolean => device.member()?.query('connection', undefined).state === 'online'

/** What needs two screens at once is done when the weather lets people do it. */
const inCalm = async (crowd: Crowd, work: () => Promise<void>): Promise<void> => {
  const { world } = crowd
  const before = world.network.weather
  // No blow that has not fallen yet falls in the middle of it, and nobody waits for what a connection has lost.
  await clearUp(crowd)
  world.network.dropSilent()
  await world.time.run(10_000)
  // After many failures it is long before the next try; whoever begins tries at once.
  for (const device of devicesOf(crowd).filter((one) => alive(one) && !isOnline(one))) {
    device.crash(false)
    await device.start()
  }
  await world.time.run(10_000)
  await work()
  world.network.weather = before
}

export const anotherDevice = async (crowd: Crowd, owner: Somebody): Promise<void> => {
  const approver = owner.devices.find(alive)
  if (approver === undefined || owner.devices.length >= 3) return
  owner.devices.push(await addDevice(crowd.world, approver, `${owner.name} ${owner.devices.length + 1}`))
}
const takeDevice: Deed = ({ crowd }) => inCalm(crowd, () => anotherDevice(crowd, crowd.world.prng.pick(crowd.people)))

/** Somebody new comes by invite, and is added to a chat. */
const comeIn: Deed = async ({ crowd, person, chatId }) => {
  const name = crowd.strangers.pop()
  if (name === undefined) return
  await inCalm(crowd, async () => {
    const inviter = alive(person) ? person : devicesOf(crowd).find(alive)
    if (inviter !== undefined)
      crowd.people.push({ name, devices: [await invite(crowd.world, inviter, name)], card: undefined })
  })
  const newcomer = crowd.people.at(-1)?.devices[0]
  const inside = devicesOf(crowd).find((device) => held(device, chatId) !== undefined)
  if (newcomer !== undefined)
    await quietly(inside && commandsOf(inside)?.addPeople({ chatId, people: [accountOf(newcomer)] }))
}

export const makeCard = async (crowd: Crowd, owner: Somebody): Promise<void> => {
  const member = owner.devices.find(alive)?.member()
  const drawn = await member?.commands.drawRecoveryKey()
  if (member === undefined || drawn?.ok !== true) return
  const kept: Result<unknown> = await finish(crowd.world, member.commands.keepRecoveryKey())
  if (kept.ok) owner.card = drawn.value.join(' ')
}

/** Somebody with a card loses every device for good, and comes back. */
const loseEverything = async (crowd: Crowd): Promise<void> => {
  const careful = crowd.people.filter((one) => one.card !== undefined)
  const owner = careful.length === 0 ? undefined : crowd.world.prng.pick(careful)
  if (owner?.card === undefined) return
  const words = owner.card
  owner.card = undefined
  for (const device of owner.devices.splice(0)) if (device.member() !== undefined) await device.quit()
  const clean = crowd.world.addPerson(`${owner.name} back`)
  const restoring = clean.restore(words)
  await crowd.world.time.run(20_000)
  const restored = await restoring
  assert(restored.ok, restored.ok ? '' : `not restored: ${restored.code}`)
  owner.devices.push(clean)
  await crowd.world.time.run(10_000)
}
const comeBack: Deed = ({ crowd }) => inCalm(crowd, () => loseEverything(crowd))

const deeds: readonly (readonly [number, Deed])[] = [
  [16, write],
  [4, draft],
  [2, mute],
  [9, add],
  [5, putOut],
  [10, rename],
  [5, changeAtOnce],
  [3, leave],
  [4, nameModerator],
  [4, read],
  [4, theft],
  [5, renew],
  [3, removeDevice],
  [7, fall],
  [4, fallServer],
  [4, part],
  [2, takeDevice],
  [2, comeIn],
  [2, comeBack],
  [6, changeWeather],
  [2, slowDown],
  [2, stepClock],
  [2, fillDisk],
]
