/** A store with a founded network for each test of the conformance suite, and short words for what is done to it. */
import { afterEach, beforeEach, expect } from 'vitest'
import type { RowKind } from '../../core/delivery/store.ts'
import type { NewAccount, NewEntry, Store } from '../../core/index.ts'

export interface Opened {
  readonly store: Store
  close(): Promise<void> | void
}

let counter = 0
/** Bytes unlike any before. */
export const fresh = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint32(length - 4, ++counter)
  return bytes
}
export const zero = new Uint8Array(32)
export const account = (): NewAccount => ({
  account: fresh(32),
  link: fresh(100),
  device: { device: fresh(16), mlsKey: fresh(32), transportKey: fresh(32), notBeforeMs: 1, notAfterMs: 1e13 },
  item: fresh(50),
})

/** Registers what makes and takes apart the store of each test. `store` and `founder` are those of the running one. */
export const storeFixture = (open: () => Promise<Opened> | Opened) => {
  let opened: Opened
  let store: Store
  let founder: NewAccount
  const tokenHash = fresh(32)
  beforeEach(async () => {
    opened = await open()
    store = opened.store
    founder = account()
    await store.offerSetup({ tokenHash })
    await store.setUp({
      tokenHash,
      networkLinks: [
        { link: fresh(20), item: fresh(9) },
        { link: fresh(20), item: fresh(9) },
      ],
      founder,
    })
  })
  afterEach(() => opened.close())

  const invite = async (notAfterMs = 1000): Promise<{ locator: Uint8Array; hash: Uint8Array }> => {
    const made = { locator: fresh(16), hash: fresh(32) }
    await store.createInvite({ ...made, record: fresh(80), inviter: founder.account, notAfterMs, nowMs: 0 })
    return made
  }
  const join = async (): Promise<NewAccount> => {
    const { locator } = await invite()
    const newcomer = account()
    expect(await store.admit({ locator, newcomer, nowMs: 0 })).toMatchObject({ ok: true })
    return newcomer
  }
  const entry = (conversation: Uint8Array, by: NewAccount, epoch = 1, nowMs = 1000): NewEntry => ({
    conversation,
    entry: fresh(16),
    device: by.device.device,
    row: fresh(200),
    epoch,
    nowMs,
  })
  const converse = async (others: readonly NewAccount[]): Promise<Uint8Array> => {
    const conversation = fresh(16)
    const welcomes = others.map((one) => ({
      device: one.device.device,
      keyPackage: fresh(32),
      welcome: fresh(99),
      tree: undefined,
    }))
    const made = await store.createConversation({
      first: entry(conversation, founder, 0),
      added: others.map((one) => one.device.device),
      welcomes,
    })
    expect(made).toMatchObject({ ok: true, value: { repeated: false } })
    return conversation
  }
  const append = (conversation: Uint8Array, by = founder, epoch = 1, kind: RowKind = 'application') =>
    store.appendToConversation({ ...entry(conversation, by, epoch), kind })
  const rows = async (conversation: Uint8Array, by = founder, after = 0, limit = 100, maxBytes = 1e6) => {
    const found = await store.entriesAfter(conversation, by.device.device, after, limit, maxBytes)
    if (!found.ok) throw new Error(found.code)
    return found.value
  }
  return {
    get store(): Store {
      return store
    },
    get founder(): NewAccount {
      return founder
    },
    invite,
    join,
    entry,
    converse,
    append,
    rows,
    tokenHash,
  }
}
export type StoreFixture = ReturnType<typeof storeFixture>
