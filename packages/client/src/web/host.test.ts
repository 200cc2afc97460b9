import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Session } from '../core/api.ts'
import { DatabaseDamagedError, DiskFullError } from '../core/ports.ts'
import { createTestWorld } from './test-world.ts'
import type { TestTab, TestWorld } from './test-world.ts'

/** A passkey: no time goes into hashing. */
const unlock = (fill = 9) =>
  ({
    kind: 'passkey',
    credentialId: Uint8Array.of(1),
    prfSalt: new Uint8Array(32),
    prfOutput: new Uint8Array(32).fill(fill),
  }) as const
const setUp = () => ({ token: 't', networkName: 'N', name: 'Ava', unlock: unlock() })
const accepted = { ok: true, value: undefined }

let world: TestWorld
beforeEach(() => {
  world = createTestWorld()
})
afterEach(() => world.close())

const state = (tab: TestTab, wanted: Session['state']): Promise<void> =>
  vi.waitFor(() => expect(tab.session().state).toBe(wanted), { timeout: 5000, interval: 5 })
const latest = <T>(subscribe: (listener: (value: T) => void) => () => void): { readonly values: T[] } => {
  const values: T[] = []
  subscribe((value) => values.push(value))
  return { values }
}
const unreadOf = (tab: TestTab) =>
  latest<{ unreadTotal: number }>((listener) => tab.client.subscribe('chats', undefined, listener))
const openTab = async (): Promise<TestTab> => {
  const tab = world.openTab()
  await state(tab, 'empty')
  expect(await tab.client.setUp(setUp())).toEqual(accepted)
  await state(tab, 'open')
  return tab
}
const send = (tab: TestTab, text: string) => tab.client.send({ chatId: 'me', text, ranges: [] })

describe('a device', () => {
  test('is empty, is set up, is open, and says how long until it locks', async () => {
    const tab = world.openTab()
    expect(tab.session()).toEqual({ state: 'starting' })
    await state(tab, 'empty')
    expect(tab.session()).toEqual({ state: 'empty', kept: true })
    expect(await tab.client.setUp(setUp())).toEqual(accepted)
    await state(tab, 'open')
    expect(tab.session()).toEqual({ state: 'open', kept: true, idleMinutes: 15 })
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
    await openTab()
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
    expect(await tab.client.join({ path: '/join/x', fragment: 'y', name: 'Ben', unlock: unlock() })).toEqual(accepted)
    await state(tab, 'open')
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
    const tab = await openTab()
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
    const first = await openTab()
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
    await openTab()
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
    const tab = await openTab()
    world.clock.advance(14 * 60_000)
    expect(tab.session().state).toBe('open')
    await send(tab, 'still here')
    world.clock.advance(14 * 60_000)
    expect(tab.session().state).toBe('open')
    world.clock.advance(60_000)
    await state(tab, 'locked')
  })

  test('a key stroke after a night asleep does not win over the lock', async () => {
    const tab = await openTab()
    // The clock moves while timers sleep, as they do with the machine.
    const now = vi.spyOn(world.clock, 'nowMs').mockReturnValue(world.clock.nowMs() + 8 * 3600_000)
    expect(await send(tab, 'somebody else')).toMatchObject({ ok: false })
    now.mockRestore()
    await state(tab, 'locked')
  })

  test('activity in any tab keeps it open; the setting moves the limit; 0 is never', async () => {
    const first = await openTab()
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

describe('tabs', () => {
  test('share one owner and see the same', async () => {
    const first = await openTab()
    const second = world.openTab()
    await state(second, 'open')
    expect(world.ownerCount()).toBe(1)
    const { values } = unreadOf(second)
    await vi.waitFor(() => expect(values.at(-1)?.unreadTotal).toBe(0))
    await send(first, 'one')
    await vi.waitFor(() => expect(values.at(-1)?.unreadTotal).toBe(1))
    await send(second, 'two')
    await vi.waitFor(() => expect(values.at(-1)?.unreadTotal).toBe(2))
  })

  test('when the owner dies the next goes on without asking, subscriptions live, nothing lost or doubled', async () => {
    const first = await openTab()
    const second = world.openTab()
    await state(second, 'open')
    const { values } = unreadOf(second)
    await send(second, 'before')
    // Committed, and killed before the answer: the page asks the next owner again, under the same key.
    world.core.hold = () => {}
    const cutOff = send(second, 'in flight')
    await vi.waitFor(() => expect(values.at(-1)?.unreadTotal).toBe(2))
    world.core.hold = undefined
    first.kill()
    expect(await cutOff).toMatchObject({ ok: true })
    await state(second, 'open')
    expect(world.ownerCount()).toBe(2)
    await send(second, 'after')
    await vi.waitFor(() => expect(values.at(-1)?.unreadTotal).toBe(3))
  })

  test('what must not be repeated is answered as cut off', async () => {
    const first = await openTab()
    const second = world.openTab()
    await state(second, 'open')
    const never = new Promise<never>(() => {})
    const { previewInvite } = world.core
    Object.assign(world.core, { previewInvite: () => never })
    const preview = second.client.previewInvite({ path: 'p', fragment: 'f' })
    Object.assign(world.core, { setUpMember: () => never })
    await second.client.rate('x')
    Object.assign(world.core, { previewInvite })
    first.kill()
    expect(await preview).toMatchObject({ ok: true })
    const alone = createTestWorld()
    Object.assign(alone.core, { setUpMember: () => never })
    const one = alone.openTab()
    const two = alone.openTab()
    await state(two, 'empty')
    const cut = two.client.setUp(setUp())
    await vi.waitFor(async () => expect((await alone.vaultStore.load()).record).toBeDefined(), { timeout: 5000 })
    one.kill()
    expect(await cut).toEqual({ ok: false, code: 'offline' })
    alone.close()
  })

  test('a looked-at tab takes over from a suspended owner', { timeout: 15_000 }, async () => {
    const first = await openTab()
    const second = world.openTab()
    await state(second, 'open')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    second.signs.visible()
    // The owner is silent: its answers do not come before the patience is over.
    vi.advanceTimersByTime(5_001)
    vi.useRealTimers()
    await vi.waitFor(() => expect(world.ownerCount()).toBe(2), { timeout: 5000 })
    await state(second, 'open')
    await state(first, 'open')
    expect(await send(first, 'through the new owner')).toMatchObject({ ok: true })
  })

  test('files that a stopped process holds: elsewhere, and on as soon as they are free', async () => {
    world.filesHeld = true
    const tab = world.openTab()
    await state(tab, 'elsewhere')
    world.filesHeld = false
    await state(tab, 'empty')
  })

  test('an owner that answers keeps the data', async () => {
    await openTab()
    const second = world.openTab()
    await state(second, 'open')
    second.signs.visible()
    await send(second, 'x')
    expect(world.ownerCount()).toBe(1)
  })

  test('a frozen tab leaves the data to another, a lone one keeps it', async () => {
    const first = await openTab()
    first.signs.freeze()
    expect(world.workerCount()).toBe(1)
    const second = world.openTab()
    await state(second, 'open')
    await send(first, 'x')
    first.signs.freeze()
    expect(world.workerCount()).toBe(1)
    await vi.waitFor(() => expect(world.ownerCount()).toBe(2))
    first.signs.return()
    await state(first, 'open')
    expect(world.workerCount()).toBe(2)
  })

  test('a page put away and brought back goes on', async () => {
    const first = await openTab()
    const second = world.openTab()
    await state(second, 'open')
    first.signs.leave()
    await state(second, 'open')
    first.signs.return()
    await state(first, 'open')
    expect(await send(first, 'back')).toMatchObject({ ok: true })
  })

  test('without a shared worker the second says elsewhere, and takes over when asked', async () => {
    const first = world.openTab({ shared: false })
    await state(first, 'empty')
    await first.client.setUp(setUp())
    await state(first, 'open')
    const second = world.openTab({ shared: false })
    await state(second, 'elsewhere')
    second.client.useHere()
    await state(second, 'locked')
    await state(first, 'elsewhere')
    expect(await second.client.unlock(unlock())).toEqual(accepted)
    await state(second, 'open')
  })

  test('a newer version stops every tab, with nothing lost', async () => {
    const tab = await openTab()
    await send(tab, 'kept')
    tab.signs.newVersion()
    expect(tab.session()).toEqual({ state: 'stopped', reason: 'new-version' })
    expect(world.workerCount()).toBe(0)
    tab.signs.return()
    expect(world.workerCount()).toBe(0)
    const next = world.openTab()
    await state(next, 'locked')
    expect(await next.client.unlock(unlock())).toEqual(accepted)
  })
})

describe('trouble', () => {
  test('a bug fails its command, and all goes on from the last commit without asking', async () => {
    const tab = await openTab()
    await send(tab, 'one')
    world.core.throwOnce = new Error('assertion')
    await expect(send(tab, 'two')).rejects.toThrow()
    await vi.waitFor(() => expect(world.core.opened).toBe(2))
    await state(tab, 'open')
    const { values } = unreadOf(tab)
    await vi.waitFor(() => expect(values.at(-1)?.unreadTotal).toBe(1))
    expect(world.ownerCount()).toBe(1)
  })

  test('what was under way when another command met a bug is done once all goes on', async () => {
    const tab = await openTab()
    world.core.hold = () => {}
    const underWay = send(tab, 'one')
    await vi.waitFor(() => expect(world.core.opened).toBe(1))
    const { values } = unreadOf(tab)
    await vi.waitFor(() => expect(values.at(-1)?.unreadTotal).toBe(1))
    world.core.hold = undefined
    world.core.throwOnce = new Error('assertion')
    await expect(tab.client.retry('x')).rejects.toThrow()
    expect(await underWay).toMatchObject({ ok: true })
    await vi.waitFor(() => expect(values.at(-1)?.unreadTotal).toBe(1))
  })

  test('the third bug in a minute stops', async () => {
    const tab = await openTab()
    for (let round = 1; round <= 3; round++) {
      world.core.throwOnce = new Error('assertion')
      await expect(send(tab, 'x')).rejects.toThrow()
      if (round < 3) await vi.waitFor(() => expect(world.core.opened).toBe(round + 1))
    }
    await state(tab, 'stopped')
    expect(tab.session()).toEqual({ state: 'stopped', reason: 'fault' })
  })

  test('a full disk refuses the command and no more', async () => {
    const tab = await openTab()
    world.core.throwOnce = new DiskFullError()
    expect(await send(tab, 'x')).toEqual({ ok: false, code: 'disk-full' })
    expect(tab.session().state).toBe('open')
    expect(world.core.opened).toBe(1)
  })

  test('a damaged database stops, in every tab', async () => {
    const tab = await openTab()
    const second = world.openTab()
    await state(second, 'open')
    world.core.throwOnce = new DatabaseDamagedError()
    await expect(send(tab, 'x')).rejects.toThrow()
    await state(tab, 'stopped')
    await state(second, 'stopped')
    expect(second.session()).toEqual({ state: 'stopped', reason: 'database-damaged' })
  })

  test.each(['copied-device', 'device-removed', 'new-version'] as const)('the member stops with %s', async (reason) => {
    const tab = await openTab()
    world.core.stopWith(reason)
    await state(tab, 'stopped')
    expect(tab.session()).toEqual({ state: 'stopped', reason })
  })

  test.each([
    ['database-newer', 'database-newer'],
    ['version-unsupported', 'new-version'],
    ['frame-malformed', 'fault'],
  ] as const)('unlocking what cannot be opened (%s) stops', async (code, reason) => {
    const tab = await openTab()
    await tab.client.lock()
    await state(tab, 'locked')
    world.core.refuseWith = code
    expect(await tab.client.unlock(unlock())).toEqual({ ok: false, code })
    await state(tab, 'stopped')
    expect(tab.session()).toEqual({ state: 'stopped', reason })
  })

  test('data the browser threw away is never taken for a new device', async () => {
    const tab = await openTab()
    await tab.client.lock()
    await state(tab, 'locked')
    world.storage.erase()
    expect(await tab.client.unlock(unlock())).toEqual({ ok: false, code: 'database-damaged' })
    await state(tab, 'stopped')
  })

  test.each([
    ['damaged', (bytes: Uint8Array) => bytes.slice(0, -1), 'database-damaged'],
    ['newer', (bytes: Uint8Array) => Uint8Array.of(2, ...bytes.slice(1)), 'database-newer'],
  ] as const)('a %s vault record stops and erases nothing', async (_, alter, reason) => {
    const tab = await openTab()
    const { record = new Uint8Array(), deviceSecret } = await world.vaultStore.load()
    if (deviceSecret === undefined) throw new Error('no secret')
    await world.vaultStore.save(alter(record), deviceSecret)
    await tab.client.lock()
    await state(tab, 'stopped')
    expect(tab.session()).toEqual({ state: 'stopped', reason })
    expect(world.storage.exists()).toBe(true)
  })

  test('a vault that cannot be loaded is not an empty one', async () => {
    const tab = await openTab()
    const load = vi.spyOn(world.vaultStore, 'load').mockRejectedValue(new Error('the disk'))
    await tab.client.lock()
    await state(tab, 'stopped')
    expect(world.storage.exists()).toBe(true)
    load.mockRestore()
  })
})
