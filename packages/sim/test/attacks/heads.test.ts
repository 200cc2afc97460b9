/** What members say to each other of the network's chain, sealed, where the server cannot change it. */
import { expect, test } from 'vitest'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import { accountOf, alarms, createStage, invite, send, standingOf, texts } from '../../src/attacks/stage.ts'

test('T-31 another link of the network in a member’s mouth: told, whoever of the two was lied to', async () => {
  const stage = await createStage(65)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  await mallory.say(
    { kind: 'text', text: 'look', ranges: [] },
    { networkHead: { seq: 1, hash: new Uint8Array(32).fill(7) } },
  )
  await stage.world.time.run(3_000)
  expect(alarms(stage.ava)).toEqual(['two-links'])
  expect(texts(stage.ava, stage.withBen)).toEqual(['look'])
  expect(stage.world.faults).toEqual([])
})

test('T-31 T-41 a link of the network is kept from one of two: the next message says so, and all is well when it comes', async () => {
  const stage = await createStage(66)
  const { world, evil, ava, ben, withBen, withAva } = stage
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(8_000)
  const cyId = accountOf(cy)
  expect(standingOf(ben, cyId)).toBe('confirmed')
  evil.onEvent('feed', (value, who) => (who === 'Ben' ? 'drop' : { pass: value }))
  evil.onAnswer('fetch-feed', (answer, who) =>
    who === 'Ben' ? { pass: { items: [], more: false } } : { pass: answer },
  )
  const removing = ava.member()?.commands.removeFromNetwork(cyId)
  await world.time.run(10_000)
  expect(await removing).toMatchObject({ ok: true })
  expect(standingOf(ben, cyId)).toBe('confirmed')
  await send(ava, withBen, 'Cy is out')
  await world.time.run(5_000)
  expect(alarms(ben)).toContain('network-rolled-back')
  expect(texts(ben, withAva)).toEqual(['Cy is out'])
  evil.turnHonest()
  await ben.quit()
  await ben.start()
  await world.time.run(10_000)
  expect(standingOf(ben, cyId)).toBe('not listed')
  expect(world.faults).toEqual([])
})
