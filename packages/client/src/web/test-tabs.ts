/** What tests of the host do with tabs. */
import { expect, vi } from 'vitest'
import type { Session } from '../core/api.ts'
import type { TestTab, TestWorld } from './test-world.ts'

/** A passkey: no time goes into hashing. */
export const unlock = (fill = 9) =>
  ({
    kind: 'passkey',
    credentialId: Uint8Array.of(1),
    prfSalt: new Uint8Array(32),
    prfOutput: new Uint8Array(32).fill(fill),
  }) as const
export const setUp = () => ({ token: 't', networkName: 'N', name: 'Ava', platform: 'Chrome', unlock: unlock() })
export const accepted = { ok: true, value: undefined }

export const state = (tab: TestTab, wanted: Session['state']): Promise<void> =>
  vi.waitFor(() => expect(tab.session().state).toBe(wanted), { timeout: 5000, interval: 5 })
export const latest = <T>(subscribe: (listener: (value: T) => void) => () => void): { readonly values: T[] } => {
  const values: T[] = []
  subscribe((value) => values.push(value))
  return { values }
}
export const unreadOf = (tab: TestTab) =>
  latest<{ unreadTotal: number }>((listener) => tab.client.subscribe('chats', undefined, listener))
export const openTab = async (world: TestWorld): Promise<TestTab> => {
  const tab = world.openTab()
  await state(tab, 'empty')
  expect(await tab.client.setUp(setUp())).toEqual(accepted)
  await state(tab, 'open')
  return tab
}
export const send = (tab: TestTab, text: string) => tab.client.send({ chatId: 'me', text, ranges: [] })
