import { describe, expect, test } from 'vitest'
import { limits, protocolVersion } from '@halyard/protocol'
import type { SignedAccountLink } from '@halyard/protocol'
import { createDevice, createInvite, createKey, found, joinBy, proveLogin, random } from '../../../test/people.ts'
import { createWorld, origin, token, tokenHash } from '../../../test/world.ts'

const genesisOf = (person: { readonly links: readonly SignedAccountLink[] }): SignedAccountLink => {
  const [link] = person.links
  if (link === undefined) throw new Error('no genesis')
  return link
}

describe('set-up', () => {
  test('takes the token once; the same links again answer the same, others do not', async () => {
    const world = await createWorld({ setUp: false })
    world.store.offerSetup({ tokenHash })
    const talk = world.connect()
    const { founder, networkLinks } = world.net
    const request = { token, networkLinks, accountLink: genesisOf(founder) }
    expect(await talk.request('preview-invite', { locator: random(16) })).toMatchObject({ code: 'setup-missing' })
    expect(await talk.request('set-up', { ...request, token: 'another' })).toMatchObject({
      code: 'setup-token-unknown',
    })
    expect(await talk.request('set-up', request)).toEqual({ ok: true, value: {} })
    expect(await talk.request('set-up', request)).toEqual({ ok: true, value: {} })
    const other = found()
    expect(
      await talk.request('set-up', { token, networkLinks: other.networkLinks, accountLink: genesisOf(other.founder) }),
    ).toMatchObject({ code: 'setup-done' })
  })

  test('refuses links that do not belong together', async () => {
    const world = await createWorld({ setUp: false })
    world.store.offerSetup({ tokenHash })
    const talk = world.connect()
    const { founder, networkLinks } = world.net
    const other = found()
    const [first, second] = networkLinks
    if (first === undefined || second === undefined) throw new Error('no links')
    for (const request of [
      { networkLinks: [first], accountLink: genesisOf(founder) },
      { networkLinks: [second, first], accountLink: genesisOf(founder) },
      { networkLinks, accountLink: genesisOf(other.founder) },
      { networkLinks: [first, ...other.networkLinks.slice(1)], accountLink: genesisOf(founder) },
      { networkLinks, accountLink: { ...genesisOf(founder), signature: random(64) } },
      { networkLinks: [first, { ...second, signature: random(64) }], accountLink: genesisOf(founder) },
    ]) {
      expect(await talk.request('set-up', { token, ...request })).toMatchObject({ code: 'chain-refused' })
    }
    expect(world.store.hasNetwork()).toBe(false)
  })
})

describe('invites and joining', () => {
  test('an invite is previewed with its proof, used once, and told apart from used, expired and unknown', async () => {
    const world = await createWorld()
    const [founder, net] = [world.founder, world.net]
    const a = await world.online(founder)
    const invite = createInvite(net, founder)
    await a.must('create-invite', { locator: invite.locator, record: invite.record })
    await a.must('create-invite', { locator: invite.locator, record: invite.record })
    const stranger = world.connect()
    const preview = await stranger.must('preview-invite', { locator: invite.locator })
    expect(preview.used).toBe(false)
    expect(preview.record).toEqual(invite.record)
    expect(preview.networkLinks).toEqual(net.networkLinks)
    expect(preview.proof.map((one) => one.item)).toEqual([
      { kind: 'account-link', account: founder.account, link: genesisOf(founder), invite: undefined },
    ])
    const bob = joinBy(founder.network, invite)
    const join = { locator: invite.locator, accountLink: genesisOf(bob) }
    expect(await stranger.request('join', join)).toEqual({ ok: true, value: {} })
    expect(await stranger.request('join', join)).toEqual({ ok: true, value: {} })
    expect((await a.next('feed')).position).toBe(4)
    const late = joinBy(founder.network, invite)
    expect(await stranger.request('join', { locator: invite.locator, accountLink: genesisOf(late) })).toMatchObject({
      code: 'invite-used',
    })
    expect((await stranger.must('preview-invite', { locator: invite.locator })).used).toBe(true)
    const short = createInvite(net, founder, { notAfterMs: world.nowMs + 1000 })
    await a.must('create-invite', { locator: short.locator, record: short.record })
    world.nowMs += 2000
    expect(await stranger.request('preview-invite', { locator: short.locator })).toMatchObject({
      code: 'invite-expired',
    })
    expect(
      await stranger.request('join', {
        locator: short.locator,
        accountLink: genesisOf(joinBy(founder.network, short)),
      }),
    ).toMatchObject({ code: 'invite-expired' })
    expect(await stranger.request('preview-invite', { locator: random(16) })).toMatchObject({ code: 'invite-unknown' })
  })

  test('the proof of a later inviter reaches up to the founder', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const invite = createInvite(world.net, bob)
    await (await world.online(bob)).must('create-invite', { locator: invite.locator, record: invite.record })
    const { proof } = await world.connect().must('preview-invite', { locator: invite.locator })
    expect(proof.map(({ item }) => (item.kind === 'account-link' ? item.account : undefined))).toEqual([
      world.founder.account,
      bob.account,
    ])
    const item = proof[1]?.item
    expect(item?.kind === 'account-link' ? item.invite : undefined).toBeDefined()
  })

  test('a record that is not what it says is not taken', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const a = await world.online(world.founder)
    const good = createInvite(world.net, world.founder)
    const cases = [
      [{ locator: random(16), record: good.record }, 'invite-altered'],
      [{ locator: good.locator, record: { ...good.record, signature: random(64) } }, 'invite-altered'],
      [{ ...createInvite(world.net, bob) }, 'invite-altered'],
      [{ ...createInvite(world.net, { ...world.founder, device: createDevice() }) }, 'invite-altered'],
      [{ ...createInvite(found(), world.founder) }, 'network-behind'],
      [{ ...createInvite(world.net, world.founder, { notAfterMs: world.nowMs - 1 }) }, 'invite-expired'],
      [
        { ...createInvite(world.net, world.founder, { notAfterMs: world.nowMs + limits.inviteLifetimeMs + 3600_000 }) },
        'policy-denied',
      ],
    ] as const
    for (const [{ locator, record }, code] of cases)
      expect(await a.request('create-invite', { locator, record })).toMatchObject({ code })
  })

  test('an admission must follow from its invite', async () => {
    const world = await createWorld()
    const [founder, net] = [world.founder, world.net]
    const a = await world.online(founder)
    const [invite, other] = [createInvite(net, founder), createInvite(net, founder)]
    for (const one of [invite, other]) await a.must('create-invite', { locator: one.locator, record: one.record })
    const stranger = world.connect()
    const good = genesisOf(joinBy(founder.network, invite))
    const refused = [
      genesisOf(joinBy(founder.network, { ...invite, key: createKey() })), // signed with another key
      genesisOf(joinBy(founder.network, other)), // names another record
      genesisOf(joinBy(random(32), invite)), // another network
      genesisOf(joinBy(founder.network, invite, world.nowMs + 3600_000)), // ahead of time
      { ...good, signature: random(64) },
      { ...good, byInvite: undefined },
    ]
    for (const accountLink of refused)
      expect(await stranger.request('join', { locator: invite.locator, accountLink })).toMatchObject({
        code: 'admission-refused',
      })
    expect(await stranger.request('join', { locator: invite.locator, accountLink: good })).toEqual({
      ok: true,
      value: {},
    })
  })

  test('T-50 guesses: 10,000 find nothing, are paced, and right and wrong ones then get the same answer', async () => {
    const world = await createWorld()
    const invite = createInvite(world.net, world.founder)
    await (await world.online(world.founder)).must('create-invite', { locator: invite.locator, record: invite.record })
    const codes = new Map<string, number>()
    let talk = world.connect()
    for (let guess = 0; guess < 10_000; guess++) {
      if (guess % 8 === 0) talk = world.connect()
      const result = await talk.request('preview-invite', { locator: random(16) })
      const code = result.ok ? 'found' : result.code
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    expect([...codes].toSorted(([one], [other]) => (one < other ? -1 : 1))).toEqual([
      ['invite-unknown', limits.guessesPerMinuteMax],
      ['rate-limited', 10_000 - limits.guessesPerMinuteMax],
    ])
    const [right, wrong] = [
      await talk.request('preview-invite', { locator: invite.locator }),
      await talk.request('preview-invite', { locator: random(16) }),
    ]
    expect(right).toEqual(wrong)
    world.nowMs += 61_000
    expect(await talk.request('preview-invite', { locator: invite.locator })).toMatchObject({ ok: true })
  })

  test('a connection that goes on guessing is closed', async () => {
    const world = await createWorld()
    const talk = world.connect()
    for (let guess = 0; guess < 11; guess++) void talk.request('preview-invite', { locator: random(16) })
    expect(await talk.closeCode()).toBe(4004)
  })
})

describe('log-in', () => {
  test('answers with where things stand', async () => {
    const world = await createWorld()
    const talk = world.connect()
    expect(await talk.logIn(world.founder, origin)).toMatchObject({
      ok: true,
      value: { feedPosition: 3, keyPackages: 0, lastResortNotAfterMs: undefined },
    })
  })

  test('a proof counts once, for its origin, device, network and connection', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const seen = world.connect()
    const { nonce } = await seen.next('hello')
    const proof = {
      version: protocolVersion,
      network: world.founder.network,
      device: world.founder.device.id,
      signature: proveLogin(world.founder, origin, nonce),
    }
    // Replayed on another connection.
    expect(await world.connect().request('log-in', proof)).toMatchObject({ code: 'login-refused' })
    expect(await seen.request('log-in', proof)).toMatchObject({ ok: true })
    // Replayed on its own.
    expect(await seen.request('log-in', proof)).toMatchObject({ code: 'login-refused' })
    const forged = world.connect()
    expect(
      await forged.logIn(
        { ...world.founder, device: { ...world.founder.device, transport: bob.device.transport } },
        origin,
      ),
    ).toMatchObject({ code: 'login-refused' })
    expect(await forged.logIn(world.founder, origin)).toMatchObject({ code: 'login-refused' })
    expect(await world.connect().logIn(world.founder, 'https://evil.example')).toMatchObject({ code: 'login-refused' })
    expect(await world.connect().logIn({ ...world.founder, network: random(32) }, origin)).toMatchObject({
      code: 'login-refused',
    })
    expect(await world.connect().logIn({ ...world.founder, device: createDevice() }, origin)).toMatchObject({
      code: 'login-refused',
    })
  })

  test('T-67 another version is told so', async () => {
    const world = await createWorld()
    const talk = world.connect()
    void talk.request('log-in', {
      version: 2,
      network: world.founder.network,
      device: world.founder.device.id,
      signature: random(64),
    })
    expect(await talk.closeCode()).toBe(4001)
  })

  test('the same device from elsewhere ends the older connection', async () => {
    const world = await createWorld()
    const first = await world.online(world.founder)
    const second = await world.online(world.founder)
    expect(first.events('ended')).toEqual([{ code: 'lease-lost' }])
    expect(await first.closeCode()).toBe(4003)
    expect(await second.request('list-conversations', { after: undefined })).toMatchObject({ ok: true })
  })

  test('every command but four needs it', async () => {
    const world = await createWorld()
    const talk = world.connect()
    expect(await talk.request('fetch-feed', { after: 0, limit: 1 })).toMatchObject({ code: 'login-required' })
    expect(await talk.request('list-conversations', { after: undefined })).toMatchObject({ code: 'login-required' })
    expect(await talk.request('whisper', { conversation: random(16), message: random(3) })).toMatchObject({
      code: 'login-required',
    })
  })
})
