/** Re-initialisation, branching and pre-shared keys (RFC 9420 §8.4, §11.2, §11.3). */
import { describe, expect, it } from 'vitest'
import { hex } from './bytes.ts'
import {
  createCommit,
  createGroup,
  decodeState,
  encodeEpoch,
  encodeRatchets,
  epochAuthenticator,
  groupStatus,
  joinGroup,
  protect,
  receive,
  reinitParameters,
  suites,
  type CommitCreated,
  type GroupState,
  type ParentGroup,
} from './index.ts'
import { provider } from '../test/provider.ts'
import {
  acceptAll,
  commit,
  device,
  gotCommit,
  group,
  lifetime,
  nth,
  ok,
  refused,
  sameNames,
  text,
  type Device,
} from '../test/test-kit.ts'

async function linked(
  parent: GroupState,
  usage: 'reinit' | 'branch',
  comers: readonly Device[],
  suite: number,
  groupId: Uint8Array,
): Promise<CommitCreated> {
  const first = await device(provider, suite, 'a')
  const state = await createGroup({
    provider,
    suite,
    groupId,
    identity: text('a'),
    signatureKeyPair: first.keys,
    lifetime,
  })
  return commit(provider, state, {
    proposals: comers.map((comer) => ({ add: comer.kit.keyPackage })),
    link: { usage, parent },
  })
}

function join(who: Device, made: CommitCreated, parent: ParentGroup | undefined) {
  return joinGroup({
    provider,
    welcome: made.welcome ?? new Uint8Array(0),
    ratchetTree: made.ratchetTree,
    keyPackage: who.kit.keyPackage,
    privateKeys: who.kit.privateKeys,
    signatureKeyPair: who.keys,
    judge: acceptAll,
    ...(parent === undefined ? {} : { parent }),
  })
}

describe('linked groups', () => {
  it('a ReInit closes the group, survives storage, and its successor must be the one asked for', async () => {
    const states = await group(provider, suites.x25519Aes128Ed25519, ['a', 'b'])
    const groupId = provider.random(16)
    const made = await commit(provider, nth(states, 0), {
      proposals: [{ reinit: { groupId, suite: suites.hybrid, extensions: [] } }],
    })
    const other = (await gotCommit(provider, nth(states, 1), made.message)).newState
    for (const state of [made.newState, other]) {
      expect(groupStatus(state)).toBe('reinit')
      expect(refused(await protect({ provider, state, data: text('x') })).code).toBe('group-closed')
    }
    const restored = decodeState(encodeEpoch(other), encodeRatchets(other) as Map<string, Uint8Array>)
    expect(restored && reinitParameters(restored)?.suite).toBe(suites.hybrid)
    const b = await device(provider, suites.hybrid, 'b')
    const next = await linked(made.newState, 'reinit', [b], suites.hybrid, groupId)
    const parent = { state: restored ?? other, membersMatch: sameNames }
    expect(hex(epochAuthenticator(ok(await join(b, next, parent)).state))).toBe(hex(epochAuthenticator(next.newState)))
    expect(refused(await join(b, next, undefined)).code).toBe('psk-unknown')
    const wrongId = await linked(made.newState, 'reinit', [b], suites.hybrid, provider.random(16))
    expect(refused(await join(b, wrongId, parent)).code).toBe('welcome-invalid')
    const without = await linked(
      made.newState,
      'reinit',
      [await device(provider, suites.hybrid, 'c'), b],
      suites.hybrid,
      groupId,
    )
    expect(refused(await join(b, without, { ...parent, membersMatch: () => false })).code).toBe('welcome-invalid')
  })

  it('a branch is joined by members of the parent alone', async () => {
    const states = await group(provider, 1, ['a', 'b', 'c'])
    const [b, stranger] = [await device(provider, 1, 'b'), await device(provider, 1, 'x')]
    const parent = { state: nth(states, 1), membersMatch: sameNames }
    const made = await linked(nth(states, 0), 'branch', [b], 1, provider.random(16))
    expect(ok(await join(b, made, parent)).state.ownLeaf).toBe(1)
    const mixed = await linked(nth(states, 0), 'branch', [b, stranger], 1, provider.random(16))
    expect(refused(await join(b, mixed, parent)).code).toBe('welcome-invalid')
    const later = await createCommit({
      provider,
      state: made.newState,
      proposals: [],
      link: { usage: 'branch', parent: nth(states, 0) },
      judge: acceptAll,
    })
    expect(refused(later).code).toBe('proposals-invalid')
  })

  it('external and resumption keys enter the key schedule; who lacks one cannot follow, alone', async () => {
    const states = await group(provider, 1, ['a', 'b'], true)
    const psk = provider.random(32)
    const id = { kind: 'external', id: text('id'), nonce: provider.random(32) } as const
    const made = await commit(provider, nth(states, 0), { proposals: [{ psk: id }], psk: () => psk })
    const follow = (lookup: () => Uint8Array | undefined) =>
      receive({ provider, state: nth(states, 1), message: made.message, judge: acceptAll, psk: lookup })
    expect(refused(await follow(() => undefined)).code).toBe('psk-unknown')
    expect(refused(await follow(() => provider.random(32))).code).toBe('wrong-confirmation-tag')
    const followed = ok(await follow(() => psk)).newState as GroupState
    const resumed = {
      kind: 'resumption',
      usage: 'application',
      groupId: followed.context.groupId,
      epoch: followed.context.epoch - 1n,
      nonce: provider.random(32),
    } as const
    const again = await commit(provider, made.newState, { proposals: [{ psk: resumed }] })
    expect((await gotCommit(provider, followed, again.message)).removed).toBe(false)
    const shortNonce = await createCommit({
      provider,
      state: made.newState,
      proposals: [{ psk: { ...resumed, nonce: text('short') } }],
      judge: acceptAll,
    })
    expect(refused(shortNonce).code).toBe('proposals-invalid')
  })
})
