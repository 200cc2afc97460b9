import { expect, test } from 'vitest'
import { commit, random, text } from '../../../test/people.ts'
import { converse, createWorld, welcomeFor } from '../../../test/world.ts'

test('a committer that says so after the next one has is heard: whom it brought in comes, whom the next one let in again stays', async () => {
  const { founder, newcomer, online } = await createWorld()
  const [bob, eve, dan] = [await newcomer(), await newcomer(), await newcomer()]
  const [a, b] = [await online(founder), await online(bob)]
  const conversation = await converse(a, founder, [bob])
  const append = (row: ReturnType<typeof commit>) => a.must('append', { conversation, entry: random(16), row })
  const early = await append(commit(founder, conversation, 1, [eve.device.id, dan.device.id], [bob.device.id]))
  // Bob cannot know yet that he is out; what he commits next stands for anybody who has followed the first.
  const next = await b.must('append', {
    conversation,
    entry: random(16),
    row: commit(bob, conversation, 2, [bob.device.id], [dan.device.id]),
  })
  await b.must('settle', { conversation, seq: next.seq, welcomes: [] })
  await a.must('settle', { conversation, seq: early.seq, welcomes: [welcomeFor(eve)] })
  const e = await online(eve)
  expect((await e.must('fetch-mailbox', { after: 0, limit: 5 })).items).toHaveLength(1)
  expect((await e.must('fetch-rows', { conversation, after: 0, limit: 9 })).entries.map((one) => one.seq)).toEqual([
    early.seq,
    next.seq,
  ])
  expect(await b.request('append', { conversation, entry: random(16), row: text(bob, conversation, 3) })).toMatchObject(
    {
      ok: true,
    },
  )
  const d = await online(dan)
  expect(await d.request('fetch-rows', { conversation, after: 0, limit: 9 })).toMatchObject({
    code: 'conversation-unknown',
  })
  // The epoch is where the later one brought it.
  expect(
    await a.request('append', { conversation, entry: random(16), row: commit(founder, conversation, 2) }),
  ).toMatchObject({
    code: 'epoch-old',
  })
  expect(await a.request('settle', { conversation, seq: early.seq, welcomes: [] })).toMatchObject({
    code: 'epoch-old',
  })
})
