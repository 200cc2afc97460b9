/** What was sealed and came too late, and what was read and not yet kept: neither is lost, and nothing is told too early. */
import { expect, test } from 'vitest'
import { held } from '../src/crowd-state.ts'
import { accountOf, createStage, finish, invite, send, textRows, texts } from '../src/attacks/stage.ts'
import { memberOf } from '../src/devices.ts'

test('a message whose epoch was over long before it came is sealed again, and arrives once', async () => {
  const stage = await createStage(71)
  const { world, ava, ben, evil } = stage
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(5_000)
  const people = [ben, cy].map(accountOf)
  const made = await finish(world, memberOf(ava).commands.createGroup({ kind: 'group', title: 'Crew', people }))
  if (!made.ok) throw new Error(made.code)
  const chatId = made.value
  await world.time.run(5_000)
  const [before = 0] = [held(ava, chatId)?.current.epoch]
  // Ava's row does not reach the server, and nothing reaches Ava, while Ben changes the group again and again.
  evil.onRequest('append', (request, who) => (who === 'Ava' ? 'drop' : { pass: request }))
  evil.onEvent('row', (value, who) => (who === 'Ava' ? 'drop' : { pass: value }))
  evil.onAnswer('fetch-rows', (answer, who) => (who === 'Ava' ? { refuse: 'server-busy' } : { pass: answer }))
  await send(ava, chatId, 'sealed long ago')
  await world.time.run(1_000)
  for (const title of ['One', 'Two', 'Three', 'Four']) {
    await memberOf(ben).commands.renameGroup({ chatId, title })
    await world.time.run(20_000)
  }
  evil.turnHonest()
  ava.crash(false)
  await ava.start()
  await world.time.run(120_000)
  expect(held(ava, chatId)?.current.epoch).toBeGreaterThanOrEqual(before + 4)
  for (const person of [ben, cy]) expect(texts(person, chatId)).toEqual(['sealed long ago'])
  expect(textRows(ava, chatId)).toMatchObject([{ text: 'sealed long ago' }])
  expect(textRows(ava, chatId)[0]).not.toMatchObject({ state: 'waiting' })
})

test('who is struck down before what was read is kept has told nobody, and reads it again', async () => {
  const { world, ava, ben, withBen, withAva } = await createStage(72)
  await send(ava, withBen, 'one')
  await world.time.run(10_000)
  let struck = false
  ben.strikeAt('before', () => {
    struck = true
    ben.crash(false)
  })
  await send(ava, withBen, 'two')
  await world.time.run(5_000)
  expect(struck).toBe(true)
  await ben.start()
  await world.time.run(30_000)
  expect(ben.stopped()).toBeUndefined()
  expect(texts(ben, withAva)).toEqual(['one', 'two'])
})
