/** What every store must do about accounts, invites, the feed and key packages. */
import { expect, test } from 'vitest'
import { account, fresh } from './fixture-conformance.ts'
import type { StoreFixture } from './fixture-conformance.ts'

export const accountsConformance = (fixture: StoreFixture): void => {
  const { invite, join, converse, tokenHash } = fixture
  test('a network is made once, with the token that was offered', async () => {
    const { store, founder } = fixture
    expect(await store.offerSetup({ tokenHash })).toMatchObject({ code: 'setup-done' })
    expect(await store.setUp({ tokenHash, networkLinks: [], founder: account() })).toMatchObject({
      code: 'setup-done',
    })
    expect(await store.networkLinks()).toHaveLength(2)
    expect(await store.feedPosition()).toBe(3)
    expect(await store.device(founder.device.device)).toMatchObject({ account: founder.account, removed: false })
    expect(await store.incarnation()).toHaveLength(16)
  })

  test('an invite is used once, within its time, and used, expired and unknown are told apart', async () => {
    const { store } = fixture
    const { locator } = await invite(500)
    const [first, second] = [account(), account()]
    expect(await store.admit({ locator: fresh(16), newcomer: first, nowMs: 0 })).toMatchObject({
      code: 'invite-unknown',
    })
    expect(await store.admit({ locator, newcomer: first, nowMs: 501 })).toMatchObject({ code: 'invite-expired' })
    expect(await store.admit({ locator, newcomer: first, nowMs: 500 })).toMatchObject({
      ok: true,
      value: { position: 4 },
    })
    expect(await store.admit({ locator, newcomer: first, nowMs: 502 })).toMatchObject({
      ok: true,
      value: { position: 4 },
    })
    expect(await store.admit({ locator, newcomer: second, nowMs: 0 })).toMatchObject({ code: 'invite-used' })
    expect(await store.device(second.device.device)).toBeUndefined()
  })

  test('a device id is taken once in the network', async () => {
    const { store, founder } = fixture
    const { locator } = await invite()
    const thief = { ...account(), device: founder.device }
    expect(await store.admit({ locator, newcomer: thief, nowMs: 0 })).toMatchObject({ code: 'admission-refused' })
    expect((await store.inviteAt(locator))?.usedBy).toBeUndefined()
  })

  test('open invites are bounded, and one locator holds one record', async () => {
    const { store, founder } = fixture
    const made = await invite()
    const again = { ...made, record: fresh(80), inviter: founder.account, notAfterMs: 1000, nowMs: 0 }
    expect(await store.createInvite(again)).toMatchObject({ ok: true })
    expect(await store.createInvite({ ...again, hash: fresh(32) })).toMatchObject({ code: 'invite-altered' })
    for (let count = 1; count < 100; count++) await invite()
    const one = { locator: fresh(16), hash: fresh(32), record: fresh(80), inviter: founder.account, notAfterMs: 9999 }
    expect(await store.createInvite({ ...one, nowMs: 0 })).toMatchObject({ code: 'invite-limit' })
    expect(await store.createInvite({ ...one, nowMs: 1001 })).toMatchObject({ ok: true })
  })

  test('one confirmation for an invite, of the account that used it', async () => {
    const { store } = fixture
    const { locator, hash } = await invite()
    const newcomer = account()
    const confirmation = { invite: hash, admission: newcomer.account, statement: fresh(50), item: fresh(50) }
    expect(await store.confirm(confirmation)).toMatchObject({ code: 'confirmation-refused' })
    await store.admit({ locator, newcomer, nowMs: 0 })
    expect(await store.confirm({ ...confirmation, admission: fresh(32) })).toMatchObject({
      code: 'confirmation-refused',
    })
    expect(await store.confirm(confirmation)).toMatchObject({ ok: true, value: { position: 5 } })
    expect(await store.confirm(confirmation)).toMatchObject({ ok: true, value: { position: 5 } })
    expect(await store.confirm({ ...confirmation, statement: fresh(50) })).toMatchObject({
      code: 'confirmation-refused',
    })
    expect((await store.admissionOf(newcomer.account)).map((one) => one.position)).toEqual([4, 5])
  })

  test('the feed grows by one and is read in pieces', async () => {
    const { store } = fixture
    for (let count = 0; count < 4; count++) await join()
    const piece = await store.feedAfter(2, 3, 1e6)
    expect(piece.items.map((one) => one.position)).toEqual([3, 4, 5])
    expect(piece.more).toBe(true)
    expect((await store.feedAfter(0, 100, 1)).items).toHaveLength(1)
    expect(await store.feedAfter(7, 10, 1e6)).toEqual({ items: [], more: false })
  })

  test('chains grow at their end only', async () => {
    const { store, founder } = fixture
    const link = {
      account: founder.account,
      seq: 1,
      link: fresh(50),
      item: fresh(50),
      added: account().device,
      removed: undefined,
    }
    expect(await store.appendAccountLink({ ...link, seq: 2 })).toMatchObject({ code: 'chain-conflict' })
    expect(await store.appendAccountLink({ ...link, added: founder.device })).toMatchObject({ code: 'chain-refused' })
    expect(await store.appendAccountLink(link)).toMatchObject({ ok: true })
    expect(await store.appendAccountLink(link)).toMatchObject({ code: 'chain-conflict' })
    expect(await store.accountLinks(founder.account)).toHaveLength(2)
    expect(await store.devicesOf(founder.account)).toHaveLength(2)
    expect(
      await store.appendNetworkLink({ seq: 1, link: fresh(9), item: fresh(9), removed: [], reinstated: [] }),
    ).toMatchObject({ code: 'chain-conflict' })
  })

  test('a recovery key stands at its card’s place with its link, and empties the card before it', async () => {
    const { store, founder } = fixture
    const [first, second] = [fresh(16), fresh(16)]
    const key = (seq: number, locator: Uint8Array) => ({
      account: founder.account,
      seq,
      link: fresh(50),
      item: fresh(50),
      locator,
      sealed: fresh(70),
    })
    expect(await store.recoveryAt(first)).toBeUndefined()
    expect(await store.putRecoveryKey(key(2, first))).toMatchObject({ code: 'chain-conflict' })
    expect(await store.recoveryAt(first)).toBeUndefined()
    const one = key(1, first)
    expect(await store.putRecoveryKey(one)).toMatchObject({ ok: true, value: { position: 4 } })
    expect(await store.recoveryAt(first)).toEqual({ account: founder.account, sealed: one.sealed })
    expect(await store.putRecoveryKey(key(2, first))).toMatchObject({ code: 'chain-refused' })
    expect(await store.accountLinks(founder.account)).toHaveLength(2)
    const two = key(2, second)
    expect(await store.putRecoveryKey(two)).toMatchObject({ ok: true })
    expect(await store.recoveryAt(first)).toEqual({ account: founder.account, sealed: undefined })
    expect(await store.recoveryAt(second)).toEqual({ account: founder.account, sealed: two.sealed })
  })

  test('a removed account loses its devices, routing and pool, and comes back when reinstated', async () => {
    const { store, founder } = fixture
    const bob = await join()
    const conversation = await converse([bob])
    await store.publishKeyPackages({
      device: bob.device.device,
      packages: [{ hash: fresh(32), package: fresh(90) }],
      lastResort: undefined,
    })
    await store.appendNetworkLink({ seq: 2, link: fresh(9), item: fresh(9), removed: [bob.account], reinstated: [] })
    expect((await store.device(bob.device.device))?.removed).toBe(true)
    expect(await store.readersOf(conversation)).toEqual([founder.device.device])
    expect(
      await store.claimKeyPackages({ account: bob.account, except: founder.device.device, nowMs: 0 }),
    ).toMatchObject({ code: 'key-packages-missing' })
    expect((await store.mailboxAfter(bob.device.device, 0, 10, 1e6)).items).toEqual([])
    await store.appendNetworkLink({ seq: 3, link: fresh(9), item: fresh(9), removed: [], reinstated: [bob.account] })
    expect((await store.device(bob.device.device))?.removed).toBe(false)
  })

  test('a state of an account takes the place of the one it follows, and of no other', async () => {
    const { store, founder } = fixture
    const state = (base: Uint8Array | undefined) => ({
      account: founder.account,
      base,
      hash: fresh(32),
      state: fresh(90),
    })
    expect(await store.accountState(founder.account)).toBeUndefined()
    expect(await store.putAccountState(state(fresh(32)))).toMatchObject({ code: 'state-changed' })
    const first = state(undefined)
    for (let time = 0; time < 2; time++) expect(await store.putAccountState(first)).toMatchObject({ ok: true })
    for (const base of [undefined, fresh(32)])
      expect(await store.putAccountState(state(base))).toMatchObject({ code: 'state-changed' })
    const second = state(first.hash)
    expect(await store.putAccountState(second)).toMatchObject({ ok: true })
    expect(await store.putAccountState(first)).toMatchObject({ code: 'state-changed' })
    expect(await store.accountState(founder.account)).toEqual({ hash: second.hash, state: second.state })
  })

  test('revisions of a profile only grow', async () => {
    const { store, founder } = fixture
    const profile = { account: founder.account, field: 1, revision: 5, statementHash: fresh(32), item: fresh(80) }
    expect(await store.putProfile(profile)).toMatchObject({ ok: true, value: { position: 4 } })
    expect(await store.putProfile(profile)).toMatchObject({ ok: true, value: { position: 4 } })
    expect(await store.putProfile({ ...profile, statementHash: fresh(32) })).toMatchObject({ code: 'chain-conflict' })
    expect(await store.putProfile({ ...profile, revision: 6, statementHash: fresh(32) })).toMatchObject({
      ok: true,
      value: { position: 5 },
    })
  })

  test('a pool of twenty, each claimed once, then the last resort, which stays', async () => {
    const { store, founder } = fixture
    const bob = await join()
    const { device } = bob.device
    const packages = Array.from({ length: 20 }, () => ({ hash: fresh(32), package: fresh(90) }))
    await store.publishKeyPackages({ device, packages, lastResort: { package: fresh(91), notAfterMs: 100 } })
    expect(await store.keyPackagesOf(device)).toEqual({ count: 20, lastResortNotAfterMs: 100 })
    const claim = (nowMs = 0) => store.claimKeyPackages({ account: bob.account, except: founder.device.device, nowMs })
    expect(await claim()).toMatchObject({ value: [{ device, package: packages[0]?.package, lastResort: false }] })
    // The same upload again, its answer lost: what was claimed is not offered twice.
    await store.publishKeyPackages({ device, packages, lastResort: undefined })
    expect((await store.keyPackagesOf(device)).count).toBe(19)
    await store.publishKeyPackages({
      device,
      packages: Array.from({ length: 3 }, () => ({ hash: fresh(32), package: fresh(90) })),
      lastResort: undefined,
    })
    expect((await store.keyPackagesOf(device)).count).toBe(20)
    for (let count = 0; count < 20; count++) expect(await claim()).toMatchObject({ value: [{ lastResort: false }] })
    expect(await claim()).toMatchObject({ value: [{ lastResort: true }] })
    expect(await claim()).toMatchObject({ value: [{ lastResort: true }] })
    expect(await claim(100)).toMatchObject({ code: 'key-packages-missing' })
    expect(await store.claimKeyPackages({ account: bob.account, except: device, nowMs: 0 })).toMatchObject({
      code: 'key-packages-missing',
    })
  })
}
