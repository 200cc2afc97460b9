/** A server that was set back to a copy, and says so: what it no longer knows, its members tell it. */
import { beforeEach, expect, test } from 'vitest'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import {
  accountOf,
  alarms,
  chatWith,
  conversationOf,
  createStage,
  finish,
  invite,
  send,
  textRows,
  texts,
} from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import { memberOf } from '../../src/devices.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
let cy: Person
let all: readonly Person[]
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
/** Longer than it takes until a server is asked again about what it did not know. */
const afterRestoreMs = 90_000

beforeEach(async () => {
  stage = await createStage(61)
  cy = await invite(stage.world, stage.ava, 'Cy')
  all = [stage.ava, stage.ben, cy]
  await wait(10_000)
})

const createGroup = async (people: readonly Person[]): Promise<string> => {
  const { commands } = memberOf(stage.ava)
  const made = await finish(
    stage.world,
    commands.createGroup({ kind: 'group', title: 'Crew', people: people.map(accountOf) }),
  )
  if (!made.ok) throw new Error(made.code)
  await wait(5_000)
  return made.value
}
const setBack = async (copy: Uint8Array): Promise<void> => {
  stage.world.restoreServer(copy, true)
  await wait(afterRestoreMs)
}
const everybodySays = async (chat: string, word: string, people = all): Promise<readonly string[]> => {
  for (const person of people) {
    await send(person, chat, `${word} of ${person.name}`)
    await wait(3_000)
  }
  return people.map(({ name }) => `${word} of ${name}`)
}
const expectWell = (chat: string, wanted: readonly string[], people = all): void => {
  for (const person of people) {
    expect(texts(person, chat), person.name).toEqual(wanted)
    for (const row of textRows(person, chat))
      if (row.own) expect([row.text, row.state]).toEqual([row.text, 'delivered'])
    expect(alarms(person)).toEqual(['server-restored'])
    expect(person.stopped()).toBeUndefined()
  }
}

test('T-12 a group that began after the copy goes on, and what had not arrived comes once', async () => {
  const copy = stage.world.serverDatabase().serialize()
  const chat = await createGroup([stage.ben, cy])
  const before = await everybodySays(chat, 'before')
  await cy.quit()
  await send(stage.ava, chat, 'lost with the server')
  await wait(3_000)
  stage.world.restoreServer(copy, true)
  await cy.start()
  await wait(afterRestoreMs)
  const after = await everybodySays(chat, 'after')
  expectWell(chat, [...before, 'lost with the server', ...after])
  // Changes go through as well.
  expect(await memberOf(stage.ben).commands.renameGroup({ chatId: chat, title: 'Night crew' })).toMatchObject({
    ok: true,
  })
  await wait(10_000)
  for (const person of all)
    expect(memberOf(person).query('conversation', { chatId: chat })).toMatchObject({ title: 'Night crew' })
})

test('T-12 two who began to talk after the copy go on talking', async () => {
  const copy = stage.world.serverDatabase().serialize()
  const [withCy, withBen] = [chatWith(stage.ben, 'Cy'), chatWith(cy, 'Ben')]
  await send(stage.ben, withCy, 'before')
  await wait(10_000)
  await setBack(copy)
  await send(cy, withBen, 'after')
  await wait(3_000)
  await send(stage.ben, withCy, 'and on')
  await wait(10_000)
  expectWell(withCy, ['before', 'after', 'and on'], [stage.ben])
  expectWell(withBen, ['before', 'after', 'and on'], [cy])
})

test('T-12 who was added after the copy reads and writes again as soon as another member has been there', async () => {
  const chat = await createGroup([stage.ben])
  const copy = stage.world.serverDatabase().serialize()
  const adding = memberOf(stage.ben).commands.addPeople({ chatId: chat, people: [accountOf(cy)] })
  expect(await finish(stage.world, adding)).toMatchObject({ ok: true })
  await wait(5_000)
  const before = await everybodySays(chat, 'before')
  await stage.ava.quit()
  await stage.ben.quit()
  await setBack(copy)
  // Nobody is there who could tell the server of Cy: it waits, and says so.
  await send(cy, chat, 'waits')
  await wait(5_000)
  expect(textRows(cy, chat).at(-1)?.state).toBe('waiting')
  await stage.ava.start()
  await stage.ben.start()
  await wait(afterRestoreMs)
  const after = await everybodySays(chat, 'after')
  expectWell(chat, [...before, 'waits', ...after])
})

test('T-12 a server that says it lost a conversation and takes nothing back: what is written there fails, with words', async () => {
  const copy = stage.world.serverDatabase().serialize()
  const chat = await createGroup([stage.ben, cy])
  stage.evil.onRequest('revive-conversation', () => ({ refuse: 'policy-denied' }))
  await setBack(copy)
  await send(stage.ava, chat, 'nobody hears it')
  await wait(10_000)
  expect(textRows(stage.ava, chat).at(-1)?.state).toBe('failed')
  expect(texts(stage.ben, chat)).toEqual([])
})

test('T-12 who had not read a change that was lost is let in again by the others: no false alarm, and all go on', async () => {
  const chat = await createGroup([stage.ben, cy])
  const before = await everybodySays(chat, 'before')
  await cy.quit()
  const copy = stage.world.serverDatabase().serialize()
  const renaming = memberOf(stage.ben).commands.renameGroup({ chatId: chat, title: 'Night crew' })
  expect(await renaming).toMatchObject({ ok: true })
  await wait(10_000)
  await setBack(copy)
  await cy.start()
  await wait(10_000)
  // Sealed where Cy does not stand: by it Cy sees that the others have gone on.
  const first = await everybodySays(chat, 'first', [stage.ava])
  await wait(30_000)
  expect(alarms(cy)).toEqual(['server-restored'])
  expect(memberOf(cy).query('conversation', { chatId: chat })).toMatchObject({ title: 'Night crew' })
  const after = await everybodySays(chat, 'after')
  for (const person of all) {
    expect(texts(person, chat), person.name).toEqual([...before, ...(person === cy ? [] : first), ...after])
    expect(alarms(person)).toEqual(['server-restored', ...(person === cy ? ['messages-missing'] : [])])
  }
})

test('T-12 whose change nobody else had read lets all the others in', async () => {
  const chat = await createGroup([stage.ben, cy])
  const before = await everybodySays(chat, 'before')
  const copy = stage.world.serverDatabase().serialize()
  for (const person of [stage.ava, cy]) await person.quit()
  const renaming = memberOf(stage.ben).commands.renameGroup({ chatId: chat, title: 'Night crew' })
  expect(await renaming).toMatchObject({ ok: true })
  await wait(10_000)
  await setBack(copy)
  for (const person of [stage.ava, cy]) await person.start()
  await wait(10_000)
  const first = await everybodySays(chat, 'first', [stage.ben])
  await wait(60_000)
  const after = await everybodySays(chat, 'after')
  for (const person of all) {
    expect(texts(person, chat), person.name).toEqual([...before, ...(person === stage.ben ? first : []), ...after])
    expect(memberOf(person).query('conversation', { chatId: chat })).toMatchObject({ title: 'Night crew' })
    expect(alarms(person)).toEqual(['server-restored', ...(person === stage.ben ? [] : ['messages-missing'])])
  }
})

test('T-13 a row of an epoch that nobody made, where nothing was restored, is a second history still', async () => {
  const chat = await createGroup([stage.ben, cy])
  await everybodySays(chat, 'before')
  const conversation = conversationOf(stage.ava, chat)
  const mallory = await createHostileMember(stage.world, stage.ben, conversation)
  const message = await mallory.seal(mallory.payload({ kind: 'text', text: 'of another history', ranges: [] }))
  await mallory.append(await mallory.row({ kind: 'application', message }, { epoch: 9, madeBy: new Uint8Array(32) }))
  await wait(5_000)
  expect(alarms(stage.ava)).toEqual(['two-histories'])
})
