/** What it costs to bring a new device into many groups: real cryptography, real server code, simulated waiting. */
import { assert } from '@halyard/protocol'
import { addDevice, memberOf } from './devices.ts'
import { accountOf, createStage, finish } from './attacks/stage.ts'

export interface ManyGroupsReport {
  readonly groups: number
  /** CPU time of three clients and the server together, from the code on the screen to the last group. */
  readonly cpuMs: number
}

export const runManyGroups = async (groups: number): Promise<ManyGroupsReport> => {
  const { world, ava, ben } = await createStage(7)
  for (let made = 0; made < groups; made++) {
    const group = memberOf(ava).commands.createGroup({ kind: 'group', title: `${made}`, people: [accountOf(ben)] })
    assert((await finish(world, group, 1_000)).ok, 'no group')
  }
  await world.time.run(60_000)
  const cpu = process.cpuUsage()
  const phone = await addDevice(world, ava, 'Ava phone')
  const there = (): number =>
    memberOf(phone)
      .query('chats', undefined)
      .items.filter((item) => memberOf(phone).query('conversation', { chatId: item.chatId })?.exists === true).length
  for (let worldMs = 0; there() < groups + 2; worldMs += 500) {
    assert(worldMs < 600_000, `only ${there()} of them`)
    await world.time.run(500)
  }
  const { user, system } = process.cpuUsage(cpu)
  return { groups, cpuMs: Math.round((user + system) / 1000) }
}
