import { describe, expect, test } from 'vitest'
import { createWorld, converse, welcomeFor } from '../../../test/world.ts'
import { commit, random, text } from '../../../test/people.ts'
import { openLocalStore } from './local-store.ts'
import { storeConformance } from './store-conformance.ts'

storeConformance('SQLite in the calling thread', () => {
  const store = openLocalStore(':memory:')
  return { store, close: () => store.close() }
})

test('a tree that Welcomes share is kept once, until the last of them has gone', async () => {
  const store = openLocalStore(':memory:')
  const world = await createWorld({ store })
  const others = [await world.newcomer(), await world.newcomer(), await world.newcomer()]
  const a = await world.online(world.founder)
  const conversation = random(16)
  const devices = others.map((one) => one.device.id)
  const welcomes = others.map((one, index) => ({
    ...welcomeFor(one),
    tree: index === 0 ? random(5_000) : new Uint8Array(),
  }))
  const create = { conversation, entry: random(16), row: commit(world.founder, conversation, 0, devices) }
  const trees = () => store.database.prepare('SELECT length(tree) AS size FROM welcome_tree').all()
  expect(await a.request('create-conversation', { ...create, welcomes: welcomes.slice(1) })).toMatchObject({
    code: 'policy-denied',
  })
  await a.must('create-conversation', { ...create, welcomes })
  for (const one of others) {
    expect(trees()).toEqual([{ size: 5_000 }])
    const talk = await world.online(one)
    const [lying] = (await talk.must('fetch-mailbox', { after: 0, limit: 10 })).items
    expect(lying?.item.kind === 'welcome' && lying.item.tree).toEqual(welcomes[0]?.tree)
    await talk.must('pass-mailbox', { position: 1 })
  }
  expect(trees()).toEqual([])
  expect(store.database.prepare('SELECT items, bytes FROM mailbox').all()).toEqual(
    others.map(() => ({ items: 0, bytes: 0 })),
  )
  store.close()
})

describe('crashes of the local store', () => {
  for (const [moment, kept] of [
    ['beforeCommit', 1],
    ['afterCommit', 2],
  ] as const) {
    test(`${moment}: nobody is told, and the log has ${kept} rows afterwards`, async () => {
      let armed = false
      const crash = new Error('crash')
      const store = openLocalStore(':memory:', {
        [moment]: (write: string) => {
          if (armed && write === 'appendToConversation') throw crash
        },
      })
      const world = await createWorld({ store })
      const bob = await world.newcomer()
      const [a, b] = [await world.online(world.founder), await world.online(bob)]
      const conversation = await converse(a, world.founder, [bob])
      armed = true
      let answered = false
      void a
        .request('append', { conversation, entry: random(16), row: text(world.founder, conversation, 1) })
        .then(() => (answered = true))
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(world.failures).toEqual([crash])
      expect(answered).toBe(false)
      expect(b.events('row')).toHaveLength(1)
      expect(() => store.feedPosition()).toThrow(crash)
      const again = openLocalStore(store.database)
      expect(again.entriesAfter(conversation, bob.device.id, 0, 10, 1e6)).toMatchObject({
        ok: true,
        value: { entries: { length: kept } },
      })
      again.close()
    })
  }
})
