/** How seldom receipts and cursors are told, with the real cores. */
import { expect, test } from 'vitest'
import { loadGroup } from '@halyard/client'
import { addDevice } from '../src/devices.ts'
import { accountOf, bytesOf, createStage, finish, invite, send, textRows } from '../src/attacks/stage.ts'
import type { Person } from '../src/person.ts'

test('in a group what came at once is said to have arrived in one row, by one device of an account; the log is empty after', async () => {
  const stage = await createStage(1)
  const { world, ava, ben } = stage
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(10_000)
  const making = ava.member()?.commands.createGroup({ kind: 'group', title: 'Crew', people: [ben, cy].map(accountOf) })
  const made = making === undefined ? undefined : await finish(world, making)
  if (made?.ok !== true) throw new Error('no group')
  const chat = made.value
  for (const name of ['Ben phone', 'Ben desk']) await addDevice(world, ben, name)
  await world.time.run(30_000)
  const length = (person: Person): number => loadGroup(person.database(), bytesOf(chat))?.cursor.seq ?? 0
  const before = length(ava)
  for (let count = 0; count < 10; count++) await send(ava, chat, `text ${count}`)
  await world.time.run(10_000)
  expect(textRows(ava, chat).map(({ state }) => state)).toEqual(new Array<string>(10).fill('delivered'))
  // Ten texts, and a row of each of the two accounts that have them; of Ben's devices a second one may have been as fast.
  expect(length(ava) - before).toBeLessThanOrEqual(13)
  const kept = world.serverDatabase().prepare('SELECT count(*) AS n FROM entry WHERE conversation = ?')
  expect(kept.get(bytesOf(chat))).toEqual({ n: 0 })
  expect(world.faults).toEqual([])
})
