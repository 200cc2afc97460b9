import { labels, limits, toHex } from '@halyard/protocol'
import type { Head } from '@halyard/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  evidenceOf,
  filled,
  keyPair,
  makeConfirmation,
  makeGenesis,
  makeInvite,
  makeJoin,
  makeMember,
  makeNetworkLink,
  makeWorld,
  must,
  replaceDevice,
  startMs,
  stateChange,
  verifier,
} from '../../test/people.ts'
import type { Person, World } from '../../test/people.ts'
import { accountIdOf, readAccountChain } from './account-chain.ts'
import { admits, inviteHash, readConfirmation, readInvite } from './invite.ts'
import { extendNetworkChain } from './network-chain.ts'
import type { NetworkState } from './network-chain.ts'
import { labelled } from './signed.ts'
import { standingOf } from './standing.ts'
import type { Known } from './standing.ts'

let world: World
let second: Person
beforeEach(async () => {
  world = await makeWorld()
  second = await makeMember(world, world.founder)
})
const standing = (
  account: Uint8Array,
  options: {
    readonly nowMs?: number
    readonly lies?: ReadonlyMap<string, Known>
    readonly network?: NetworkState
  } = {},
) => standingOf(verifier, evidenceOf(world, options.lies, options.network), account, options.nowMs ?? startMs + 1)
const kindOf = async (
  person: { readonly state: { readonly account: Uint8Array } },
  options: Parameters<typeof standing>[1] = {},
) => (await standing(person.state.account, options)).kind
const without = async (
  removed: readonly { readonly account: Uint8Array; readonly admissionsStand: boolean }[],
): Promise<NetworkState> => {
  const { founder, network } = world
  const link = makeNetworkLink(
    {
      seq: 2,
      previous: network.head.hash,
      signer: { account: founder.state.account, device: founder.device.id, chain: founder.state.head },
      change: stateChange([founder.state.account], removed),
    },
    founder.device.chain,
  )
  return must(await extendNetworkChain(verifier, network, link, () => founder.state))
}

describe('T-01, T-03: every admission is walked up to the founder', () => {
  test('the founder, the second, and the third by the second', async () => {
    const third = await makeMember(world, second)
    expect(await standing(world.founder.state.account)).toEqual({ kind: 'confirmed', invitedBy: undefined })
    expect(await standing(second.state.account)).toEqual({ kind: 'confirmed', invitedBy: world.founder.state.account })
    expect(await standing(third.state.account)).toEqual({ kind: 'confirmed', invitedBy: second.state.account })
  })

  test('an owner may confirm in place of the inviter', async () => {
    const invite = makeInvite(world, second)
    const third = await makeJoin(world, invite)
    world.confirmations.push(makeConfirmation(world, world.founder, invite, third.state.account))
    expect(await kindOf(third)).toBe('confirmed')
  })

  test('somebody else may not', async () => {
    const fourth = await makeMember(world, second)
    const invite = makeInvite(world, second)
    const third = await makeJoin(world, invite)
    world.confirmations.push(makeConfirmation(world, fourth, invite, third.state.account))
    world.confirmations.push(makeConfirmation(world, third, invite, third.state.account))
    expect(await kindOf(third)).toBe('waiting')
  })

  test('waiting until seven days are over, then lapsed; a late confirmation still counts', async () => {
    const invite = makeInvite(world, world.founder)
    const late = await makeJoin(world, invite)
    const lapsesAtMs = startMs + limits.admissionLapsesAfterMs
    expect(await standing(late.state.account, { nowMs: lapsesAtMs })).toEqual({
      kind: 'waiting',
      invitedBy: world.founder.state.account,
      lapsesAtMs,
    })
    expect(await standing(late.state.account, { nowMs: lapsesAtMs + 1 })).toEqual({
      kind: 'lapsed',
      invitedBy: world.founder.state.account,
    })
    world.confirmations.push(makeConfirmation(world, world.founder, invite, late.state.account))
    expect(await kindOf(late, { nowMs: lapsesAtMs + 1 })).toBe('confirmed')
  })

  test('nobody hangs on somebody who is not confirmed', async () => {
    const waiting = await makeJoin(world, makeInvite(world, second))
    const third = await makeMember(world, waiting)
    expect(await kindOf(third)).toBe('refused')
  })

  test('somebody unknown, and somebody whose inviter is unknown', async () => {
    expect(await kindOf({ state: { account: filled(32, 1) } })).toBe('unknown')
    world.people.delete(toHex(second.state.account))
    const third = await makeMember(world, second)
    expect(await kindOf(third)).toBe('refused')
  })
})

describe('T-41: removed from the network', () => {
  test('the removed; those they admitted only where their admissions do not stand', async () => {
    const third = await makeMember(world, second)
    const fourth = await makeMember(world, third)
    const standing = await without([{ account: second.state.account, admissionsStand: true }])
    expect(await kindOf(second, { network: standing })).toBe('removed')
    expect(await kindOf(third, { network: standing })).toBe('confirmed')
    const fallen = await without([{ account: second.state.account, admissionsStand: false }])
    for (const person of [second, third, fourth]) expect(await kindOf(person, { network: fallen })).toBe('removed')
    expect(await kindOf(world.founder, { network: fallen })).toBe('confirmed')
  })
})

describe('T-72: one invite admits one person', () => {
  test('a second admission on a used link is refused, back-dated or not', async () => {
    const invite = makeInvite(world, world.founder)
    const first = await makeJoin(world, invite, startMs + 1000)
    world.confirmations.push(makeConfirmation(world, world.founder, invite, first.state.account))
    for (const createdMs of [startMs, startMs + 1000, startMs + 2000]) {
      const late = await makeJoin(world, invite, createdMs)
      expect(await kindOf(late)).toBe('refused')
    }
    expect(await kindOf(first)).toBe('confirmed')
  })

  test('before the confirmation both wait; the confirmed one is in, the other is not', async () => {
    const invite = makeInvite(world, world.founder)
    const [one, two] = [await makeJoin(world, invite), await makeJoin(world, invite)]
    expect(await kindOf(one)).toBe('waiting')
    expect(await kindOf(two)).toBe('waiting')
    world.confirmations.push(makeConfirmation(world, world.founder, invite, two.state.account))
    expect(await kindOf(one)).toBe('refused')
    expect(await kindOf(two)).toBe('confirmed')
  })

  test('two confirmations for one invite contradict each other for both', async () => {
    const invite = makeInvite(world, world.founder)
    const [one, two] = [await makeJoin(world, invite), await makeJoin(world, invite)]
    for (const person of [one, two, one])
      world.confirmations.push(makeConfirmation(world, world.founder, invite, person.state.account))
    expect(await kindOf(one)).toBe('contradicted')
    expect(await kindOf(two)).toBe('contradicted')
  })

  test('an admission later than the invite allows is refused', async () => {
    const invite = makeInvite(world, world.founder)
    const late = await makeJoin(world, invite, startMs + limits.inviteLifetimeMs + 1)
    world.confirmations.push(makeConfirmation(world, world.founder, invite, late.state.account))
    expect(await kindOf(late)).toBe('refused')
  })
})

describe('T-03: the server swaps a side of an admission', () => {
  const lie = (about: Uint8Array, known: Known): ReadonlyMap<string, Known> => new Map([[toHex(about), known]])

  test('another invite record than the genesis names', async () => {
    const [invite, other] = [makeInvite(world, world.founder), makeInvite(world, second)]
    const third = await makeJoin(world, invite)
    world.confirmations.push(makeConfirmation(world, world.founder, invite, third.state.account))
    expect(await kindOf(third, { lies: lie(third.state.account, { ...third, invite: other.record }) })).toBe('refused')
    expect(await kindOf(third, { lies: lie(third.state.account, { ...third, invite: undefined }) })).toBe('refused')
  })

  test('a member who signs a record of their own over the same invite key takes nobody over', async () => {
    const mallory = await makeMember(world, world.founder)
    const invite = makeInvite(world, second)
    const third = await makeJoin(world, invite)
    const taken = makeInvite(world, mallory, {}, invite.key)
    const lies = lie(third.state.account, { ...third, invite: taken.record })
    expect(await kindOf(third, { lies })).toBe('refused')
    world.confirmations.push(makeConfirmation(world, mallory, taken, third.state.account))
    expect(await kindOf(third, { lies })).toBe('refused')
    expect(await kindOf(third)).toBe('waiting')
  })

  test('a record signed again with other limits is another record', async () => {
    const invite = makeInvite(world, second)
    const late = await makeJoin(world, invite, startMs + limits.inviteLifetimeMs + 1)
    const longer = makeInvite(world, second, { notAfterMs: startMs + 2 * limits.inviteLifetimeMs }, invite.key)
    expect(await kindOf(late, { lies: lie(late.state.account, { ...late, invite: longer.record }) })).toBe('refused')
  })

  test('an inviter of its own making, with a record of its own', async () => {
    const mallory = await makeWorld()
    const invite = makeInvite(
      { ...world, founder: mallory.founder },
      { ...mallory.founder, state: { ...mallory.founder.state, account: world.founder.state.account } },
    )
    const victim = await makeJoin(world, invite)
    expect(await kindOf(victim)).toBe('refused')
  })

  test("the inviter's chain replaced by another one", async () => {
    const mallory = await makeMember(world, world.founder)
    const third = await makeMember(world, second)
    expect(await kindOf(third, { lies: lie(second.state.account, mallory) })).toBe('refused')
  })

  test('a genesis without the signature of the invite key, or with one of another key', async () => {
    const invite = makeInvite(world, world.founder)
    const wrong = { ...invite, key: keyPair() }
    const third = await makeJoin(world, wrong)
    world.confirmations.push(makeConfirmation(world, world.founder, invite, third.state.account))
    expect(await kindOf(third)).toBe('refused')
    expect(
      await admits(verifier, invite.record, invite.value, { ...third.genesis, byInvite: undefined }, third.state),
    ).toBe(false)
    expect(
      await admits(verifier, invite.record, invite.value, third.genesis, { ...third.state, invite: undefined }),
    ).toBe(false)
  })

  test("a genesis without an invite that is not the founder's", async () => {
    const device = second.device
    const genesis = makeGenesis(world.network.network, device)
    const state = must(await readAccountChain(verifier, world.network.network, [genesis]))
    world.people.set(toHex(accountIdOf(genesis)), { device, genesis, links: [genesis], state, invite: undefined })
    expect(await kindOf({ state })).toBe('refused')
  })

  test('T-02: an account id that is not the hash of its genesis', async () => {
    const ghost = filled(32, 0x66)
    for (const known of [world.founder, second, await makeJoin(world, makeInvite(world, second))]) {
      expect(['refused', 'unknown'], 'the id asked for must be the one the genesis hashes to').toContain(
        (await standing(ghost, { lies: lie(ghost, known) })).kind,
      )
    }
  })

  test('a genesis that does not belong to the chain it is shown with', async () => {
    const invite = makeInvite(world, second)
    const [one, two] = [await makeJoin(world, invite), await makeJoin(world, invite)]
    const mixed = { ...one, genesis: two.genesis }
    expect(await kindOf(one, { lies: lie(one.state.account, mixed) }), 'chain of one, genesis of the other').toBe(
      'refused',
    )
  })
})

describe('an invite record is refused', () => {
  test.each<readonly [string, Parameters<typeof makeInvite>[2], string]>([
    ['of another network', { network: filled(32, 1) }, 'network'],
    ['of another version', { version: 2 }, 'malformed'],
    ['for no use', { uses: 0 }, 'malformed'],
    ["by another account than its signer's", { inviter: filled(32, 1) }, 'not-allowed'],
    ['by a device that is not there', { inviterDevice: filled(16, 1) }, 'not-allowed'],
    [
      'that names a head which does not stand in the chain',
      { inviterHead: { seq: 0, hash: filled(32, 1) } },
      'not-allowed',
    ],
    [
      'that names a head which the chain has not reached',
      { inviterHead: { seq: 7, hash: filled(32, 1) } },
      'not-allowed',
    ],
  ])('%s', async (_, over, fault) => {
    const { record } = makeInvite(world, world.founder, over)
    expect(await readInvite(verifier, world.network.network, record, world.founder.state)).toEqual({ ok: false, fault })
  })

  test('altered, or signed with another key', async () => {
    const { record } = makeInvite(world, world.founder)
    expect((await readInvite(verifier, world.network.network, record, world.founder.state)).ok).toBe(true)
    const altered = {
      ...record,
      body: record.body.map((byte, index) => (index === record.body.length - 1 ? byte ^ 1 : byte)),
    }
    expect(await readInvite(verifier, world.network.network, altered, world.founder.state)).toEqual({
      ok: false,
      fault: 'signature',
    })
    expect(toHex(inviteHash(altered))).not.toBe(toHex(inviteHash(record)))
  })
})

describe('a confirmation is refused', () => {
  test('of another network, by a stranger, by a device of somebody else, altered', async () => {
    const invite = makeInvite(world, second)
    const third = await makeJoin(world, invite)
    const read = (statement: ReturnType<typeof makeConfirmation>) =>
      readConfirmation(
        verifier,
        world.network,
        statement,
        second.state.account,
        (account) => world.people.get(toHex(account))?.state,
      )
    const right = makeConfirmation(world, second, invite, third.state.account)
    expect((await read(right)).ok).toBe(true)
    expect(
      await read(makeConfirmation(world, second, invite, third.state.account, { network: filled(32, 1) })),
    ).toEqual({ ok: false, fault: 'network' })
    expect(await read(makeConfirmation(world, third, invite, third.state.account))).toEqual({
      ok: false,
      fault: 'not-allowed',
    })
    expect(
      await read(makeConfirmation(world, { ...second, device: third.device }, invite, third.state.account)),
    ).toEqual({ ok: false, fault: 'not-allowed' })
    expect(
      await read({ ...right, signature: second.device.mls.sign(labelled(labels.confirmation, right.body)) }),
    ).toEqual({ ok: false, fault: 'signature' })
  })

  test('that names a head its chain does not hold, or one at which its device was not valid', async () => {
    const invite = makeInvite(world, second)
    const third = await makeJoin(world, invite)
    const now = await replaceDevice(second)
    const read = (by: Person, chain: Head) =>
      readConfirmation(
        verifier,
        world.network,
        makeConfirmation(world, by, invite, third.state.account, { chain }),
        second.state.account,
        () => now.state,
      )
    const at = (seq: number) => ({ seq, hash: now.state.hashes[seq] ?? filled(32, 1) })
    expect((await read(second, at(0))).ok, 'a device removed later does not undo what it confirmed').toBe(true)
    expect((await read(now, at(2))).ok).toBe(true)
    for (const [by, chain] of [
      [now, { seq: 2, hash: filled(32, 1) }],
      [now, { seq: 1, hash: at(2).hash }],
      [now, { seq: 3, hash: filled(32, 1) }],
      [now, at(0)],
      [second, at(2)],
    ] as const) {
      expect(await read(by, chain)).toEqual({ ok: false, fault: 'not-allowed' })
    }
  })

  test('for another invite it counts for nothing', async () => {
    const [invite, other] = [makeInvite(world, second), makeInvite(world, second)]
    const third = await makeJoin(world, invite)
    world.confirmations.push(makeConfirmation(world, second, other, third.state.account))
    expect(await kindOf(third)).toBe('waiting')
  })
})
