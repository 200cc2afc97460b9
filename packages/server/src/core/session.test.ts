import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { encode, encodeFrame, limits, frame as frameSchema } from '@halyard/protocol'
import { random, text } from '../../test/people.ts'
import { converse, createWorld } from '../../test/world.ts'

const request = (command: string, body: Uint8Array, id = 7): Uint8Array =>
  encodeFrame({ kind: 'request', id, command, body })

describe('hostile frames', () => {
  const good = request('fetch-feed', Uint8Array.of(0x82, 0, 1))
  const nested = new Uint8Array(100_000).fill(0x81)
  const cases: Readonly<Record<string, Uint8Array>> = {
    empty: new Uint8Array(0),
    truncated: good.slice(0, -1),
    'trailing bytes': Uint8Array.of(...good, 0),
    'nesting of 10⁵': nested.slice(0, limits.frameBeforeLoginMaxBytes),
    'a map with duplicate keys': Uint8Array.of(0xa2, 0x61, 0x61, 1, 0x61, 0x61, 2),
    'a tag': Uint8Array.of(0xc1, 0x82, 0, 1),
    'an endless list': Uint8Array.of(0x9f, 0, 0xff),
    'a length beyond the end': Uint8Array.of(0x5b, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    'a number not in its shortest form': Uint8Array.of(0x82, 0x18, 0, 0x83, 1, 0x60, 0x40),
    'an answer': encode(frameSchema, { kind: 'answer', id: 1, body: new Uint8Array(0) }),
    'too large before signing in': request('set-up', random(limits.frameBeforeLoginMaxBytes)),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    test(`${name}: closed as malformed, and the others do not notice`, async () => {
      const world = await createWorld()
      const other = await world.online(world.founder)
      const talk = world.connect()
      talk.raw(bytes)
      expect(await talk.closeCode()).toBe(4002)
      expect(await other.request('list-conversations', { after: undefined })).toMatchObject({ ok: true })
      expect(world.failures).toEqual([])
    })
  }

  test('10⁵ levels from somebody who has signed in', async () => {
    const world = await createWorld()
    const talk = await world.online(world.founder)
    talk.raw(nested)
    expect(await talk.closeCode()).toBe(4002)
  })

  test('a frame with an id but a malformed body or an unknown command is refused by its id', async () => {
    const world = await createWorld()
    const received: Uint8Array[] = []
    const connection = world.server.connect({ send: (frame) => received.push(frame), close: () => undefined })
    await connection.receive(request('preview-invite', Uint8Array.of(0x80)))
    await connection.receive(request('make-me-an-owner', Uint8Array.of(0x80), 8))
    await connection.receive(request('toString', Uint8Array.of(0x80), 9))
    expect(received.slice(1)).toEqual([
      encodeFrame({ kind: 'refusal', id: 7, code: 'frame-malformed', waitMs: undefined }),
      encodeFrame({ kind: 'refusal', id: 8, code: 'command-unknown', waitMs: undefined }),
      encodeFrame({ kind: 'refusal', id: 9, code: 'command-unknown', waitMs: undefined }),
    ])
    expect(world.server.counters()).toMatchObject({ 'body-malformed': 1, 'command-unknown': 2 })
  })

  test('any bytes at all do no harm', async () => {
    const world = await createWorld()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const connection = world.server.connect({ send: () => undefined, close: () => undefined })
        await connection.receive(bytes)
        await connection.receive(request('join', bytes))
        connection.closed()
      }),
    )
    expect(world.failures).toEqual([])
  })
})

describe('pace', () => {
  test('too many at once are refused with a pause, and who does not slow down is closed', async () => {
    const world = await createWorld()
    const talk = await world.online(world.founder)
    const results: Promise<unknown>[] = []
    for (let count = 0; count < 6000; count++) results.push(talk.request('list-conversations', { after: undefined }))
    expect(await talk.closeCode()).toBe(4004)
    expect(world.server.counters()['rate-limited']).toBeGreaterThan(1000)
    expect(results).toHaveLength(6000)
    const again = await world.online(world.founder)
    expect(await again.request('list-conversations', { after: undefined })).toMatchObject({ ok: true })
  })
})

describe('commit, then speak', () => {
  test('nothing leaves before the store has said so', async () => {
    const gate = Promise.withResolvers<undefined>()
    let held = false
    const world = await createWorld({
      wrap: (store) => ({
        ...store,
        async appendToConversation(entry) {
          const result = await store.appendToConversation(entry)
          held = true
          await gate.promise
          return result
        },
      }),
    })
    const bob = await world.newcomer()
    const [a, b] = [await world.online(world.founder), await world.online(bob)]
    const conversation = await converse(a, world.founder, [bob])
    let answered = false
    const append = a
      .must('append', { conversation, entry: random(16), row: text(world.founder, conversation, 1) })
      .then(() => (answered = true))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([held, answered, b.events('row').length]).toEqual([true, false, 1])
    gate.resolve(undefined)
    await append
    expect(b.events('row')).toHaveLength(2)
  })
})
