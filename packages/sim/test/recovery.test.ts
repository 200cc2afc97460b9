/** Everything lost but a card: the same person, the same conversations, by whoever is there (trust.md §3 (b)). */
import { expect, test } from 'vitest'
import { assert } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import { addDevice, memberOf } from '../src/devices.ts'
import type { Person } from '../src/person.ts'
import { accountOf, alarms, createStage, finish, invite, send, texts } from '../src/attacks/stage.ts'
import type { World } from '../src/world.ts'

const card = async (world: World, person: Person): Promise<string> => {
  const drawn = await memberOf(person).commands.drawRecoveryKey()
  assert(drawn.ok, 'no card')
  expect(await finish(world, memberOf(person).commands.keepRecoveryKey())).toMatchObject({ ok: true })
  return drawn.value.join(' ')
}
const comeBack = async (world: World, words: string, name = 'Clean'): Promise<readonly [Person, Result<unknown>]> => {
  const clean = world.addPerson(name)
  const restoring = clean.restore(words)
  await world.time.run(20_000)
  return [clean, await restoring]
}

test('a card brings back account, people, direct conversations and groups; what is written from now on is read', async () => {
  const { world, ava, ben, withAva } = await createStage(5)
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(10_000)
  const group = await finish(
    world,
    memberOf(ben).commands.createGroup({ kind: 'group', title: 'Crew', people: [accountOf(ava), accountOf(cy)] }),
  )
  if (!group.ok) throw new Error(group.code)
  await world.time.run(5_000)
  await send(ben, withAva, 'before the loss')
  await send(ava, 'me', 'own note')
  await world.time.run(5_000)
  const account = accountOf(ava)
  const words = await card(world, ava)
  await ava.quit()
  const [clean, restored] = await comeBack(world, words)
  expect(restored).toMatchObject({ ok: true })
  await world.time.run(60_000)
  expect(accountOf(clean)).toBe(account)
  const chats = memberOf(clean).query('chats', undefined)
  expect(chats.networkName).toBe('Northwind')
  expect(chats.self.name).toBe('Ava')
  expect(chats.items.flatMap((item) => ('person' in item ? [item.person.name] : [item.title])).sort()).toEqual([
    'Ava',
    'Ben',
    'Crew',
    'Cy',
  ])
  expect(memberOf(clean).query('recovery', undefined).waiting).toBe(0)
  for (const [chat, text] of [
    [accountOf(ben), 'back, direct'],
    [group.value, 'back, all'],
    ['me', 'a new note'],
  ] as const)
    await send(clean, chat, text)
  await world.time.run(5_000)
  await send(ben, withAva, 'welcome back')
  await world.time.run(10_000)
  expect(texts(ben, withAva)).toEqual(['before the loss', 'back, direct', 'welcome back'])
  expect(texts(clean, accountOf(ben))).toEqual(['back, direct', 'welcome back'])
  for (const person of [ben, cy]) expect(texts(person, group.value)).toEqual(['back, all'])
  // The lost device's leaves went for it: as many devices as before.
  expect(memberOf(ben).query('conversation', { chatId: withAva })).toMatchObject({ deviceCount: 2 })
  expect(memberOf(ben).query('conversation', { chatId: group.value })).toMatchObject({ peopleCount: 3, deviceCount: 3 })
  for (const person of [ben, cy, clean]) expect(alarms(person)).toEqual([])
  expect(world.faults).toEqual([])
})

test('nobody is there: it waits, begins nothing anew, and is let in as they come', async () => {
  const { world, ava, ben, withAva } = await createStage(6)
  const words = await card(world, ava)
  await Promise.all([ava.quit(), ben.quit()])
  const [clean, restored] = await comeBack(world, words)
  expect(restored).toMatchObject({ ok: true })
  expect(memberOf(clean).query('recovery', undefined).waiting).toBe(1)
  const chat = memberOf(clean)
    .query('chats', undefined)
    .items.find((item) => item.kind === 'direct')?.chatId
  assert(chat !== undefined, 'nobody is listed')
  await send(clean, chat, 'written while alone')
  await world.time.run(60_000)
  expect(memberOf(clean).query('conversation', { chatId: chat })?.exists).toBe(false)
  await ben.start()
  await world.time.run(60_000)
  expect(texts(ben, withAva)).toEqual(['written while alone'])
  expect(memberOf(clean).query('conversation', { chatId: chat })).toMatchObject({ exists: true, deviceCount: 2 })
  expect(world.faults).toEqual([])
})

test('another device is still there: it hears of it, and brings the new one in', async () => {
  const { world, ava, ben, withBen } = await createStage(7)
  const phone = await addDevice(world, ava, 'Phone')
  const words = await card(world, phone)
  await ava.quit()
  const [clean] = await comeBack(world, words)
  await world.time.run(60_000)
  expect(alarms(phone)).toContain('device-added')
  expect(
    memberOf(phone)
      .query('devices', undefined)
      .map((one) => one.addedBy),
  ).toContain('card')
  await send(clean, withBen, 'from the third')
  await world.time.run(5_000)
  expect(texts(phone, withBen)).toEqual(['from the third'])
  expect(texts(ben, accountOf(phone))).toEqual(['from the third'])
  expect(world.faults).toEqual([])
})

test('a card that was replaced is outdated; one never kept, mistyped, or of nobody opens nothing', async () => {
  const { world, ava } = await createStage(8)
  const first = await card(world, ava)
  const second = await card(world, ava)
  const drawn = await memberOf(ava).commands.drawRecoveryKey()
  assert(drawn.ok, 'no card')
  expect((await comeBack(world, first, 'First'))[1]).toMatchObject({ code: 'recovery-replaced' })
  expect((await comeBack(world, drawn.value.join(' '), 'Drawn'))[1]).toMatchObject({ code: 'recovery-unknown' })
  expect((await comeBack(world, `${second} one`, 'Typed'))[1]).toMatchObject({ code: 'recovery-unknown' })
  expect((await comeBack(world, second, 'Second'))[1]).toMatchObject({ ok: true })
  expect(world.faults).toEqual([])
})
