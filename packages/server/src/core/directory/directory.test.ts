import { describe, expect, test } from 'vitest'
import { accountLink, decode, limits } from '@halyard/protocol'
import type { SignedAccountLink } from '@halyard/protocol'
import {
  confirmationBy,
  createDevice,
  createInvite,
  found,
  extendAccount,
  joinBy,
  profileOf,
  random,
} from '../../../test/people.ts'
import { createWorld, extendNetwork, origin } from '../../../test/world.ts'

const genesisOf = (person: { readonly links: readonly SignedAccountLink[] }): SignedAccountLink => {
  const [link] = person.links
  if (link === undefined) throw new Error('no genesis')
  return link
}

describe('the feed', () => {
  test('carries what was signed, in order, and rings for everybody', async () => {
    const world = await createWorld()
    const a = await world.online(world.founder)
    const invite = createInvite(world.net, world.founder)
    await a.must('create-invite', { locator: invite.locator, record: invite.record })
    const bob = joinBy(world.founder.network, invite)
    const confirmation = confirmationBy(world.net, world.founder, invite, bob)
    expect(await a.request('confirm', { confirmation })).toMatchObject({ code: 'confirmation-refused' })
    await world.connect().must('join', { locator: invite.locator, accountLink: genesisOf(bob) })
    const b = await world.online(bob)
    expect(await b.request('confirm', { confirmation: confirmationBy(world.net, bob, invite, bob) })).toMatchObject({
      code: 'confirmation-refused',
    })
    const ahead = confirmationBy(found(), world.founder, invite, bob)
    expect(await a.request('confirm', { confirmation: ahead })).toMatchObject({ code: 'network-behind' })
    await a.must('confirm', { confirmation })
    await a.must('confirm', { confirmation })
    expect(
      await a.request('confirm', {
        confirmation: confirmationBy(world.net, world.founder, invite, bob, world.nowMs + 1),
      }),
    ).toMatchObject({ code: 'confirmation-refused' })
    const profile = profileOf(bob, 3)
    await b.must('put-profile', { profile })
    expect(await b.request('put-profile', { profile: profileOf(bob, 3) })).toMatchObject({ code: 'chain-conflict' })
    expect(await b.request('put-profile', { profile: profileOf(world.founder, 4) })).toMatchObject({
      code: 'chain-refused',
    })
    expect(new Set(b.events('feed').map((one) => one.position))).toEqual(new Set([5, 6]))
    const { items, more } = await b.must('fetch-feed', { after: 0, limit: 200 })
    expect(items.map((one) => [one.position, one.item.kind])).toEqual([
      [1, 'network-link'],
      [2, 'network-link'],
      [3, 'account-link'],
      [4, 'account-link'],
      [5, 'confirmation'],
      [6, 'profile'],
    ])
    expect(items[3]?.item).toEqual({
      kind: 'account-link',
      account: bob.account,
      link: genesisOf(bob),
      invite: invite.record,
    })
    expect(items[5]?.item).toEqual({ kind: 'profile', profile })
    expect(more).toBe(false)
    expect(await b.must('fetch-feed', { after: 2, limit: 1 })).toMatchObject({ items: [{ position: 3 }], more: true })
  })

  test('an account grows by links of its devices; a removed one is sent away and stays out', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const b = await world.online(bob)
    const second = createDevice()
    const link = extendAccount(bob, { kind: 'add-device', atMs: world.nowMs, entry: second.entry })
    await b.must('append-account-link', { link })
    await b.must('append-account-link', { link })
    const other = world.connect()
    expect(await other.logIn(bob, origin, second)).toMatchObject({ ok: true })
    const fork = extendAccount(
      { ...bob, links: [], head: { seq: 0, hash: bob.account } },
      { kind: 'replace-recovery-key', atMs: 1, recoveryKey: random(32) },
    )
    expect(await b.request('append-account-link', { link: fork })).toMatchObject({ code: 'chain-conflict' })
    expect(await b.request('append-account-link', { link: { ...fork, signature: random(64) } })).toMatchObject({
      code: 'chain-refused',
    })
    await b.must('append-account-link', {
      link: extendAccount(bob, { kind: 'remove-device', atMs: world.nowMs, device: second.id }),
    })
    expect(other.events('ended')).toEqual([{ code: 'device-removed' }])
    expect(await world.connect().logIn(bob, origin, second)).toMatchObject({ code: 'device-removed' })
    expect(decode(accountLink, link.body)?.seq).toBe(1)
  })

  test('the network grows by links of its owners; a removed person is sent away and stays out', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const [a, b] = [await world.online(world.founder), await world.online(bob)]
    const state = (removed: readonly Uint8Array[]) => ({
      kind: 'state' as const,
      atMs: world.nowMs,
      owners: [world.founder.account],
      removed: removed.map((account) => ({ account, admissionsStand: true })),
      directoryKey: random(16),
      policyHead: undefined,
    })
    const byBob = extendNetwork({ ...world.net, networkLinks: [] }, bob, state([world.founder.account]))
    expect(await b.request('append-network-link', { link: byBob })).toMatchObject({ code: 'chain-refused' })
    const link = extendNetwork(world.net, world.founder, state([bob.account]))
    await a.must('append-network-link', { link })
    await a.must('append-network-link', { link })
    expect(b.events('ended')).toEqual([{ code: 'device-removed' }])
    expect(await world.connect().logIn(bob, origin)).toMatchObject({ code: 'device-removed' })
    await a.must('append-network-link', { link: extendNetwork(world.net, world.founder, state([])) })
    expect(await world.connect().logIn(bob, origin)).toMatchObject({ ok: true })
    // Read again from the store, as after a start.
    const again = await createWorld({ store: world.store, setUp: false })
    const stranger = again.connect()
    expect(await stranger.logIn(world.founder, origin)).toMatchObject({ ok: true })
    expect(
      await stranger.request('append-network-link', {
        link: extendNetwork(world.net, world.founder, state([bob.account])),
      }),
    ).toMatchObject({ ok: true })
  })

  test('T-16 claims: one for each device, six in ten minutes for each requester and target', async () => {
    const world = await createWorld()
    const [bob, eve] = [await world.newcomer(), await world.newcomer()]
    const [a, b, e] = [await world.online(world.founder), await world.online(bob), await world.online(eve)]
    const packages = Array.from({ length: 20 }, () => random(300))
    await b.must('publish-key-packages', {
      packages,
      lastResort: { package: random(300), notAfterMs: world.nowMs + 1000 },
    })
    expect(
      await b.request('publish-key-packages', {
        packages: [],
        lastResort: { package: random(9), notAfterMs: world.nowMs + 8 * 24 * 3600_000 },
      }),
    ).toMatchObject({ code: 'key-package-refused' })
    expect(
      await b.request('publish-key-packages', { packages: [new Uint8Array(0)], lastResort: undefined }),
    ).toMatchObject({ code: 'key-package-refused' })
    expect(await a.request('claim-key-packages', { account: random(32) })).toMatchObject({ code: 'account-unknown' })
    expect(await a.request('claim-key-packages', { account: eve.account })).toMatchObject({
      code: 'key-packages-missing',
    })
    for (let count = 0; count < limits.claimsPerTenMinutesMax; count++) {
      expect(await a.must('claim-key-packages', { account: bob.account })).toEqual({
        packages: [{ device: bob.device.id, package: packages[count], lastResort: false }],
      })
    }
    expect(await a.request('claim-key-packages', { account: bob.account })).toMatchObject({ code: 'rate-limited' })
    expect(await e.request('claim-key-packages', { account: bob.account })).toMatchObject({ ok: true })
    world.nowMs += 101_000
    expect(await a.request('claim-key-packages', { account: bob.account })).toMatchObject({ ok: true })
  })
})
