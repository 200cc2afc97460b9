/** Where worlds of a kind begin: some people have met, in fair weather. Made once, since every world would make the same. */
import type { Person, Profile } from './person.ts'
import type { World } from './world.ts'

export interface Beginning {
  readonly nowMs: number
  readonly server: Uint8Array
  readonly profiles: readonly Profile[]
}

/** A world as it stands: everybody goes, and it is kept. Throws when something is wrong in it. */
export const keepBeginning = async (world: World, people: readonly Person[]): Promise<Beginning> => {
  if (world.faults.length > 0) throw new Error(`they never met: ${world.faults.join('; ')}`)
  for (const person of people) await person.quit()
  return {
    nowMs: world.time.nowMs(),
    server: world.serverDatabase().serialize(),
    profiles: people.map((person) => person.profile()),
  }
}

/** Goes on from it in a world that nothing has happened in: the same people, in the same order. */
export const goOn = async (world: World, { nowMs, server, profiles }: Beginning): Promise<readonly Person[]> => {
  await world.time.run(nowMs - world.time.nowMs())
  world.restoreServer(server, false)
  const people = profiles.map((profile) => world.addPerson(profile.name, profile))
  for (const person of people) await person.start()
  await world.time.run(2_000)
  return people
}
