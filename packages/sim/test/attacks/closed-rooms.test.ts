/** A direct conversation against the other one of the two, who has a changed client. */
import { beforeEach, expect, test } from 'vitest'
import { assert, decode, encode, equal, leafCredential, protocolVersion, row as rowSchema } from '@halyard/protocol'
import { loadGroup, readIdentity } from '@halyard/client'
import { sha256, signEntryRequest } from '@halyard/crypto'
import { createProposal, members } from '@halyard/mls'
import type { CommitOptions } from '@halyard/mls'
import { commitBasis } from '../../src/attacks/commit-basis.ts'
import { addDevice } from '../../src/devices.ts'
import { anything, createHostileMember, leafOf } from '../../src/attacks/hostile-member.ts'
import type { HostileMember } from '../../src/attacks/hostile-member.ts'
import { openRoomExtension } from '../../src/attacks/room-extension.ts'
import { accountOf, bytesOf, counted, createStage, send, textRows } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'

let stage: Stage
let ava: Uint8Array
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const epoch = (): number | undefined => loadGroup(stage.ava.database(), stage.conversation)?.current.epoch

/** The commit stands in the log; Ava does not follow it, counts which rule it breaks, and writes on. */
const refusedAs = async (
  mallory: HostileMember,
  breach: string,
  options: Partial<CommitOptions>,
  routes: { readonly added?: readonly Uint8Array[]; readonly removed?: readonly Uint8Array[] } = {},
): Promise<void> => {
  const before = epoch()
  const { message } = await mallory.commit(options)
  const row = {
    kind: 'commit',
    message,
    added: [...(routes.added ?? [])],
    removed: [...(routes.removed ?? [])],
  } as const
  expect(await mallory.append(await mallory.row(row))).toMatchObject({ ok: true })
  await wait(5_000)
  expect(epoch()).toBe(before)
  expect(counted(stage.ava, `rule:${breach}`)).toBeGreaterThan(0)
  stage.evil.turnHonest()
  await send(stage.ava, stage.withBen, 'still here')
  await wait(5_000)
  expect(textRows(stage.ava, stage.withBen).at(-1)).toMatchObject({ text: 'still here', state: 'sent' })
  expect(stage.world.faults).toEqual([])
}

beforeEach(async () => {
  stage = await createStage(68)
  ava = bytesOf(accountOf(stage.ava))
  await send(stage.ava, stage.withBen, 'before')
  await send(stage.ben, stage.withAva, 'too')
  await wait(5_000)
})

test('T-02 a device of the other is brought in by nobody but their own devices', async () => {
  // Ava's own commit for it is withheld, or there would be nothing left to do.
  stage.evil.onRequest('append', (request, who) =>
    who === 'Ava' && decode(rowSchema, request.row.body)?.content.kind === 'commit' ? 'drop' : { pass: request },
  )
  const phone = await addDevice(stage.world, stage.ava, 'Phone')
  const device = readIdentity(phone.database())?.keys.device
  assert(device !== undefined, 'no device')
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const claimed = await mallory.ask('claim-key-packages', { account: ava })
  assert(claimed.ok, 'no key packages')
  const found = claimed.value.packages.find((one) => equal(one.device, device))
  assert(found !== undefined, 'no key package of the new device')
  await refusedAs(mallory, 'add-not-allowed', { proposals: [{ add: found.package }] }, { added: [device] })
})

test('T-15 the other is put out by nobody but their chain', async () => {
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const { leafIndex, device } = leafOf(mallory, ava)
  await refusedAs(mallory, 'remove-not-allowed', { proposals: [{ remove: leafIndex }] }, { removed: [device] })
})

test('T-01 it becomes a group for nobody, to which more could come', async () => {
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const extension = openRoomExtension('group', 'Ours', [])
  await refusedAs(mallory, 'room-changed', { proposals: [{ groupContextExtensions: [extension] }] })
})

test('T-02 a leaf does not become the other’s: their device, under a key that their chain has not', async () => {
  const device = readIdentity(stage.ava.database())?.keys.device
  assert(device !== undefined, 'no device')
  const before = epoch()
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const identity = encode(leafCredential, {
    version: protocolVersion,
    network: mallory.identity.network,
    account: ava,
    device,
    chain: { seq: 0, hash: ava },
  })
  const { message } = await mallory.commit({ leaf: { identity } })
  expect(await mallory.append(await mallory.row({ kind: 'commit', message, added: [], removed: [] }))).toMatchObject({
    ok: true,
  })
  await wait(5_000)
  expect(epoch()).toBe(before)
  expect(counted(stage.ava, 'commit-garbage')).toBe(1)
  expect(stage.world.faults).toEqual([])
})

test('T-15 by reference nothing is committed in a conversation of two, not even what its proposer could do', async () => {
  const phone = await addDevice(stage.world, stage.ben, 'Phone')
  const device = readIdentity(phone.database())?.keys.device
  assert(device !== undefined, 'no device')
  await phone.quit()
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const leaf = members(mallory.state()).find((one) => {
    const credential = decode(leafCredential, one.identity)
    return credential !== undefined && equal(credential.device, device)
  })
  assert(leaf !== undefined, 'the phone has no leaf')
  const { provider } = mallory
  const proposed = await createProposal({
    provider,
    state: mallory.state(),
    proposal: { remove: leaf.leafIndex },
    judge: anything,
  })
  assert(proposed.ok, 'no proposal')
  await mallory.append(await mallory.row({ kind: 'proposal', message: proposed.message }))
  await refusedAs(mallory, 'proposal-unknown', { state: proposed.newState }, { removed: [device] })
})

test('T-41 an own request to come in covers one Remove and one Add of that account, and no Remove of the other', async () => {
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const { account, network, keys } = mallory.identity
  const request = await signEntryRequest(mallory.provider, keys.mls, {
    network,
    conversation: stage.conversation,
    account,
    device: keys.device,
    chain: { seq: 0, hash: account },
    lost: [keys.device],
    leaf: undefined,
    keyPackage: sha256(new Uint8Array(1)),
    atMs: stage.world.time.nowMs(),
  })
  const { leafIndex, device } = leafOf(mallory, ava)
  await refusedAs(
    mallory,
    'entry-not-allowed',
    { proposals: [{ remove: leafIndex }], authenticatedData: commitBasis({ entry: request }) },
    { removed: [device] },
  )
})
