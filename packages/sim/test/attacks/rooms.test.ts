/** A member with a changed client against the rules of a room: every client refuses, and says which rule it was. */
import { beforeEach, expect, test } from 'vitest'
import { assert, decode, signed } from '@halyard/protocol'
import { loadGroup } from '@halyard/client'
import { networkIdOf } from '@halyard/crypto'
import { createProposal } from '@halyard/mls'
import type { CommitOptions } from '@halyard/mls'
import { commitBasis } from '../../src/attacks/commit-basis.ts'
import { anything, createHostileMember, leafOf } from '../../src/attacks/hostile-member.ts'
import type { HostileMember } from '../../src/attacks/hostile-member.ts'
import { jpeg } from '../../src/attacks/jpeg.ts'
import { openRoomExtension, roomExtension } from '../../src/attacks/room-extension.ts'
import { accountOf, bytesOf, counted, createStage, finish, invite, send, texts } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
let cy: Person
let chat: string
let ids: { readonly ava: Uint8Array; readonly ben: Uint8Array; readonly cy: Uint8Array }

const begin = async (kind: 'group' | 'room'): Promise<HostileMember> => {
  ids = { ava: bytesOf(accountOf(stage.ava)), ben: bytesOf(accountOf(stage.ben)), cy: bytesOf(accountOf(cy)) }
  const people = [accountOf(stage.ben), accountOf(cy)]
  const making = stage.ava.member()?.commands.createGroup({ kind, title: 'Desk', people })
  assert(making !== undefined, 'nobody is there')
  const made = await finish(stage.world, making)
  assert(made.ok, 'no group')
  chat = made.value
  await stage.world.time.run(5_000)
  return createHostileMember(stage.world, stage.ben, bytesOf(chat))
}
const epochs = (): readonly (number | undefined)[] =>
  [stage.ava, cy].map((person) => loadGroup(person.database(), bytesOf(chat))?.current.epoch)
/** Where a device's copy of the network's chain stands: a link is named by its hash, as the network is by its first. */
const networkHead = (person: Person): { readonly seq: number; readonly hash: Uint8Array } => {
  const [row] = person.database().all('SELECT seq, link FROM network_links ORDER BY seq DESC LIMIT 1')
  const link = decode(signed, row?.['link'] as Uint8Array)
  assert(link !== undefined, 'no link')
  return { seq: Number(row?.['seq']), hash: networkIdOf(link) }
}

/** The commit stands in the log; nobody follows it, the breach is counted, and what honest people write goes on. */
const refusedAs = async (
  mallory: HostileMember,
  breach: string,
  options: Partial<CommitOptions>,
  routes: { readonly added?: readonly Uint8Array[]; readonly removed?: readonly Uint8Array[] } = {},
): Promise<void> => {
  const before = epochs()
  const made = await mallory.commit({ judge: anything, ...options })
  const row = await mallory.row({
    kind: 'commit',
    message: made.message,
    added: [...(routes.added ?? [])],
    removed: [...(routes.removed ?? [])],
  })
  expect(await mallory.append(row)).toMatchObject({ ok: true })
  await stage.world.time.run(5_000)
  expect(epochs()).toEqual(before)
  for (const person of [stage.ava, cy]) expect(counted(person, `rule:${breach}`)).toBeGreaterThan(0)
  await send(stage.ava, chat, `after ${breach}`)
  await stage.world.time.run(3_000)
  expect(texts(cy, chat).at(-1)).toBe(`after ${breach}`)
  expect(stage.world.faults).toEqual([])
}

beforeEach(async () => {
  stage = await createStage(61)
  cy = await invite(stage.world, stage.ava, 'Cy')
  await stage.world.time.run(10_000)
})

test.each([
  ['does not rename it', () => openRoomExtension('room', 'Mine', [ids.ava])],
  ['is not named by themselves', () => openRoomExtension('room', 'Desk', [ids.ava, ids.ben])],
  ['sets no picture', () => openRoomExtension('room', 'Desk', [ids.ava], jpeg(1))],
] as const)('T-03 a room: who is no moderator %s', async (_what, extension) => {
  const mallory = await begin('room')
  await refusedAs(mallory, 'change-not-allowed', { proposals: [{ groupContextExtensions: [extension()] }] })
})

test.each([
  ['open to all', () => [openRoomExtension('group', 'Desk', [])]],
  ['closed', () => [roomExtension('direct', [ids.ava, ids.ben])]],
  ['without its component', () => []],
  ['without moderators', () => [openRoomExtension('room', 'Desk', [])]],
] as const)('T-03 a room does not become anything else: %s', async (_what, extensions) => {
  const mallory = await begin('room')
  await refusedAs(mallory, 'room-changed', { proposals: [{ groupContextExtensions: extensions() }] })
})

test('T-26 a group takes no picture that a decoder could stumble over', async () => {
  const mallory = await begin('group')
  const bomb = openRoomExtension('group', 'Desk', [], jpeg(1, { width: 65_535 }))
  await refusedAs(mallory, 'room-changed', { proposals: [{ groupContextExtensions: [bomb] }] })
})

test.each(['room', 'group'] as const)('T-03 %s: nobody puts another out who may not', async (kind) => {
  const mallory = await begin(kind)
  const { leafIndex, device } = leafOf(mallory, ids.cy)
  await refusedAs(mallory, 'remove-not-allowed', { proposals: [{ remove: leafIndex }] }, { removed: [device] })
})

test.each(['chain', 'network'] as const)('T-03 a leaf does not go by a %s that still has it', async (by) => {
  const mallory = await begin('group')
  const { leafIndex, device } = leafOf(mallory, ids.cy)
  const ended = by === 'chain' ? [{ account: ids.cy, chain: { seq: 0, hash: ids.cy } }] : []
  const network = by === 'network' ? networkHead(cy) : undefined
  await refusedAs(
    mallory,
    'remove-not-allowed',
    {
      proposals: [{ remove: leafIndex }],
      authenticatedData: commitBasis({ ended, network }),
    },
    { removed: [device] },
  )
})

test('T-03 who asks that somebody else be taken out is not heard', async () => {
  const mallory = await begin('room')
  const before = epochs()
  const made = await createProposal({
    provider: mallory.provider,
    state: mallory.state(),
    proposal: { remove: leafOf(mallory, ids.cy).leafIndex },
    judge: anything,
  })
  assert(made.ok, 'no proposal')
  await mallory.append(await mallory.row({ kind: 'proposal', message: made.message }))
  await stage.world.time.run(20_000)
  expect(epochs()).toEqual(before)
  // And it holds nothing up: the next commit goes without it.
  expect(await stage.ava.member()?.commands.renameGroup({ chatId: chat, title: 'Still ours' })).toMatchObject({
    ok: true,
  })
  await stage.world.time.run(20_000)
  expect(cy.member()?.query('conversation', { chatId: chat })).toMatchObject({ title: 'Still ours', peopleCount: 3 })
  expect(stage.world.faults).toEqual([])
})
