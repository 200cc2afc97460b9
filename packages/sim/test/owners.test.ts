/** What owners decide for the network: who is put out of it, and who else decides. */
import { expect, test } from 'vitest'
import { addDevice, memberOf } from '../src/devices.ts'
import {
  accountOf,
  alarms,
  createStage,
  finish,
  invite,
  inviteLink,
  send,
  standingOf,
  texts,
} from '../src/attacks/stage.ts'

const group = async (
  stage: Awaited<ReturnType<typeof createStage>>,
  people: readonly Parameters<typeof accountOf>[0][],
) => {
  const made = await finish(
    stage.world,
    memberOf(stage.ava).commands.createGroup({ kind: 'group', title: 'Crew', people: people.map(accountOf) }),
  )
  if (!made.ok) throw new Error(made.code)
  await stage.world.time.run(10_000)
  return made.value
}

test('an owner puts somebody out: they learn by whom, everybody else closes every door, names stay readable', async () => {
  const stage = await createStage(41)
  const { world, ava, ben } = stage
  await world.time.run(10_000)
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(20_000)
  const crew = await group(stage, [ben, cy])
  await send(cy, crew, 'here')
  await world.time.run(3_000)
  const gone = accountOf(cy)
  // Nobody of the two others hears of it now: their clients close the doors when they are back.
  await ben.quit()
  expect(await finish(world, memberOf(ava).commands.removeFromNetwork(gone))).toMatchObject({ ok: true })
  await world.time.run(20_000)
  expect([cy.stopped(), cy.ended()]).toMatchObject(['device-removed', { by: 'owner' }])
  await ben.start()
  await world.time.run(30_000)
  for (const person of [ava, ben]) {
    expect(memberOf(person).query('conversation', { chatId: crew })).toMatchObject({ peopleCount: 2, deviceCount: 2 })
    expect(texts(person, crew)).toContain('here')
  }
  // Who comes now is named to both, and both to them: the new key went round.
  const dee = await invite(world, ava, 'Dee')
  await world.time.run(30_000)
  const added = memberOf(ava).commands.addPeople({ chatId: crew, people: [accountOf(dee)] })
  expect(await finish(world, added)).toMatchObject({ ok: true })
  await world.time.run(30_000)
  for (const person of [ava, ben, dee]) {
    const names = memberOf(person)
      .query('members', { chatId: crew })
      .map((one) => one.person.name)
    expect(names.toSorted()).toEqual(['Ava', 'Ben', 'Dee'])
  }
  for (const person of [ava, ben, dee]) expect(alarms(person)).toEqual([])
  expect(world.faults).toEqual([])
})

test('the new key comes before the link that puts it in force: it is taken all the same', async () => {
  const { world, ava, ben, evil } = await createStage(44)
  await world.time.run(10_000)
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(20_000)
  // What is new in the network is kept from Ben for a while, the conversations are not.
  evil.onAnswer('fetch-feed', (answer, who) => ({
    pass: who === 'Ben' ? { ...answer, items: [], more: false } : answer,
  }))
  expect(await finish(world, memberOf(ava).commands.removeFromNetwork(accountOf(cy)))).toMatchObject({ ok: true })
  await world.time.run(20_000)
  evil.turnHonest()
  await world.time.run(90_000)
  const dee = await invite(world, ava, 'Dee')
  await world.time.run(30_000)
  const made = memberOf(ava).commands.createGroup({
    kind: 'group',
    title: 'Crew',
    people: [accountOf(ben), accountOf(dee)],
  })
  const chat = await finish(world, made)
  if (!chat.ok) throw new Error(chat.code)
  await world.time.run(30_000)
  for (const person of [ben, dee])
    expect(
      memberOf(person)
        .query('members', { chatId: chat.value })
        .map((one) => one.person.name)
        .toSorted(),
    ).toEqual(['Ava', 'Ben', 'Dee'])
  expect(world.faults).toEqual([])
})

test('an invite that was out while somebody was put out stays valid; its holder is named by the new key', async () => {
  const { world, ava, ben } = await createStage(45)
  await world.time.run(10_000)
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(20_000)
  const link = await inviteLink(world, ava)
  const ofBen = await inviteLink(world, ben)
  expect(await finish(world, memberOf(ava).commands.removeFromNetwork(accountOf(cy)))).toMatchObject({ ok: true })
  await world.time.run(20_000)
  const [dee, eve] = [world.addPerson('Dee'), world.addPerson('Eve')]
  expect(await finish(world, dee.join(link), 20_000)).toMatchObject({ ok: true })
  expect(await finish(world, eve.join(ofBen), 20_000)).toMatchObject({ ok: true })
  await world.time.run(60_000)
  for (const person of [ava, ben, dee, eve]) {
    const people = memberOf(person)
      .query('chats', undefined)
      .items.flatMap((item) => (item.kind === 'direct' ? [item.person] : []))
    const others = ['Ava', 'Ben', 'Dee', 'Eve'].filter((name) => name !== person.name)
    expect(
      people
        .filter((one) => one.standing === 'confirmed')
        .map((one) => one.name)
        .sort(),
    ).toEqual(others)
    expect(alarms(person)).toEqual([])
  }
  expect(world.faults).toEqual([])
})

test('a second owner decides as well; who is none does not; nobody puts themself out', async () => {
  const { world, ava, ben } = await createStage(42)
  await world.time.run(10_000)
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(20_000)
  const put = (by: typeof ava, who: typeof ava) =>
    finish(world, memberOf(by).commands.removeFromNetwork(accountOf(who)))
  expect(await put(ben, cy)).toMatchObject({ ok: false, code: 'policy-denied' })
  expect(await put(ava, ava)).toMatchObject({ ok: false, code: 'policy-denied' })
  expect(await finish(world, memberOf(ava).commands.makeOwner(accountOf(ben)))).toMatchObject({ ok: true })
  await world.time.run(5_000)
  await send(cy, accountOf(ava), 'hello')
  await world.time.run(3_000)
  expect(await put(ben, cy)).toMatchObject({ ok: true })
  await world.time.run(20_000)
  expect([standingOf(ava, accountOf(cy)), cy.stopped()]).toEqual(['removed', 'device-removed'])
  expect(world.faults).toEqual([])
})

test('an account on two devices is put out with both', async () => {
  const { world, ava, ben } = await createStage(43)
  await world.time.run(10_000)
  const phone = await addDevice(world, ben, 'Ben phone')
  await world.time.run(10_000)
  expect(await finish(world, memberOf(ava).commands.removeFromNetwork(accountOf(ben)))).toMatchObject({ ok: true })
  await world.time.run(20_000)
  expect([ben.stopped(), phone.stopped()]).toEqual(['device-removed', 'device-removed'])
  expect(world.faults).toEqual([])
})
