/** Rooms in which a few write and everybody receives, and conversations whose other side is away. */
import { commit, random } from '../people.ts'
import type { Person } from '../people.ts'
import { welcomeFor } from '../world.ts'
import { openSide, prepare } from './one-to-one.ts'
import type { Side } from './one-to-one.ts'
import { signIn } from './people-on-server.ts'
import { cost } from './pairs.ts'
import { cpuPerThousand } from './scenario.ts'
import type { Measured, Scenario, Stage } from './scenario.ts'

const writersMax = 10

/** A conversation that `maker` has with the others. */
const openRoom = async ({ where }: Stage, maker: Person, others: readonly Person[]): Promise<Uint8Array> => {
  const conversation = random(16)
  const added = others.map(({ device }) => device.id)
  const { talk, close } = await signIn(where, maker)
  await talk.must('create-conversation', {
    conversation,
    entry: random(16),
    row: commit(maker, conversation, 0, added),
    welcomes: others.map((one) => welcomeFor(one)),
  })
  close()
  return conversation
}

export const room: Scenario = {
  name: 'room',
  says: 'ten people write in rooms of 100 and 1,000, everybody receives',
  peopleFor: ({ rooms }) => Math.max(...rooms),
  async run(stage) {
    const measured: Measured[] = []
    for (const size of stage.amounts.rooms) measured.push(...(await oneRoom(stage, size)))
    return measured
  },
}

const oneRoom = async (stage: Stage, size: number): Promise<readonly Measured[]> => {
  const members = stage.people.slice(0, size)
  const [maker, ...others] = members
  if (maker === undefined) throw new Error('a room of nobody')
  const conversation = await openRoom(stage, maker, others)
  const sealers = (await stage.sealing?.(size, writersMax)) ?? []
  const sides: Side[] = []
  for (const [index, person] of members.entries())
    sides.push(await openSide(stage.where, person, conversation, sealers[index]))
  const writers = sides.slice(0, writersMax)
  const each = Math.ceil(stage.amounts.inRoom / writers.length)
  const frames = await Promise.all(writers.map((side) => prepare(side, conversation, each)))
  const deliveries = each * writers.length * (size - 1)
  const { tookMs, cpuS } = await cpuPerThousand(stage, deliveries, () => speak(sides, frames, deliveries))
  for (const { client } of sides) client.close()
  const isLarge = size >= 1000
  return [
    {
      name: `deliveries in a room of ${size}`,
      value: (deliveries / tookMs) * 1000,
      unit: '/s',
      samples: deliveries,
      ...(isLarge && { limit: 30_000, isRate: true, by: 'time' as const }),
    },
    ...cost(`CPU of a delivery in a room of ${size}`, cpuS === undefined ? [] : [cpuS], isLarge ? 0.02 : 0.05),
  ]
}

/** Each writer has a few under way; ends when everything has come to everybody. */
const speak = (sides: readonly Side[], frames: readonly (readonly Uint8Array[])[], deliveries: number): Promise<void> =>
  new Promise((resolve) => {
    let waiting = deliveries
    for (const side of sides) {
      side.onRow = () => {
        if (--waiting === 0) resolve()
      }
    }
    for (const [index, list] of frames.entries()) {
      const side = sides[index]
      let next = 0
      const more = (): void => {
        const frame = list[next++]
        if (frame !== undefined) side?.send(frame)
      }
      if (side === undefined) continue
      side.onAnswer = more
      for (let count = 0; count < 4; count++) more()
    }
  })

export const offline: Scenario = {
  name: 'offline',
  says: 'messages for somebody who is away, and the moment they come back',
  peopleFor: () => 2 * absent,
  async run(stage) {
    const each = Math.ceil(stage.amounts.stored / absent)
    const stored = each * absent
    const writers: Writer[] = []
    for (let index = 0; index < absent; index++) {
      const [ava, ben] = stage.people.slice(2 * index)
      if (ava === undefined || ben === undefined) throw new Error('two are needed')
      const conversation = await openRoom(stage, ava, [ben])
      const [message] = (await stage.sealing?.(2, 1)) ?? []
      const side = await openSide(stage.where, ava, conversation, message)
      writers.push({ side, away: ben, conversation, frames: await prepare(side, conversation, each) })
    }
    const storing = await cpuPerThousand(stage, stored, async () => {
      await Promise.all(writers.map(({ side, frames }) => store(side, frames)))
    })
    for (const { side } of writers) side.client.close()
    const draining = await cpuPerThousand(stage, stored, async () => {
      for (const { away, conversation } of writers) await drain(stage, away, conversation, each)
    })
    return [
      { name: 'messages stored for the absent', value: (stored / storing.tookMs) * 1000, unit: '/s', samples: stored },
      { name: 'stored messages fetched', value: (stored / draining.tookMs) * 1000, unit: '/s', samples: stored },
      ...cost('CPU of storing for the absent', storing.cpuS === undefined ? [] : [storing.cpuS], 0.1),
      ...cost('CPU of fetching what was stored', draining.cpuS === undefined ? [] : [draining.cpuS], 0.05),
    ]
  },
}

/** So many write, each to one who is away: what a server takes from one connection at a time is bounded. */
const absent = 20
/** Of each: in all as many as where fifty pairs talk. */
const underWay = 40
interface Writer {
  readonly side: Side
  readonly away: Person
  readonly conversation: Uint8Array
  readonly frames: readonly Uint8Array[]
}

const store = (side: Side, frames: readonly Uint8Array[]): Promise<void> =>
  new Promise((resolve) => {
    let [next, waiting] = [0, frames.length]
    const more = (): void => {
      const frame = frames[next++]
      if (frame !== undefined) side.send(frame)
    }
    side.onAnswer = () => {
      if (--waiting === 0) resolve()
      more()
    }
    for (let count = 0; count < underWay; count++) more()
  })

/** Reads all of it and passes it, as a client does that comes back. */
const drain = async (stage: Stage, person: Person, conversation: Uint8Array, count: number): Promise<void> => {
  const { talk, close } = await signIn(stage.where, person)
  let [after, taken] = [1, 0]
  for (;;) {
    const { entries, more } = await talk.must('fetch-rows', { conversation, after, limit: 500 })
    const last = entries.at(-1)
    if (last === undefined) break
    taken += entries.length
    after = last.seq
    if (!more) break
  }
  close()
  if (taken !== count) throw new Error(`${taken} of ${count} came back`)
}
