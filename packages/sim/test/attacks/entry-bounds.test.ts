/** Requests to come in that the server lays before a member, and whose author may not come in: nothing is done for them. */
import { beforeEach, expect, test } from 'vitest'
import { assert } from '@halyard/protocol'
import type { EntryRequest, MailboxItem } from '@halyard/protocol'
import { loadGroup, readIdentity } from '@halyard/client'
import { sha256, signEntryRequest } from '@halyard/crypto'
import {
  accountOf,
  bytesOf,
  counted,
  createStage,
  finish,
  invite,
  send,
  standingOf,
  texts,
} from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
let cy: Person
let chat: string
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const group = (): Uint8Array => bytesOf(chat)
const packageOf = (person: Person): Uint8Array => {
  const row = person.database().get('SELECT package FROM key_packages WHERE last_resort = 0')
  assert(row?.['package'] instanceof Uint8Array, 'no key package')
  return row['package']
}
/** What Cy's device signs, and the server lays before Ben as a request about `place`. */
const lay = async (place: Uint8Array, over: Partial<EntryRequest>): Promise<void> => {
  const identity = readIdentity(cy.database())
  assert(identity !== undefined, 'nobody')
  const keyPackage = packageOf(cy)
  const { account, network, keys } = identity
  const request = await signEntryRequest(stage.world.providerFor('cy'), keys.mls, {
    network,
    conversation: place,
    account,
    device: keys.device,
    chain: { seq: 0, hash: account },
    lost: [keys.device],
    leaf: undefined,
    keyPackage: sha256(keyPackage),
    atMs: stage.world.time.nowMs(),
    ...over,
  })
  const item: MailboxItem = {
    position: 1_000_000,
    item: { kind: 'entry-request', from: keys.device, conversation: place, request, keyPackage },
  }
  stage.evil.onAnswer('fetch-mailbox', (answer, who) =>
    who === 'Ben' ? { pass: { items: [item], more: false } } : { pass: answer },
  )
  stage.evil.tell('Ben', 'mailbox', { position: item.position })
  await wait(15_000)
}
const inVain = async (place: Uint8Array, why: string, epoch: number | undefined): Promise<void> => {
  expect(counted(stage.ben, `entry:${why}`)).toBeGreaterThan(0)
  expect(stage.ben.database().all('SELECT device FROM entries')).toEqual([])
  expect(loadGroup(stage.ben.database(), place)?.current.epoch).toBe(epoch)
  await send(stage.ben, stage.withAva, 'still here')
  await wait(3_000)
  expect(texts(stage.ava, stage.withBen)).toEqual(['still here'])
  expect(stage.world.faults).toEqual([])
}

beforeEach(async () => {
  stage = await createStage(70)
  cy = await invite(stage.world, stage.ava, 'Cy')
  await wait(10_000)
  const people = [accountOf(stage.ben), accountOf(cy)]
  const making = stage.ava.member()?.commands.createGroup({ kind: 'group', title: 'Desk', people })
  assert(making !== undefined, 'nobody is there')
  const made = await finish(stage.world, making)
  assert(made.ok, 'no group')
  chat = made.value
  await wait(8_000)
})

test('T-41 an entry request of somebody who is no member of the conversation', async () => {
  const before = loadGroup(stage.ben.database(), stage.conversation)?.current.epoch
  await lay(stage.conversation, {})
  await inVain(stage.conversation, 'stranger', before)
})

test('T-41 an entry request for another conversation than the one it is laid before', async () => {
  const before = loadGroup(stage.ben.database(), group())?.current.epoch
  await lay(group(), { conversation: stage.conversation })
  await inVain(group(), 'none', before)
})

test('T-41 an entry request of somebody who was put out of the network, and is still in the tree', async () => {
  // Nobody's commit gets through: Cy's leaf stays, and everybody knows that it should not.
  stage.evil.onRequest('append', () => ({ refuse: 'server-busy' }))
  const gone = accountOf(cy)
  const identity = readIdentity(cy.database())
  const removing = stage.ava.member()?.commands.removeFromNetwork(gone)
  await wait(10_000)
  expect(await removing).toMatchObject({ ok: true })
  expect(standingOf(stage.ben, gone)).toBe('not listed')
  assert(identity !== undefined, 'nobody')
  const before = loadGroup(stage.ben.database(), group())?.current.epoch
  await lay(group(), {})
  expect(counted(stage.ben, 'entry:standing-removed')).toBeGreaterThan(0)
  expect(stage.ben.database().all('SELECT device FROM entries')).toEqual([])
  stage.evil.turnHonest()
  await wait(60_000)
  expect(loadGroup(stage.ben.database(), group())?.current.epoch).toBe((before ?? 0) + 1)
  expect(stage.ben.member()?.query('conversation', { chatId: chat })).toMatchObject({ peopleCount: 2 })
  expect(stage.world.faults).toEqual([])
})
