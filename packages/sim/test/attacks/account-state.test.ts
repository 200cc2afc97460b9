/** The account state, with a server that lies, and devices and cards that are gone (trust.md §3, Account state). */
import { beforeEach, expect, test } from 'vitest'
import { assert, decode, encode, equal, sealedState, signedState, toHex } from '@halyard/protocol'
import type { Answer, SealedState, SignedState } from '@halyard/protocol'
import { readIdentity } from '@halyard/client'
import { openState, openStateKey, readRecoveryWords, recoverySecrets, stateHash } from '@halyard/crypto'
import { nodeProvider as createProvider } from '@halyard/mls/node'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import { addDevice, memberOf } from '../../src/devices.ts'
import { alarms, conversationOf, counted, createStage, finish } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

const nodeProvider = createProvider()
let stage: Stage
/** Every state that Ava's devices stored, in order. */
let stored: SignedState[]

beforeEach(async () => {
  stage = await createStage(31)
  stored = []
  stage.evil.onRequest('put-account-state', (request) => {
    stored.push(request.state)
    return { pass: request }
  })
})
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const draft = async (person: Person, text: string): Promise<void> => {
  await memberOf(person).commands.setDraft({ chatId: stage.withBen, text })
  await wait(10_000)
}
const shownDraft = (person: Person): string | undefined =>
  memberOf(person).query('conversation', { chatId: stage.withBen })?.draft
const show = (answer: Answer<'fetch-account-state'>, whom = 'Ava'): void =>
  stage.evil.onAnswer('fetch-account-state', (honest, who) => ({ pass: who === whom ? answer : honest }))
const valueOf = (state: SignedState | undefined): SealedState => {
  const value = state === undefined ? undefined : decode(sealedState, state.body)
  assert(value !== undefined, 'no state')
  return value
}
/** Keys of states that somebody who holds this device's open database has. */
const keysOf = (person: Person): readonly Uint8Array[] =>
  person
    .database()
    .all('SELECT key FROM state_keys')
    .flatMap((row) => (row['key'] instanceof Uint8Array ? [row['key']] : []))
const opens = async (keys: readonly Uint8Array[], state: SignedState | undefined): Promise<boolean> => {
  for (const key of keys) if ((await openState(nodeProvider, key, valueOf(state))) !== undefined) return true
  return false
}
const card = async (person: Person): Promise<string> => {
  const drawn = await memberOf(person).commands.drawRecoveryKey()
  assert(drawn.ok, 'no card')
  expect(await finish(stage.world, memberOf(person).commands.keepRecoveryKey())).toMatchObject({ ok: true })
  await wait(10_000)
  return drawn.value.join(' ')
}

test('T-08: an old account state: said, nothing of it counts, and what was lost is stored again', async () => {
  const { ava, evil } = stage
  await draft(ava, 'older')
  const old = stored.at(-1)
  await draft(ava, 'newer')
  show({ state: old })
  ava.crash(false)
  await ava.start()
  await wait(20_000)
  expect(alarms(ava)).toContain('state-rolled-back')
  expect(shownDraft(ava)).toBe('newer')
  evil.turnHonest()
  ava.crash(false)
  await ava.start()
  await wait(20_000)
  const phone = await addDevice(stage.world, ava, 'Ava phone')
  await wait(10_000)
  expect(shownDraft(phone)).toBe('newer')
})

test('T-08: no account state at all, where there was one: the same', async () => {
  const { ava } = stage
  await draft(ava, 'mine')
  show({ state: undefined })
  ava.crash(false)
  await ava.start()
  await wait(20_000)
  expect(alarms(ava)).toContain('state-rolled-back')
  expect(shownDraft(ava)).toBe('mine')
})

test('T-08: an old account state for a new device, which has never seen a newer one: its siblings have told it', async () => {
  const { ava, world } = stage
  await draft(ava, 'older')
  const old = stored.at(-1)
  await draft(ava, 'newer')
  show({ state: old }, 'Ava phone')
  const phone = await addDevice(world, ava, 'Ava phone')
  await wait(20_000)
  expect(alarms(phone)).toContain('state-rolled-back')
})

test('T-08: what one device stored is kept from the other: it was told of it', async () => {
  const { ava, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  await wait(10_000)
  const before = stored.at(-1)
  show({ state: before })
  await draft(phone, 'on the way')
  await wait(60_000)
  expect(alarms(ava)).toContain('state-rolled-back')
})

test('T-08: two states at one number: whoever is shown the other one hears of it', async () => {
  const { ava, evil, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  await wait(10_000)
  // What Ava stores is answered as if it were kept, and shown to nobody.
  evil.onRequest('put-account-state', (request, who) => (who === 'Ava' ? { answer: {} } : { pass: request }))
  await draft(ava, 'kept from the phone')
  await draft(phone, 'kept from the desk')
  await wait(60_000)
  expect([...alarms(ava), ...alarms(phone)]).toContain('state-rolled-back')
})

test('T-08: a state that no device of the account signed changes nothing, and is written over', async () => {
  const { ava, evil } = stage
  await draft(ava, 'mine')
  const real = stored.at(-1)
  assert(real !== undefined, 'nothing stored')
  const value = valueOf(real)
  const forged = (change: Partial<SealedState>): SignedState => ({
    body: encode(sealedState, { ...value, number: value.number + 1, previous: stateHash(real), ...change }),
    signature: real.signature,
  })
  for (const state of [
    forged({}),
    forged({ sealed: value.sealed.map((byte) => byte ^ 1) }),
    { ...real, signature: real.signature.map((byte) => byte ^ 1) },
  ]) {
    show({ state })
    ava.crash(false)
    await ava.start()
    await wait(20_000)
    expect(shownDraft(ava)).toBe('mine')
  }
  expect(counted(ava, 'state:signature')).toBeGreaterThan(0)
  evil.turnHonest()
})

test('T-08: the server reads nothing of it, and its size says little', async () => {
  const { ava } = stage
  await draft(ava, 'canary')
  const sizes = new Set<number>()
  for (let length = 1; length < 40; length += 13) {
    await draft(ava, 'c'.repeat(length))
    sizes.add(valueOf(stored.at(-1)).sealed.length)
  }
  expect(sizes.size).toBe(1)
  for (const state of stored) expect(Buffer.from(encode(signedState, state)).includes('canary')).toBe(false)
})

test('T-08: a device that was removed opens no state that was stored after it, and none of its own counts', async () => {
  const { ava, evil, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  await draft(phone, 'together')
  const stolen = keysOf(phone)
  const last = stored.at(-1)
  expect(await opens(stolen, last)).toBe(true)
  const identity = readIdentity(phone.database())
  assert(identity !== undefined && last !== undefined, 'no phone')
  // It wrote once more, and the server kept that back until it was gone.
  await memberOf(phone).commands.setDraft({ chatId: stage.withBen, text: 'from the grave' })
  evil.onRequest('put-account-state', (request, who) => {
    if (who !== 'Ava phone') {
      stored.push(request.state)
      return { pass: request }
    }
    held.push(request.state)
    return 'drop'
  })
  const held: SignedState[] = []
  await wait(10_000)
  expect(held).not.toHaveLength(0)
  const removing = memberOf(ava).commands.removeDevice(Buffer.from(identity.keys.device).toString('hex'))
  expect(await finish(world, removing)).toMatchObject({ ok: true })
  await wait(20_000)
  await draft(ava, 'alone')
  expect(await opens(stolen, stored.at(-1))).toBe(false)
  expect(await opens(keysOf(ava), stored.at(-1))).toBe(true)
  expect(await opens(keysOf(ava), last)).toBe(false)
  const [grave] = held
  show({ state: grave })
  ava.crash(false)
  await ava.start()
  await wait(20_000)
  expect(shownDraft(ava)).toBe('alone')
  expect(counted(ava, 'state:signature')).toBeGreaterThan(0)
})

test('T-08: a recovery key that was replaced opens no state that was stored after it', async () => {
  const { ava } = stage
  const before = await card(ava)
  await draft(ava, 'for both')
  const opened = async (words: string): Promise<boolean> => {
    const typed = readRecoveryWords(words)
    assert(typed.kind === 'key', 'no words')
    const { sealKeys } = await recoverySecrets(nodeProvider, typed.recoveryKey)
    const value = valueOf(stored.at(-1))
    assert(value.card !== undefined, 'no card in the state')
    const key = await openStateKey(nodeProvider, sealKeys, value, value.card)
    return key !== undefined && (await opens([key], stored.at(-1)))
  }
  expect(await opened(before)).toBe(true)
  const after = await card(ava)
  await draft(ava, 'for the new one')
  expect([await opened(before), await opened(after)]).toEqual([false, true])
  const keys = new Set(stored.map((state) => Buffer.from(valueOf(state).key).toString('hex')))
  expect(keys.size).toBe(2)
})

test('T-08: the new key is not said while the removed device still hears it', async () => {
  const { ava, evil, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  const tablet = await addDevice(world, ava, 'Ava tablet')
  await wait(20_000)
  const conversation = conversationOf(ava, memberOf(ava).query('chats', undefined).self.accountId)
  const identity = readIdentity(tablet.database())
  assert(identity !== undefined, 'no tablet')
  const before = stored.length
  // The commit that takes it out of "Me" does not get through.
  evil.onRequest('append', (request) =>
    equal(request.conversation, conversation) ? { refuse: 'server-busy' } : { pass: request },
  )
  const removing = memberOf(ava).commands.removeDevice(toHex(identity.keys.device))
  expect(await finish(world, removing)).toMatchObject({ ok: true })
  await wait(180_000)
  const keyOf = (state: SignedState | undefined): string => toHex(valueOf(state).key)
  const old = keyOf(stored[before - 1])
  expect(stored.slice(before).every((state) => keyOf(state) === old)).toBe(true)
  evil.onRequest('append', (request) => ({ pass: request }))
  await wait(180_000)
  expect(keyOf(stored.at(-1))).not.toBe(old)
  await draft(phone, 'the two of us')
  await wait(10_000)
  expect(shownDraft(ava)).toBe('the two of us')
})

test('T-08: a conversation that the server hides from who comes back with a card is asked for all the same', async () => {
  const { ava, evil, world } = stage
  const words = await card(ava)
  await wait(70_000)
  await ava.quit()
  evil.onAnswer('list-account-conversations', () => ({ pass: { items: [], more: false } }))
  const clean = world.addPerson('Clean')
  const restoring = clean.restore(words)
  await wait(20_000)
  expect(await restoring).toMatchObject({ ok: true })
  await wait(120_000)
  expect(memberOf(clean).query('conversation', { chatId: stage.withBen })).toMatchObject({ exists: true })
})

test('T-08: a restored server says so; drafts from after its copy are there again, and nothing else is claimed', async () => {
  const { ava, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  await draft(ava, 'before the copy')
  const copy = world.serverDatabase().serialize()
  await draft(ava, 'one more')
  await draft(ava, 'after the copy')
  world.restoreServer(copy, true)
  await wait(180_000)
  for (const device of [ava, phone]) {
    expect(alarms(device)).toEqual(['server-restored'])
    expect(shownDraft(device)).toBe('after the copy')
  }
  await draft(phone, 'and on')
  await wait(20_000)
  expect(shownDraft(ava)).toBe('and on')
})

test('T-08: a device that never gets the key makes one after a while; what the others hold comes back', async () => {
  const { ava, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  await draft(ava, 'held by the desk')
  await ava.quit()
  // As if whoever let it in had gone away before it said the key.
  await phone.quit()
  await phone.start()
  phone.database().run('DELETE FROM state_keys')
  phone.database().run("DELETE FROM meta WHERE key = 'state-taken'")
  const before = stored.length
  await memberOf(phone).commands.setMuted({ chatId: stage.withBen, muted: true })
  await wait(200_000)
  expect(stored).toHaveLength(before)
  await wait(200_000)
  expect(stored.length).toBeGreaterThan(before)
  await ava.start()
  await wait(60_000)
  for (const device of [ava, phone]) {
    expect(memberOf(device).query('conversation', { chatId: stage.withBen })).toMatchObject({
      draft: 'held by the desk',
      muted: true,
    })
    expect(alarms(device)).toEqual([])
  }
})

/** The phone believes that its states are kept, and nobody is shown one; what it says in "Me" is let through or not. */
const keepToPhone = (isHeard: boolean): SignedState[] => {
  const kept: SignedState[] = []
  stage.evil.onRequest('put-account-state', (request, who) => {
    if (who !== 'Ava phone') return { pass: request }
    kept.push(request.state)
    return { answer: {} }
  })
  if (!isHeard) stage.evil.onRequest('append', (request, who) => (who === 'Ava phone' ? 'drop' : { pass: request }))
  return kept
}
const startAgain = async (person: Person): Promise<void> => {
  person.crash(false)
  await person.start()
  await wait(20_000)
}

test('T-08: another state at the number that this device stored itself', async () => {
  const { ava, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  await wait(10_000)
  const kept = keepToPhone(false)
  await memberOf(phone).commands.setDraft({ chatId: stage.withBen, text: 'on the way' })
  await draft(ava, 'at the desk')
  const [fork] = kept
  show({ state: fork })
  await startAgain(ava)
  expect(alarms(ava)).toContain('state-rolled-back')
})

test('T-08: a state that follows another one than this device stored', async () => {
  const { ava, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  await wait(10_000)
  const kept = keepToPhone(false)
  await memberOf(phone).commands.setDraft({ chatId: stage.withBen, text: 'on' })
  await draft(ava, 'at the desk')
  await memberOf(phone).commands.setDraft({ chatId: stage.withBen, text: 'on the way' })
  await wait(10_000)
  const fork = kept.find((state) => valueOf(state).number === valueOf(kept[0]).number + 1)
  assert(fork !== undefined, 'the phone stored once')
  show({ state: fork })
  await startAgain(ava)
  expect(alarms(ava)).toContain('state-rolled-back')
})

test('T-08: two devices that stored different states at one number hear it from each other', async () => {
  const { ava, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  await wait(10_000)
  keepToPhone(true)
  await memberOf(phone).commands.setDraft({ chatId: stage.withBen, text: 'on the way' })
  await draft(ava, 'at the desk')
  expect(alarms(ava)).toContain('state-rolled-back')
})

test('T-08: keys, heads and names of devices are heard in "Me" alone', async () => {
  const { ava, ben, world, conversation } = stage
  await draft(ava, 'mine')
  const mallory = await createHostileMember(world, ben, conversation)
  const identity = readIdentity(ava.database())
  assert(identity !== undefined, 'no Ava')
  await mallory.say({ kind: 'state-key', id: new Uint8Array(16), key: new Uint8Array(32), seq: 1_000 })
  await mallory.say({ kind: 'state-head', number: valueOf(stored.at(-1)).number, hash: new Uint8Array(32) })
  await mallory.say({ kind: 'device-name', device: identity.keys.device, name: 'Mallory was here' })
  await mallory.say({ kind: 'key-packages', for: identity.keys.device, packages: [new Uint8Array(9)] })
  await wait(20_000)
  expect(keysOf(ava).some((key) => key.every((byte) => byte === 0))).toBe(false)
  expect(alarms(ava)).toEqual([])
  expect(
    memberOf(ava)
      .query('devices', undefined)
      .map((one) => one.name),
  ).not.toContain('Mallory was here')
  for (const kind of ['state-key', 'state-head', 'device-name', 'key-packages']) expect(counted(ava, kind)).toBe(1)
})

test('a device whose clock is ahead does not win for ever: what is set later replaces what was seen', async () => {
  const { ava, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  await draft(ava, 'from the future')
  ava.database().run('UPDATE shared_chats SET draft_stamp = draft_stamp + 86400000')
  await memberOf(ava).commands.setMuted({ chatId: stage.withBen, muted: true })
  await wait(10_000)
  expect(shownDraft(phone)).toBe('from the future')
  await draft(phone, 'from now')
  await wait(10_000)
  expect([shownDraft(ava), shownDraft(phone)]).toEqual(['from now', 'from now'])
})
