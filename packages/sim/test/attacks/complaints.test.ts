/** Complaints that are none: a commit that stands is not undone by a later one for the same epoch (trust.md §3, Order). */
import { beforeEach, expect, test } from 'vitest'
import { loadGroup } from '@halyard/client'
import { limits } from '@halyard/protocol'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import type { HostileMember } from '../../src/attacks/hostile-member.ts'
import { alarms, createStage, send, textRows } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'

let stage: Stage
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const madeBy = (): Uint8Array | undefined => loadGroup(stage.ava.database(), stage.conversation)?.current.madeBy
const longEnoughMs = limits.complaintPatienceMs + 10_000

/** Ava has ended the epoch; Ben has said nothing in the new one, and stands where he stood. */
const afterAvasCommit = async (): Promise<HostileMember> => {
  await stage.ava.quit()
  await stage.ava.start()
  stage.ava.database().run('UPDATE conversations SET must_update = 1 WHERE conversation = ?', [stage.conversation])
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  await wait(2_000)
  expect(loadGroup(stage.ava.database(), stage.conversation)?.current.epoch).toBe(mallory.group().current.epoch + 1)
  return mallory
}
const complain = async (mallory: HostileMember, commit: Uint8Array | undefined): Promise<void> => {
  const row = await mallory.row({ kind: 'complaint', commit: commit ?? new Uint8Array(32) })
  expect((await mallory.append(row)).ok).toBe(true)
}
/** Another commit for the epoch that is over; the server takes it, whatever it knows. */
const commitAgain = async (mallory: HostileMember): Promise<void> => {
  const { message } = await mallory.commit()
  stage.world.serverDatabase().exec('DELETE FROM open_commit')
  stage.world.serverDatabase().exec('UPDATE conversation SET epoch = 0')
  const row = await mallory.row({ kind: 'commit', message, added: [], removed: [] })
  expect(await mallory.append(row)).toMatchObject({ ok: true })
  await wait(5_000)
}
const stands = async (before: Uint8Array | undefined): Promise<void> => {
  expect(madeBy()).toEqual(before)
  await send(stage.ava, stage.withBen, 'still here')
  await wait(3_000)
  expect(textRows(stage.ava, stage.withBen).at(-1)).toMatchObject({ text: 'still here', state: 'sent' })
  expect(alarms(stage.ava)).toEqual([])
  expect(stage.world.faults).toEqual([])
}

beforeEach(async () => {
  stage = await createStage(67)
  await send(stage.ava, stage.withBen, 'before')
  await send(stage.ben, stage.withAva, 'too')
  // Every receipt is said: a later one would stand by the commit that is attacked.
  await wait(60_000)
})

test('T-14 without a complaint no later commit takes the place of one that stands', async () => {
  const mallory = await afterAvasCommit()
  const before = madeBy()
  await wait(longEnoughMs)
  await commitAgain(mallory)
  await stands(before)
})

test('T-14 a complaint, and a commit before the patience is over: the first one stands', async () => {
  const mallory = await afterAvasCommit()
  const before = madeBy()
  await complain(mallory, before)
  await wait(5_000)
  await commitAgain(mallory)
  await stands(before)
})

test('T-14 a complaint about another commit opens no way for a later one', async () => {
  const mallory = await afterAvasCommit()
  const before = madeBy()
  await complain(mallory, mallory.provider.random(32))
  await wait(longEnoughMs)
  await commitAgain(mallory)
  await stands(before)
})

test('T-14 a complaint by the account that committed does not take the commit back', async () => {
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  // What Ava says in the new epoch would make it stand: the server keeps it for itself.
  stage.evil.onRequest('append', (request, who) => (who === 'Ava' ? 'drop' : { pass: request }))
  const { message } = await mallory.commit()
  const row = await mallory.row({ kind: 'commit', message, added: [], removed: [] })
  expect((await mallory.append(row)).ok).toBe(true)
  await wait(3_000)
  const before = madeBy()
  expect(loadGroup(stage.ava.database(), stage.conversation)?.current.epoch).toBe(mallory.group().current.epoch + 1)
  await complain(mallory, before)
  await wait(longEnoughMs)
  await commitAgain(mallory)
  stage.evil.turnHonest()
  await wait(60_000)
  await stands(before)
})
