import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DatabaseDamagedError, DiskFullError } from '../core/ports.ts'
import type { Session } from '../core/api.ts'
import { accepted, latest, openTab, send, setUp, state, unlock, unreadOf } from './test-tabs.ts'
import { createTestWorld } from './test-world.ts'
import type { TestWorld } from './test-world.ts'

let world: TestWorld
beforeEach(() => {
  world = createTestWorld()
})
afterEach(() => world.close())

describe('T-89: tabs', () => {
  test('share one owner and see the same', async () => {
    const first = await openTab(world)
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
    const first = await openTab(world)
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

  test('the screen stays while another owner takes over: nothing that is being typed is interrupted', async () => {
    const first = await openTab(world)
    const second = world.openTab()
    await state(second, 'open')
    const { values } = latest<Session>((listener) => second.client.subscribe('session', undefined, listener))
    const { load } = world.vaultStore
    // A new owner needs a moment; it is asked for the session before.
    Object.assign(world.vaultStore, {
      load: () => new Promise((resolve) => setTimeout(() => resolve(load.call(world.vaultStore)), 50)),
    })
    first.kill()
    await vi.waitFor(() => expect(world.ownerCount()).toBe(2))
    expect(await send(second, 'through the new owner')).toMatchObject({ ok: true })
    expect(new Set(values.map((value) => value.state))).toEqual(new Set(['open']))
  })

  test('a second tab shows what is open once it could go on with it alone', async () => {
    const first = await openTab(world)
    const second = world.openTab()
    second.suspend() // its worker is slow to start; its page talks to the owner already
    const { values } = unreadOf(second)
    await vi.waitFor(() => expect(values).not.toHaveLength(0))
    expect(second.session().state).toBe('starting')
    second.resume()
    await state(second, 'open')
    first.kill()
    await vi.waitFor(() => expect(world.ownerCount()).toBe(2))
    expect(await send(second, 'goes on')).toMatchObject({ ok: true })
    expect(second.session().state).toBe('open')
  })

  test('what must not be repeated is answered as cut off', async () => {
    const first = await openTab(world)
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
    const first = await openTab(world)
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
    await openTab(world)
    const second = world.openTab()
    await state(second, 'open')
    second.signs.visible()
    await send(second, 'x')
    expect(world.ownerCount()).toBe(1)
  })

  test('a frozen tab leaves the data to another, a lone one keeps it', async () => {
    const first = await openTab(world)
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
    const first = await openTab(world)
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
    const tab = await openTab(world)
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
    const tab = await openTab(world)
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
    const tab = await openTab(world)
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
    const tab = await openTab(world)
    for (let round = 1; round <= 3; round++) {
      world.core.throwOnce = new Error('assertion')
      await expect(send(tab, 'x')).rejects.toThrow()
      if (round < 3) await vi.waitFor(() => expect(world.core.opened).toBe(round + 1))
    }
    await state(tab, 'stopped')
    expect(tab.session()).toEqual({ state: 'stopped', reason: 'fault' })
  })

  test('a full disk refuses the command and no more', async () => {
    const tab = await openTab(world)
    world.core.throwOnce = new DiskFullError()
    expect(await send(tab, 'x')).toEqual({ ok: false, code: 'disk-full' })
    expect(tab.session().state).toBe('open')
    expect(world.core.opened).toBe(1)
  })

  test('a damaged database stops, in every tab', async () => {
    const tab = await openTab(world)
    const second = world.openTab()
    await state(second, 'open')
    world.core.throwOnce = new DatabaseDamagedError()
    await expect(send(tab, 'x')).rejects.toThrow()
    await state(tab, 'stopped')
    await state(second, 'stopped')
    expect(second.session()).toEqual({ state: 'stopped', reason: 'database-damaged' })
  })

  test.each(['copied-device', 'device-removed', 'new-version'] as const)('the member stops with %s', async (reason) => {
    const tab = await openTab(world)
    world.core.stopWith(reason)
    await state(tab, 'stopped')
    expect(tab.session()).toEqual({ state: 'stopped', reason })
  })

  test.each([
    ['database-newer', 'database-newer'],
    ['version-unsupported', 'new-version'],
    ['frame-malformed', 'fault'],
  ] as const)('unlocking what cannot be opened (%s) stops', async (code, reason) => {
    const tab = await openTab(world)
    await tab.client.lock()
    await state(tab, 'locked')
    world.core.refuseWith = code
    expect(await tab.client.unlock(unlock())).toEqual({ ok: false, code })
    await state(tab, 'stopped')
    expect(tab.session()).toEqual({ state: 'stopped', reason })
  })

  test('data the browser threw away is never taken for a new device', async () => {
    const tab = await openTab(world)
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
    const tab = await openTab(world)
    const { record = new Uint8Array(), deviceSecret } = await world.vaultStore.load()
    if (deviceSecret === undefined) throw new Error('no secret')
    await world.vaultStore.save(alter(record), deviceSecret)
    await tab.client.lock()
    await state(tab, 'stopped')
    expect(tab.session()).toEqual({ state: 'stopped', reason })
    expect(world.storage.exists()).toBe(true)
  })

  test('a vault that cannot be loaded is not an empty one', async () => {
    const tab = await openTab(world)
    const load = vi.spyOn(world.vaultStore, 'load').mockRejectedValue(new Error('the disk'))
    await tab.client.lock()
    await state(tab, 'stopped')
    expect(world.storage.exists()).toBe(true)
    load.mockRestore()
  })
})
