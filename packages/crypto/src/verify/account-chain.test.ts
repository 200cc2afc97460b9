import { limits, recoverySigner, toHex } from '@halyard/protocol'
import type { AccountLink } from '@halyard/protocol'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  dayMs,
  filled,
  keyPair,
  makeDevice,
  makeGenesis,
  makeLink,
  makeWorld,
  must,
  startMs,
  verifier,
} from '../../test/people.ts'
import type { KeyPair, World } from '../../test/people.ts'
import {
  accountIdOf,
  extendAccountChain,
  holdsHead,
  readAccountChain,
  recoveryKeyOf,
  validDevice,
} from './account-chain.ts'
import type { AccountState } from './account-chain.ts'

let world: World
let network: Uint8Array
beforeAll(async () => {
  world = await makeWorld()
  network = world.network.network
})
const extend = (state: AccountState | undefined, link: Parameters<typeof extendAccountChain>[3]) =>
  extendAccountChain(verifier, network, state, link)
const add = (device: ReturnType<typeof makeDevice>): AccountLink['change'] => ({
  kind: 'add-device',
  atMs: startMs,
  entry: device.entry,
})
const remove = (device: Uint8Array): AccountLink['change'] => ({ kind: 'remove-device', atMs: startMs, device })

describe('T-02, I2: an account is a chain of its own devices', () => {
  test('genesis, a second device, its own removal of the first', async () => {
    const [one, two] = [makeDevice(), makeDevice()]
    const genesis = makeGenesis(network, one)
    const first = must(await extend(undefined, genesis))
    expect(first.account).toEqual(accountIdOf(genesis))
    const second = must(await extend(first, makeLink(first, one, add(two))))
    const third = must(await extend(second, makeLink(second, two, remove(one.id))))
    expect(third.head.seq).toBe(2)
    expect(validDevice(third, one.id)).toBeUndefined()
    expect(validDevice(third, one.id, 1)).toBeDefined()
    expect(validDevice(third, two.id)).toBeDefined()
    expect(validDevice(third, two.id, 0)).toBeUndefined()
    expect(holdsHead(third, second.head)).toBe(true)
    expect(holdsHead(third, { seq: 1, hash: filled(32, 1) })).toBe(false)
    expect(holdsHead(third, { seq: 9, hash: third.head.hash })).toBe(false)
    expect(await extend(third, makeLink(third, one, add(makeDevice())))).toEqual({ ok: false, fault: 'signature' })
  })

  test('a new recovery key stands in the chain', async () => {
    const { founder } = world
    const key = keyPair().publicKey
    const next = must(
      await extend(
        founder.state,
        makeLink(founder.state, founder.device, { kind: 'replace-recovery-key', atMs: startMs, recoveryKey: key }),
      ),
    )
    expect(recoveryKeyOf(next)).toEqual(key)
  })
})

describe('the recovery key, a device on paper', () => {
  const newKey = (key: KeyPair): AccountLink['change'] => ({
    kind: 'replace-recovery-key',
    atMs: startMs,
    recoveryKey: key.publicKey,
  })
  const bySigner = (
    state: AccountState,
    key: KeyPair,
    change: AccountLink['change'],
    over: Partial<AccountLink> = {},
  ) => makeLink(state, makeDevice(), change, { signer: recoverySigner, ...over }, key)
  const withCard = async (): Promise<{ readonly state: AccountState; readonly card: KeyPair }> => {
    const { founder } = world
    const card = keyPair()
    return { state: must(await extend(founder.state, makeLink(founder.state, founder.device, newKey(card)))), card }
  }

  test('lets a device in, which then signs for itself', async () => {
    const { state, card } = await withCard()
    const back = makeDevice()
    const next = must(await extend(state, bySigner(state, card, add(back))))
    expect(validDevice(next, back.id)).toBeDefined()
    const fresh = keyPair()
    const after = must(await extend(next, makeLink(next, back, newKey(fresh))))
    expect(recoveryKeyOf(after)).toEqual(fresh.publicKey)
    expect(recoveryKeyOf(after, next.head.seq)).toEqual(card.publicKey)
  })

  test('does nothing else, and nothing for an account without one', async () => {
    const { founder } = world
    const { state, card } = await withCard()
    for (const change of [remove(founder.device.id), newKey(keyPair()), { kind: 'delete', atMs: startMs } as const])
      expect(await extend(state, bySigner(state, card, change)), change.kind).toEqual({ ok: false, fault: 'signature' })
    expect(await extend(founder.state, bySigner(founder.state, card, add(makeDevice())))).toEqual({
      ok: false,
      fault: 'signature',
    })
  })

  test('that was replaced adds nothing; a link it signed in its time is a conflict, one it signs for that time too', async () => {
    const { founder } = world
    const { state, card } = await withCard()
    const fresh = keyPair()
    const next = must(await extend(state, makeLink(state, founder.device, newKey(fresh))))
    expect(await extend(next, bySigner(next, card, add(makeDevice())))).toEqual({ ok: false, fault: 'signature' })
    expect(await extend(next, bySigner(state, card, add(makeDevice())))).toEqual({ ok: false, fault: 'conflict' })
    expect(await extend(next, bySigner(state, fresh, add(makeDevice())))).toEqual({ ok: false, fault: 'signature' })
    expect((await extend(next, bySigner(next, fresh, add(makeDevice())))).ok).toBe(true)
  })

  test('is no device: not by id, not by key, not twice', async () => {
    const { founder } = world
    const { state, card } = await withCard()
    const device = makeDevice()
    const asDevice = { ...device.entry, device: recoverySigner }
    const asKey = { ...device.entry, mlsKey: card.publicKey }
    for (const entry of [asDevice, asKey])
      expect(
        await extend(state, makeLink(state, founder.device, { kind: 'add-device', atMs: startMs, entry })),
      ).toEqual({
        ok: false,
        fault: 'not-allowed',
      })
    for (const used of [card, founder.device.transport])
      expect(await extend(state, makeLink(state, founder.device, newKey(used)))).toEqual({
        ok: false,
        fault: 'not-allowed',
      })
    const change = { createdMs: startMs, entry: device.entry, invite: undefined, nonce: filled(16, 1) }
    const genesis = makeGenesis(network, device, {
      change: { kind: 'genesis', ...change, recoveryKey: device.entry.mlsKey },
    })
    expect(await extend(undefined, genesis)).toEqual({ ok: false, fault: 'malformed' })
  })
})

describe('a genesis is refused', () => {
  const device = makeDevice()
  const invited = { hash: filled(32, 6), key: keyPair() }
  const entryWith = (over: object): Partial<AccountLink> => ({
    change: {
      kind: 'genesis',
      createdMs: startMs,
      entry: { ...device.entry, ...over },
      recoveryKey: undefined,
      invite: undefined,
      nonce: filled(16, 1),
    },
  })
  test.each<readonly [string, Partial<AccountLink>, string]>([
    ['of another network', { network: filled(32, 9) }, 'network'],
    ['of another version', { version: 2 }, 'malformed'],
    ['that is not the first', { seq: 1 }, 'order'],
    ['that names a previous one', { previous: filled(32, 1) }, 'order'],
    ['that is another change', { change: { kind: 'delete', atMs: startMs } }, 'order'],
    ['by another device than its own', { signer: filled(16, 8) }, 'malformed'],
    ['whose keys are one key: chain and MLS', entryWith({ mlsKey: device.entry.chainKey }), 'malformed'],
    ['whose keys are one key: chain and transport', entryWith({ transportKey: device.entry.chainKey }), 'malformed'],
    ['whose keys are one key: MLS and transport', entryWith({ transportKey: device.entry.mlsKey }), 'malformed'],
    ['whose time ends before it begins', entryWith({ notAfterMs: startMs - dayMs }), 'malformed'],
    ['signed with another key', entryWith({ chainKey: filled(32, 3) }), 'signature'],
  ])('%s', async (_, change, fault) => {
    expect(await extend(undefined, makeGenesis(network, device, change))).toEqual({ ok: false, fault })
  })

  test('that names an invite without its signature, or the reverse', async () => {
    const genesis = makeGenesis(network, device, {}, invited)
    expect((await extend(undefined, genesis)).ok).toBe(true)
    expect(await extend(undefined, { ...genesis, byInvite: undefined })).toEqual({ ok: false, fault: 'malformed' })
    expect(await extend(undefined, { ...makeGenesis(network, device), byInvite: filled(64, 1) })).toEqual({
      ok: false,
      fault: 'malformed',
    })
  })

  test('that cannot be decoded', async () => {
    expect(await extend(undefined, { body: filled(9, 1), signature: filled(64, 1), byInvite: undefined })).toEqual({
      ok: false,
      fault: 'malformed',
    })
    expect(await readAccountChain(verifier, network, [])).toEqual({ ok: false, fault: 'malformed' })
  })
})

describe('a later link is refused', () => {
  const other = makeDevice()
  /** [what, change, what else of the link is wrong, fault] */
  test.each<readonly [string, (own: Uint8Array) => AccountLink['change'], Partial<AccountLink>, string]>([
    ['of another network', () => add(other), { network: filled(32, 9) }, 'network'],
    ['of another version', () => add(other), { version: 2 }, 'malformed'],
    ['that skips a place', () => add(other), { seq: 2 }, 'order'],
    ['that follows another head', () => add(other), { previous: filled(32, 1) }, 'order'],
    ['by a device that is not in the chain', () => add(other), { signer: other.id }, 'signature'],
    ['that removes a device that is not there', () => remove(other.id), {}, 'not-allowed'],
    [
      'that adds a device that is there',
      (own) => ({ kind: 'add-device', atMs: startMs, entry: { ...other.entry, device: own } }),
      {},
      'not-allowed',
    ],
    [
      'that adds a device with one key for two uses',
      () => ({ kind: 'add-device', atMs: startMs, entry: { ...other.entry, mlsKey: other.entry.chainKey } }),
      {},
      'not-allowed',
    ],
    [
      'that begins again',
      () => ({
        kind: 'genesis',
        createdMs: startMs,
        entry: other.entry,
        recoveryKey: undefined,
        invite: undefined,
        nonce: filled(16, 2),
      }),
      {},
      'not-allowed',
    ],
    [
      'a reset by a device',
      () => ({ kind: 'reset', atMs: startMs, entry: other.entry, approvals: [] }),
      {},
      'not-allowed',
    ],
    ['a suspension by a device', () => ({ kind: 'suspend', atMs: startMs, approvals: [] }), {}, 'not-allowed'],
    ['a deletion', () => ({ kind: 'delete', atMs: startMs }), {}, 'not-allowed'],
  ])('%s', async (_, change, over, fault) => {
    const { founder } = world
    expect(
      await extend(founder.state, makeLink(founder.state, founder.device, change(founder.device.id), over)),
    ).toEqual({ ok: false, fault })
  })

  test('with a signature of another key, of another body, or with an invite signature', async () => {
    const { founder } = world
    const link = makeLink(founder.state, founder.device, add(other))
    expect(await extend(founder.state, makeLink(founder.state, founder.device, add(other), {}, other.chain))).toEqual({
      ok: false,
      fault: 'signature',
    })
    expect(
      await extend(founder.state, makeLink(founder.state, founder.device, add(other), {}, founder.device.mls)),
    ).toEqual({ ok: false, fault: 'signature' })
    expect(await extend(founder.state, { ...link, signature: founder.genesis.signature })).toEqual({
      ok: false,
      fault: 'signature',
    })
    expect(await extend(founder.state, { ...link, byInvite: filled(64, 1) })).toEqual({ ok: false, fault: 'signature' })
  })

  test('of a removed device, also when it comes back under the same id', async () => {
    const { founder } = world
    const two = must(await extend(founder.state, makeLink(founder.state, founder.device, add(other))))
    const three = must(await extend(two, makeLink(two, founder.device, remove(other.id))))
    expect(await extend(three, makeLink(three, other, add(makeDevice())))).toEqual({ ok: false, fault: 'signature' })
    expect(await extend(three, makeLink(three, founder.device, add(other)))).toEqual({
      ok: false,
      fault: 'not-allowed',
    })
    expect(await extend(three, makeLink(three, founder.device, remove(other.id)))).toEqual({
      ok: false,
      fault: 'not-allowed',
    })
  })

  test('that adds a device with a key any device of the account has or had, for whatever use', async () => {
    const { founder } = world
    const two = must(await extend(founder.state, makeLink(founder.state, founder.device, add(other))))
    const state = must(await extend(two, makeLink(two, founder.device, remove(other.id))))
    const uses = ['chainKey', 'mlsKey', 'transportKey'] as const
    const fresh = makeDevice()
    for (const device of [founder.device, other]) {
      for (const had of uses) {
        for (const use of uses) {
          const entry = { ...fresh.entry, [use]: device.entry[had] }
          const link = makeLink(state, founder.device, { kind: 'add-device', atMs: startMs, entry })
          expect(await extend(state, link), `${had} again as ${use}`).toEqual({ ok: false, fault: 'not-allowed' })
        }
      }
    }
    expect((await extend(state, makeLink(state, founder.device, add(fresh)))).ok).toBe(true)
  })

  test('beyond the limit of devices', async () => {
    const { founder } = world
    let state = founder.state
    for (let count = 1; count < limits.devicesPerAccountMax; count++)
      state = must(await extend(state, makeLink(state, founder.device, add(makeDevice()))))
    expect(await extend(state, makeLink(state, founder.device, add(makeDevice())))).toEqual({
      ok: false,
      fault: 'not-allowed',
    })
  })
})

describe('two links with one sequence number', () => {
  test('the same again is known; another one by the account is a conflict; by anybody else it is noise', async () => {
    const { founder } = world
    const [one, two] = [makeDevice(), makeDevice()]
    const link = makeLink(founder.state, founder.device, add(one))
    const state = must(await extend(founder.state, link))
    expect(await extend(state, link)).toEqual({ ok: false, fault: 'known' })
    expect(await extend(state, makeLink(founder.state, founder.device, add(two)))).toEqual({
      ok: false,
      fault: 'conflict',
    })
    expect(await extend(state, makeLink(founder.state, founder.device, add(two), {}, two.chain))).toEqual({
      ok: false,
      fault: 'signature',
    })
    // Added by the link at that very place, it had no say about it.
    expect(await extend(state, makeLink(founder.state, one, add(two)))).toEqual({ ok: false, fault: 'signature' })
  })

  test('a whole chain with such a link in it is not taken', async () => {
    const { founder } = world
    const link = makeLink(founder.state, founder.device, add(makeDevice()))
    expect((await readAccountChain(verifier, network, [founder.genesis, link])).ok).toBe(true)
    expect(
      await readAccountChain(verifier, network, [
        founder.genesis,
        link,
        makeLink(founder.state, founder.device, add(makeDevice())),
      ]),
    ).toEqual({ ok: false, fault: 'conflict' })
    expect(toHex(founder.state.account)).toBe(toHex(accountIdOf(founder.genesis)))
  })
})
