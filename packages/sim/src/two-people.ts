/** Two people talk in bad weather, fall, get up again; when it is calm, everything must be as if nothing had happened. */
import type { TimelineRow } from '@halyard/client'
import { alone, goOn, keepBeginning } from './beginning.ts'
import type { Beginning } from './beginning.ts'
import type { Person } from './person.ts'
import type { Weather } from './network.ts'
import { calm } from './network.ts'
import { createWorld } from './world.ts'
import type { World } from './world.ts'

export interface Report {
  readonly seed: number
  readonly written: number
  readonly crashes: number
  /** What an oracle found wrong; empty in a good world. */
  readonly faults: readonly string[]
}

/** A message as its author wrote it; `shown` once its bubble was there. */
interface Written {
  readonly by: Person
  readonly text: string
}

const steps = 40

export const runTwoPeople = async (seed: number): Promise<Report> => {
  const world = await createWorld(seed)
  const { prng, time } = world
  const faults: string[] = []
  let crashes = 0
  const [ava, ben] = await goOnFrom(world, await (met ??= meetOnce()))

  const written: Written[] = []
  world.network.weather = storm(world)
  for (let step = 0; step < steps; step++) {
    const person = prng.pick([ava, ben])
    const deed = prng.below(100)
    if (deed < 60) await write(world, person, person === ava ? ben : ava, written)
    else if (deed < 66) {
      crashes++
      await fall(world, person)
    } else if (deed < 72) {
      crashes++
      await fallServer(world)
    } else if (deed < 76) {
      world.network.parted = true
      time.at(prng.below(60_000), () => void (world.network.parted = false))
    } else if (deed < 82)
      person
        .member()
        ?.commands.typing(other(world, person))
        .catch(() => undefined)
    else if (deed < 90) await read(person, other(world, person))
    else world.network.weather = storm(world)
    await time.run(prng.below(deed < 60 ? 400 : 8_000))
  }
  await calmDown(world)
  faults.push(...judge(world, [ava, ben], written), ...world.faults)
  return { seed, written: written.length, crashes, faults }
}

interface Met {
  readonly beginning: Beginning
  readonly chats: readonly [string, string]
}
let met: Promise<Met> | undefined

const meetOnce = async (): Promise<Met> => {
  const world = await createWorld(0)
  const [ava, ben] = [world.addPerson('Ava'), world.addPerson('Ben')]
  const faults: string[] = []
  await meet(world, ava, ben, faults)
  if (faults.length > 0) throw new Error(`they never met: ${faults.join('; ')}`)
  const chats = [other(world, ava), other(world, ben)] as const
  return { beginning: await keepBeginning(world, [ava, ben].map(alone)), chats: [...chats] }
}

const goOnFrom = async (world: World, { beginning, chats }: Met): Promise<readonly [Person, Person]> => {
  const { people } = await goOn(world, beginning)
  const [ava, ben] = people.flatMap(({ devices }) => devices)
  if (ava === undefined || ben === undefined) throw new Error('two people are two')
  chatOf.set(ava, chats[0])
  chatOf.set(ben, chats[1])
  return [ava, ben]
}

const chatOf = new WeakMap<Person, string>()
const other = (_world: World, person: Person): string => chatOf.get(person) ?? 'me'

const meet = async (world: World, ava: Person, ben: Person, faults: string[]): Promise<void> => {
  const { time } = world
  const setUp = ava.setUp(world.setupToken, 'Northwind')
  await time.run(5_000)
  const done = await settled(setUp)
  if (done?.ok !== true) return void faults.push('setting up did not end well')
  const inviting = ava.member()?.commands.createInvite() ?? Promise.resolve(undefined)
  await time.run(5_000)
  const invite = await settled(inviting)
  if (invite?.ok !== true) return void faults.push('no invite')
  const joining = ben.join(invite.value.link)
  await time.run(20_000)
  const joined = await settled(joining)
  if (joined?.ok !== true) return void faults.push(`joining: ${JSON.stringify(joined)}`)
  for (const [person, peer] of [
    [ava, 'Ben'],
    [ben, 'Ava'],
  ] as const) {
    const item = person
      .member()
      ?.query('chats', undefined)
      .items.find((one) => 'person' in one && one.person.name === peer)
    if (item === undefined || !('person' in item)) faults.push(`${person.name} does not see ${peer}`)
    else if (item.person.standing !== 'confirmed') faults.push(`${person.name} sees ${peer} as ${item.person.standing}`)
    else chatOf.set(person, item.chatId)
  }
}

const settled = <T>(promise: Promise<T>): Promise<T | undefined> =>
  Promise.race([promise, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))])

const storm = ({ prng }: World): Weather => ({
  latencyMaxMs: 5 + prng.below(800),
  loss: prng.pick([0, 0, 0.02, 0.1]),
  duplication: prng.pick([0, 0.05, 0.2]),
  breaks: prng.pick([0, 0.01, 0.05]),
})

const write = async (world: World, by: Person, _to: Person, written: Written[]): Promise<void> => {
  const member = by.member()
  if (member === undefined) return
  const text = `${by.name} ${written.length} ${world.prng.below(1e9)}`
  try {
    const result = await member.commands.send({ chatId: other(world, by), text, ranges: [] })
    // Only a bubble that was shown is a promise.
    if (result.ok) written.push({ by, text })
  } catch {
    // Struck down in the middle: the command never answered, so nothing was promised.
  }
}

const read = async (person: Person, chatId: string): Promise<void> => {
  const view = person.member()?.query('conversation', { chatId })
  if (view === undefined) return
  // Struck down in the middle is one of the things that happen here.
  await person
    .member()
    ?.commands.markRead({ chatId, position: view.newestPosition })
    .catch(() => undefined)
}

/** Falls at once, or around the next commit; gets up again a while later. */
const fall = async (world: World, person: Person): Promise<void> => {
  const { prng, time } = world
  const power = prng.chance(0.5)
  const rise = (): void => {
    person.crash(power)
    time.at(prng.below(10_000), () => void person.start())
  }
  if (person.member() === undefined) return
  if (prng.chance(0.4)) rise()
  else person.strikeAt(prng.pick(['before', 'after']), () => time.at(0, rise))
}

const fallServer = async (world: World): Promise<void> => {
  const { prng, time } = world
  if (prng.chance(0.4)) world.crashServer()
  else world.strikeServer(prng.pick(['before', 'after']))
  time.at(prng.below(10_000), () => world.startServer())
}

const calmDown = async (world: World): Promise<void> => {
  world.network.weather = calm
  world.network.parted = false
  world.startServer()
  await world.time.run(30_000)
  for (const person of world.people) if (person.member() === undefined) await person.start()
  for (let minute = 0; minute < 6; minute++) {
    world.startServer()
    await world.time.run(60_000)
  }
}

/** Authentic, exactly once, in order, and everything arrived. */
const judge = (world: World, people: readonly Person[], written: readonly Written[]): readonly string[] => {
  const faults: string[] = []
  for (const person of people) {
    if (person.stopped() !== undefined) faults.push(`stuck: ${person.name} stopped: ${person.stopped()}`)
    const rows = person
      .rows(other(world, person))
      .filter((row): row is TimelineRow & { kind: 'text' } => row.kind === 'text')
    for (const author of people) {
      const expected = written.filter((one) => one.by === author).map((one) => one.text)
      const shown = rows.filter((row) => row.own === (author === person)).map((row) => row.text)
      faults.push(...compareTexts(`${person.name} of ${author.name}`, expected, shown))
    }
    for (const row of rows) {
      if (!row.own && row.author.name === person.name)
        faults.push(`author: ${person.name} sees a row of its own as somebody else's`)
      if (row.own && row.state !== 'delivered' && row.state !== 'read')
        faults.push(`delivered: ${person.name}: "${row.text}" is ${row.state}`)
    }
    const notices = person.rows(other(world, person)).filter((row) => row.kind === 'notice' && row.notice === 'missing')
    if (notices.length > 0) faults.push(`arrives: ${person.name} still misses messages`)
    const alarms = person.member()?.query('alarms', undefined) ?? []
    if (alarms.length > 0) faults.push(`alarm: ${person.name} has: ${alarms.map((alarm) => alarm.kind).join(', ')}`)
  }
  const [first, second] = people.map((person) =>
    person.rows(other(world, person)).flatMap((row) => (row.kind === 'text' ? [row.text] : [])),
  )
  if (JSON.stringify(first) !== JSON.stringify(second)) faults.push('order: the two do not see the same order')
  return faults
}

const compareTexts = (where: string, expected: readonly string[], shown: readonly string[]): readonly string[] => {
  const faults: string[] = []
  const counts = new Map<string, number>()
  for (const text of shown) counts.set(text, (counts.get(text) ?? 0) + 1)
  for (const [text, count] of counts) if (count > 1) faults.push(`once: ${where}: "${text}" ${count} times`)
  for (const text of expected) if (!counts.has(text)) faults.push(`arrives: ${where}: "${text}" never arrived`)
  const known = new Set(expected)
  // A crash may come between a bubble's commit and the command's answer: then it was written, though not promised.
  const inOrder = shown.filter((text) => known.has(text))
  if (JSON.stringify(inOrder) !== JSON.stringify(expected.filter((text) => counts.has(text))))
    faults.push(`order: ${where}`)
  return faults
}
