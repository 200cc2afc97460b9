import { describe, expect, it } from 'vitest'
import { hex } from './bytes.ts'
import {
  createProposal,
  decodeState,
  encodeEpoch,
  encodeRatchets,
  epochAuthenticator,
  exportSecret,
  members,
  receive,
  suites,
  type GroupState,
  type RecordChanges,
} from './index.ts'
import { provider } from '../test/provider.ts'
import {
  acceptAll,
  commit,
  device,
  everyoneFollows,
  founded,
  got,
  joined,
  nth,
  ok,
  refused,
  said,
  text,
} from '../test/test-kit.ts'

function written(changes: RecordChanges): number {
  let size = 0
  for (const [name, record] of changes) size += name.length + (record?.length ?? 0)
  return size
}

describe('split persistence', () => {
  for (const suite of [suites.x25519Aes128Ed25519, suites.hybrid]) {
    it(`a message writes little, however large the group, suite ${suite}`, async () => {
      const creator = await founded(provider, suite, 'a')
      const others = await Promise.all(
        Array.from({ length: suite === suites.hybrid ? 130 : 300 }, (_, i) => device(provider, suite, `m${i}`)),
      )
      const made = await commit(provider, creator, {
        proposals: others.map((other) => ({ add: other.kit.keyPackage })),
      })
      let sender = made.newState
      let reader = (await joined(provider, nth(others, 60), made)).state
      const first = await said(provider, sender, 'first')
      expect(written(encodeRatchets(first.newState, sender))).toBeLessThanOrEqual(1000)
      sender = first.newState
      const read = (await got(provider, reader, first.message)).newState as GroupState
      expect(written(encodeRatchets(read, reader))).toBeLessThanOrEqual(1000)
      reader = read
      const second = await said(provider, sender, 'second')
      expect(written(encodeRatchets(second.newState, sender))).toBeLessThanOrEqual(400)
      const next = (await got(provider, reader, second.message)).newState as GroupState
      expect(written(encodeRatchets(next, reader))).toBeLessThanOrEqual(400)
      let far = second.newState
      let last = second
      for (let i = 0; i < 11; i++) far = (last = await said(provider, far, `${i}`)).newState
      const skipped = (await got(provider, next, last.message)).newState as GroupState
      expect(written(encodeRatchets(skipped, next)) - written(encodeRatchets(next, reader))).toBeLessThanOrEqual(
        10 * 80,
      )
      expect(encodeEpoch(skipped)).toEqual(encodeEpoch(reader))
    })
  }

  it('a restored state has every secret, waiting proposal and pending update', async () => {
    const [a, b] = await twoMembers()
    const update = ok(await createProposal({ provider, state: a, proposal: { update: {} }, judge: acceptAll }))
    const atB = (await got(provider, b, update.message)).newState as GroupState
    const records = new Map(
      [...encodeRatchets(a), ...encodeRatchets(update.newState, a)].filter(
        (entry): entry is [string, Uint8Array] => entry[1] !== undefined,
      ),
    )
    for (const [name, record] of encodeRatchets(update.newState, a)) if (record === undefined) records.delete(name)
    const restored = decodeState(encodeEpoch(a), records)
    if (restored === undefined) throw new Error('not restored')
    expect(restored.pendingUpdates.length).toBe(1)
    const made = await commit(provider, atB)
    const followed = (await got(provider, restored, made.message)).newState as GroupState
    expect(hex(epochAuthenticator(followed))).toBe(hex(epochAuthenticator(made.newState)))
    const options = { label: 'test', context: text('c'), length: 40 }
    expect(await exportSecret({ provider, state: followed, ...options })).toEqual(
      await exportSecret({ provider, state: made.newState, ...options }),
    )
    expect(members(followed)).toEqual(members(made.newState))
  })

  it('a skipped key leaves the records with its message: a restored state cannot open it again', async () => {
    const [a, b] = await twoMembers()
    const first = await said(provider, a, 'first')
    const second = await said(provider, first.newState, 'second')
    const disk = new Map<string, Uint8Array>()
    const store = (changes: RecordChanges): void =>
      changes.forEach((record, name) => (record === undefined ? disk.delete(name) : disk.set(name, record)))
    store(encodeRatchets(b))
    const skipped = (await got(provider, b, second.message)).newState as GroupState
    store(encodeRatchets(skipped, b))
    expect([...disk.keys()]).toContain('s0.a.0')
    const done = (await got(provider, skipped, first.message)).newState as GroupState
    store(encodeRatchets(done, skipped))
    expect([...disk.keys()].filter((name) => name.startsWith('s'))).toEqual([])
    const restored = decodeState(encodeEpoch(b), disk)
    if (restored === undefined) throw new Error('not restored')
    for (const { message } of [first, second])
      expect(refused(await receive({ provider, state: restored, message, judge: acceptAll })).code).toBe(
        'already-consumed',
      )
  })

  it('what is removed from the state is removed from the records', async () => {
    const [a, b] = await twoMembers()
    const sent = await said(provider, a, 'x')
    const changes = encodeRatchets((await got(provider, b, sent.message)).newState as GroupState, b)
    expect([...changes].filter(([, record]) => record === undefined).map(([name]) => name)).toEqual(['t1'])
    expect(decodeState(encodeEpoch(b), new Map())).toBeUndefined()
    const otherVersion = encodeEpoch(b)
    otherVersion[0] = 2
    expect(decodeState(otherVersion, new Map(encodeRatchets(b)) as Map<string, Uint8Array>)).toBeUndefined()
  })
})

async function twoMembers(): Promise<[GroupState, GroupState]> {
  const creator = await founded(provider, 1, 'a')
  const other = await device(provider, 1, 'b')
  const made = await commit(provider, creator, { proposals: [{ add: other.kit.keyPackage }] })
  const states = await everyoneFollows(provider, [made.newState, (await joined(provider, other, made)).state], 1)
  return [nth(states, 0), nth(states, 1)]
}
