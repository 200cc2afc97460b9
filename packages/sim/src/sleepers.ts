/**
 * People who join by invite, leave their key packages and go: the accounts are real, made by the client core, and then
 * nobody is at home. A group of a thousand can be made of them without a thousand clients in one process.
 */
import { assert, commands, decodeFrame, encode, encodeFrame } from '@halyard/protocol'
import { readIdentity } from '@halyard/client'
import type { DeviceKeys } from '@halyard/crypto'
import type { Server } from '@halyard/server'
import { accountOf } from './attacks/stage.ts'
import { memberOf } from './devices.ts'
import type { Between } from './network.ts'
import type { Person } from './person.ts'
import type { World } from './world.ts'

/** Somebody who sleeps. The keys are kept so that a connection of theirs can be opened without a client. */
export interface Sleeper {
  readonly account: string
  readonly devices: readonly DeviceKeys[]
}

/** What sleepers are shown of the feed: nothing. Each would read all of it, and a thousand times a thousand is not the question. */
export interface Blindfold {
  readonly between: Between
  readonly worn: Set<string>
}

const nothingNew = encode(commands['fetch-feed'].answer, { items: [], more: false })

export const createBlindfold = (): Blindfold => {
  const worn = new Set<string>()
  const between = (server: Server, who: string): Server => {
    if (!worn.has(who)) return server
    return {
      ...server,
      connect(outputs) {
        const connection = server.connect(outputs)
        return {
          ...connection,
          receive(frame) {
            const value = decodeFrame(frame)
            if (value?.kind !== 'request' || value.command !== 'fetch-feed') return connection.receive(frame)
            outputs.send(encodeFrame({ kind: 'answer', id: value.id, body: nothingNew }))
            return Promise.resolve()
          },
        }
      },
    }
  }
  return { between, worn }
}

/** Brings in `people`, of whom the first have a second device, so that there are `devices`; several at a time. */
export const addSleepers = async (
  world: World,
  blindfold: Blindfold,
  inviters: readonly Person[],
  { people, devices }: { readonly people: number; readonly devices: number },
): Promise<readonly Sleeper[]> => {
  const made: Sleeper[] = []
  const startMs = world.time.nowMs()
  for (let from = 0; from < people; from += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, people - from) }, async (_, index) => {
      const number = from + index
      const inviter = inviters[number % inviters.length]
      assert(inviter !== undefined, 'nobody invites')
      return addSleeper(world, blindfold, inviter, number, people + number < devices)
    })
    made.push(...(await drive(world, Promise.all(batch))))
    // The server takes so many invites of one person at once, and then one every ten seconds.
    const dueMs = (made.length / inviters.length - invitesAtOnce) * inviteEveryMs
    await world.time.run(Math.max(0, startMs + dueMs - world.time.nowMs()))
  }
  return made
}
const atOnce = 16
const invitesAtOnce = 30
const inviteEveryMs = 10_500

const addSleeper = async (
  world: World,
  blindfold: Blindfold,
  inviter: Person,
  number: number,
  two: boolean,
): Promise<Sleeper> => {
  const person = newcomer(world, blindfold, `Sleeper ${number}`)
  const joined = await person.join(await inviteFrom(inviter))
  assert(joined.ok, 'a sleeper was not let in')
  const account = accountOf(person)
  const devices = [person]
  if (two) devices.push(await secondDevice(world, blindfold, person, `Sleeper ${number} phone`))
  const keys: DeviceKeys[] = []
  for (const device of devices) keys.push(await layDown(world, device))
  return { account, devices: keys }
}
const newcomer = (world: World, blindfold: Blindfold, name: string): Person => {
  blindfold.worn.add(name)
  return world.addPerson(name)
}

const inviteFrom = async (inviter: Person): Promise<string> => {
  const made = await memberOf(inviter).commands.createInvite()
  assert(made.ok, 'no invite')
  return made.value.link
}

const secondDevice = async (world: World, blindfold: Blindfold, approver: Person, name: string): Promise<Person> => {
  const device = newcomer(world, blindfold, name)
  const asking = device.askIn('Simulated browser')
  await until(world, () => device.pairing()?.state === 'code')
  const shown = device.pairing()
  assert(shown?.state === 'code', 'no code is shown')
  const { commands: own } = memberOf(approver)
  assert((await own.findDevice(shown.code)).ok, 'the device is not found')
  await until(world, () => device.pairing()?.state === 'number')
  const counted = device.pairing()
  assert(counted?.state === 'number', 'no number is shown')
  assert((await own.approveDevice({ number: counted.number })).ok, 'not approved')
  assert((await asking).ok, 'not let in')
  return device
}

/** Once the server has key packages of it, a device is closed, and its disk forgotten. */
const layDown = async (world: World, person: Person): Promise<DeviceKeys> => {
  const identity = readIdentity(person.database())
  assert(identity !== undefined, 'a sleeper without an identity')
  const pool = world.serverDatabase().prepare('SELECT count(*) AS n FROM key_package WHERE device = ?')
  await until(world, () => Number(pool.get(identity.keys.device)?.['n']) > 0)
  await person.quit()
  person.disk.restore(new Map())
  world.people.splice(world.people.indexOf(person), 1)
  return identity.keys
}

const lookMs = 100
const pause = (world: World, ms: number): Promise<void> =>
  new Promise((resolve) => void world.time.at(ms, () => resolve()))
export const until = async (world: World, is: () => boolean, everyMs = lookMs): Promise<void> => {
  while (!is()) await pause(world, everyMs)
}

/** Lets the world run until this is done: time stands still between awaits otherwise. */
export const drive = async <T>(world: World, work: Promise<T>, atMostMs = 6 * 3600_000): Promise<T> => {
  let settled = false
  const done = work.finally(() => void (settled = true))
  done.catch(() => undefined)
  const untilMs = world.time.nowMs() + atMostMs
  while (!settled) {
    assert(world.faults.length === 0, world.faults.join('\n'))
    assert(world.time.nowMs() < untilMs, 'it is not done in time')
    await world.time.run(lookMs)
  }
  return done
}
