/** A large group: added to, removed from, raced in, and talked to. HALYARD_FULL=1 makes it a thousand leaves; else sixty. */
import { expect, test } from 'vitest'
import { hex } from '../src/bytes.ts'
import {
  createKeyPackage,
  epochAuthenticator,
  exportSecret,
  generateSignatureKeyPair,
  joinGroup,
  members,
  suites,
  type CommitCreated,
  type GroupState,
} from '../src/index.ts'
import { nodeProvider } from '../src/providers/node.ts'
import { acceptAll, commit, founded, got, lifetime, nth, ok, plain, said, text } from './test-kit.ts'

const full = process.env['HALYARD_FULL'] === '1'
const size = full ? 1_000 : 60
const messages = full ? 200 : 20
const provider = nodeProvider()

interface Device {
  readonly keys: Awaited<ReturnType<typeof generateSignatureKeyPair>>
  readonly kit: Awaited<ReturnType<typeof createKeyPackage>>
}
const deviceOf = async (suite: number, name: string): Promise<Device> => {
  const keys = await generateSignatureKeyPair(provider, suite)
  const kit = await createKeyPackage({ provider, suite, identity: text(name), signatureKeyPair: keys, lifetime })
  return { keys, kit }
}

const joinAs = async (device: Device, made: CommitCreated): Promise<GroupState> => {
  const slice = made.welcomes.find(({ reference }) => hex(reference) === hex(device.kit.reference))
  const joined = await joinGroup({
    provider,
    welcome: slice?.welcome ?? text(''),
    keyPackage: device.kit.keyPackage,
    privateKeys: device.kit.privateKeys,
    signatureKeyPair: device.keys,
    ratchetTree: made.ratchetTree,
    judge: acceptAll,
  })
  return ok(joined).state
}

/** The sampled members, each by its leaf; `follow` brings all but the committer into the next epoch. */
const follow = async (
  states: ReadonlyMap<number, GroupState>,
  committer: number,
  made: CommitCreated,
): Promise<Map<number, GroupState>> => {
  const next = new Map<number, GroupState>()
  for (const [leaf, state] of states) {
    if (leaf === committer) next.set(leaf, made.newState)
    else {
      const received = await got(provider, state, made.message)
      if (received.kind !== 'commit') throw new Error('not a commit')
      if (!received.removed) next.set(leaf, received.newState)
    }
  }
  return next
}

const expectAgreement = async (states: ReadonlyMap<number, GroupState>): Promise<void> => {
  const [first] = states.values()
  if (first === undefined) throw new Error('nobody is left')
  const secret = async (state: GroupState): Promise<string> =>
    hex(await exportSecret({ provider, state, label: 'test', context: text('c'), length: 32 }))
  for (const [leaf, state] of states) {
    expect(hex(epochAuthenticator(state)), `leaf ${leaf}`).toBe(hex(epochAuthenticator(first)))
    expect(await secret(state), `leaf ${leaf}`).toBe(await secret(first))
    expect(members(state).length).toBe(members(first).length)
  }
}

for (const suite of [suites.x25519Aes128Ed25519, suites.hybrid]) {
  test(`${size} leaves, suite ${suite}: every sampled member agrees`, { timeout: 300_000 }, async () => {
    const founder = await founded(provider, suite, 'm0')
    const others: Device[] = []
    for (let at = 1; at < size; at++) others.push(await deviceOf(suite, `m${at}`))
    const made = await commit(provider, founder, { proposals: others.map(({ kit }) => ({ add: kit.keyPackage })) })
    const sampled = [1, 2, 3, Math.floor(size / 3), Math.floor(size / 2), size - 2, size - 1]
    let states = new Map<number, GroupState>([[0, made.newState]])
    for (const leaf of sampled) states.set(leaf, await joinAs(nth(others, leaf - 1), made))
    await expectAgreement(states)

    // Everybody sampled renews its path; two at once each time, of whom the second loses and decides anew.
    for (const leaf of sampled) {
      const loser = leaf === 1 ? 2 : 1
      const won = await commit(provider, states.get(leaf) as GroupState)
      const lost = await commit(provider, states.get(loser) as GroupState)
      expect(hex(won.message)).not.toBe(hex(lost.message))
      states.set(loser, lost.currentState)
      states = await follow(states, leaf, won)
    }
    await expectAgreement(states)

    // A tenth goes, some of them sampled; as many come, into the leaves that became free.
    const gone = Array.from({ length: Math.floor(size / 10) }, (_, at) => size - 2 - at * 3).filter((leaf) => leaf > 3)
    const removal = await commit(provider, states.get(0) as GroupState, {
      proposals: gone.map((leaf) => ({ remove: leaf })),
    })
    states = await follow(states, 0, removal)
    expect(states.has(size - 2)).toBe(false)
    const comers: Device[] = []
    for (let at = 0; at < gone.length; at++) comers.push(await deviceOf(suite, `n${at}`))
    const addition = await commit(provider, states.get(2) as GroupState, {
      proposals: comers.map(({ kit }) => ({ add: kit.keyPackage })),
    })
    states = await follow(states, 2, addition)
    const comer = await joinAs(nth(comers, 0), addition)
    states.set(comer.ownLeaf, comer)
    await expectAgreement(states)
    expect(members(comer)).toHaveLength(size)

    const leaves = [...states.keys()]
    for (let count = 0; count < messages; count++) {
      const from = nth(leaves, count % leaves.length)
      const sent = await said(provider, states.get(from) as GroupState, `message ${count}`)
      states.set(from, sent.newState)
      for (const leaf of leaves) {
        if (leaf === from) continue
        const heard = await got(provider, states.get(leaf) as GroupState, sent.message)
        if (heard.kind !== 'application') throw new Error('not a message')
        expect(plain(heard.data)).toBe(`message ${count}`)
        states.set(leaf, heard.newState)
      }
    }
    await expectAgreement(states)
  })
}
