/** Coming in again, with a server that repeats, and members that pretend: each bound of trust.md §3 (b). */
import { beforeEach, expect, test } from 'vitest'
import { assert, equal, limits } from '@halyard/protocol'
import type { MailboxItem, Request } from '@halyard/protocol'
import { loadGroup, readIdentity } from '@halyard/client'
import { sha256, signEntryRequest } from '@halyard/crypto'
import { addDevice, memberOf } from '../../src/devices.ts'
import { commitBasis } from '../../src/attacks/commit-basis.ts'
import { anything, createHostileMember, leafOf } from '../../src/attacks/hostile-member.ts'
import { alarms, bytesOf, accountOf, counted, createStage, finish, send, texts } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
let words: string
let asked: Request<'ask-entry'>[]
let shown: number

const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const epoch = (person: Person): number => loadGroup(person.database(), stage.conversation)?.current.epoch ?? 0
/** The server lays a request before Ben, as if it had just come. */
const lay = async (request: Request<'ask-entry'>, from: Uint8Array, times = 1): Promise<void> => {
  for (let count = 0; count < times; count++) {
    const position = 1_000_000 + shown++
    const item: MailboxItem = {
      position,
      item: { kind: 'entry-request', from, ...request },
    }
    stage.evil.onAnswer('fetch-mailbox', (answer, who) =>
      who === 'Ben' ? { pass: { items: [item], more: false } } : { pass: answer },
    )
    stage.evil.tell('Ben', 'mailbox', { position })
    await wait(2_000)
  }
  await wait(15_000)
}
const comeBack = async (): Promise<Person> => {
  await stage.ava.quit()
  const clean = stage.world.addPerson('Clean')
  const restoring = clean.restore(words)
  await wait(20_000)
  expect(await restoring).toMatchObject({ ok: true })
  return clean
}
/** What is asked is kept from everybody, until the server lays it before them. */
const holdBack = (): void =>
  stage.evil.onRequest('ask-entry', (request) => {
    asked.push(request)
    return { answer: {} }
  })
const theRequest = (): Request<'ask-entry'> => {
  const request = asked.find((one) => equal(one.conversation, stage.conversation))
  assert(request !== undefined, 'nobody asked')
  return request
}
const deviceOf = (person: Person): Uint8Array => {
  const identity = readIdentity(person.database())
  assert(identity !== undefined, 'nobody')
  return identity.keys.device
}

beforeEach(async () => {
  stage = await createStage(81)
  await send(stage.ben, stage.withAva, 'before')
  const drawn = await memberOf(stage.ava).commands.drawRecoveryKey()
  assert(drawn.ok, 'no card')
  words = drawn.value.join(' ')
  await finish(stage.world, memberOf(stage.ava).commands.keepRecoveryKey())
  asked = []
  shown = 0
  stage.evil.onRequest('ask-entry', (request) => {
    asked.push(request)
    return { pass: request }
  })
})

test('T-41 a request is shown again: the leaf it names is gone, and nothing happens', async () => {
  const clean = await comeBack()
  await wait(20_000)
  const request = theRequest()
  const before = epoch(stage.ben)
  await lay(request, deviceOf(clean), 2)
  expect(epoch(stage.ben)).toBe(before)
  await send(clean, accountOf(stage.ben), 'still in')
  await wait(5_000)
  expect(texts(stage.ben, stage.withAva)).toEqual(['before', 'still in'])
  expect(stage.world.faults).toEqual([])
})

test('T-41 a device that was removed meanwhile asks in vain, however often its request is shown', async () => {
  const phone = await addDevice(stage.world, stage.ava, 'Phone')
  // The request is held back until the device is gone.
  holdBack()
  const clean = await comeBack()
  await wait(5_000)
  const device = deviceOf(clean)
  await phone.quit()
  await phone.start()
  await wait(10_000)
  const ids = memberOf(phone)
    .query('devices', undefined)
    .filter((one) => one.addedBy === 'card')
  expect(ids).toHaveLength(1)
  await finish(stage.world, memberOf(phone).commands.removeDevice(ids[0]?.deviceId ?? ''))
  await wait(90_000)
  const before = epoch(stage.ben)
  const request = theRequest()
  await lay(request, device)
  expect(counted(stage.ben, 'entry:removed')).toBeGreaterThan(0)
  expect(epoch(stage.ben)).toBe(before)
  expect(clean.stopped()).toBe('device-removed')
})

test('T-41 four in a day: the fourth is not looked at', async () => {
  holdBack()
  const clean = await comeBack()
  await wait(5_000)
  const request = theRequest()
  await lay(request, deviceOf(clean), limits.entriesPerDayMax + 1)
  expect(counted(stage.ben, 'entry:often')).toBeGreaterThan(0)
})

test('T-41 another key package than the one that was signed for is nobody', async () => {
  holdBack()
  const clean = await comeBack()
  await wait(5_000)
  const request = theRequest()
  const before = epoch(stage.ben)
  // One that the same device has made, and for which it has signed nothing here.
  const other = stage.world
    .serverDatabase()
    .prepare('SELECT package FROM key_package WHERE device = ? AND package IS NOT NULL')
    .get(deviceOf(clean))?.['package']
  assert(other instanceof Uint8Array, 'no other key package')
  await lay({ ...request, keyPackage: new Uint8Array(other) }, deviceOf(clean))
  const first = counted(stage.ben, 'entry:signature')
  expect(first).toBeGreaterThan(0)
  await lay({ ...request, request: { ...request.request, signature: new Uint8Array(64) } }, deviceOf(clean))
  expect(counted(stage.ben, 'entry:signature')).toBeGreaterThan(first)
  expect(epoch(stage.ben)).toBe(before)
  expect(alarms(stage.ben)).toEqual([])
})

test.each(['forged', 'bare removal', 'other leaf'] as const)(
  'T-41 a member cannot use entry to put another out: %s',
  async (how) => {
    const ava = bytesOf(accountOf(stage.ava))
    const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
    const before = epoch(stage.ava)
    const [own] = (await mallory.ask('claim-key-packages', { account: ava })).ok ? [true] : [false]
    expect(own).toBe(true)
    const claimed = await mallory.ask('claim-key-packages', { account: ava })
    const keyPackage = claimed.ok ? claimed.value.packages[0] : undefined
    assert(keyPackage !== undefined, 'no key package')
    const request = await signEntryRequest(mallory.provider, mallory.identity.keys.mls, {
      network: mallory.identity.network,
      conversation: stage.conversation,
      account: how === 'other leaf' ? mallory.identity.account : ava,
      device: how === 'other leaf' ? mallory.identity.keys.device : keyPackage.device,
      chain: { seq: 0, hash: how === 'other leaf' ? mallory.identity.account : ava },
      lost: [keyPackage.device],
      leaf: undefined,
      keyPackage: sha256(keyPackage.package),
      atMs: stage.world.time.nowMs(),
    })
    const made = await mallory.commit({
      judge: anything,
      proposals:
        how === 'bare removal'
          ? [{ remove: leafOf(mallory, ava).leafIndex }]
          : [{ remove: leafOf(mallory, ava).leafIndex }, { add: keyPackage.package }],
      authenticatedData: commitBasis({ entry: request }),
    })
    const added = how === 'bare removal' ? [] : [keyPackage.device]
    const row = { kind: 'commit', message: made.message, added, removed: [keyPackage.device] } as const
    expect(await mallory.append(await mallory.row(row))).toMatchObject({ ok: true })
    await wait(10_000)
    expect(epoch(stage.ava)).toBe(before)
    expect(counted(stage.ava, 'rule:entry-not-allowed')).toBeGreaterThan(0)
    expect(stage.ava.stopped()).toBeUndefined()
    expect(stage.world.faults).toEqual([])
  },
)
