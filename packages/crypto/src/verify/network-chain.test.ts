import type { Head, NetworkLink } from '@halyard/protocol'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  filled,
  keyPair,
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
import { extendNetworkChain, isOwner, networkIdOf, readNetworkChain } from './network-chain.ts'
import type { NetworkState } from './network-chain.ts'

let world: World
let member: Person
beforeAll(async () => {
  world = await makeWorld()
  member = await makeMember(world, world.founder)
})
const accountOf = (account: Uint8Array) =>
  [world.founder, member].find((one) => one.state.account.every((byte, index) => byte === account[index]))?.state
const extend = (state: NetworkState | undefined, link: Parameters<typeof extendNetworkChain>[2]) =>
  extendNetworkChain(verifier, state, link, accountOf)
const signerOf = (person: Person) => ({
  account: person.state.account,
  device: person.device.id,
  chain: person.state.head,
})
const next = (by: Person, over: Partial<NetworkLink> = {}, key = by.device.chain) =>
  makeNetworkLink(
    {
      seq: 2,
      previous: world.network.head.hash,
      signer: signerOf(by),
      change: stateChange([world.founder.state.account]),
      ...over,
    },
    key,
  )

describe('the network is a chain of its owners', () => {
  test('founder, then owners; who is removed stands in it', async () => {
    expect(isOwner(world.network, world.founder.state.account)).toBe(true)
    expect(isOwner(world.network, member.state.account)).toBe(false)
    const both = must(
      await extend(
        world.network,
        next(world.founder, { change: stateChange([world.founder.state.account, member.state.account]) }),
      ),
    )
    const third = makeNetworkLink(
      {
        seq: 3,
        previous: both.head.hash,
        signer: signerOf(member),
        change: stateChange([member.state.account], [{ account: world.founder.state.account, admissionsStand: true }]),
      },
      member.device.chain,
    )
    const after = must(await extend(both, third))
    expect(isOwner(after, world.founder.state.account)).toBe(false)
    expect(after.removed.size).toBe(1)
    expect(after.head.seq).toBe(3)
  })

  test('its id is the hash of its genesis: another one is another network', async () => {
    const other = await makeWorld()
    expect(await readNetworkChain(verifier, other.links, world.network.network, accountOf)).toEqual({
      ok: false,
      fault: 'network',
    })
    expect(await readNetworkChain(verifier, [], undefined, accountOf)).toEqual({ ok: false, fault: 'malformed' })
    expect(
      (await readNetworkChain(verifier, world.links, networkIdOf(world.links[0] ?? next(member)), accountOf)).ok,
    ).toBe(true)
  })
})

describe('a link is refused', () => {
  const genesis = (over: Partial<NetworkLink>, key = keyPair(), founderKey = key.publicKey) =>
    makeNetworkLink(
      {
        seq: 0,
        previous: filled(32, 0),
        change: { kind: 'genesis', founderKey, createdMs: startMs, nonce: filled(16, 1) },
        ...over,
      },
      key,
    )

  test.each<readonly [string, () => ReturnType<typeof genesis>, string]>([
    ['of another version', () => genesis({ version: 2 }), 'malformed'],
    ['that is not the first', () => genesis({ seq: 1 }), 'order'],
    ['that names a previous one', () => genesis({ previous: filled(32, 1) }), 'order'],
    ['that has a signer', () => genesis({ signer: signerOf(world.founder) }), 'order'],
    ['that is a state', () => genesis({ change: stateChange([]) }), 'order'],
    ['by another key than the founder it names', () => genesis({}, keyPair(), keyPair().publicKey), 'signature'],
  ])('a genesis %s', async (_, make, fault) => {
    expect(await extend(undefined, make())).toEqual({ ok: false, fault })
  })

  test.each<readonly [string, () => ReturnType<typeof genesis>, string]>([
    ['of another version', () => next(world.founder, { version: 2 }), 'malformed'],
    ['by a member who is no owner', () => next(member), 'not-allowed'],
    [
      'by somebody unknown',
      () => next(world.founder, { signer: { ...signerOf(world.founder), account: filled(32, 1) } }),
      'not-allowed',
    ],
    [
      "by a device that is not the owner's",
      () => next(world.founder, { signer: { ...signerOf(world.founder), device: member.device.id } }),
      'not-allowed',
    ],
    ["by the founder's key alone, later", () => next(world.founder, { signer: undefined }), 'not-allowed'],
    ['signed by somebody else', () => next(world.founder, {}, member.device.chain), 'signature'],
    ['that skips a place', () => next(world.founder, { seq: 3 }), 'order'],
    ['that follows another head', () => next(world.founder, { previous: filled(32, 1) }), 'order'],
    ['that leaves the network without owners', () => next(world.founder, { change: stateChange([]) }), 'not-allowed'],
    [
      'that begins again',
      () =>
        next(world.founder, {
          change: { kind: 'genesis', founderKey: filled(32, 1), createdMs: 1, nonce: filled(16, 1) },
        }),
      'not-allowed',
    ],
  ])('a later one %s', async (_, make, fault) => {
    expect(await extend(world.network, make())).toEqual({ ok: false, fault })
  })

  test('an owner who is one no longer', async () => {
    const handed = must(
      await extend(world.network, next(world.founder, { change: stateChange([member.state.account]) })),
    )
    const late = makeNetworkLink(
      {
        seq: 3,
        previous: handed.head.hash,
        signer: signerOf(world.founder),
        change: stateChange([world.founder.state.account]),
      },
      world.founder.device.chain,
    )
    expect(await extend(handed, late)).toEqual({ ok: false, fault: 'not-allowed' })
  })
})

describe('T-31: an older head and another history', () => {
  test('the same link again is known; another one at its place is a conflict', async () => {
    const link = next(world.founder)
    const state = must(await extend(world.network, link))
    expect(await extend(state, link)).toEqual({ ok: false, fault: 'known' })
    expect(
      await extend(
        state,
        next(world.founder, { change: stateChange([world.founder.state.account, member.state.account]) }),
      ),
    ).toEqual({ ok: false, fault: 'conflict' })
    expect(await extend(state, next(member))).toEqual({ ok: false, fault: 'not-allowed' })
    expect(
      await extend(state, next(world.founder, { change: stateChange([member.state.account]) }, member.device.chain)),
    ).toEqual({ ok: false, fault: 'signature' })
  })

  test('a chain cut short has a lower head', async () => {
    const link = next(world.founder)
    const whole = must(await readNetworkChain(verifier, [...world.links, link], world.network.network, accountOf))
    const short = must(await readNetworkChain(verifier, world.links, world.network.network, accountOf))
    expect(short.head.seq).toBeLessThan(whole.head.seq)
  })
})

describe('a link by a device that its owner removed later', () => {
  test('stays readable: whoever joins later reads the chain with the accounts as they are then', async () => {
    const link = next(world.founder)
    const now = await replaceDevice(world.founder)
    const read = await readNetworkChain(verifier, [...world.links, link], world.network.network, () => now.state)
    expect(read.ok).toBe(true)
  })

  test('is judged at the head it names: after its removal, before it was added, and where the chain never was', async () => {
    const now = await replaceDevice(world.founder)
    const at = (seq: number) => ({ seq, hash: now.state.hashes[seq] ?? filled(32, 1) })
    const read = (chain: Head, by: Person) =>
      extendNetworkChain(verifier, world.network, next(by, { signer: { ...signerOf(by), chain } }), () => now.state)
    expect((await read(at(0), world.founder)).ok).toBe(true)
    expect((await read(at(1), world.founder)).ok, 'both are valid between its successor and its removal').toBe(true)
    expect(await read(at(2), world.founder)).toEqual({ ok: false, fault: 'not-allowed' })
    expect(await read(at(0), now)).toEqual({ ok: false, fault: 'not-allowed' })
    expect((await read(at(1), now)).ok).toBe(true)
    expect(await read({ seq: 1, hash: filled(32, 1) }, now)).toEqual({ ok: false, fault: 'not-allowed' })
    expect(await read({ seq: 3, hash: filled(32, 1) }, now)).toEqual({ ok: false, fault: 'not-allowed' })
  })
})
