/** Somebody takes one more device into use, as people do it: the code typed, the number typed. */
import { assert } from '@halyard/protocol'
import type { Person } from './person.ts'
import type { World } from './world.ts'

/** The new device, let in by `approver`, once it stands in everything. */
export const addDevice = async (world: World, approver: Person, name: string): Promise<Person> => {
  const device = world.addPerson(name)
  const asking = device.askIn('Simulated browser')
  await world.time.run(2_000)
  const shown = device.pairing()
  assert(shown?.state === 'code', 'no code is shown')
  const { commands } = memberOf(approver)
  const found = commands.findDevice(shown.code)
  await world.time.run(2_000)
  assert((await found).ok, 'the device is not found')
  const counted = device.pairing()
  assert(counted?.state === 'number', 'no number is shown')
  const approving = commands.approveDevice({ number: counted.number })
  await world.time.run(3_000)
  const approved = await approving
  assert(approved.ok, approved.ok ? '' : `not approved: ${approved.code}`)
  const asked = await asking
  assert(asked.ok, asked.ok ? '' : `not let in: ${asked.code}`)
  await world.time.run(20_000)
  return device
}

export const memberOf = (person: Person) => {
  const member = person.member()
  assert(member !== undefined, `${person.name} is not there`)
  return member
}
