/** Where worlds of a kind begin: some people have met, in fair weather. Made once, since every world would make the same. */
import type { Somebody } from './crowd-state.ts'
import type { Person, Profile } from './person.ts'
import type { World } from './world.ts'

export interface Beginning {
  readonly nowMs: number
  readonly server: Uint8Array
  readonly people: readonly Known[]
  readonly chats: readonly string[]
}
interface Known {
  readonly name: string
  readonly profiles: readonly Profile[]
  readonly card: string | undefined
}

/** A world as it stands: everybody goes, and it is kept. Throws when something is wrong in it. */
export const keepBeginning = async (
  world: World,
  people: readonly Somebody[],
  chats: readonly string[] = [],
): Promise<Beginning> => {
  if (world.faults.length > 0) throw new Error(`they never met: ${world.faults.join('; ')}`)
  for (const { devices } of people) for (const device of devices) await device.quit()
  return {
    nowMs: world.time.nowMs(),
    server: world.serverDatabase().serialize(),
    people: people.map(({ name, devices, card }) => ({ name, profiles: devices.map((one) => one.profile()), card })),
    chats,
  }
}

/** Somebody who has this device and nothing else. */
export const alone = (device: Person): Somebody => ({ name: device.name, devices: [device], card: undefined })

/** Goes on from it in a world that nothing has happened in: the same people, in the same order. */
export const goOn = async (
  world: World,
  { nowMs, server, people, chats }: Beginning,
): Promise<{ readonly people: Somebody[]; readonly chats: string[] }> => {
  await world.time.run(nowMs - world.time.nowMs())
  world.restoreServer(server, false)
  const back = people.map(({ name, profiles, card }) => ({
    name,
    devices: profiles.map((profile) => world.addPerson(profile.name, profile)),
    card,
  }))
  for (const { devices } of back) for (const device of devices) await device.start()
  await world.time.run(2_000)
  return { people: back, chats: [...chats] }
}
