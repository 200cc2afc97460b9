/** What all devices of an account agree on: drafts, mutes, settings, how far was read (trust.md §3, Account state). */
import { expect, test } from 'vitest'
import { addDevice, memberOf } from '../src/devices.ts'
import type { Person } from '../src/person.ts'
import { accountOf, alarms, createStage, finish, invite, send } from '../src/attacks/stage.ts'

const draft = (person: Person, chatId: string): string | undefined =>
  memberOf(person).query('conversation', { chatId })?.draft
const muted = (person: Person, chatId: string): boolean | undefined =>
  memberOf(person).query('conversation', { chatId })?.muted
const unread = (person: Person, chatId: string): number | undefined =>
  memberOf(person).query('conversation', { chatId })?.unread

test('drafts, mutes and settings of one device are those of all; sent on one is gone on the others', async () => {
  const { world, ava, withBen } = await createStage(21)
  await memberOf(ava).commands.setDraft({ chatId: withBen, text: 'half a' })
  await memberOf(ava).commands.setMuted({ chatId: withBen, muted: true })
  await world.time.run(5_000)
  const phone = await addDevice(world, ava, 'Ava phone')
  await world.time.run(5_000)
  // What was there before the device came is there as well.
  expect([draft(phone, withBen), muted(phone, withBen)]).toEqual(['half a', true])
  await memberOf(phone).commands.setDraft({ chatId: withBen, text: 'half a thought' })
  await memberOf(phone).commands.changeSettings({ sendReadReceipts: false, idleMinutes: 5 })
  await world.time.run(10_000)
  expect(draft(ava, withBen)).toBe('half a thought')
  const settings = (person: Person) => memberOf(person).query('settings', undefined)
  // When a device locks is its own affair.
  expect([settings(ava), settings(phone).idleMinutes]).toMatchObject([{ sendReadReceipts: false, idleMinutes: 15 }, 5])
  await send(ava, withBen, 'half a thought')
  await memberOf(ava).commands.setMuted({ chatId: withBen, muted: false })
  await world.time.run(10_000)
  expect([draft(phone, withBen), muted(phone, withBen)]).toEqual(['', false])
  for (const person of [ava, phone]) expect(alarms(person)).toEqual([])
  expect(world.faults).toEqual([])
})

test('two devices that write at once, one of them without a connection for a while, lose nothing', async () => {
  const { world, ava, ben, withBen } = await createStage(22)
  const phone = await addDevice(world, ava, 'Ava phone')
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(10_000)
  const withCy = accountOf(cy)
  world.network.parted = true
  await memberOf(ava).commands.setDraft({ chatId: withBen, text: 'at the desk' })
  await memberOf(phone).commands.setDraft({ chatId: withCy, text: 'on the way' })
  await memberOf(phone).commands.setMuted({ chatId: withBen, muted: true })
  await world.time.run(30_000)
  world.network.parted = false
  await world.time.run(180_000)
  for (const person of [ava, phone]) {
    expect([draft(person, withBen), draft(person, withCy), muted(person, withBen)]).toEqual([
      'at the desk',
      'on the way',
      true,
    ])
    expect(alarms(person)).toEqual([])
  }
  void ben
  expect(world.faults).toEqual([])
})

test('read on one device is read on the other, though nobody is told', async () => {
  const { world, ava, ben, withBen, withAva } = await createStage(23)
  const phone = await addDevice(world, ava, 'Ava phone')
  await memberOf(ava).commands.changeSettings({ sendReadReceipts: false })
  await world.time.run(10_000)
  await send(ben, withAva, 'one')
  await send(ben, withAva, 'two')
  await world.time.run(5_000)
  expect([unread(ava, withBen), unread(phone, withBen)]).toEqual([2, 2])
  const position = memberOf(phone).query('conversation', { chatId: withBen })?.newestPosition ?? 0
  await memberOf(phone).commands.markRead({ chatId: withBen, position })
  await world.time.run(150_000)
  expect([unread(ava, withBen), unread(phone, withBen)]).toEqual([0, 0])
  await send(ben, withAva, 'three')
  await world.time.run(5_000)
  expect([unread(ava, withBen), unread(phone, withBen)]).toEqual([1, 1])
  expect(world.faults).toEqual([])
})

test('who comes back with a card finds drafts, mutes and names of devices', async () => {
  const { world, ava, withBen } = await createStage(24)
  const drawn = await memberOf(ava).commands.drawRecoveryKey()
  if (!drawn.ok) throw new Error(drawn.code)
  expect(await finish(world, memberOf(ava).commands.keepRecoveryKey())).toMatchObject({ ok: true })
  await world.time.run(10_000)
  await memberOf(ava).commands.setDraft({ chatId: withBen, text: 'before the loss' })
  await memberOf(ava).commands.setMuted({ chatId: withBen, muted: true })
  await world.time.run(10_000)
  await ava.quit()
  const clean = world.addPerson('Clean')
  const restoring = clean.restore(drawn.value.join(' '))
  await world.time.run(20_000)
  expect(await restoring).toMatchObject({ ok: true })
  await world.time.run(60_000)
  expect([draft(clean, withBen), muted(clean, withBen)]).toEqual(['before the loss', true])
  // And goes on from there, for whoever comes next.
  await memberOf(clean).commands.setDraft({ chatId: withBen, text: 'after it' })
  await world.time.run(10_000)
  expect(alarms(clean)).toEqual([])
  expect(world.faults).toEqual([])
})
