/** Groups of a dozen and more: who is asked about whom, who commits, and how often. */
import { beforeEach, expect, test } from 'vitest'
import { loadGroup } from '@halyard/client'
import type { ConversationView } from '@halyard/client'
import { memberOf } from '../src/devices.ts'
import type { Person } from '../src/person.ts'
import { accountOf, createStage, finish, invite } from '../src/attacks/stage.ts'
import type { Stage } from '../src/attacks/stage.ts'

let stage: Stage
let cy: Person
let all: readonly Person[]

const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const view = (person: Person, chatId: string): ConversationView | undefined =>
  person.member()?.query('conversation', { chatId })
const create = async (title: string, people: readonly string[], withinMs?: number): Promise<string> => {
  const making = memberOf(stage.ava).commands.createGroup({ kind: 'group', title, people })
  const made = await finish(stage.world, making, withinMs)
  if (!made.ok) throw new Error(made.code)
  return made.value
}

beforeEach(async () => {
  stage = await createStage(1)
  cy = await invite(stage.world, stage.ava, 'Cy')
  all = [stage.ava, stage.ben, cy]
  await wait(10_000)
})

test('a server that asks for patience is not asked about everybody again and again', async () => {
  const many: Person[] = []
  for (let count = 0; count < 12; count++) many.push(await invite(stage.world, stage.ava, `Guest ${count}`))
  await wait(60_000)
  const before = stage.evil.asked('Ava', 'claim-key-packages')
  stage.evil.onRequest('claim-key-packages', () => ({ refuse: 'rate-limited' }))
  const chat = await create('Crew', many.map(accountOf), 4_000)
  expect(stage.evil.asked('Ava', 'claim-key-packages') - before).toBe(8)
  stage.evil.turnHonest()
  await wait(20_000)
  expect(view(stage.ava, chat)).toMatchObject({ peopleCount: 13 })
})

test('most of whom are added are not at home: what comes next is committed all the same', async () => {
  const many = [stage.ben]
  for (let count = 0; count < 12; count++) many.push(await invite(stage.world, stage.ava, `Guest ${count}`))
  await wait(30_000)
  const people = many.map(accountOf)
  for (const person of many.slice(1)) await person.quit()
  for (const title of ['One', 'Two', 'Three']) {
    const chatId = await create(title, people)
    const adding = memberOf(stage.ava).commands.addPeople({ chatId, people: [accountOf(cy)] })
    expect(await adding).toMatchObject({ ok: true })
    await wait(23_000)
    expect(view(cy, chatId)).toMatchObject({ exists: true, peopleCount: 15 })
  }
})

test('old keys are renewed by everybody, one after the other: nearly no commit is made for nothing', async () => {
  const many = [...all]
  for (let count = 0; count < 7; count++) many.push(await invite(stage.world, stage.ava, `Guest ${count}`))
  await wait(30_000)
  const chat = await create('Crew', many.map(accountOf))
  await wait(35_000)
  const conversation = Buffer.from(chat, 'hex')
  let commits = 0
  stage.evil.onRequest('append', (request) => {
    if (conversation.equals(request.conversation) && request.row.body.length > 2_000) commits++
    return { pass: request }
  })
  for (const person of many) await person.quit()
  await wait(8 * 24 * 3600_000)
  const sinceMs = stage.world.time.nowMs()
  for (const person of many) void person.start()
  await wait(10 * 60_000)
  for (const person of many) expect(loadGroup(person.database(), conversation)?.updatedMs).toBeGreaterThan(sinceMs)
  expect(commits).toBeLessThan(2 * many.length)
  expect(stage.world.faults).toEqual([])
})
