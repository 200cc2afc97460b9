/** An account on several equal devices: let in, brought into everything, removed. */
import { expect, test } from 'vitest'
import type { DeviceView } from '@halyard/client'
import { addDevice, memberOf } from '../src/devices.ts'
import type { Person } from '../src/person.ts'
import { accountOf, alarms, createStage, finish, invite, send, textRows, texts } from '../src/attacks/stage.ts'

const devices = (person: Person): readonly DeviceView[] => memberOf(person).query('devices', undefined)
const names = (person: Person): readonly string[] => devices(person).map((one) => one.name)

test('a second device has the same account, is brought into every conversation, and both read and write', async () => {
  const { world, ava, ben, withBen, withAva } = await createStage(1)
  await send(ava, 'me', 'note to self')
  const made = await finish(
    world,
    memberOf(ava).commands.createGroup({ kind: 'group', title: 'Crew', people: [accountOf(ben)] }),
  )
  if (!made.ok) throw new Error(made.code)
  await world.time.run(10_000)
  const phone = await addDevice(world, ava, 'Ava phone')
  expect(accountOf(phone)).toBe(accountOf(ava))
  expect(devices(ava)).toMatchObject([
    { isSelf: true, addedBy: 'first' },
    { isSelf: false, isNew: true },
  ])
  expect(names(phone)).toContain('Simulated browser')
  for (const chat of ['me', withBen, made.value])
    expect(memberOf(phone).query('conversation', { chatId: chat })).toMatchObject({
      exists: true,
      deviceCount: chat === 'me' ? 2 : 3,
    })
  for (const [from, text] of [
    [ava, 'from the desk'],
    [phone, 'from the phone'],
    [ben, 'from Ben'],
  ] as const) {
    await send(from, from === ben ? withAva : withBen, text)
    await send(from, made.value, text)
    await world.time.run(3_000)
  }
  const all = ['from the desk', 'from the phone', 'from Ben']
  for (const person of [ava, phone, ben]) {
    expect(texts(person, person === ben ? withAva : withBen)).toEqual(all)
    expect(texts(person, made.value)).toEqual(all)
  }
  // Written on one device is own on the other, and its ticks are the same.
  expect(textRows(phone, withBen).map((row) => [row.own, row.state])).toEqual([
    [true, 'delivered'],
    [true, 'delivered'],
    [false, undefined],
  ])
  await send(phone, 'me', 'from the phone')
  await world.time.run(3_000)
  expect(texts(ava, 'me')).toEqual(['note to self', 'from the phone'])
  for (const person of [ava, phone, ben]) expect(alarms(person)).toEqual([])
  expect(world.faults).toEqual([])
})

test('an older copy of one device beside the account’s other: the copy stops, the other goes on', async () => {
  const { world, ava, ben, withBen, withAva } = await createStage(9)
  const phone = await addDevice(world, ava, 'Ava phone')
  const image = phone.disk.copy()
  await send(phone, withBen, 'newer')
  await world.time.run(5_000)
  phone.crash(false)
  phone.disk.restore(image)
  await phone.start()
  await send(phone, withBen, 'from the copy').catch(() => undefined)
  await world.time.run(60_000)
  expect(phone.stopped()).toBe('copied-device')
  await send(ava, withBen, 'from the desk')
  await world.time.run(5_000)
  for (const [person, chat] of [
    [ava, withBen],
    [ben, withAva],
  ] as const)
    expect(texts(person, chat)).toEqual(['newer', 'from the desk'])
  expect(alarms(ava)).toEqual([])
  expect(world.faults).toEqual([])
})

test('25 Welcomes at once: more than new key packages fit one request, and all of them count', async () => {
  const { world, ava, evil } = await createStage(10)
  for (let made = 0; made < 25; made++)
    await finish(world, memberOf(ava).commands.createGroup({ kind: 'group', title: `${made}`, people: [] }), 500)
  // "Me" comes first, and with it the key packages go to who brings it in; what follows comes in one piece.
  let isFirst = true
  evil.onAnswer('fetch-mailbox', (answer, who) => {
    if (who !== 'Ava phone') return { pass: answer }
    const pass = isFirst ? answer : { items: [], more: false }
    if (answer.items.length > 0) isFirst = false
    return { pass }
  })
  const phone = await addDevice(world, ava, 'Ava phone')
  await world.time.run(60_000)
  evil.turnHonest()
  await world.time.run(120_000)
  const groups = memberOf(phone)
    .query('chats', undefined)
    .items.filter((item) => memberOf(phone).query('conversation', { chatId: item.chatId })?.exists === true)
  expect(groups.filter((item) => item.kind === 'group')).toHaveLength(25)
  expect(world.faults).toEqual([])
})

test('two devices one after the other: both stand in everything, and the server is not asked for keys in vain', async () => {
  const { world, ava, ben, evil, withAva } = await createStage(31)
  await addDevice(world, ava, 'Ava phone')
  const tablet = await addDevice(world, ava, 'Ava tablet')
  expect(memberOf(tablet).query('conversation', { chatId: 'me' })).toMatchObject({ exists: true, deviceCount: 3 })
  expect(memberOf(ben).query('conversation', { chatId: withAva })).toMatchObject({ deviceCount: 4 })
  expect(evil.asked('Ava', 'claim-key-packages')).toBeLessThan(8)
  expect(world.faults).toEqual([])
})

test('what begins after a device came reaches it: new people, new groups, whoever begins them', async () => {
  const { world, ava, ben } = await createStage(2)
  await world.time.run(10_000)
  const phone = await addDevice(world, ava, 'Ava phone')
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(20_000)
  const byPhone = await finish(
    world,
    memberOf(phone).commands.createGroup({ kind: 'room', title: 'P', people: [accountOf(ben), accountOf(cy)] }),
  )
  const byBen = await finish(
    world,
    memberOf(ben).commands.createGroup({ kind: 'group', title: 'B', people: [accountOf(ava)] }),
  )
  if (!byPhone.ok || !byBen.ok) throw new Error('no groups')
  await world.time.run(30_000)
  await send(cy, accountOf(ava), 'hello')
  await world.time.run(5_000)
  for (const device of [ava, phone]) {
    expect(memberOf(device).query('conversation', { chatId: byPhone.value })).toMatchObject({
      peopleCount: 3,
      deviceCount: 4,
    })
    expect(memberOf(device).query('conversation', { chatId: byBen.value })).toMatchObject({
      peopleCount: 2,
      deviceCount: 3,
    })
    expect(texts(device, accountOf(cy))).toEqual(['hello'])
    expect(alarms(device)).toEqual([])
  }
  expect(world.faults).toEqual([])
})

test('read on one device is read on the other', async () => {
  const { world, ava, ben, withBen, withAva } = await createStage(3)
  const phone = await addDevice(world, ava, 'Ava phone')
  await send(ben, withAva, 'unread')
  await world.time.run(3_000)
  const unread = (person: Person) => memberOf(person).query('conversation', { chatId: withBen })?.unread
  expect([unread(ava), unread(phone)]).toEqual([1, 1])
  const position = memberOf(phone).query('conversation', { chatId: withBen })?.newestPosition ?? 0
  await memberOf(phone).commands.markRead({ chatId: withBen, position })
  await world.time.run(3_000)
  expect([unread(ava), unread(phone)]).toEqual([0, 0])
})

test('T-41 the server alone says that a device was removed: it stops, says that nothing proves it, and goes on later', async () => {
  const { world, evil, ava, withBen } = await createStage(9)
  evil.onRequest('log-in', (request, who) => (who === 'Ava' ? { refuse: 'device-removed' } : { pass: request }))
  await ava.quit()
  await ava.start()
  await world.time.run(5_000)
  expect(ava.stopped()).toBe('removal-unproven')
  expect(ava.ended()).toBeUndefined()
  evil.turnHonest()
  await ava.quit()
  await ava.start()
  await send(ava, withBen, 'still here')
  await world.time.run(5_000)
  expect(textRows(ava, withBen).at(-1)?.state).toBe('delivered')
})

test('a third device: the others are told, and may keep or remove it', async () => {
  const { world, ava, ben, withBen, withAva } = await createStage(4)
  const phone = await addDevice(world, ava, 'Ava phone')
  const tablet = await addDevice(world, phone, 'Ava tablet')
  expect(alarms(ava)).toEqual(['device-added'])
  expect([alarms(phone), alarms(tablet)]).toEqual([[], []])
  const [intruder] = devices(ava).filter(
    (one) => one.addedBy !== 'first' && one.addedAtMs > (devices(phone)[0]?.addedAtMs ?? 0),
  )
  if (intruder === undefined) throw new Error('the tablet is not listed')
  expect(await finish(world, memberOf(ava).commands.removeDevice(intruder.deviceId))).toMatchObject({ ok: true })
  await world.time.run(10_000)
  expect(tablet.stopped()).toBe('device-removed')
  expect(tablet.ended()).toMatchObject({ by: 'device', name: '' })
  expect(devices(phone)).toHaveLength(2)
  await send(ben, withAva, 'after it is gone')
  await world.time.run(3_000)
  for (const person of [ava, phone]) expect(texts(person, withBen)).toEqual(['after it is gone'])
  expect(memberOf(ben).query('conversation', { chatId: withAva })).toMatchObject({ deviceCount: 3 })
  expect(texts(tablet, withBen)).toEqual([])
  expect(world.faults).toEqual([])
})
