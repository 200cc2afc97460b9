/** What happens to people of a crowd and to their server: blows, weather, clocks, disks; and how all of it ends. */
import { devicesOf } from './crowd-state.ts'
import type { Crowd, Deed } from './crowd-state.ts'
import { calm } from './network.ts'
import type { Weather } from './network.ts'
import type { Person } from './person.ts'
import type { World } from './world.ts'

export const fall: Deed = async ({ crowd, person }) => {
  const { prng, time } = crowd.world
  crowd.crashes++
  const power = prng.chance(0.5)
  const rise = (): void => {
    person.crash(power)
    crowd.rising.add(person)
    time.at(prng.below(8_000), () => {
      crowd.rising.delete(person)
      person.disk.full = false
      void person.start()
    })
  }
  if (prng.chance(0.4)) rise()
  else person.strikeAt(prng.pick(['before', 'within', 'after']), () => time.at(0, rise))
}
export const fallServer: Deed = async ({ crowd }) => {
  const { world } = crowd
  crowd.crashes++
  if (world.prng.chance(0.4)) world.crashServer()
  else world.strikeServer(world.prng.pick(['before', 'after']))
  world.time.at(world.prng.below(8_000), () => world.startServer())
}
export const part: Deed = async ({ crowd: { world } }) => {
  world.network.parted = true
  world.time.at(world.prng.below(30_000), () => void (world.network.parted = false))
}
export const changeWeather: Deed = async ({ crowd: { world } }) => void (world.network.weather = storm(world))
export const storm = ({ prng }: World): Weather => ({
  latencyMaxMs: 5 + prng.below(500),
  loss: prng.pick([0, 0, 0.02, 0.08]),
  duplication: prng.pick([0, 0.05, 0.2]),
  breaks: prng.pick([0, 0.01, 0.04]),
})

/** One device hears and is heard tens of seconds late. */
export const slowDown: Deed = async ({ crowd: { world }, person }) => {
  world.network.slow = person.name
  world.time.at(world.prng.below(90_000), () => void (world.network.slow = undefined))
}

/** Somebody's clock, or the server's, is a year off for a while. */
export const stepClock: Deed = async ({ crowd, person }) => {
  const { world } = crowd
  const byMs = world.prng.pick([-yearMs, yearMs])
  const ofServer = world.prng.chance(0.4)
  crowd.clocksWereOff = true
  if (ofServer) world.skewServer(byMs)
  else person.skew(byMs)
  world.time.at(world.prng.below(20_000), () => (ofServer ? world.skewServer(0) : person.skew(0)))
}
const yearMs = 366 * 24 * 3_600_000

/** Nothing more fits on somebody's disk, or on the server's; then there is room again, and who had to stop goes on. */
export const fillDisk: Deed = async ({ crowd, person }) => {
  const { world } = crowd
  const afterMs = world.prng.below(10_000)
  if (world.prng.chance(0.5)) {
    world.fillServer(true)
    world.time.at(afterMs, () => world.fillServer(false))
    return
  }
  person.disk.full = true
  world.time.at(afterMs, () => void makeRoom(person))
}
const makeRoom = async (person: Person): Promise<void> => {
  person.disk.full = false
  if (person.stopped() !== 'disk-full') return
  person.crash(false)
  await person.start()
}

/** Everything that can be wrong outside people's devices and on them ends; what has happened has happened. */
export const clearUp = async (crowd: Crowd): Promise<void> => {
  const { world } = crowd
  world.network.weather = calm
  world.network.parted = false
  world.network.slow = undefined
  world.strikeServer('never')
  world.fillServer(false)
  world.skewServer(0)
  world.startServer()
  for (const device of devicesOf(crowd)) {
    device.spare()
    device.skew(0)
    await makeRoom(device)
  }
}
