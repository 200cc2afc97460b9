import { describe, expect, test } from 'vitest'
import { createWorld, converse } from '../../../test/world.ts'
import { random, text } from '../../../test/people.ts'
import { openLocalStore } from './local-store.ts'
import { storeConformance } from './store-conformance.ts'

storeConformance('SQLite in the calling thread', () => {
  const store = openLocalStore(':memory:')
  return { store, close: () => store.close() }
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
