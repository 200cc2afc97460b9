/** Who and what a crowd is, as its deeds and its judges see it. */
import { fromHex, toHex } from '@halyard/protocol'
import { loadGroup, readIdentity } from '@halyard/client'
import type { Group } from '@halyard/client'
import type { Person } from './person.ts'
import type { Theft } from './thief.ts'
import type { World } from './world.ts'

/** One person with everything they have. */
export interface Somebody {
  readonly name: string
  readonly devices: Person[]
  card: string | undefined
}

export interface Crowd {
  readonly world: World
  readonly people: Somebody[]
  readonly chats: string[]
  /** Names of those who have not come yet. */
  readonly strangers: string[]
  /** Struck down, and about to be started. */
  readonly rising: Set<Person>
  /** Devices that their account has put out, by id. */
  readonly removed: Set<string>
  readonly thefts: Theft[]
  /** The clock of a device or of the server was wrong once. */
  clocksWereOff: boolean
  written: number
  crashes: number
}

/** Somebody on a device of theirs, a chat that they may be in, and the account of somebody who may be in it too. */
export interface Scene {
  readonly crowd: Crowd
  readonly person: Person
  readonly chatId: string
  readonly other: string
}
export type Deed = (scene: Scene) => Promise<unknown>

export const alive = (person: Person): boolean => person.member() !== undefined && person.stopped() === undefined
export const devicesOf = (crowd: Crowd): readonly Person[] => crowd.people.flatMap((one) => one.devices)
export const held = (device: Person, chat: string): Group | undefined =>
  alive(device) ? loadGroup(device.database(), fromHex(chat) ?? new Uint8Array()) : undefined
export const deviceIdOf = (device: Person): string => {
  const identity = readIdentity(device.database())
  return identity === undefined ? '' : toHex(identity.keys.device)
}

/** Struck down in the middle is one of the things that happen here. */
export const quietly = <T>(work: Promise<T> | undefined): Promise<T | undefined> =>
  (work ?? Promise.resolve(undefined)).catch(() => undefined)
