/**
 * The largest room, made, used and pruned by the product's own code: a cast of full clients, and around them people whose
 * accounts and key packages are real and who are not at home. The server routes to every device of everybody.
 */
import { accept, assert, limits } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import { readIdentity } from '@halyard/client'
import { createRawClient } from './attacks/raw-client.ts'
import { accountOf, finish, invite, texts } from './attacks/stage.ts'
import { addDevice, memberOf } from './devices.ts'
import { meter } from './meter.ts'
import type { Person } from './person.ts'
import {
  act,
  commitsAmong,
  counts,
  deviceOf,
  kB,
  logRows,
  ms,
  noteChange,
  readers,
  say,
  standOf,
  storedBytes,
  sum,
  waitingWelcomes,
} from './room-play.ts'
import type { Play as PlayOf } from './room-play.ts'
import { addSleepers, createBlindfold, drive, until } from './sleepers.ts'
import type { Sleeper } from './sleepers.ts'
import { createWorld, origin } from './world.ts'
import type { World } from './world.ts'

export interface LargeGroupOptions {
  readonly people: number
  readonly devices: number
  /** How many are put out together at the end. */
  readonly pruned: number
  /** Each figure as it is measured. */
  readonly note: (what: string, value: string) => void
}
/** What has to be so, whatever it cost. */
export interface LargeGroupFacts {
  readonly full: { readonly people: number; readonly devices: number; readonly readers: number }
  readonly pruned: { readonly people: number; readonly devices: number; readonly readers: number }
  readonly commitsToCreate: number
  /** Epoch and digest at each of the cast who are in it at the end. */
  readonly standing: ReadonlyMap<string, string>
  /** What each of the cast has read. */
  readonly read: ReadonlyMap<string, readonly string[]>
  /** What one more than a full room was answered; undefined where there was place. */
  readonly oneTooMany: string | undefined
  readonly faults: readonly string[]
}

interface Cast {
  readonly ava: Person
  readonly ben: Person
  readonly cy: Person
  readonly cyPhone: Person
  readonly dee: Person
  readonly eli: Person
  /** Fay and Gus join the network, and are not in the room at first. */
  readonly fay: Person
  readonly gus: Person
}
type Play = PlayOf<Cast>

/** Of the cast in the full room: all but Gus, and Cy with two devices. */
const castPeople = 6
const castDevices = 7

export const runLargeGroup = async (options: LargeGroupOptions): Promise<LargeGroupFacts> => {
  const { note } = options
  const blindfold = createBlindfold()
  const world = await createWorld(9, blindfold.between)
  world.time.spent()
  const cast = await gather(world)
  const sleepers: Sleeper[] = []
  const joining = await meter(world, async () => {
    const { ava, ben, cy, dee, eli, fay } = cast
    const many = { people: options.people - castPeople, devices: options.devices - castDevices }
    sleepers.push(...(await addSleepers(world, blindfold, [ava, ben, cy, dee, eli, fay], many)))
    await world.time.run(60_000)
  })
  note('the others join the network: CPU of a client that is there', ms(joining.cpuMs('Gus')))
  const { chat, commits } = await create({ world, cast, sleepers, note, chat: '' })
  const play: Play = { world, cast, sleepers, note, chat }
  await talk(play, 'a message')
  await cast.eli.quit()
  const oneTooMany = await fill(play)
  const full = { ...counts(play, cast.ava), readers: readers(play) }
  await useAndPrune(play, options.pruned)
  const pruned = { ...counts(play, cast.ava), readers: readers(play) }
  return { full, pruned, commitsToCreate: commits, oneTooMany, ...outcome(play) }
}

const useAndPrune = async (play: Play, pruned: number): Promise<void> => {
  await change(play)
  await fanOut(play)
  await removeDee(play)
  await removePhone(play)
  await prune(play, pruned)
  await comeBack(play)
  await say(play, play.cast.ben, 'last')
  await play.world.time.run(60_000)
  for (const person of [play.cast.ava, play.cast.ben])
    play.note(`database of ${person.name}`, kB(sum(person.disk.contents().map((one) => one.length))))
  play.note('database of the server', kB(storedBytes(play.world)))
}

const outcome = (play: Play): Pick<LargeGroupFacts, 'standing' | 'read' | 'faults'> => {
  const { ava, ben, cy, cyPhone, dee, eli, fay } = play.cast
  const there = [ava, ben, cy, eli, fay]
  return {
    standing: new Map(there.map((one) => [one.name, standOf(play, one)])),
    read: new Map([...there, dee, cyPhone].map((one) => [one.name, texts(one, play.chat)])),
    faults: play.world.faults,
  }
}

const gather = async (world: World): Promise<Cast> => {
  const ava = world.addPerson('Ava')
  await finish(world, ava.setUp(world.setupToken, 'Northwind'))
  const ben = await invite(world, ava, 'Ben')
  const cy = await invite(world, ava, 'Cy')
  const dee = await invite(world, ava, 'Dee')
  const eli = await invite(world, ava, 'Eli')
  const fay = await invite(world, ava, 'Fay')
  const gus = await invite(world, ava, 'Gus')
  return { ava, ben, cy, cyPhone: await addDevice(world, cy, 'Cy phone'), dee, eli, fay, gus }
}

/** The room with everybody but Fay and Gus, until the last of them is in. */
const create = async (play: Play): Promise<{ readonly chat: string; readonly commits: number }> => {
  const { world, cast, sleepers, note } = play
  const { ava, ben, cy, dee, eli } = cast
  const people = [...[ben, cy, dee, eli].map(accountOf), ...sleepers.map((one) => one.account)]
  const before = storedBytes(world)
  let chat = ''
  let allInMs = 0
  const startMs = world.time.nowMs()
  const cost = await meter(world, async () => {
    chat = await act(world, ava, () => memberOf(ava).commands.createGroup({ kind: 'room', title: 'Everybody', people }))
    const there = { world, chat }
    const isIn = (one: Person): boolean => counts(there, one).people === people.length + 1
    await drive(
      world,
      until(world, () => [ava, ben, cy, dee, eli].every(isIn), 500),
    )
    allInMs = world.time.nowMs() - startMs
    await world.time.run(60_000)
  })
  const members = people.length + 1
  const commits = commitsAmong(logRows({ world, chat }))
  note('created', `${members} people, ${counts({ world, chat }, ava).devices} devices`)
  note('creating: CPU of the creator; per member', `${ms(cost.cpuMs('Ava'))}; ${ms(cost.cpuMs('Ava') / members)}`)
  note(
    'creating: CPU of a member who is brought in; of the server',
    `${ms(cost.cpuMs('Ben'))}; ${ms(cost.cpuMs('server'))}`,
  )
  note('creating: time in the world, until all are in', `${(allInMs / 1000).toFixed(1)} s`)
  note('creating: commits that add', commits.map(kB).join(' + '))
  note('creating: sent by the creator; per member', `${kB(cost.up('Ava'))}; ${kB(cost.up('Ava') / members)}`)
  note('creating: received by a member', kB(cost.down('Ben')))
  note('creating: Welcomes that wait at the server', waitingWelcomes(world))
  note('creating: bytes more at the server', kB(storedBytes(world) - before))
  return { chat, commits: commits.length }
}

/** Messages of one, and what they cost everybody. */
const talk = async (play: Play, what: string): Promise<void> => {
  const { world, cast, note } = play
  const cost = await meter(world, async () => {
    for (let count = 0; count < spoken; count++) {
      await say(play, cast.ben, `${what} ${count}`)
      await world.time.run(2_000)
    }
  })
  const cpu = ['Ben', 'Ava', 'server'].map((who) => ms(cost.cpuMs(who) / spoken)).join('; ')
  note(`${what}: CPU of the sender; of a receiver; of the server`, cpu)
  note(`${what}: sent; received by each`, `${kB(cost.up('Ben') / spoken)}; ${kB(cost.down('Ava') / spoken)}`)
}
const spoken = 20

/** Fay makes it full. Gus is one too many. */
const fill = async (play: Play): Promise<string | undefined> => {
  const { world, cast, note } = play
  const { ava, ben, fay, gus } = cast
  const rowsBefore = logRows(play).length
  const { people } = counts(play, ava)
  const add = (who: Person) => memberOf(ava).commands.addPeople({ chatId: play.chat, people: [accountOf(who)] })
  const cost = await meter(world, async () => {
    await act(world, ava, () => add(fay))
    await drive(
      world,
      until(world, () => counts(play, fay).people === people + 1, 500),
    )
    await world.time.run(30_000)
  })
  noteChange(play, 'adding the last person', cost, { by: ava, other: ben, rows: logRows(play).slice(rowsBefore) })
  note('adding the last person: CPU of the newcomer; received', `${ms(cost.cpuMs('Fay'))}; ${kB(cost.down('Fay'))}`)
  if (people + 1 < limits.peoplePerConversationMax) return undefined
  const refused = await add(gus)
  return refused.ok ? 'taken' : refused.code
}

/** A commit of a member who has not committed before, in a tree that one alone has filled. */
const change = async (play: Play): Promise<void> => {
  const { world, cast } = play
  const { ava, ben } = cast
  const moderator = { chatId: play.chat, accountId: accountOf(ben), moderator: true }
  await act(world, ava, () => memberOf(ava).commands.setModerator(moderator))
  await world.time.run(60_000)
  const before = logRows(play).length
  const cost = await meter(world, async () => {
    await act(world, ben, () => memberOf(ben).commands.renameGroup({ chatId: play.chat, title: 'All of us' }))
    await world.time.run(60_000)
  })
  noteChange(play, 'a commit of a member', cost, { by: ben, other: ava, rows: logRows(play).slice(before) })
}

/** With a connection of every device open: what it costs the server to ring them all. */
const fanOut = async (play: Play): Promise<void> => {
  const { world, sleepers, note } = play
  const network = readIdentity(play.cast.ava.database())?.network
  assert(network !== undefined, 'no network')
  const lines = []
  for (const keys of sleepers.flatMap((one) => one.devices)) {
    const line = createRawClient(world.server(), world.providerFor('line'))
    assert((await line.logIn(keys, network, origin)).ok, 'a device was not let in')
    lines.push(line)
  }
  const rings = (): number => world.server().counters()['rings'] ?? 0
  const before = rings()
  await talk(play, 'a message, everybody connected')
  note('a message, everybody connected: rings', `${Math.round((rings() - before) / spoken)}`)
  for (const line of lines) line.close()
}

const removeDee = async (play: Play): Promise<void> => {
  const { ava, ben, dee } = play.cast
  const remove = () => memberOf(ava).commands.removePerson({ chatId: play.chat, accountId: accountOf(dee) })
  await fewer(play, 'removing a person', ava, 1, () => act(play.world, ava, remove))
  await say(play, ben, 'without Dee')
  await play.world.time.run(5_000)
}

const removePhone = async (play: Play): Promise<void> => {
  const { ben, cy, cyPhone } = play.cast
  const phone = deviceOf(cyPhone)
  await fewer(play, 'removing a device', cy, 1, () =>
    act(play.world, cy, () => memberOf(cy).commands.removeDevice(phone)),
  )
  await say(play, ben, 'without the phone')
  await play.world.time.run(5_000)
}

const prune = async (play: Play, many: number): Promise<void> => {
  const { ava } = play.cast
  const going = play.sleepers.slice(0, many)
  const devices = sum(going.map((one) => one.devices.length))
  const removeAll = async (): Promise<Result<undefined>> => {
    const asked = going.map(({ account: accountId }) =>
      memberOf(ava).commands.removePerson({ chatId: play.chat, accountId }),
    )
    return (await Promise.all(asked)).find((one) => !one.ok) ?? accept(undefined)
  }
  await fewer(play, `removing ${many} people`, ava, devices, () => act(play.world, ava, removeAll))
}

/** Until Ben sees that so many devices are gone. */
const fewer = async (play: Play, what: string, by: Person, devices: number, work: () => Promise<unknown>) => {
  const { world, cast } = play
  const before = logRows(play).length
  const left = counts(play, cast.ben).devices - devices
  const cost = await meter(world, async () => {
    await work()
    await drive(
      world,
      until(world, () => counts(play, cast.ben).devices === left, 500),
    )
    await world.time.run(30_000)
  })
  noteChange(play, what, cost, { by, other: cast.ben, rows: logRows(play).slice(before) })
}

const comeBack = async (play: Play): Promise<void> => {
  const { world, cast, note } = play
  const { ava, eli } = cast
  const cost = await meter(world, async () => {
    await act(world, eli, () => eli.start())
    await drive(
      world,
      until(world, () => standOf(play, eli) === standOf(play, ava), 500),
    )
    await world.time.run(30_000)
  })
  note('coming back after all that: CPU; received', `${ms(cost.cpuMs('Eli'))}; ${kB(cost.down('Eli'))}`)
}
