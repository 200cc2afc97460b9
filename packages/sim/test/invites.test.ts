import { expect, test } from 'vitest'
import { createStage, finish, inviteLink } from '../src/attacks/stage.ts'

const known = (stage: Awaited<ReturnType<typeof createStage>>): number =>
  Number(stage.world.serverDatabase().prepare('SELECT count(*) AS n FROM invite').get()?.['n'])

test('an invite link is given when the server knows the invite, and not before', async () => {
  const stage = await createStage(1)
  const before = known(stage)
  let isGiven = false
  const making = stage.ava.member()?.commands.createInvite() ?? Promise.reject(new Error('nobody there'))
  void making.then(() => (isGiven = true))
  while (!isGiven) {
    await stage.world.time.run(5)
    if (isGiven) expect(known(stage)).toBe(before + 1)
  }
  expect(await making).toMatchObject({ ok: true })
})

test('without a server no link is given, in words, and the device goes on', async () => {
  const stage = await createStage(2)
  stage.world.crashServer()
  const making = stage.ava.member()?.commands.createInvite() ?? Promise.reject(new Error('nobody there'))
  expect(await finish(stage.world, making, 11_000)).toEqual({ ok: false, code: 'offline' })
  stage.world.startServer()
  await stage.world.time.run(60_000)
  const again = stage.ava.member()?.commands.createInvite() ?? Promise.reject(new Error('nobody there'))
  expect(await finish(stage.world, again, 11_000)).toMatchObject({ ok: true })
  expect(stage.world.faults).toEqual([])
})

test('whoever joins has the inviter, and waits for nothing but the confirmation, from the first moment', async () => {
  const { world, ava } = await createStage(3)
  const cy = world.addPerson('Cy')
  const joining = cy.join(await inviteLink(world, ava))
  const seen: unknown[] = []
  for (let steps = 0; steps < 4_000 && seen.length < 200; steps++) {
    await world.time.run(5)
    const people = cy
      .member()
      ?.query('chats', undefined)
      .items.flatMap((item) => ('person' in item ? [item.person] : []))
    if (people !== undefined) seen.push(people.map((one) => [one.name, one.standing, one.isSelf || one.invitedSelf]))
  }
  expect(await joining).toMatchObject({ ok: true })
  const asShown = (standing: string): unknown => expect.arrayContaining([['Ava', standing, true]])
  expect(seen[0]).toEqual(asShown('waiting'))
  expect(seen.at(-1)).toEqual(asShown('confirmed'))
  for (const each of seen) expect(JSON.stringify(each)).not.toContain('lapsed')
})
