/**
 * A few people on one to three devices each, in groups and rooms, in bad weather: they write, come, go, are put out, rename,
 * let devices in, lose them, come back with a card. When it is calm, all who are in a conversation must stand at one place
 * and hear each other, and nobody else may hear them.
 */
import { assert, equal, fromHex, toHex } from '@halyard/protocol'
import { loadGroup } from '@halyard/client'
import type { Result } from '@halyard/protocol'
import { addDevice } from './devices.ts'
import { accountOf, finish, invite, texts } from './attacks/stage.ts'
import { calm } from './network.ts'
import type { Weather } from './network.ts'
import type { Person } from './person.ts'
import { createWorld } from './world.ts'
import type { World } from './world.ts'

export interface CrowdReport {
  readonly seed: number
  readonly people: number
  readonly devices: number
  readonly steps: number
  readonly epochs: number
  readonly crashes: number
  readonly faults: readonly string[]
}

/** One person with everything they have. */
interface Somebody {
  readonly name: string
  readonly devices: Person[]
  card: string | undefined
}

interface Crowd {
  readonly world: World
  readonly people: Somebody[]
  readonly chats: string[]
  /** Struck down, and about to be started. */
  readonly rising: Set<Person>
  written: number
  crashes: number
}

const steps = 60

export const runCrowd = async (seed: number): Promise<CrowdReport> => {
  const crowd = await begin(seed)
  const { world } = crowd
  world.network.weather = storm(world)
  for (let step = 0; step < steps; step++) {
    await deed(crowd)
    await world.time.run(world.prng.below(3_000))
  }
  await calmDown(crowd)
  const faults = [...(await judge(crowd)), ...world.faults]
  return {
    seed,
    people: crowd.people.length,
    devices: crowd.people.reduce((sum, one) => sum + one.devices.length, 0),
    steps,
    epochs: crowd.chats.reduce((sum, chat) => sum + newestEpoch(crowd, chat), 0),
    crashes: crowd.crashes,
    faults,
  }
}

const begin = async (seed: number): Promise<Crowd> => {
  const world = await createWorld(seed)
  const ava = world.addPerson('Ava')
  await finish(world, ava.setUp(world.setupToken, 'Northwind'))
  const people: Somebody[] = [{ name: 'Ava', devices: [ava], card: undefined }]
  const count = 3 + world.prng.below(2)
  for (const name of ['Ben', 'Cy', 'Dee'].slice(0, count - 1))
    people.push({ name, devices: [await invite(world, ava, name)], card: undefined })
  await world.time.run(10_000)
  const crowd: Crowd = { world, people, chats: [], rising: new Set(), written: 0, crashes: 0 }
  await createGroup(crowd, 'group')
  await createGroup(crowd, 'room')
  await anotherDevice(crowd, people[world.prng.below(people.length)])
  const careful = people[world.prng.below(people.length)]
  if (careful !== undefined) await makeCard(crowd, careful)
  await world.time.run(10_000)
  return crowd
}

const alive = (person: Person): boolean => person.member() !== undefined && person.stopped() === undefined
const someDevice = (crowd: Crowd): Person | undefined => {
  const { prng } = crowd.world
  const devices = crowd.people.flatMap((one) => one.devices).filter(alive)
  return devices.length === 0 ? undefined : prng.pick(devices)
}
const quietly = <T>(work: Promise<T> | undefined): Promise<T | undefined> =>
  // Struck down in the middle is one of the things that happen here.
  (work ?? Promise.resolve(undefined)).catch(() => undefined)

const deed = async (crowd: Crowd): Promise<void> => {
  const { world, chats } = crowd
  const { prng } = world
  const person = someDevice(crowd)
  const chat = prng.pick(chats)
  if (person === undefined) return
  const other = accountOf(prng.pick(crowd.people).devices.find(alive) ?? person)
  const commands = person.member()?.commands
  const dice = prng.below(100)
  if (dice < 45) await quietly(commands?.send({ chatId: chat, text: `${person.name} ${crowd.written++}`, ranges: [] }))
  else if (dice < 52) await quietly(commands?.addPeople({ chatId: chat, people: [other] }))
  else if (dice < 57) await quietly(commands?.removePerson({ chatId: chat, accountId: other }))
  else if (dice < 63) await quietly(commands?.renameGroup({ chatId: chat, title: `Title ${crowd.written++}` }))
  else if (dice < 66) await quietly(commands?.leaveGroup(chat))
  else if (dice < 70)
    await quietly(commands?.setModerator({ chatId: chat, accountId: other, moderator: prng.chance(0.7) }))
  else if (dice < 74) await read(person, chat)
  else if (dice < 80) await fall(crowd, person)
  else if (dice < 84) await fallServer(crowd)
  else if (dice < 88) {
    world.network.parted = true
    world.time.at(prng.below(30_000), () => void (world.network.parted = false))
  } else if (dice < 90) await removeDevice(crowd, person)
  else if (dice < 92) await inCalm(crowd, () => anotherDevice(crowd, prng.pick(crowd.people)))
  else if (dice < 94) await inCalm(crowd, () => loseEverything(crowd))
  else world.network.weather = storm(world)
}

const storm = ({ prng }: World): Weather => ({
  latencyMaxMs: 5 + prng.below(500),
  loss: prng.pick([0, 0, 0.02, 0.08]),
  duplication: prng.pick([0, 0.05, 0.2]),
  breaks: prng.pick([0, 0.01, 0.04]),
})

/** What needs two screens at once is done when the weather lets people do it. */
const inCalm = async (crowd: Crowd, work: () => Promise<void>): Promise<void> => {
  const { world } = crowd
  const before = world.network.weather
  world.network.weather = calm
  world.network.parted = false
  // No blow that has not fallen yet falls in the middle of it.
  world.crashServer()
  world.startServer()
  await world.time.run(10_000)
  for (const device of crowd.people.flatMap((one) => one.devices).filter(alive)) {
    device.crash(false)
    await device.start()
  }
  // A connection that was lost is tried again after a minute at most.
  await world.time.run(90_000)
  await work()
  world.network.weather = before
}

const createGroup = async (crowd: Crowd, kind: 'group' | 'room'): Promise<void> => {
  const [maker, ...others] = crowd.people.map((one) => one.devices[0])
  const member = maker?.member()
  assert(member !== undefined, 'nobody makes a group')
  const people = others.flatMap((one) => (one === undefined ? [] : [accountOf(one)]))
  const made = await finish(crowd.world, member.commands.createGroup({ kind, title: kind, people }))
  assert(made.ok, 'no group')
  crowd.chats.push(made.value)
  await crowd.world.time.run(5_000)
}

const anotherDevice = async (crowd: Crowd, owner: Somebody | undefined): Promise<void> => {
  const approver = owner?.devices.find(alive)
  if (owner === undefined || approver === undefined || owner.devices.length >= 3) return
  const name = `${owner.name} ${owner.devices.length + 1}`
  owner.devices.push(await addDevice(crowd.world, approver, name))
}

const makeCard = async (crowd: Crowd, owner: Somebody): Promise<void> => {
  const member = owner.devices.find(alive)?.member()
  const drawn = await member?.commands.drawRecoveryKey()
  if (member === undefined || drawn?.ok !== true) return
  const kept: Result<unknown> = await finish(crowd.world, member.commands.keepRecoveryKey())
  if (kept.ok) owner.card = drawn.value.join(' ')
}

/** Somebody with a card loses every device for good, and comes back. */
const loseEverything = async (crowd: Crowd): Promise<void> => {
  const owner = crowd.people.find((one) => one.card !== undefined)
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

const removeDevice = async (crowd: Crowd, person: Person): Promise<void> => {
  const owner = crowd.people.find((one) => one.devices.includes(person))
  const other = person
    .member()
    ?.query('devices', undefined)
    .find((one) => !one.isSelf)
  if (owner === undefined || other === undefined || owner.devices.filter(alive).length < 2) return
  const removing = quietly(person.member()?.commands.removeDevice(other.deviceId))
  await crowd.world.time.run(2_000)
  void removing
}

const read = async (person: Person, chatId: string): Promise<void> => {
  const view = person.member()?.query('conversation', { chatId })
  if (view !== undefined) await quietly(person.member()?.commands.markRead({ chatId, position: view.newestPosition }))
}

const fall = async (crowd: Crowd, person: Person): Promise<void> => {
  const { prng, time } = crowd.world
  crowd.crashes++
  const power = prng.chance(0.5)
  const rise = (): void => {
    person.crash(power)
    crowd.rising.add(person)
    time.at(prng.below(8_000), () => {
      crowd.rising.delete(person)
      void person.start()
    })
  }
  if (prng.chance(0.4)) rise()
  else person.strikeAt(prng.pick(['before', 'after']), () => time.at(0, rise))
}
const fallServer = async (crowd: Crowd): Promise<void> => {
  const { world } = crowd
  crowd.crashes++
  if (world.prng.chance(0.4)) world.crashServer()
  else world.strikeServer(world.prng.pick(['before', 'after']))
  world.time.at(world.prng.below(8_000), () => world.startServer())
}

const calmDown = async (crowd: Crowd): Promise<void> => {
  const { world } = crowd
  world.network.weather = calm
  world.network.parted = false
  world.startServer()
  await world.time.run(30_000)
  for (const device of crowd.people.flatMap((one) => one.devices))
    // Struck down or not, each begins once more, so that no blow that has not fallen yet falls later.
    if (device.stopped() === undefined && !crowd.rising.has(device)) {
      if (device.member() !== undefined) device.crash(false)
      await device.start()
    }
  for (let minute = 0; minute < 12; minute++) {
    world.startServer()
    await world.time.run(60_000)
  }
}

const held = (device: Person, chat: string) =>
  alive(device) ? loadGroup(device.database(), fromHex(chat) ?? new Uint8Array()) : undefined
const newestEpoch = (crowd: Crowd, chat: string): number =>
  Math.max(0, ...crowd.people.flatMap((one) => one.devices).map((device) => held(device, chat)?.current.epoch ?? 0))

const judge = async (crowd: Crowd): Promise<readonly string[]> => {
  const faults: string[] = []
  const devices = crowd.people.flatMap((one) => one.devices)
  for (const device of devices) {
    const stopped = device.stopped()
    if (stopped !== undefined && stopped !== 'device-removed') faults.push(`${device.name} stopped: ${stopped}`)
    for (const alarm of alive(device) ? (device.member()?.query('alarms', undefined) ?? []) : [])
      if (alarm.kind !== 'device-added') faults.push(`${device.name} has the alarm ${alarm.kind}`)
  }
  for (const chat of crowd.chats) faults.push(...(await judgeChat(crowd, chat, devices)))
  return faults
}

const judgeChat = async (crowd: Crowd, chat: string, devices: readonly Person[]): Promise<readonly string[]> => {
  const faults: string[] = []
  const inside = devices.filter((device) => held(device, chat) !== undefined)
  const [first] = inside
  const there = first === undefined ? undefined : held(first, chat)
  if (first === undefined || there === undefined) return faults
  for (const device of inside) {
    const group = held(device, chat)
    if (group === undefined) continue
    if (group.current.epoch !== there.current.epoch || !equal(group.current.digest, there.current.digest))
      faults.push(
        `${chat.slice(0, 4)}: ${device.name} stands at ${group.current.epoch}, ${first.name} at ${there.current.epoch}`,
      )
    const view = device.member()?.query('conversation', { chatId: chat })
    if (view?.changing === true) faults.push(`${chat.slice(0, 4)}: ${device.name} still waits for a change`)
  }
  // Everybody says something; all who are in it hear it, once and in one order, and nobody else does.
  const said: string[] = []
  for (const device of inside) {
    const text = `at the end ${device.name} ${toHex(there.current.digest).slice(0, 6)}`
    said.push(text)
    const sent = await quietly(device.member()?.commands.send({ chatId: chat, text, ranges: [] }))
    if (sent?.ok !== true) faults.push(`${device.name} cannot write`)
    await crowd.world.time.run(3_000)
  }
  await crowd.world.time.run(20_000)
  for (const device of devices) {
    if (device.member() === undefined) continue
    const shown = texts(device, chat)
    if (new Set(shown).size !== shown.length) faults.push(`${chat.slice(0, 4)}: ${device.name} shows something twice`)
    const ends = shown.filter((text) => text.startsWith('at the end'))
    const wanted = inside.includes(device) ? said : []
    if (JSON.stringify(ends) !== JSON.stringify(wanted))
      faults.push(`${chat.slice(0, 4)}: ${device.name} hears ${ends.length} of ${wanted.length}: ${ends.join(', ')}`)
  }
  faults.push(...orders(chat, inside))
  return faults
}

/** What two devices both show stands in the same order on both. */
const orders = (chat: string, devices: readonly Person[]): readonly string[] => {
  const faults: string[] = []
  const [first, ...others] = devices
  if (first === undefined) return faults
  const left = texts(first, chat)
  for (const device of others) {
    const right = texts(device, chat)
    const common = left.filter((text) => right.includes(text))
    const same = right.filter((text) => left.includes(text))
    if (JSON.stringify(common) !== JSON.stringify(same))
      faults.push(`${chat.slice(0, 4)}: ${first.name} and ${device.name} see different orders`)
  }
  return faults
}
