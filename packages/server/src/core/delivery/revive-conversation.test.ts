import { expect, test } from 'vitest'
import { limits } from '@halyard/protocol'
import { commit, random, text } from '../../../test/people.ts'
import type { Person } from '../../../test/people.ts'
import { converse, createWorld, welcomeFor } from '../../../test/world.ts'
import type { World } from '../../../test/world.ts'
import { bounds } from '../bounds.ts'

const restored = async (): Promise<World & { readonly bob: Person; readonly eve: Person }> => {
  const world = await createWorld()
  const [bob, eve] = [await world.newcomer(), await world.newcomer()]
  world.store.renewIncarnation({ incarnation: random(16), nowMs: world.nowMs })
  return Object.assign(world, { bob, eve })
}
const ids = (...people: readonly Person[]): readonly Uint8Array[] => people.map(({ device }) => device.id)

test('T-12 a conversation that is not there begins anew where its members stand: they write, change it, and are rung', async () => {
  const { founder, bob, eve, online } = await restored()
  const [a, b] = [await online(founder), await online(bob)]
  const conversation = random(16)
  const stranger = random(16)
  await a.must('revive-conversation', { conversation, epoch: 30, readers: [...ids(founder, bob), stranger] })
  // Each of them says so; it changes nothing.
  await b.must('revive-conversation', { conversation, epoch: 30, readers: ids(founder, bob) })
  expect((await b.must('list-conversations', { after: undefined })).items).toEqual([
    { conversation, newest: 0, passed: 0 },
  ])
  expect((await b.must('fetch-rows', { conversation, after: 0, limit: 10 })).entries).toEqual([])
  expect(await b.must('append', { conversation, entry: random(16), row: text(bob, conversation, 30) })).toMatchObject({
    seq: 1,
  })
  expect((await a.next('row')).entry.seq).toBe(1)
  expect(
    await b.request('append', { conversation, entry: random(16), row: text(bob, conversation, 27) }),
  ).toMatchObject({
    code: 'epoch-old',
  })
  const adding = commit(founder, conversation, 30, ids(eve))
  const { seq } = await a.must('append', { conversation, entry: random(16), row: adding })
  await a.must('settle', { conversation, seq, welcomes: [welcomeFor(eve)] })
  const c = await online(eve)
  expect((await c.must('fetch-rows', { conversation, after: 0, limit: 10 })).entries.map((one) => one.seq)).toEqual([2])
})

test('T-12 a reader tells of readers that were lost, and of the epoch; nobody else does', async () => {
  const { founder, bob, eve, online } = await restored()
  const [a, b, c] = [await online(founder), await online(bob), await online(eve)]
  const conversation = await converse(a, founder, [bob])
  const told = { conversation, epoch: 9, readers: ids(founder, bob, eve) }
  expect(await c.request('revive-conversation', told)).toMatchObject({ code: 'conversation-unknown' })
  await b.must('revive-conversation', told)
  expect(await c.must('append', { conversation, entry: random(16), row: text(eve, conversation, 9) })).toMatchObject({
    seq: 2,
  })
  expect(
    await a.request('append', { conversation, entry: random(16), row: text(founder, conversation, 6) }),
  ).toMatchObject({
    code: 'epoch-old',
  })
})

test('T-12 refused: without a restore, long after one, for others alone, somebody twice, and too many', async () => {
  const whole = await createWorld()
  const there = await whole.online(whole.founder)
  expect(whole.store.restoredMs()).toBeUndefined()
  const alone = { conversation: random(16), epoch: 1, readers: ids(whole.founder) }
  expect(await there.request('revive-conversation', alone)).toMatchObject({ code: 'policy-denied' })

  const world = await restored()
  expect(world.store.restoredMs()).toBe(world.nowMs)
  const { founder, bob, online } = world
  const a = await online(founder)
  const base = { conversation: random(16), epoch: 1 }
  for (const readers of [[], ids(bob), ids(founder, bob, bob)])
    expect(await a.request('revive-conversation', { ...base, readers })).toMatchObject({ code: 'policy-denied' })
  const crowd = Array.from({ length: limits.devicesPerConversationMax + 1 }, () => random(16))
  await expect(a.request('revive-conversation', { ...base, readers: crowd })).rejects.toThrow()
  world.nowMs += bounds.revivalMs + 1
  expect(await a.request('revive-conversation', { ...base, readers: ids(founder) })).toMatchObject({
    code: 'policy-denied',
  })
})

test('it is limited as new conversations are', async () => {
  const { founder, online } = await restored()
  const a = await online(founder)
  const ask = () => a.request('revive-conversation', { conversation: random(16), epoch: 1, readers: ids(founder) })
  const codes = new Set<string>()
  for (let count = 0; count <= bounds.conversationsBurst; count++) {
    const answer = await ask()
    codes.add(answer.ok ? 'ok' : answer.code)
  }
  expect([...codes]).toEqual(['ok', 'rate-limited'])
})
