import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DiskFullError } from '../core/ports.ts'
import { accepted, openTab, send, setUp, state, unlock, unreadOf } from './test-tabs.ts'
import { createTestWorld } from './test-world.ts'
import type { TestWorld } from './test-world.ts'

let world: TestWorld
beforeEach(() => {
  world = createTestWorld()
})
afterEach(() => world.close())

describe('a device', () => {
  test('is empty, is set up, is open, and says how long until it locks', async () => {
    const tab = world.openTab()
    expect(tab.session()).toEqual({ state: 'starting' })
    await state(tab, 'empty')
    expect(tab.session()).toEqual({ state: 'empty', kept: true })
    expect(await tab.client.setUp(setUp())).toEqual(accepted)
    await state(tab, 'open')
    expect(tab.session()).toMatchObject({ state: 'open', kept: true, idleMinutes: 15 })
    expect(await tab.client.setUp(setUp())).toEqual({ ok: false, code: 'setup-done' })
  })

  test('refuses a weak passphrase before anything is written', async () => {
    const tab = world.openTab()
    await state(tab, 'empty')
    const weak = { ...setUp(), unlock: { kind: 'passphrase', passphrase: 'sunshine1' } } as const
    expect(await tab.client.setUp(weak)).toEqual({ ok: false, code: 'passphrase-weak' })
    expect(world.storage.exists()).toBe(false)
    expect(await world.vaultStore.load()).toEqual({ lockCount: 0 })
  })

  test('that the server refuses leaves nothing behind', async () => {
    const tab = world.openTab()
    await state(tab, 'empty')
    world.core.refuseWith = 'setup-token-unknown'
    expect(await tab.client.setUp(setUp())).toEqual({ ok: false, code: 'setup-token-unknown' })
    expect(world.storage.exists()).toBe(false)
    expect((await world.vaultStore.load()).record).toBeUndefined()
    expect(tab.session().state).toBe('empty')
    expect(await tab.client.setUp(setUp())).toEqual(accepted)
  })

  test('whose account may have reached the server goes on', async () => {
    const tab = world.openTab()
    await state(tab, 'empty')
    world.core.leaveAccount = true
    world.core.refuseWith = 'offline'
    expect(await tab.client.setUp(setUp())).toEqual(accepted)
    await state(tab, 'open')
  })

  test('cut off by a bug while setting up keeps an account that may be known, and can be unlocked', async () => {
    const tab = world.openTab()
    await state(tab, 'empty')
    world.core.leaveAccount = true
    world.core.throwOnce = new Error('assertion')
    await expect(tab.client.setUp(setUp())).rejects.toThrow()
    await state(tab, 'locked')
    expect(await tab.client.unlock(unlock())).toEqual(accepted)
    await state(tab, 'open')
  })

  test('with a full disk says so and stays empty', async () => {
    const tab = world.openTab()
    await state(tab, 'empty')
    world.core.throwOnce = new DiskFullError()
    expect(await tab.client.setUp(setUp())).toEqual({ ok: false, code: 'disk-full' })
    expect(tab.session().state).toBe('empty')
  })

  test('shows every key to the test hook', async () => {
    await openTab(world)
    expect([...world.registered.keys()].toSorted()).toEqual([
      'database',
      'device-secret',
      'unlock-device',
      'unlock-personal',
      'unlock-wrapping',
    ])
  })

  test('joins, previews, rates, suggests', async () => {
    const tab = world.openTab()
    await state(tab, 'empty')
    expect(await tab.client.previewInvite({ path: '/join/x', fragment: 'y' })).toMatchObject({ ok: true })
    expect(await tab.client.rate('password')).toEqual({ score: 0 })
    expect((await tab.client.suggestPassphrase()).split(' ')).toHaveLength(5)
    expect(
      await tab.client.join({ path: '/join/x', fragment: 'y', name: 'Ben', platform: 'Chrome', unlock: unlock() }),
    ).toEqual(accepted)
    await state(tab, 'open')
  })

  test('asks to be let into an account: shows what to show, and is open once it was', async () => {
    const tab = world.openTab()
    await state(tab, 'empty')
    const shown: unknown[] = []
    tab.client.subscribe('pairing', undefined, (pairing) => shown.push(pairing))
    const asking = tab.client.addThisDevice({ platform: 'Chrome on Android', unlock: unlock() })
    await expect.poll(() => shown.at(-1)).toEqual({ state: 'code', code: 'K7TM4QXD', untilMs: 1 })
    expect(tab.session().state).toBe('empty')
    world.core.letIn = true
    expect(await asking).toEqual(accepted)
    await state(tab, 'open')
    await expect.poll(() => shown.at(-1)).toBeUndefined()
  })

  test('asking to be let in is called off: the device is empty as before', async () => {
    const tab = world.openTab()
    await state(tab, 'empty')
    const asking = tab.client.addThisDevice({ platform: 'Chrome on Android', unlock: unlock() })
    await new Promise((resolve) => setTimeout(resolve, 50))
    await tab.client.cancelAddThisDevice()
    expect(await asking).toMatchObject({ ok: false, code: 'offer-unknown' })
    expect(tab.session().state).toBe('empty')
    expect(await tab.client.setUp(setUp())).toEqual(accepted)
  })

  test('T-06 lets a device in only after unlocking again, however open it is', async () => {
    const tab = await openTab(world)
    const number = '482913'
    const wrong = { ...unlock(), prfOutput: new Uint8Array(32).fill(77) }
    expect(await tab.client.approveDevice({ number, unlock: wrong })).toMatchObject({ code: 'unlock-refused' })
    expect(await tab.client.approveDevice({ number, unlock: unlock() })).toEqual(accepted)
    expect(await tab.client.approveDevice({ number: '000000', unlock: unlock() })).toMatchObject({
      code: 'number-wrong',
    })
  })

  test('the page keeps no copy of a passkey output', async () => {
    const tab = world.openTab()
    await state(tab, 'empty')
    const secret = unlock()
    expect(await tab.client.setUp({ ...setUp(), unlock: secret })).toEqual(accepted)
    expect(secret.prfOutput).toEqual(new Uint8Array(32))
  })

  test('with a passphrase, and with a passkey that needs one beside it', async () => {
    const passphrase = 'lemon harbor violin quilt ember'
    const tab = world.openTab()
    await state(tab, 'empty')
    const secret = { kind: 'passkey-and-passphrase', credentialId: Uint8Array.of(1), passphrase } as const
    expect(await tab.client.setUp({ ...setUp(), unlock: secret as unknown as ReturnType<typeof unlock> })).toEqual(
      accepted,
    )
    await tab.client.lock()
    await state(tab, 'locked')
    expect(tab.session()).toEqual({
      state: 'locked',
      method: { kind: 'passkey-and-passphrase', credentialId: Uint8Array.of(1) },
    })
    expect(await tab.client.unlock(unlock())).toMatchObject({ ok: false })
    expect(await tab.client.unlock({ kind: 'passphrase', passphrase: `${passphrase}s` })).toMatchObject({ ok: false })
    expect(await tab.client.unlock({ kind: 'passphrase', passphrase })).toEqual(accepted)
    await state(tab, 'open')
  })
})

describe('locking', () => {
  test('ends the worker, closes the member; only the secret opens again', async () => {
    const tab = await openTab(world)
    await send(tab, 'hello')
    await tab.client.lock()
    await state(tab, 'locked')
    expect(world.core.stopped).toBe(1)
    expect(world.ownerCount()).toBe(2)
    expect(tab.session()).toMatchObject({ state: 'locked', method: { kind: 'passkey' } })
    expect(await send(tab, 'x')).toEqual({ ok: false, code: 'unlock-refused' })
    expect(await tab.client.unlock(unlock(8))).toEqual({ ok: false, code: 'unlock-refused' })
    expect(await tab.client.unlock(unlock())).toEqual(accepted)
    await state(tab, 'open')
    const { values } = unreadOf(tab)
    await vi.waitFor(() => expect(values.at(-1)?.unreadTotal).toBe(1))
  })

  test('locks every tab, and none of them takes over with the key it had', async () => {
    const first = await openTab(world)
    const second = world.openTab()
    const third = world.openTab()
    await state(second, 'open')
    await state(third, 'open')
    await second.client.lock()
    for (const tab of [first, second, third]) await state(tab, 'locked')
    await vi.waitFor(() => expect(world.workerCount()).toBe(3))
    first.kill()
    for (const tab of [second, third]) await state(tab, 'locked')
    expect(world.core.opened).toBe(1)
    expect(await third.client.unlock(unlock())).toEqual(accepted)
    for (const tab of [second, third]) await state(tab, 'open')
  })

  test('ends the worker though its page is suspended', async () => {
    const ends: number[] = []
    const { createHost } = await import('./host.ts')
    const host = createHost({ ...world.hostPorts(), end: () => ends.push(1) })
    await host.start()
    const { port1, port2 } = new MessageChannel()
    host.attach(port2)
    port1.postMessage('nonsense')
    port1.postMessage({ kind: 'call', id: 1, command: 'lock', request: undefined })
    await vi.waitFor(() => {
      world.clock.advance(1000)
      expect(ends).toEqual([1])
    })
    expect(host.misbehavedCount()).toBe(1)
    port1.close()
    host.yield()
  })

  test('a waiting worker that was suspended during the lock has a key that opens nothing', async () => {
    const ports = world.hostPorts()
    await openTab(world)
    world.close()
    const { createHost } = await import('./host.ts')
    const owner = createHost(ports)
    // The key as an heir holds it, from before a lock it never heard of.
    await owner.start()
    expect(owner.session().state).toBe('locked')
    owner.yield()
    await world.vaultStore.countLock()
    const key = world.registered.get('database') ?? new Uint8Array(32)
    const late = createHost(ports)
    const stale = key.slice()
    await late.start({ key: stale, lockCount: 0 })
    expect(late.session().state).toBe('locked')
    expect(stale).toEqual(new Uint8Array(32))
    late.yield()
    const { lockCount } = await world.vaultStore.load()
    const heir = createHost(ports)
    await heir.start({ key: key.slice(), lockCount })
    expect(heir.session().state).toBe('open')
    heir.yield()
  })

  test('after idle minutes without anybody there', async () => {
    const tab = await openTab(world)
    world.clock.advance(14 * 60_000)
    expect(tab.session().state).toBe('open')
    await send(tab, 'still here')
    world.clock.advance(14 * 60_000)
    expect(tab.session().state).toBe('open')
    world.clock.advance(60_000)
    await state(tab, 'locked')
  })

  test('a key stroke after a night asleep does not win over the lock', async () => {
    const tab = await openTab(world)
    // The clock moves while timers sleep, as they do with the machine.
    const now = vi.spyOn(world.clock, 'nowMs').mockReturnValue(world.clock.nowMs() + 8 * 3600_000)
    expect(await send(tab, 'somebody else')).toMatchObject({ ok: false })
    now.mockRestore()
    await state(tab, 'locked')
  })

  test('activity in any tab keeps it open; the setting moves the limit; 0 is never', async () => {
    const first = await openTab(world)
    const second = world.openTab()
    await state(second, 'open')
    world.clock.advance(14 * 60_000)
    second.signs.activity()
    await vi.waitFor(async () => expect(await first.client.rate('x')).toBeDefined())
    world.clock.advance(14 * 60_000)
    expect(first.session().state).toBe('open')
    await first.client.changeSettings({ idleMinutes: 0 })
    await vi.waitFor(() => expect(first.session()).toMatchObject({ idleMinutes: 0 }))
    world.clock.advance(100 * 60_000)
    expect(first.session().state).toBe('open')
    await first.client.changeSettings({ idleMinutes: 1 })
    await vi.waitFor(() => expect(first.session()).toMatchObject({ idleMinutes: 1 }))
    world.clock.advance(61_000)
    await state(first, 'locked')
    await state(second, 'locked')
  })

  test('in a private window leaves nothing', async () => {
    world.close()
    world = createTestWorld({ kept: false })
    const tab = world.openTab()
    await state(tab, 'empty')
    expect(tab.session()).toEqual({ state: 'empty', kept: false })
    await tab.client.setUp(setUp())
    await state(tab, 'open')
    expect(tab.session()).toMatchObject({ kept: false })
  })
})
