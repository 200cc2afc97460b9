/** Rows that a server and a member make together: of another conversation, of no member, sealed by one and signed by another. */
import { beforeEach, expect, test } from 'vitest'
import { assert } from '@halyard/protocol'
import type { Row } from '@halyard/protocol'
import { loadGroup, readIdentity } from '@halyard/client'
import { signRow } from '@halyard/crypto'
import { forkLog, realRows } from '../../src/attacks/forked-log.ts'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import type { HostileMember } from '../../src/attacks/hostile-member.ts'
import {
  accountOf,
  alarms,
  bytesOf,
  counted,
  createStage,
  finish,
  invite,
  isPaused,
  send,
  texts,
} from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

const canary = 'canary-of-this-file'
let stage: Stage
let cy: Person
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)

/** A group of Ava's with these people. */
const group = async (people: readonly Person[]): Promise<string> => {
  const making = stage.ava
    .member()
    ?.commands.createGroup({ kind: 'group', title: 'Desk', people: people.map((one) => accountOf(one)) })
  assert(making !== undefined, 'nobody is there')
  const made = await finish(stage.world, making)
  assert(made.ok, 'no group')
  await wait(8_000)
  return made.value
}
/** The server shows these rows to Ava as the next ones of a log, chained as a log is. */
const slip = (conversation: Uint8Array, rows: readonly Uint8Array[]): void => {
  const timeMs = stage.world.time.nowMs()
  forkLog(
    stage.evil,
    () => stage.world.serverDatabase(),
    'Ava',
    conversation,
    (real) => [
      ...rows.map((row, index) => ({
        timeMs,
        entry: new Uint8Array(16).fill(index + 1),
        row,
      })),
      ...real,
    ],
  )
}
/** A row that Cy's device signs, of the epoch that Ava stands in: all of that is in the clear beside each row. */
const signedByCy = async (conversation: Uint8Array, content: Row['content'], over: Partial<Row> = {}) => {
  const identity = readIdentity(cy.database())
  const stand = loadGroup(stage.ava.database(), conversation)?.current
  assert(identity !== undefined && stand !== undefined, 'nobody')
  return signRow(stage.world.providerFor('cy'), identity.keys.mls, {
    conversation,
    account: identity.account,
    device: identity.keys.device,
    epoch: stand.epoch,
    madeBy: stand.madeBy,
    digest: stand.digest,
    content,
    ...over,
  })
}
/** What Ben writes afterwards still arrives, and nobody was alarmed. */
const goesOn = async (mallory: HostileMember, chat: string): Promise<void> => {
  await mallory.say({ kind: 'text', text: 'and on', ranges: [] })
  await wait(5_000)
  expect(texts(stage.ava, chat)).toEqual(['and on'])
  expect(alarms(stage.ava)).toEqual([])
  expect(isPaused(stage.ava, chat)).toBe(false)
  expect(stage.world.faults).toEqual([])
}

beforeEach(async () => {
  stage = await createStage(64)
  cy = await invite(stage.world, stage.ava, 'Cy')
  await wait(8_000)
})

test('T-10 a row of another conversation is none of this one: nothing is shown, and it is no second history', async () => {
  // What everybody has read would be gone from the log.
  stage.evil.onRequest('pass', () => ({ answer: {} }))
  const chat = await group([stage.ben])
  await send(stage.ben, chat, `${canary} elsewhere`)
  await wait(5_000)
  const elsewhere = realRows(stage.world.serverDatabase(), bytesOf(chat)).map(({ row }) => row)
  expect(elsewhere.length).toBeGreaterThan(1)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  slip(stage.conversation, elsewhere)
  await goesOn(mallory, stage.withBen)
  expect(counted(stage.ava, 'row')).toBe(elsewhere.length)
})

test('T-01 T-10 a row of somebody who is no member: a server and they together cannot make it look like a fork', async () => {
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const rows = [
    await signedByCy(
      stage.conversation,
      { kind: 'application', message: new Uint8Array(64) },
      { digest: new Uint8Array(16) },
    ),
  ]
  slip(stage.conversation, rows)
  await goesOn(mallory, stage.withBen)
  expect(counted(stage.ava, 'row')).toBe(1)
})

test('T-10 sealed by one device, signed by another: shown as neither’s, whatever it says of itself inside', async () => {
  const chat = await group([stage.ben, cy])
  const identity = readIdentity(cy.database())
  assert(identity !== undefined, 'nobody')
  const mallory = await createHostileMember(stage.world, stage.ben, bytesOf(chat))
  const inside = { account: identity.account, device: identity.keys.device }
  // The ratchet goes on, Ben's own sequence does not: what is inside says that it is Cy's first.
  const message = await mallory.seal(
    mallory.payload({ kind: 'text', text: canary, ranges: [] }, inside, { seq: 1, previous: new Uint8Array(32) }),
  )
  slip(bytesOf(chat), [await signedByCy(bytesOf(chat), { kind: 'application', message })])
  await mallory.say({ kind: 'text', text: 'and on', ranges: [] }, {}, { seq: 1, previous: new Uint8Array(32) })
  await wait(5_000)
  expect(texts(stage.ava, chat)).toEqual(['and on'])
  expect(counted(stage.ava, 'sender')).toBe(1)
  expect(stage.world.faults).toEqual([])
})

test('T-14 a commit in a row of somebody else is skipped: nobody is named for what another did', async () => {
  const chat = await group([stage.ben, cy])
  const before = loadGroup(stage.ava.database(), bytesOf(chat))?.current.epoch
  const mallory = await createHostileMember(stage.world, stage.ben, bytesOf(chat))
  const { message } = await mallory.commit()
  slip(bytesOf(chat), [await signedByCy(bytesOf(chat), { kind: 'commit', message, added: [], removed: [] })])
  await mallory.say({ kind: 'text', text: 'and on', ranges: [] })
  await wait(5_000)
  expect(loadGroup(stage.ava.database(), bytesOf(chat))?.current.epoch).toBe(before)
  expect(counted(stage.ava, 'commit-garbage')).toBe(1)
  expect(texts(stage.ava, chat)).toEqual(['and on'])
  expect(stage.world.faults).toEqual([])
})
