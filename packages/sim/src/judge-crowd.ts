/** What must be so when a storm is over: one place for all who are in a conversation, and nothing for anybody else. */
import { decode, equal, leafCredential, toHex } from '@halyard/protocol'
import { members } from '@halyard/mls'
import { texts } from './attacks/stage.ts'
import { alive, deviceIdOf, devicesOf, held, quietly } from './crowd-state.ts'
import type { Crowd } from './crowd-state.ts'
import type { Person } from './person.ts'
import { newestSeqs, plunder } from './thief.ts'
import { clearUp } from './troubles.ts'

/** The weather clears, everybody begins once more, and has as long as they need, but no longer than the limit. */
export const calmDown = async (crowd: Crowd): Promise<void> => {
  const { world } = crowd
  await clearUp(crowd)
  await world.time.run(30_000)
  for (const device of devicesOf(crowd))
    // Struck down or not, each begins once more, so that no blow that has not fallen yet falls later.
    if (device.stopped() === undefined && !crowd.rising.has(device)) {
      if (device.member() !== undefined) device.crash(false)
      await device.start()
    }
  let still = 0
  let before = ''
  for (let minute = 0; minute < calmMaxMinutes && still < stillMinutes; minute++) {
    world.startServer()
    await world.time.run(60_000)
    const now = lookOf(crowd)
    still = now === before ? still + 1 : 0
    before = now
  }
  if (crowd.clocksWereOff) await acknowledgeClocks(crowd)
}
const calmMaxMinutes = 12
/** People have seen that a clock was wrong, and it is right again: nobody may say so from now on. */
const acknowledgeClocks = async (crowd: Crowd): Promise<void> => {
  for (const device of devicesOf(crowd).filter(alive))
    for (const alarm of device.member()?.query('alarms', undefined) ?? [])
      if (alarm.kind === 'clock-off') await quietly(device.member()?.commands.acknowledgeAlarm(alarm))
  await crowd.world.time.run(10_000)
}
/** A lost connection is tried again after a minute, and a complaint waits half of one: nothing goes on after these. */
const stillMinutes = 2

/** All that may still move. */
const lookOf = (crowd: Crowd): string =>
  JSON.stringify([
    [...newestSeqs(crowd.world)],
    devicesOf(crowd).map((device) => [
      device.stopped(),
      crowd.chats.map((chat) => {
        const group = held(device, chat)
        return group === undefined ? [] : [group.current.epoch, group.cursor.seq, group.pending !== undefined]
      }),
    ]),
  ])

export interface Verdict {
  readonly faults: readonly string[]
  /** Rows that thieves opened before anything was done about them, and rows that stayed shut to them. */
  readonly opened: number
  readonly shut: number
}

export const judgeCrowd = async (crowd: Crowd): Promise<Verdict> => {
  const faults: string[] = []
  const devices = devicesOf(crowd)
  for (const device of devices) {
    const stopped = device.stopped()
    if (stopped !== undefined && stopped !== 'device-removed') faults.push(`stuck: ${device.name} stopped: ${stopped}`)
    for (const alarm of alive(device) ? (device.member()?.query('alarms', undefined) ?? []) : [])
      if (alarm.kind !== 'device-added') faults.push(`alarm: ${device.name} has ${alarm.kind}`)
  }
  faults.push(...disagreements(crowd))
  const calmSince = newestSeqs(crowd.world)
  for (const chat of crowd.chats) faults.push(...(await judgeChat(crowd, chat, devices)))
  let opened = 0
  let shut = 0
  for (const theft of crowd.thefts) {
    const loot = await plunder(crowd.world, theft, crowd.removed.has(theft.device) ? calmSince : undefined)
    opened += loot.opened
    shut += loot.shut
    faults.push(...loot.faults)
  }
  return { faults, opened, shut }
}

/** What the devices of one account do not agree on though they should (trust.md §3, Account state). */
const disagreements = (crowd: Crowd): readonly string[] =>
  crowd.people.flatMap(({ devices }) => {
    const [first, ...others] = devices.filter(alive)
    return others.flatMap((other) =>
      crowd.chats.flatMap((chatId) => {
        const [left, right] = [first, other].map((device) => device?.member()?.query('conversation', { chatId }))
        if (left === undefined || right === undefined) return []
        const same = left.draft === right.draft && left.muted === right.muted
        return same ? [] : [`agree: ${first?.name} and ${other.name} differ: "${left.draft}", "${right.draft}"`]
      }),
    )
  })

const judgeChat = async (crowd: Crowd, chat: string, devices: readonly Person[]): Promise<readonly string[]> => {
  const inside = devices.filter((device) => held(device, chat) !== undefined)
  const faults = [...onePlace(crowd, chat, inside)]
  // Everybody says something at once; all who are in it hear it, once and in one order, and nobody else does.
  const said = inside.map((device) => `at the end ${device.name}`).sort()
  for (const device of inside) {
    const text = `at the end ${device.name}`
    const sent = await quietly(device.member()?.commands.send({ chatId: chat, text, ranges: [] }))
    if (sent?.ok !== true) faults.push(`stuck: ${device.name} cannot write`)
  }
  await crowd.world.time.run(20_000)
  for (const device of inside) {
    const waiting = device.rows(chat).filter((row) => row.kind === 'text' && row.own && row.state === 'waiting').length
    if (waiting > 0) faults.push(`stuck: ${chat.slice(0, 4)}: ${waiting} messages of ${device.name} still wait`)
  }
  for (const device of devices) {
    if (device.member() === undefined) continue
    const shown = texts(device, chat)
    if (new Set(shown).size !== shown.length)
      faults.push(`once: ${chat.slice(0, 4)}: ${device.name} shows something twice`)
    const ends = shown.filter((text) => text.startsWith('at the end')).sort()
    const wanted = inside.includes(device) ? said : []
    if (JSON.stringify(ends) !== JSON.stringify(wanted))
      faults.push(
        `arrives: ${chat.slice(0, 4)}: ${device.name} hears ${ends.length} of ${wanted.length}: ${ends.join(', ')}`,
      )
  }
  return [...faults, ...orders(chat, inside)]
}

/** The same epoch on all devices, no change that waits, and no leaf of a device that its account has put out. */
const onePlace = (crowd: Crowd, chat: string, inside: readonly Person[]): readonly string[] => {
  const faults: string[] = []
  const first = inside[0] === undefined ? undefined : held(inside[0], chat)
  if (first === undefined) return faults
  for (const device of inside) {
    const group = held(device, chat)
    if (group === undefined) continue
    if (group.current.epoch !== first.current.epoch || !equal(group.current.digest, first.current.digest))
      faults.push(
        `place: ${chat.slice(0, 4)}: ${device.name} stands at ${group.current.epoch}, ${inside[0]?.name} at ${first.current.epoch}`,
      )
    const view = device.member()?.query('conversation', { chatId: chat })
    if (view?.changing === true) faults.push(`stuck: ${chat.slice(0, 4)}: ${device.name} still waits for a change`)
    const picture = device.member()?.query('picture', { chatId: chat })
    const { room } = group
    if (faceOf(view, picture) !== faceOf(room, 'picture' in room ? room.picture : undefined))
      faults.push(`title: ${chat.slice(0, 4)}: ${device.name} shows another title or picture than its group has`)
  }
  for (const { identity, leafIndex } of members(first.current.state)) {
    const device = decode(leafCredential, identity)?.device
    if (device !== undefined && crowd.removed.has(toHex(device)))
      faults.push(`removed: ${chat.slice(0, 4)}: leaf ${leafIndex} is of a device that was removed`)
    const absent = devicesOf(crowd).find((one) => alive(one) && !inside.includes(one) && isOf(one, device))
    if (absent !== undefined) faults.push(`stuck: ${chat.slice(0, 4)}: ${absent.name} was let in and never came`)
  }
  return faults
}

const isOf = (person: Person, device: Uint8Array | undefined): boolean =>
  device !== undefined && deviceIdOf(person) === toHex(device)

const faceOf = (named: object | undefined, picture: Uint8Array | undefined): string =>
  JSON.stringify([named !== undefined && 'title' in named ? named.title : undefined, picture && toHex(picture)])

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
      faults.push(`order: ${chat.slice(0, 4)}: ${first.name} and ${device.name} see different orders`)
  }
  return faults
}
