/** T-06: nobody gets a device into an account but its person, whatever the server passes on or says (trust.md §4). */
import { beforeEach, expect, test } from 'vitest'
import { assert, decode, equal, limits, signed } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import { hasAccount, readIdentity } from '@halyard/client'
import {
  approvalNumber,
  createDeviceKeys,
  createDeviceOffer,
  deviceEntryOf,
  inviteHash,
  offerSecret,
  readAccountChain,
  readDeviceOffer,
  sealGrant,
  signAccountLink,
  verifierOf,
} from '@halyard/crypto'
import type { OfferSecrets } from '@halyard/crypto'
import { accountOf, alarms, createStage, texts, send } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import { addDevice, memberOf } from '../../src/devices.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
let phone: Person
let asking: Promise<Result<unknown>>

const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const code = (): string => {
  const shown = phone.pairing()
  assert(shown?.state === 'code', `no code is shown: ${shown?.state}`)
  return shown.code
}
const number = (): string => {
  const shown = phone.pairing()
  assert(shown?.state === 'number', `no number is shown: ${shown?.state}`)
  return shown.number
}
const find = async (person: Person, typed: string): Promise<Result<unknown>> => {
  const finding = memberOf(person).commands.findDevice(typed)
  await wait(1_500)
  return finding
}
const approve = async (person: Person, typed: string): Promise<Result<unknown>> => {
  const approving = memberOf(person).commands.approveDevice({ number: typed })
  await wait(3_000)
  return approving
}
/** One device, as before, and no account on the other. */
const nothingCame = async (): Promise<void> => {
  await wait(20_000)
  expect(memberOf(stage.ava).query('devices', undefined)).toHaveLength(1)
  expect(phone.member()).toBeUndefined()
  expect(hasAccount(phone.database())).toBe(false)
  const others = memberOf(stage.ben).query('conversation', { chatId: stage.withAva })
  expect(others?.deviceCount).toBe(2)
  expect(stage.world.faults).toEqual([])
}
/** A device of the attacker's own making. */
const foreign = async (): Promise<OfferSecrets> => {
  const provider = stage.world.providerFor('attacker')
  const keys = await createDeviceKeys(provider)
  const nowMs = stage.world.time.nowMs()
  return createDeviceOffer(provider, {
    entry: deviceEntryOf(keys, nowMs - 1, nowMs + 1e11),
    platform: 'Edge on Windows',
    atMs: nowMs,
  })
}

beforeEach(async () => {
  stage = await createStage(71)
  await send(stage.ava, stage.withBen, 'before')
  await wait(2_000)
  phone = stage.world.addPerson('Phone')
  asking = phone.askIn('Chrome on Android')
  await wait(2_000)
})

test('T-06 the server shows a device of its own: the number is another, nothing is signed, and that is said', async () => {
  const mallory = await foreign()
  stage.evil.onAnswer('find-offer', () => ({ pass: { offer: mallory.offer } }))
  stage.evil.onAnswer('reveal-offer', () => ({ pass: { nonce: mallory.nonce } }))
  expect(await find(stage.ava, code())).toMatchObject({ ok: true, value: { platform: 'Edge on Windows' } })
  expect(await approve(stage.ava, number())).toMatchObject({ code: 'number-wrong' })
  expect(alarms(stage.ava)).toEqual(['approval-refused'])
  await nothingCame()
})

test('T-06 the server shows another nonce than the one that was committed to: nothing is signed', async () => {
  stage.evil.onAnswer('reveal-offer', ({ nonce }) => ({
    pass: { nonce: nonce === undefined ? undefined : stage.world.providerFor('n').random(32) },
  }))
  await find(stage.ava, code())
  expect(await approve(stage.ava, number())).toMatchObject({ code: 'offer-unknown' })
  await nothingCame()
})

test('T-06 the server answers "approved" from an account of its own: refused by who asked, who has no account then', async () => {
  const provider = stage.world.providerFor('attacker')
  const identity = readIdentity(stage.ben.database())
  assert(identity !== undefined, 'nobody to pose as')
  let offer: Uint8Array | undefined
  stage.evil.onRequest('offer-device', (request) => {
    offer = request.offer
    return { pass: request }
  })
  // A new code, with the hook in place.
  await wait(limits.offerLifetimeMs + 5_000)
  assert(offer !== undefined, 'no offer came by')
  const seen = offer
  const answer = provider.random(32)
  let nonce: Uint8Array | undefined
  const forged: { grant?: Uint8Array } = {}
  stage.evil.onRequest('next-offer', (request) => {
    nonce ??= request.reveal
    return { answer: { answer, grant: forged.grant } }
  })
  await wait(3_000)
  assert(nonce !== undefined, 'nothing was revealed')
  const guessed = offerSecret('0000AAAA')
  // All that is in it is true: the attacker has a network, and an account in it that has let this device in.
  const entry = readDeviceOffer(seen)?.entry
  const own = await readAccountChain(verifierOf(provider), identity.network, [identity.genesis])
  assert(entry !== undefined && own.ok, 'no offer, or no account')
  const added = await signAccountLink(provider, identity.keys.chain, identity.keys.device, own.value, {
    kind: 'add-device',
    atMs: stage.world.time.nowMs(),
    entry,
  })
  const links = stage.ben
    .database()
    .all('SELECT link FROM network_links ORDER BY seq LIMIT 2')
    .flatMap((row) => decode(signed, row['link'] as Uint8Array) ?? [])
  const invite = stage.world
    .serverDatabase()
    .prepare('SELECT record FROM invite')
    .all()
    .flatMap((row) => decode(signed, new Uint8Array(row['record'] as Uint8Array)) ?? [])
    .find((record) => own.value.invite !== undefined && equal(inviteHash(record), own.value.invite))
  assert(links.length === 2 && invite !== undefined, 'no network')
  const sealed = await sealGrant(
    provider,
    { offer: seen, answer, nonce },
    {
      secret: guessed,
      network: identity.network,
      account: identity.account,
      approver: identity.keys.device,
      networkName: 'Northwind',
      name: 'You',
      directoryKey: undefined,
      networkLinks: links,
      accountLinks: [identity.genesis, added],
      invite,
      conversations: 0,
    },
  )
  assert(sealed !== undefined, 'nothing was sealed')
  forged.grant = sealed
  await wait(3_000)
  expect(await asking).toMatchObject({ code: 'grant-refused' })
  await nothingCame()
})

test('T-06 a stale code: found by nobody, and the browser shows another', async () => {
  const stale = code()
  await wait(limits.offerLifetimeMs + 5_000)
  expect(code()).not.toBe(stale)
  expect(await find(stage.ava, stale)).toMatchObject({ code: 'offer-unknown' })
  expect(await approve(stage.ava, '000000')).toMatchObject({ code: 'offer-unknown' })
  await nothingCame()
})

test('T-06 a number that is read out wrong, or guessed: one try, then the offer is gone, and that is said', async () => {
  await find(stage.ava, code())
  const right = number()
  const wrong = right === '000000' ? '000001' : '000000'
  expect(await approve(stage.ava, wrong)).toMatchObject({ code: 'number-wrong' })
  expect(await approve(stage.ava, right)).toMatchObject({ code: 'offer-unknown' })
  expect(alarms(stage.ava)).toEqual(['approval-refused'])
  await nothingCame()
})

test('T-06 too late: who comes back after two minutes types in vain', async () => {
  await find(stage.ava, code())
  const right = number()
  await wait(limits.approvalLifetimeMs + 1_000)
  expect(await approve(stage.ava, right)).toMatchObject({ code: 'offer-unknown' })
  await nothingCame()
})

test('T-06 two accounts find the same code: the first has it, and the other nothing', async () => {
  const shown = code()
  expect(await find(stage.ben, shown)).toMatchObject({ ok: true })
  expect(await find(stage.ava, shown)).toMatchObject({ code: 'offer-taken' })
  expect(await approve(stage.ava, number())).toMatchObject({ code: 'offer-unknown' })
  await nothingCame()
})

test('T-06 the server shows the asking browser a second answer: the number it showed is void, it shows another code', async () => {
  let fill = 1
  stage.evil.onAnswer('next-offer', (answer) => ({
    pass: answer.answer === undefined ? answer : { ...answer, answer: new Uint8Array(32).fill(fill) },
  }))
  await find(stage.ava, code())
  const shown = number()
  fill = 2
  await wait(3_000)
  expect(phone.pairing()?.state).toBe('code')
  expect(await approve(stage.ava, shown)).toMatchObject({ ok: false })
  await nothingCame()
})

test('T-06 the server keeps the link for itself: nothing is granted, and nobody believes in a device', async () => {
  stage.evil.onRequest('append-account-link', () => ({ refuse: 'server-busy' }))
  await find(stage.ava, code())
  expect(await approve(stage.ava, number())).toMatchObject({ code: 'server-busy' })
  await nothingCame()
})

test('two devices let one in each at the same moment: one link stands, the other is refused, and both accounts hold', async () => {
  const second = await addDevice(stage.world, stage.ava, 'Second')
  await wait(5_000)
  const [one, two] = [stage.world.addPerson('One'), stage.world.addPerson('Two')]
  const asked = [one.askIn('One'), two.askIn('Two')]
  await wait(2_000)
  for (const [approver, device] of [
    [stage.ava, one],
    [second, two],
  ] as const) {
    const shown = device.pairing()
    assert(shown?.state === 'code', 'no code')
    await find(approver, shown.code)
  }
  const approvals = ([one, two] as const).map((device, index) => {
    const shown = device.pairing()
    assert(shown?.state === 'number', 'no number')
    return memberOf(index === 0 ? stage.ava : second).commands.approveDevice({ number: shown.number })
  })
  await wait(30_000)
  const results = await Promise.all(approvals)
  expect(results.filter((result) => result.ok)).toHaveLength(1)
  expect(results.filter((result) => !result.ok)).toMatchObject([{ code: 'chain-conflict' }])
  const letIn = results[0]?.ok === true ? one : two
  expect(accountOf(letIn)).toBe(accountOf(stage.ava))
  for (const person of [stage.ava, second]) expect(memberOf(person).query('devices', undefined)).toHaveLength(3)
  expect(asked).toHaveLength(2)
  expect(stage.world.faults).toEqual([])
})

test('the number is the same on both sides, and another for any other exchange', async () => {
  const [a, b] = [await foreign(), await foreign()]
  const answer = new Uint8Array(32)
  expect(approvalNumber(a.offer, answer, a.nonce)).toMatch(/^\d{6}$/)
  expect(approvalNumber(a.offer, answer, a.nonce)).not.toBe(approvalNumber(b.offer, answer, a.nonce))
  expect(texts(stage.ava, stage.withBen)).toEqual(['before'])
})
