/** Who brings somebody into a conversation, and with what: Welcomes and key packages of whoever may not, or pretends. */
import { beforeEach, expect, test } from 'vitest'
import {
  assert,
  decode,
  encode,
  equal,
  leafCredential,
  protocolVersion,
  row as rowSchema,
  signedRow,
} from '@halyard/protocol'
import { readIdentity } from '@halyard/client'
import { signRow } from '@halyard/crypto'
import { createKeyPackage } from '@halyard/mls'
import { makeConversation } from '../../src/attacks/hostile-conversation.ts'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import { accountOf, counted, createStage, invite, send, texts } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
let cy: Person
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const conversations = (person: Person): number => person.database().all('SELECT conversation FROM conversations').length

beforeEach(async () => {
  stage = await createStage(73)
  cy = await invite(stage.world, stage.ava, 'Cy')
  await wait(8_000)
})

test('T-01 T-46 a Welcome from somebody who was put out meanwhile opens no chat', async () => {
  const gone = accountOf(stage.ben)
  const before = conversations(cy)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  // Cy hears of the Welcome after she has heard that Ben is out.
  stage.evil.onAnswer('fetch-mailbox', (answer, who) =>
    who === 'Cy' ? { pass: { items: [], more: false } } : { pass: answer },
  )
  await makeConversation(mallory, cy)
  const removing = stage.ava.member()?.commands.removeFromNetwork(gone)
  await wait(10_000)
  expect(await removing).toMatchObject({ ok: true })
  stage.evil.turnHonest()
  stage.evil.tell('Cy', 'mailbox', { position: 1_000 })
  await wait(10_000)
  expect(counted(cy, 'welcome:standing-removed')).toBe(1)
  expect(conversations(cy)).toBe(before)
  expect(stage.world.faults).toEqual([])
})

test('T-01 a Welcome whose row somebody else signed is no Welcome: nobody is named for bringing her in', async () => {
  const other = readIdentity(cy.database())
  assert(other !== undefined, 'nobody')
  const before = conversations(stage.ava)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const provider = stage.world.providerFor('cy')
  const slipped: { row?: Uint8Array } = {}
  stage.evil.onAnswer('fetch-rows', (answer, who) =>
    who === 'Ava'
      ? { pass: { ...answer, entries: answer.entries.map((entry) => ({ ...entry, ...slipped })) } }
      : { pass: answer },
  )
  stage.evil.onAnswer('fetch-mailbox', (answer, who) =>
    who === 'Ava' && slipped.row === undefined ? { pass: { items: [], more: false } } : { pass: answer },
  )
  const conversation = await makeConversation(mallory, stage.ava)
  const stored = stage.world
    .serverDatabase()
    .prepare('SELECT row FROM entry WHERE conversation = ?')
    .get(conversation)?.['row']
  const body = decode(rowSchema, decode(signedRow, new Uint8Array(stored as Uint8Array))?.body ?? new Uint8Array())
  assert(body !== undefined, 'no row')
  slipped.row = await signRow(provider, other.keys.mls, { ...body, account: other.account, device: other.keys.device })
  stage.evil.tell('Ava', 'mailbox', { position: 1_000 })
  await wait(10_000)
  expect(counted(stage.ava, 'welcome:commit')).toBe(1)
  expect(conversations(stage.ava)).toBe(before)
  expect(stage.world.faults).toEqual([])
})

test('T-02 T-03 a key package under another key than the chain has is nobody’s: nothing is sealed for it', async () => {
  const { world, evil, ben } = stage
  const identity = readIdentity(cy.database())
  assert(identity !== undefined, 'nobody')
  const provider = world.providerFor('go-between')
  const { keyPackage } = await createKeyPackage({
    provider,
    suite: 0xf07a,
    identity: encode(leafCredential, {
      version: protocolVersion,
      network: identity.network,
      account: identity.account,
      device: identity.keys.device,
      chain: { seq: 0, hash: identity.account },
    }),
    signatureKeyPair: await provider.signatureKeyPair('ed25519'),
    lifetime: { notBeforeS: world.time.nowMs() / 1000 - 60, notAfterS: world.time.nowMs() / 1000 + 86_400 },
    lastResort: false,
    extensionTypes: [0xf0a1],
  })
  let shown = 0
  evil.onAnswer('claim-key-packages', (answer, _who, request) => {
    if (!equal(request.account, identity.account)) return { pass: answer }
    shown++
    return { pass: { packages: [{ device: identity.keys.device, package: keyPackage, lastResort: false }] } }
  })
  await send(ben, accountOf(cy), 'for Cy alone')
  await wait(30_000)
  expect(shown).toBeGreaterThan(0)
  expect(ben.database().all('SELECT conversation FROM conversations WHERE chat = ?', [accountOf(cy)])).toEqual([])
  evil.turnHonest()
  await wait(700_000)
  expect(texts(cy, accountOf(ben))).toEqual(['for Cy alone'])
  expect(world.faults).toEqual([])
})
