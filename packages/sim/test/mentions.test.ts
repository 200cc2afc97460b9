/** Mentions between people: who is called, in which count, on which devices. */
import { beforeEach, expect, test } from 'vitest'
import type { ChatItem, ChatList, TimelineRow } from '@halyard/client'
import { addDevice, memberOf } from '../src/devices.ts'
import { accountOf, createStage, finish, invite, textRows } from '../src/attacks/stage.ts'
import type { Stage } from '../src/attacks/stage.ts'
import type { Person } from '../src/person.ts'

let stage: Stage
let cy: Person
let crew: string

const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const chats = (person: Person): ChatList => memberOf(person).query('chats', undefined)
const item = (person: Person): ChatItem | undefined => chats(person).items.find((one) => one.chatId === crew)
const last = (person: Person): (TimelineRow & { readonly kind: 'text' }) | undefined => textRows(person, crew).at(-1)
/** Says something in which `@someone` mentions these, in their order. */
const say = async (from: Person, text: string, ...mentioned: readonly Person[]): Promise<void> => {
  const places = [...text.matchAll(/@\w+/g)]
  const ranges = mentioned.map((person, at) => ({
    start: places[at]?.index ?? 0,
    length: places[at]?.[0].length ?? 0,
    kind: 'mention' as const,
    accountId: accountOf(person),
  }))
  expect(await memberOf(from).commands.send({ chatId: crew, text, ranges })).toMatchObject({ ok: true })
  await wait(3_000)
}
const read = async (person: Person): Promise<void> => {
  const position = memberOf(person).query('conversation', { chatId: crew })?.newestPosition ?? 0
  await memberOf(person).commands.markRead({ chatId: crew, position })
}

beforeEach(async () => {
  stage = await createStage(1)
  cy = await invite(stage.world, stage.ava, 'Cy')
  await wait(10_000)
  const people = [stage.ben, cy].map(accountOf)
  const made = await finish(
    stage.world,
    memberOf(stage.ava).commands.createGroup({ kind: 'room', title: 'Crew', people }),
  )
  if (!made.ok) throw new Error(made.code)
  crew = made.value
  await wait(5_000)
})

test('whoever is mentioned is called, and nobody else; each reads the name that they know', async () => {
  const { ava, ben } = stage
  await say(ava, 'Can @Benny ask @Cy?', ben, cy)
  await say(ava, 'Thanks @Benny', ben)
  await say(ava, '@Benny and @Cy are only words here')
  await say(ava, 'note to @self', ava)
  expect([ava, ben, cy].map((person) => item(person)?.mentions)).toEqual([0, 2, 1])
  expect([ava, ben, cy].map((person) => item(person)?.unread)).toEqual([0, 4, 4])
  const first = textRows(ben, crew)[0]
  expect(first?.text).toBe('Can @Ben ask @Cy?')
  expect(first?.ranges.map(({ start, length, person }) => [start, length, person?.name, person?.isSelf])).toEqual([
    [4, 4, 'Ben', true],
    [13, 3, 'Cy', false],
  ])
  // Its author sees it as everybody does.
  expect(textRows(ava, crew)[0]?.text).toBe('Can @Ben ask @Cy?')
  expect(last(ava)).toMatchObject({ text: 'note to @Ava', ranges: [{ kind: 'mention', person: { isSelf: true } }] })
  await read(ben)
  expect(item(ben)).toMatchObject({ unread: 0, mentions: 0 })
  expect(stage.world.faults).toEqual([])
})

test('a muted chat counts by its mentions alone; read on one device, they are read on all', async () => {
  const { ava, ben } = stage
  const phone = await addDevice(stage.world, ben, 'Ben phone')
  await wait(10_000)
  await memberOf(ben).commands.setMuted({ chatId: crew, muted: true })
  await say(ava, 'to everybody')
  expect(chats(ben).unreadTotal).toBe(0)
  await say(ava, 'to @Ben', ben)
  await wait(10_000)
  for (const device of [ben, phone]) {
    expect(item(device)).toMatchObject({ unread: 2, mentions: 1, muted: true })
    expect(chats(device).unreadTotal).toBe(1)
  }
  await read(phone)
  await wait(150_000)
  for (const device of [ben, phone]) {
    expect(item(device)).toMatchObject({ unread: 0, mentions: 0 })
    expect(chats(device).unreadTotal).toBe(0)
  }
  // What this account writes on one device mentions nobody of it on the other.
  await say(phone, '@Ben speaking', ben)
  expect(item(ben)).toMatchObject({ unread: 0, mentions: 0 })
  await say(ava, '@Ben again', ben)
  expect(chats(ben).unreadTotal).toBe(1)
  expect(stage.world.faults).toEqual([])
})

test('a name learned later is read in what was said before', async () => {
  const { ava, ben } = stage
  await say(ava, 'ask @Cy', cy)
  const { accountId } = textRows(ben, crew)[0]?.ranges[0] ?? {}
  expect(accountId).toBe(accountOf(cy))
  ben
    .database()
    .run(`UPDATE accounts SET name = 'Cyrus' WHERE account = (SELECT account FROM chats WHERE chat = ?)`, [
      accountOf(cy),
    ])
  expect(last(ben)?.text).toBe('ask @Cyrus')
  expect(item(ben)?.preview?.text).toBe('ask @Cyrus')
})
