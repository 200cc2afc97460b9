/** A room against a member who is no moderator: whom they bring in, and whom they would put out by reference. */
import { beforeEach, expect, test } from 'vitest'
import { assert } from '@halyard/protocol'
import { loadGroup } from '@halyard/client'
import { createProposal } from '@halyard/mls'
import { anything, createHostileMember, leafOf } from '../../src/attacks/hostile-member.ts'
import type { HostileMember } from '../../src/attacks/hostile-member.ts'
import { accountOf, bytesOf, counted, createStage, finish, invite, send, texts } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
let cy: Person
let dee: Person
let chat: string
let mallory: HostileMember
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const epochs = (): readonly (number | undefined)[] =>
  [stage.ava, cy].map((person) => loadGroup(person.database(), bytesOf(chat))?.current.epoch)
const goesOn = async (before: readonly (number | undefined)[], breach: string): Promise<void> => {
  await wait(5_000)
  expect(epochs()).toEqual(before)
  for (const person of [stage.ava, cy]) expect(counted(person, `rule:${breach}`)).toBeGreaterThan(0)
  await send(stage.ava, chat, 'still ours')
  await wait(3_000)
  expect(texts(cy, chat)).toEqual(['still ours'])
  expect(texts(dee, chat)).toEqual([])
  expect(stage.world.faults).toEqual([])
}

beforeEach(async () => {
  stage = await createStage(69)
  cy = await invite(stage.world, stage.ava, 'Cy')
  dee = await invite(stage.world, stage.ava, 'Dee')
  await wait(10_000)
  const people = [accountOf(stage.ben), accountOf(cy)]
  const making = stage.ava.member()?.commands.createGroup({ kind: 'room', title: 'Desk', people })
  assert(making !== undefined, 'nobody is there')
  const made = await finish(stage.world, making)
  assert(made.ok, 'no room')
  chat = made.value
  await wait(5_000)
  mallory = await createHostileMember(stage.world, stage.ben, bytesOf(chat))
})

test('T-01 who is no moderator brings nobody in, though the server routes to them', async () => {
  const before = epochs()
  const claimed = await mallory.ask('claim-key-packages', { account: bytesOf(accountOf(dee)) })
  const [found] = claimed.ok ? claimed.value.packages : []
  assert(found !== undefined, 'no key package')
  const { message } = await mallory.commit({ proposals: [{ add: found.package }] })
  const row = { kind: 'commit', message, added: [found.device], removed: [] } as const
  expect(await mallory.append(await mallory.row(row))).toMatchObject({ ok: true })
  await goesOn(before, 'add-not-allowed')
})

test('T-15 by reference nobody is put out but who asked for it', async () => {
  const before = epochs()
  const { leafIndex, device } = leafOf(mallory, bytesOf(accountOf(cy)))
  const { provider } = mallory
  const proposed = await createProposal({
    provider,
    state: mallory.state(),
    proposal: { remove: leafIndex },
    judge: anything,
  })
  assert(proposed.ok, 'no proposal')
  await mallory.append(await mallory.row({ kind: 'proposal', message: proposed.message }))
  const { message } = await mallory.commit({ state: proposed.newState })
  const row = { kind: 'commit', message, added: [], removed: [device] } as const
  expect(await mallory.append(await mallory.row(row))).toMatchObject({ ok: true })
  await goesOn(before, 'proposal-unknown')
})
