import { expect, test } from 'vitest'
import { labels, protocolVersion, sealedState } from '@halyard/protocol'
import type { SignedState } from '@halyard/protocol'
import { stateHash } from '@halyard/crypto/verify'
import { random, statement, zeroHash } from '../../../test/people.ts'
import type { Device, Person } from '../../../test/people.ts'
import { createWorld } from '../../../test/world.ts'

const signed = (person: Person, number: number, by: Device = person.device, account = person.account): SignedState =>
  statement(by.chain, labels.accountState, sealedState, {
    version: protocolVersion,
    network: person.network,
    account,
    device: by.id,
    chain: { seq: 0, hash: person.account },
    number,
    previous: zeroHash,
    key: random(16),
    keySeq: 0,
    card: undefined,
    sealed: random(90),
  })

test('devices of one account see one state, each new one in the place of the last', async () => {
  const world = await createWorld()
  const bob = await world.newcomer()
  const b = await world.online(bob)
  expect(await b.must('fetch-account-state', {})).toEqual({ state: undefined })
  const first = signed(bob, 1)
  await b.must('put-account-state', { base: undefined, state: first })
  await b.must('put-account-state', { base: undefined, state: first })
  expect(await b.must('fetch-account-state', {})).toEqual({ state: first })
  expect(await b.request('put-account-state', { base: undefined, state: signed(bob, 1) })).toMatchObject({
    code: 'state-changed',
  })
  const second = signed(bob, 2)
  await b.must('put-account-state', { base: stateHash(first), state: second })
  expect(await b.must('fetch-account-state', {})).toEqual({ state: second })
  // Another account's device is shown its own, which is none.
  const other = await world.online(await world.newcomer())
  expect(await other.must('fetch-account-state', {})).toEqual({ state: undefined })
})

test('only what the device that is signed in signed for its own account is kept', async () => {
  const world = await createWorld()
  const [bob, eve] = [await world.newcomer(), await world.newcomer()]
  const b = await world.online(bob)
  const forged = signed(bob, 1)
  for (const state of [
    signed(bob, 1, eve.device),
    signed(bob, 1, bob.device, eve.account),
    { ...forged, signature: random(64) },
    { ...forged, body: random(200) },
  ])
    expect(await b.request('put-account-state', { base: undefined, state })).toMatchObject({ code: 'chain-refused' })
  expect(await world.connect().request('fetch-account-state', {})).toMatchObject({ code: 'login-required' })
})
