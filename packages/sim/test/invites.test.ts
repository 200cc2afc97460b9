import { expect, test } from 'vitest'
import { chatWith, createStage, finish, inviteLink, texts } from '../src/attacks/stage.ts'
import type { Stage } from '../src/attacks/stage.ts'
import type { Person } from '../src/person.ts'

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

/** Somebody joins; when they are about to begin the conversation, `then`. Ava writes in the moment in which she can. */
const writeAtOnce = async (seed: number, then: (stage: Stage) => 'pass' | 'drop') => {
  const stage = await createStage(seed)
  const { world, ava, evil } = stage
  const cy = world.addPerson('Cy')
  evil.onRequest('claim-key-packages', (request, who) =>
    who === 'Cy' && then(stage) === 'drop' ? 'drop' : { pass: request },
  )
  void cy.join(await inviteLink(world, ava)).catch(() => undefined)
  const chatOf = (): string | undefined =>
    ava
      .member()
      ?.query('chats', undefined)
      .items.find((item) => 'person' in item && !item.person.isSelf && item.chatId !== stage.withBen)?.chatId
  for (let steps = 0; steps < 4_000 && chatOf() === undefined; steps++) await world.time.run(5)
  const chatId = chatOf() ?? ''
  void ava.member()?.commands.send({ chatId, text: 'Welcome here', ranges: [] })
  const conversations = (person: Person): number =>
    person.database().all('SELECT 1 FROM conversations g JOIN chats c ON c.chat = g.chat WHERE c.kind = ?', ['person'])
      .length
  return { world, ava, cy, chatId, conversations }
}

test('the inviter who writes at once waits for the conversation that the newcomer begins: there is one', async () => {
  const { world, ava, cy, chatId, conversations } = await writeAtOnce(4, ({ world: { network } }) => {
    // Long enough that both would have begun one before they hear of the other's.
    network.weather = { ...network.weather, latencyMaxMs: 1_500 }
    return 'pass'
  })
  await world.time.run(60_000)
  // With oneself, and with each other; Ava has Ben as well.
  expect([conversations(ava), conversations(cy)]).toEqual([3, 2])
  expect(texts(ava, chatId)).toEqual(['Welcome here'])
  expect(texts(cy, chatWith(cy, 'Ava'))).toEqual(['Welcome here'])
})

test('a newcomer who is struck down before beginning it does not keep the inviter from writing', async () => {
  const { world, ava, cy, chatId, conversations } = await writeAtOnce(5, () => 'drop')
  await world.time.run(2_000)
  cy.crash(false)
  await world.time.run(30_000)
  expect(conversations(ava)).toBe(3)
  expect(ava.rows(chatId).at(-1)).toMatchObject({ kind: 'text', state: 'sent' })
  await cy.start()
  await world.time.run(30_000)
  expect(texts(cy, chatWith(cy, 'Ava'))).toEqual(['Welcome here'])
})
