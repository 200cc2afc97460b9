/** Clocks that are wrong: what is in force is judged by the time of the row, which is the same for all who read it. */
import { expect, test } from 'vitest'
import { decode, row as rowSchema } from '@halyard/protocol'
import { held } from '../../src/crowd-state.ts'
import { accountOf, createStage, finish, invite, send, texts } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import { memberOf } from '../../src/devices.ts'
import type { Person } from '../../src/person.ts'

const yearMs = 366 * 24 * 3_600_000

interface Room {
  readonly stage: Stage
  readonly chat: string
  readonly cy: Person
  readonly dee: Person
}
/** Ava, Ben and Cy are in it; Dee is to come. */
const open = async (seed: number): Promise<Room> => {
  const stage = await createStage(seed)
  const { world, ava, ben } = stage
  const cy = await invite(world, ava, 'Cy')
  const dee = await invite(world, ava, 'Dee')
  await world.time.run(10_000)
  const people = [ben, cy].map(accountOf)
  const made = await finish(world, memberOf(ava).commands.createGroup({ kind: 'group', title: 'Crew', people }))
  if (!made.ok) throw new Error(made.code)
  await world.time.run(5_000)
  return { stage, chat: made.value, cy, dee }
}
const epochs = (people: readonly Person[], chat: string): readonly (number | undefined)[] =>
  people.map((person) => held(person, chat)?.current.epoch)

for (const [name, byMs] of [
  ['ahead', yearMs],
  ['behind', -yearMs],
] as const)
  test(`T-74 whose clock is a year ${name} follows a commit that adds somebody, as all others do`, async () => {
    const { stage, chat, cy, dee } = await open(61)
    const { world, ava, ben } = stage
    cy.skew(byMs)
    expect(
      await finish(world, memberOf(ava).commands.addPeople({ chatId: chat, people: [accountOf(dee)] })),
    ).toMatchObject({
      ok: true,
    })
    await world.time.run(5_000)
    await send(ava, chat, 'all of us')
    await world.time.run(20_000)
    expect(new Set(epochs([ava, ben, cy, dee], chat)).size).toBe(1)
    for (const person of [ben, cy, dee]) expect(texts(person, chat)).toEqual(['all of us'])
  })

test('T-74 a commit whose row has a time at which its key package is over is not followed by its own maker either', async () => {
  const { stage, chat, cy, dee } = await open(62)
  const { world, ava, ben, evil } = stage
  let refused = 0
  evil.onRequest('append', (request, who) => {
    if (who !== 'Ava' || decode(rowSchema, request.row.body)?.content.kind !== 'commit') return { pass: request }
    refused++
    world.skewServer(yearMs)
    return { pass: request }
  })
  const [before] = epochs([ava], chat)
  void memberOf(ava).commands.addPeople({ chatId: chat, people: [accountOf(dee)] })
  await world.time.run(40_000)
  expect(epochs([ava, ben, cy, dee], chat)).toEqual([before, before, before, undefined])
  expect(refused).toBe(1)
  world.skewServer(0)
  evil.turnHonest()
  await world.time.run(120_000)
  await send(ben, chat, 'again together')
  await world.time.run(20_000)
  expect(new Set(epochs([ava, ben, cy, dee], chat)).size).toBe(1)
  for (const person of [ava, cy, dee]) expect(texts(person, chat)).toContain('again together')
})
