/** The picture of a group: set, changed and taken away with the real cores. */
import { beforeEach, expect, test } from 'vitest'
import { addDevice } from '../src/devices.ts'
import { jpeg } from '../src/attacks/jpeg.ts'
import type { Person } from '../src/person.ts'
import { accountOf, createStage, finish, invite } from '../src/attacks/stage.ts'
import type { Stage } from '../src/attacks/stage.ts'

let stage: Stage
let cy: Person
beforeEach(async () => {
  stage = await createStage(1)
  cy = await invite(stage.world, stage.ava, 'Cy')
  await stage.world.time.run(10_000)
})
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const shown = (person: Person, chatId: string): Uint8Array | undefined => {
  const picture = person.member()?.query('picture', { chatId })
  const item = person
    .member()
    ?.query('chats', undefined)
    .items.find((one) => one.chatId === chatId)
  const view = person.member()?.query('conversation', { chatId })
  for (const face of [item, view]) expect(face).toMatchObject({ picture: picture !== undefined })
  return picture
}
const told = (person: Person, chatId: string): readonly (string | undefined)[] =>
  person.rows(chatId).flatMap((row) => (row.kind === 'notice' && row.notice === 'picture' ? [row.person?.name] : []))
const commands = (person: Person) => {
  const member = person.member()
  if (member === undefined) throw new Error('nobody is there')
  return member.commands
}

test('everybody sees it, also who comes later and who has gone; anybody of a group changes it and takes it away', async () => {
  const { ava, ben, world } = stage
  const making = commands(ava).createGroup({
    kind: 'group',
    title: 'Crew',
    people: [accountOf(ben)],
    picture: jpeg(1, { beside: [[0xfe, [7, 7]]] }),
  })
  const made = await finish(world, making)
  if (!made.ok) throw new Error(made.code)
  const chat = made.value
  expect(shown(ava, chat)).toEqual(jpeg(1))
  await wait(5_000)
  expect(shown(ben, chat)).toEqual(jpeg(1))
  expect(told(ben, chat)).toEqual([])

  expect(await commands(ben).setPicture({ chatId: chat, picture: jpeg(2) })).toMatchObject({ ok: true })
  await wait(5_000)
  for (const person of [ava, ben]) {
    expect(shown(person, chat)).toEqual(jpeg(2))
    expect(told(person, chat)).toEqual(['Ben'])
  }
  await commands(ava).addPeople({ chatId: chat, people: [accountOf(cy)] })
  const phone = await addDevice(world, ben, 'Ben phone')
  await wait(10_000)
  for (const person of [cy, phone]) expect(shown(person, chat)).toEqual(jpeg(2))

  await commands(cy).leaveGroup(chat)
  await wait(20_000)
  expect(await commands(ava).setPicture({ chatId: chat })).toMatchObject({ ok: true })
  await wait(5_000)
  for (const person of [ava, ben, phone]) expect(shown(person, chat)).toBe(undefined)
  expect(shown(cy, chat)).toEqual(jpeg(2))
  expect(world.faults).toEqual([])
})

test('in a room its moderators change it; what is no picture is refused before anybody hears of it', async () => {
  const { ava, ben, world } = stage
  const asked = { kind: 'room', title: 'Desk', people: [accountOf(ben)] } as const
  const bomb = jpeg(1, { width: 65_535 })
  expect(await commands(ava).createGroup({ ...asked, picture: bomb })).toMatchObject({ code: 'picture-refused' })
  const made = await finish(world, commands(ava).createGroup(asked))
  if (!made.ok) throw new Error(made.code)
  const chatId = made.value
  await wait(5_000)
  expect(await commands(ben).setPicture({ chatId, picture: jpeg(2) })).toMatchObject({ code: 'policy-denied' })
  expect(await commands(ava).setPicture({ chatId, picture: bomb })).toMatchObject({ code: 'picture-refused' })
  expect(await commands(ava).setPicture({ chatId, picture: jpeg(2) })).toMatchObject({ ok: true })
  await wait(5_000)
  expect(shown(ben, chatId)).toEqual(jpeg(2))
  expect(world.faults).toEqual([])
})
