import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { limits, protocolVersion } from '@halyard/protocol'
import type { Entry } from '@halyard/protocol'
import { chainStep } from '@halyard/crypto/verify'
import { commit, createKey, encodedRow, random, signRow, text, zeroHash } from '../../../test/people.ts'
import type { Person } from '../../../test/people.ts'
import type { Verifier } from '../index.ts'
import { createSyncVerifier } from '../../node/verifier.ts'
import { converse, createWorld, origin, welcomeFor } from '../../../test/world.ts'
import type { World } from '../../../test/world.ts'
import type { Talk } from '../../../test/talk.ts'

interface Two extends World {
  readonly bob: Person
  readonly a: Talk
  readonly b: Talk
  readonly conversation: Uint8Array
}
const two = async (verifier?: Verifier): Promise<Two> => {
  const world = await createWorld(verifier && { verifier })
  const bob = await world.newcomer()
  const [a, b] = [await world.online(world.founder), await world.online(bob)]
  const conversation = await converse(a, world.founder, [bob])
  return Object.assign(world, { bob, a, b, conversation })
}
const incarnationOf = async (world: World): Promise<Uint8Array> => (await world.store.incarnation()) as Uint8Array

describe('creating', () => {
  test('log, first row, routing and Welcomes are there at once', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const [a, b] = [await world.online(world.founder), await world.online(bob)]
    const conversation = random(16)
    const welcome = welcomeFor(bob)
    const request = {
      conversation,
      entry: random(16),
      row: commit(world.founder, conversation, 0, [bob.device.id]),
      welcomes: [welcome],
    }
    const placed = await a.must('create-conversation', request)
    expect(placed.seq).toBe(1)
    expect(await a.must('create-conversation', request)).toEqual(placed)
    expect((await b.next('mailbox')).position).toBe(1)
    expect((await b.must('fetch-mailbox', { after: 0, limit: 50 })).items).toEqual([
      {
        position: 1,
        item: {
          kind: 'welcome',
          conversation,
          from: world.founder.device.id,
          seq: 1,
          keyPackage: welcome.keyPackage,
          welcome: welcome.welcome,
          tree: undefined,
        },
      },
    ])
    await b.must('pass-mailbox', { position: 1 })
    expect((await b.must('fetch-mailbox', { after: 0, limit: 50 })).items).toEqual([])
    expect(a.events('row')).toEqual([])
    expect((await b.next('row')).entry).toMatchObject({ seq: 1, row: encodedRow(request.row) })
  })

  test('refused: another epoch, no commit, the creator among the added, a Welcome for somebody else', async () => {
    const world = await createWorld()
    const [bob, eve] = [await world.newcomer(), await world.newcomer()]
    const a = await world.online(world.founder)
    const conversation = random(16)
    const base = { conversation, entry: random(16), welcomes: [] }
    const me = world.founder
    for (const request of [
      { ...base, row: commit(me, conversation, 1, [bob.device.id]) },
      { ...base, row: text(me, conversation, 0) },
      { ...base, row: commit(me, conversation, 0, [me.device.id]) },
      { ...base, row: commit(me, conversation, 0, [bob.device.id, bob.device.id]) },
      { ...base, row: commit(me, conversation, 0, [bob.device.id], [eve.device.id]) },
      { ...base, row: commit(me, conversation, 0, [bob.device.id]), welcomes: [welcomeFor(eve)] },
      { ...base, row: commit(me, conversation, 0, [bob.device.id]), welcomes: [welcomeFor(bob), welcomeFor(bob)] },
      { ...base, row: commit(bob, conversation, 0, []) },
    ]) {
      expect(await a.request('create-conversation', request)).toMatchObject({ code: 'policy-denied' })
    }
    expect(
      await a.request('create-conversation', { ...base, row: commit(me, conversation, 0, [random(16)]) }),
    ).toMatchObject({ code: 'account-unknown' })
  })
})

describe('appending', () => {
  test('is answered with the place and rings for the others, the own other device included', async () => {
    const { a, b, founder, conversation, store, nowMs } = await two()
    const [entry, row] = [random(16), text(founder, conversation, 1)]
    const placed = await a.must('append', { conversation, entry, row })
    expect(placed.seq).toBe(2)
    await b.next('row')
    const rung = await b.next('row')
    const [first] = b.events('row')
    expect(rung).toEqual({
      conversation,
      entry: { seq: 2, timeMs: placed.timeMs, entry, row: encodedRow(row), chain: placed.chain },
    })
    expect(placed.chain).toEqual(
      chainStep(first?.entry.chain ?? zeroHash, {
        conversation,
        seq: 2,
        timeMs: placed.timeMs,
        entry,
        row: encodedRow(row),
      }),
    )
    expect(placed.timeMs).toBe(nowMs)
    expect(a.events('row')).toEqual([])
    expect(await a.must('append', { conversation, entry, row })).toEqual(placed)
    expect(b.events('row')).toHaveLength(2)
    expect(await Promise.resolve(store.entriesAfter(conversation, founder.device.id, 0, 10, 1e6))).toMatchObject({
      value: { entries: { length: 2 } },
    })
  })

  test('refused: not signed, by somebody else, for another conversation, another version, no reader', async () => {
    const { a, founder, bob, conversation, newcomer, online } = await two()
    const good = text(founder, conversation, 1)
    const [entry, other] = [random(16), random(16)]
    const forged = signRow(
      founder,
      conversation,
      1,
      { kind: 'complaint', commit: random(32) },
      { ...founder.device, mls: createKey() },
    )
    const complaint = signRow(founder, conversation, 1, { kind: 'complaint', commit: random(32) }, founder.device)
    // Signed rightly, but in the name of another device or account.
    const asBobsDevice = text({ ...founder, device: { ...founder.device, id: bob.device.id } }, conversation, 1)
    const asBob = text({ ...founder, account: bob.account }, conversation, 1)
    for (const row of [
      asBobsDevice,
      asBob,
      { ...complaint, signature: random(64) },
      { ...complaint, signature: good.signature },
      forged,
      text(bob, conversation, 1),
      text(founder, other, 1),
    ]) {
      expect(await a.request('append', { conversation, entry, row })).toMatchObject({ code: 'policy-denied' })
    }
    expect(await a.request('append', { conversation, entry, row: { ...good, body: random(50) } })).toMatchObject({
      code: 'frame-malformed',
    })
    expect(await a.request('append', { conversation: other, entry, row: text(founder, other, 1) })).toMatchObject({
      code: 'conversation-unknown',
    })
    const eve = await newcomer()
    const e = await online(eve)
    expect(await e.request('append', { conversation, entry, row: text(eve, conversation, 1) })).toMatchObject({
      code: 'conversation-unknown',
    })
    expect(await e.request('fetch-rows', { conversation, after: 0, limit: 10 })).toMatchObject({
      code: 'conversation-unknown',
    })
    expect(await e.request('settle', { conversation, seq: 1, welcomes: [] })).toMatchObject({
      code: 'conversation-unknown',
    })
    expect(await e.request('whisper', { conversation, message: random(9) })).toMatchObject({
      code: 'conversation-unknown',
    })
    expect(protocolVersion).toBe(1)
  })

  test('rows of one connection stand in the order they were sent, whatever the checks take', async () => {
    const real = createSyncVerifier()
    let count = 0
    // Some signatures take longer than those that come after them.
    const { a, founder, conversation } = await two({
      async verify(publicKey, signature, message) {
        await new Promise((resolve) => setTimeout(resolve, (count++ * 7) % 11))
        return real.verify(publicKey, signature, message)
      },
    })
    const placed = await Promise.all(
      Array.from({ length: 50 }, () =>
        a.must('append', { conversation, entry: random(16), row: text(founder, conversation, 1) }),
      ),
    )
    expect(placed.map((one) => one.seq)).toEqual(Array.from({ length: 50 }, (_, index) => index + 2))
  })

  test('whatever is appended, repeated and passed: no hole, no double, one chain for all', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), by: fc.boolean() }),
      fc.record({ kind: fc.constant('repeat' as const), by: fc.boolean() }),
      fc.record({ kind: fc.constant('pass' as const), by: fc.boolean() }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = await two()
        const incarnation = await incarnationOf(world)
        const sides = [
          {
            talk: world.a,
            person: world.founder,
            log: new Map<number, Entry>(),
            sent: [] as { entry: Uint8Array; row: ReturnType<typeof text>; seq: number }[],
          },
          {
            talk: world.b,
            person: world.bob,
            log: new Map<number, Entry>(),
            sent: [] as { entry: Uint8Array; row: ReturnType<typeof text>; seq: number }[],
          },
        ] as const
        const { conversation } = world
        const catchUp = async (side: (typeof sides)[number]): Promise<void> => {
          const { entries } = await side.talk.must('fetch-rows', { conversation, after: side.log.size, limit: 500 })
          for (const entry of entries) {
            expect(entry.seq).toBe(side.log.size + 1)
            expect(entry.chain).toEqual(
              chainStep(side.log.get(entry.seq - 1)?.chain ?? zeroHash, { ...entry, conversation }),
            )
            side.log.set(entry.seq, entry)
          }
        }
        for (const { kind, by } of steps) {
          const side = sides[by ? 0 : 1]
          if (kind === 'append') {
            const sent = { entry: random(16), row: text(side.person, conversation, 1, 40) }
            const { seq } = await side.talk.must('append', { conversation, ...sent })
            side.sent.push({ ...sent, seq })
          } else if (kind === 'repeat') {
            const sent = side.sent.at(-1)
            // A device that has passed its own row knows its place and sends it no more.
            if (sent === undefined || side.log.has(sent.seq)) continue
            expect(await side.talk.must('append', { conversation, entry: sent.entry, row: sent.row })).toMatchObject({
              seq: sent.seq,
            })
          } else {
            await catchUp(side)
            const newest = side.log.get(side.log.size)
            if (newest !== undefined)
              await side.talk.must('pass', {
                conversation,
                cursor: { incarnation, seq: newest.seq, chain: newest.chain },
              })
          }
        }
        for (const side of sides) await catchUp(side)
        expect([...sides[0].log.values()]).toEqual([...sides[1].log.values()])
        const ids = [...sides[0].log.values()].map((one) => one.entry.toHex())
        expect(new Set(ids).size).toBe(ids.length)
        expect(ids.length).toBe(1 + sides[0].sent.length + sides[1].sent.length)
      }),
      { numRuns: 25 },
    )
  })
})

describe('settling', () => {
  test('moves epoch, routing and Welcomes when the committer says so, once', async () => {
    const world = await two()
    const { a, b, founder, bob, conversation, newcomer, online } = world
    const eve = await newcomer()
    const e = await online(eve)
    const { seq } = await a.must('append', {
      conversation,
      entry: random(16),
      row: commit(founder, conversation, 1, [eve.device.id], [bob.device.id]),
    })
    expect(await b.request('settle', { conversation, seq, welcomes: [] })).toMatchObject({ code: 'epoch-old' })
    expect(await a.request('settle', { conversation, seq, welcomes: [welcomeFor(bob)] })).toMatchObject({
      code: 'policy-denied',
    })
    expect(await a.request('settle', { conversation, seq: 99, welcomes: [] })).toMatchObject({ code: 'epoch-old' })
    await a.must('settle', { conversation, seq, welcomes: [welcomeFor(eve)] })
    await a.must('settle', { conversation, seq, welcomes: [welcomeFor(eve)] })
    expect(e.events('mailbox')).toEqual([{ position: 1 }])
    await a.must('append', { conversation, entry: random(16), row: text(founder, conversation, 2) })
    expect((await e.next('row')).entry.seq).toBe(seq + 1)
    expect(b.events('row').map((one) => one.entry.seq)).toEqual([1, 2])
    expect(
      await b.request('append', { conversation, entry: random(16), row: text(bob, conversation, 2) }),
    ).toMatchObject({ code: 'conversation-unknown' })
    // Up to that commit and no further; then there is nothing here for it any more.
    const last = (await b.must('fetch-rows', { conversation, after: 0, limit: 10 })).entries.at(-1)
    expect(last?.seq).toBe(seq)
    const incarnation = await incarnationOf(world)
    await b.must('pass', { conversation, cursor: { incarnation, seq, chain: last?.chain ?? random(32) } })
    expect(await b.must('list-conversations', { after: undefined })).toEqual({ items: [], more: false })
  })

  test('a commit for an old epoch, a second open one, and rows too old are refused', async () => {
    const { a, b, founder, bob, conversation } = await two()
    for (const epoch of [1, 2, 3]) {
      const { seq } = await a.must('append', {
        conversation,
        entry: random(16),
        row: commit(founder, conversation, epoch),
      })
      await a.must('settle', { conversation, seq, welcomes: [] })
    }
    const append = (row: ReturnType<typeof text>) => b.request('append', { conversation, entry: random(16), row })
    expect(await append(commit(bob, conversation, 3))).toMatchObject({ code: 'epoch-old' })
    expect(await append(text(bob, conversation, 1))).toMatchObject({ code: 'epoch-old' })
    expect(await append(text(bob, conversation, 2))).toMatchObject({ ok: true })
    expect(await append(signRow(bob, conversation, 1, { kind: 'complaint', commit: random(32) }))).toMatchObject({
      ok: true,
    })
    expect(await append(commit(bob, conversation, 4))).toMatchObject({ ok: true })
    expect(await append(commit(bob, conversation, 4))).toMatchObject({ code: 'commit-quota' })
  })
})

describe('passing', () => {
  test('needs the cursor of this log', async () => {
    const world = await two()
    const { a, founder, conversation } = world
    const placed = await a.must('append', { conversation, entry: random(16), row: text(founder, conversation, 1) })
    const cursor = { incarnation: await incarnationOf(world), seq: placed.seq, chain: placed.chain }
    for (const wrong of [
      { ...cursor, incarnation: random(16) },
      { ...cursor, chain: random(32) },
      { ...cursor, seq: 1 },
      { ...cursor, seq: 3 },
    ]) {
      expect(await a.request('pass', { conversation, cursor: wrong })).toMatchObject({ code: 'cursor-unknown' })
    }
    await a.must('pass', { conversation, cursor })
    expect(await a.must('list-conversations', { after: undefined })).toEqual({
      items: [{ conversation, newest: 2, passed: 2 }],
      more: false,
    })
  })
})

describe('rings', () => {
  test('a gap is read from the log with the next ring, in order', async () => {
    const world = await createWorld()
    const bob = await world.newcomer()
    const a = await world.online(world.founder)
    let waiting = 0
    const slow = world.connect({ waitingBytes: () => waiting })
    await slow.logIn(bob, origin)
    const conversation = await converse(a, world.founder, [bob])
    waiting = 10_000_000
    const append = () =>
      a.must('append', { conversation, entry: random(16), row: text(world.founder, conversation, 1) })
    for (let count = 0; count < 5; count++) await append()
    expect(slow.events('row')).toHaveLength(1)
    waiting = 0
    await append()
    await append()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(slow.events('row').map((one) => one.entry.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(world.server.counters()).toMatchObject({ 'rings-skipped': 5, 'gaps-read': 1 })
  })

  test('whispers reach who is online and reads, are paced, and are kept nowhere', async () => {
    const { a, b, founder, conversation, newcomer, online, store } = await two()
    const e = await online(await newcomer())
    const message = random(40)
    await a.must('whisper', { conversation, message })
    expect(await b.next('whisper')).toEqual({ conversation, from: founder.device.id, message })
    expect([a.events('whisper'), e.events('whisper')]).toEqual([[], []])
    const results = await Promise.all(Array.from({ length: 60 }, () => a.request('whisper', { conversation, message })))
    expect(results.filter((one) => !one.ok && one.code === 'rate-limited').length).toBe(21)
    expect(Buffer.from(store.database.serialize()).includes(Buffer.from(message))).toBe(false)
    expect(limits.whisperMaxBytes).toBe(4096)
  })
})
