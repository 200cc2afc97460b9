/** Groups and rooms as people use them: made, grown, renamed, left, and put out of, with the real cores. */
import { beforeEach, expect, test } from 'vitest'
import { loadGroup } from '@halyard/client'
import type { Result } from '@halyard/protocol'
import type { ConversationView, MemberView, TimelineRow } from '@halyard/client'
import { addDevice } from '../src/devices.ts'
import type { Person } from '../src/person.ts'
import { accountOf, alarms, createStage, finish, invite, send, textRows, texts } from '../src/attacks/stage.ts'
import type { Stage } from '../src/attacks/stage.ts'

let stage: Stage
let cy: Person
let all: readonly Person[]

const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const view = (person: Person, chatId: string): ConversationView | undefined =>
  person.member()?.query('conversation', { chatId })
const listed = (person: Person, chatId: string): readonly MemberView[] =>
  person.member()?.query('members', { chatId }) ?? []
const names = (person: Person, chatId: string): readonly string[] =>
  [...listed(person, chatId)].map((one) => one.person.name).sort()
const notices = (person: Person, chatId: string): readonly (TimelineRow & { kind: 'notice' })[] =>
  person.rows(chatId).filter((row): row is TimelineRow & { kind: 'notice' } => row.kind === 'notice')
const told = (person: Person, chatId: string): readonly string[] =>
  notices(person, chatId).map(
    (row) => `${row.person?.name ?? '-'} ${row.notice} ${row.subject?.name ?? row.text ?? '-'}`,
  )
const commands = (person: Person) => {
  const member = person.member()
  if (member === undefined) throw new Error(`${person.name} is not there`)
  return member.commands
}
const done = async (result: Promise<Result<unknown>>): Promise<void> => {
  expect(await result).toMatchObject({ ok: true })
  await wait(3_000)
}

const create = async (kind: 'group' | 'room', title: string, people: readonly Person[]): Promise<string> => {
  const made = await finish(
    stage.world,
    commands(stage.ava).createGroup({ kind, title, people: people.map(accountOf) }),
  )
  if (!made.ok) throw new Error(made.code)
  await wait(5_000)
  return made.value
}

beforeEach(async () => {
  stage = await createStage(1)
  cy = await invite(stage.world, stage.ava, 'Cy')
  all = [stage.ava, stage.ben, cy]
  await wait(10_000)
})

test('what is written at once in a new group is read by everybody it was made with', async () => {
  const { ava, ben } = stage
  const made = commands(ava).createGroup({ kind: 'room', title: 'Crew', people: [ben, cy].map(accountOf) })
  await wait(1)
  const chat = view(ava, (await made).ok ? ((await made) as { value: string }).value : '')?.chatId ?? ''
  await send(ava, chat, 'first words')
  await wait(15_000)
  for (const person of all) expect(texts(person, chat)).toEqual(['first words'])
})

test('a group is made: everybody is in it, with their names, and reads what is written', async () => {
  const chat = await create('group', 'Crew', [stage.ben, cy])
  for (const person of all) {
    expect(view(person, chat)).toMatchObject({
      kind: 'group',
      title: 'Crew',
      peopleCount: 3,
      deviceCount: 3,
      exists: true,
    })
    expect(names(person, chat)).toEqual(['Ava', 'Ben', 'Cy'])
  }
  for (const person of all) {
    await send(person, chat, `from ${person.name}`)
    await wait(2_000)
  }
  for (const person of all) {
    expect(texts(person, chat)).toEqual(['from Ava', 'from Ben', 'from Cy'])
    expect(textRows(person, chat).map((row) => row.author.name)).toEqual(['Ava', 'Ben', 'Cy'])
    expect(textRows(person, chat).find((row) => row.own)?.state).toBe('delivered')
    expect(alarms(person)).toEqual([])
  }
  expect(told(stage.ava, chat)).toEqual(['Ava created Crew', 'Ava added Ben', 'Ava added Cy'])
  expect(told(stage.ben, chat)).toEqual(['Ava added Ben'])
  expect(stage.world.faults).toEqual([])
})

test('read by whom: counted as they read, and read when all have', async () => {
  const chat = await create('group', 'Crew', [stage.ben, cy])
  await send(stage.ava, chat, 'who reads')
  await wait(2_000)
  const own = () => textRows(stage.ava, chat)[0]
  for (const [index, person] of [stage.ben, cy].entries()) {
    await commands(person).markRead({ chatId: chat, position: view(person, chat)?.newestPosition ?? 0 })
    await wait(2_000)
    expect(own()).toMatchObject({ readBy: index + 1, state: index === 0 ? 'delivered' : 'read' })
  }
})

test('any member of a group adds and renames; nobody puts another out', async () => {
  const chat = await create('group', 'Crew', [stage.ben])
  await send(stage.ava, chat, 'before')
  await wait(2_000)
  await done(commands(stage.ben).addPeople({ chatId: chat, people: [accountOf(cy)] }))
  await done(commands(stage.ben).renameGroup({ chatId: chat, title: 'Night crew' }))
  for (const person of all) expect(view(person, chat)).toMatchObject({ title: 'Night crew', peopleCount: 3 })
  expect(texts(cy, chat)).toEqual([])
  expect(told(stage.ava, chat).slice(-2)).toEqual(['Ben added Cy', 'Ben renamed Night crew'])
  expect(await commands(stage.ava).removePerson({ chatId: chat, accountId: accountOf(cy) })).toMatchObject({
    code: 'policy-denied',
  })
  await send(cy, chat, 'after')
  await wait(2_000)
  for (const person of [stage.ava, stage.ben]) expect(texts(person, chat)).toEqual(['before', 'after'])
})

test('leaving: taken out by another, told who left, and nothing new opens', async () => {
  const chat = await create('group', 'Crew', [stage.ben, cy])
  await done(commands(stage.ben).leaveGroup(chat))
  await wait(10_000)
  expect(view(stage.ben, chat)).toMatchObject({ exists: false, ended: { by: { name: 'Ben' } } })
  expect(names(stage.ava, chat)).toEqual(['Ava', 'Cy'])
  expect(told(stage.ava, chat).at(-1)).toMatch(/left Ben$/)
  await send(stage.ava, chat, 'without you')
  await wait(3_000)
  expect(texts(cy, chat)).toEqual(['without you'])
  expect(texts(stage.ben, chat)).toEqual([])
  expect(await commands(stage.ben).send({ chatId: chat, text: 'x', ranges: [] })).toMatchObject({
    code: 'policy-denied',
  })
  // And may come back.
  await done(commands(cy).addPeople({ chatId: chat, people: [accountOf(stage.ben)] }))
  await send(stage.ben, chat, 'back')
  await wait(3_000)
  expect(texts(stage.ava, chat)).toEqual(['without you', 'back'])
  expect(stage.world.faults).toEqual([])
})

test('the last account in it leaves as well, with all its devices', async () => {
  const chat = await create('group', 'Crew', [stage.ben, cy])
  const phone = await addDevice(stage.world, stage.ava, 'Ava phone')
  await done(commands(stage.ben).leaveGroup(chat))
  await wait(10_000)
  await done(commands(cy).leaveGroup(chat))
  await wait(10_000)
  expect(names(stage.ava, chat)).toEqual(['Ava'])
  await done(commands(phone).leaveGroup(chat))
  await wait(20_000)
  for (const device of [stage.ava, phone]) {
    expect(view(device, chat)).toMatchObject({ exists: false, ended: { by: { isSelf: true } } })
    expect(loadGroup(device.database(), Buffer.from(chat, 'hex'))).toBe(undefined)
  }
  expect(stage.world.faults).toEqual([])
})

test('all who are left leave at the same moment: nobody waits for another', async () => {
  const chat = await create('group', 'Crew', [stage.ben])
  const phone = await addDevice(stage.world, stage.ben, 'Ben phone')
  stage.world.network.parted = true
  await Promise.all([commands(stage.ava).leaveGroup(chat), commands(stage.ben).leaveGroup(chat)])
  stage.world.network.parted = false
  await wait(180_000)
  for (const device of [stage.ava, stage.ben, phone])
    expect(view(device, chat)).toMatchObject({ exists: false, ended: { by: { isSelf: true } } })
  expect(stage.world.faults).toEqual([])
})

test('a room: moderators alone add, remove and rename; who was removed is told by whom, also when away meanwhile', async () => {
  const chat = await create('room', 'Desk', [stage.ben, cy])
  expect(
    listed(stage.ben, chat)
      .filter((one) => one.moderator)
      .map((one) => one.person.name),
  ).toEqual(['Ava'])
  expect(await commands(stage.ben).renameGroup({ chatId: chat, title: 'Mine' })).toMatchObject({
    code: 'policy-denied',
  })
  expect(await commands(stage.ben).removePerson({ chatId: chat, accountId: accountOf(cy) })).toMatchObject({
    code: 'policy-denied',
  })
  // Who goes, leaves: nobody takes out the leaf that commits.
  expect(await commands(stage.ava).removePerson({ chatId: chat, accountId: accountOf(stage.ava) })).toMatchObject({
    code: 'policy-denied',
  })
  await done(commands(stage.ava).setModerator({ chatId: chat, accountId: accountOf(stage.ben), moderator: true }))
  const accountId = accountOf(cy)
  await cy.quit()
  await done(commands(stage.ben).removePerson({ chatId: chat, accountId }))
  await send(stage.ava, chat, 'among us')
  await wait(3_000)
  expect(names(stage.ava, chat)).toEqual(['Ava', 'Ben'])
  await cy.start()
  await wait(5_000)
  expect(view(cy, chat)).toMatchObject({ exists: false, ended: { by: { name: 'Ben' } } })
  expect(texts(cy, chat)).toEqual([])
  expect(texts(stage.ben, chat)).toEqual(['among us'])
  // Its keys are gone from the disk's tables, and the server no longer lists it for this device.
  for (const table of ['conversations', 'epochs', 'ratchets', 'past_epochs', 'kept_epochs'])
    expect(
      cy.database().get(`SELECT count(*) AS n FROM ${table} WHERE conversation = ?`, [Buffer.from(chat, 'hex')]),
    ).toEqual({ n: 0 })
  expect(stage.world.faults).toEqual([])
})

test('put out and brought in again while away: reads both, and goes on', async () => {
  const chat = await create('room', 'Desk', [stage.ben, cy])
  const accountId = accountOf(cy)
  await send(stage.ben, chat, 'before')
  await wait(3_000)
  await cy.quit()
  await done(commands(stage.ava).removePerson({ chatId: chat, accountId }))
  await wait(10_000)
  await send(stage.ava, chat, 'among us')
  await done(commands(stage.ava).addPeople({ chatId: chat, people: [accountId] }))
  await wait(10_000)
  await send(stage.ava, chat, 'again')
  await wait(3_000)
  await cy.start()
  await wait(10_000)
  expect(cy.stopped()).toBe(undefined)
  expect(view(cy, chat)).toMatchObject({ exists: true, peopleCount: 3 })
  expect(texts(cy, chat)).toEqual(['before', 'again'])
  await send(cy, chat, 'here')
  await wait(5_000)
  expect(texts(stage.ben, chat)).toEqual(['before', 'among us', 'again', 'here'])
  expect(stage.world.faults).toEqual([])
})

test('two want different things: one of them stands, and it ends there', async () => {
  const chat = await create('group', 'Crew', [stage.ben, cy])
  await Promise.all([
    commands(stage.ava).renameGroup({ chatId: chat, title: 'Left' }),
    commands(stage.ben).renameGroup({ chatId: chat, title: 'Right' }),
  ])
  await wait(30_000)
  const titles = [stage.ava, stage.ben, cy].map((person) => {
    const shown = view(person, chat)
    return shown !== undefined && 'title' in shown ? shown.title : undefined
  })
  expect(new Set(titles).size).toBe(1)
  expect(loadGroup(cy.database(), Buffer.from(chat, 'hex'))?.current.epoch).toBeLessThan(8)
  expect(stage.world.faults).toEqual([])
})

test('two change it at once: both changes come to be', async () => {
  const chat = await create('group', 'Crew', [stage.ben, cy])
  const dee = await invite(stage.world, stage.ava, 'Dee')
  await wait(5_000)
  await Promise.all([
    commands(stage.ava).renameGroup({ chatId: chat, title: 'A' }),
    commands(stage.ben).addPeople({ chatId: chat, people: [accountOf(dee)] }),
    commands(cy).setDraft({ chatId: chat, text: 'x' }),
  ])
  await wait(60_000)
  for (const person of [...all, dee])
    expect(view(person, chat)).toMatchObject({ title: 'A', peopleCount: 4, changing: false })
  expect(stage.world.faults).toEqual([])
})

test('whose commit was taken and never answered, and who was put out after it, learns both', async () => {
  const chat = await create('room', 'Crew', [stage.ben, cy])
  const { ben, world } = stage
  const account = accountOf(ben)
  await done(commands(stage.ava).setModerator({ chatId: chat, accountId: account, moderator: true }))
  const conversation = Buffer.from(chat, 'hex')
  const rows = (): unknown =>
    world.serverDatabase().prepare('SELECT newest FROM conversation WHERE conversation = ?').get(conversation)?.[
      'newest'
    ]
  const before = rows()
  void commands(ben)
    .renameGroup({ chatId: chat, title: 'Ours' })
    .catch(() => undefined)
  // The server has the commit, and Ben dies before he hears of it.
  for (let ms = 0; rows() === before && ms < 1_000; ms++) await wait(1)
  expect(rows()).not.toBe(before)
  ben.crash(false)
  await wait(3_000)
  expect(view(cy, chat)).toMatchObject({ title: 'Ours' })
  await done(commands(stage.ava).removePerson({ chatId: chat, accountId: account }))
  await ben.start()
  await wait(30_000)
  expect(told(ben, chat).at(-1)).toBe('Ben renamed Ours')
  const item = ben
    .member()
    ?.query('chats', undefined)
    .items.find((one) => one.chatId === chat)
  expect(item).toMatchObject({ ended: { by: { name: 'Ava' } } })
  expect(loadGroup(ben.database(), conversation)).toBeUndefined()
})
