import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Entry } from '@halyard/protocol'
import { chainStep } from '@halyard/crypto/verify'
import { random, text, zeroHash } from '../../test/people.ts'
import { converse } from '../../test/world.ts'
import { people, signIn } from '../../test/load/people-on-server.ts'
import { freePort, spawnServer } from '../../test/spawn-server.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-durable-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const rounds = process.env['HALYARD_FULL'] === '1' ? 10 : 4
const inFlight = 25

test('kill -9 with appends in flight, again and again: every acknowledged row is there once, in order', async () => {
  const port = await freePort()
  let server = await spawnServer(folder, port)
  const { people: all } = await people(port, server.setupToken ?? '', 2)
  const [ava, bob] = all
  if (ava === undefined || bob === undefined) throw new Error('two people')
  const first = await signIn(port, ava)
  const conversation = await converse(first.talk, ava, [bob])
  first.close()
  const acknowledged = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    const { talk, close } = await signIn(port, ava)
    let pending = 0
    let atKill = 0
    const enough = Promise.withResolvers<undefined>()
    const more = (): void => {
      const entry = random(16)
      pending++
      void talk.must('append', { conversation, entry, row: text(ava, conversation, 1) }).then(({ seq }) => {
        pending--
        acknowledged.set(entry.toHex(), seq)
        more()
        if (acknowledged.size > (round + 1) * 60) enough.resolve(undefined)
      })
    }
    for (let count = 0; count < inFlight; count++) more()
    await enough.promise
    atKill = pending
    await server.kill()
    expect(atKill).toBeGreaterThanOrEqual(20)
    close()
    server = await spawnServer(folder, port)
  }
  const { talk, close } = await signIn(port, bob)
  const log: Entry[] = []
  for (;;) {
    const { entries, more } = await talk.must('fetch-rows', { conversation, after: log.length, limit: 500 })
    log.push(...entries)
    if (!more) break
  }
  let chain: Uint8Array = zeroHash
  for (const [index, one] of log.entries()) {
    expect(one.seq).toBe(index + 1)
    chain = chainStep(chain, { ...one, conversation })
    expect(one.chain).toEqual(chain)
  }
  const places = new Map(log.map((one) => [one.entry.toHex(), one.seq]))
  expect(places.size).toBe(log.length)
  for (const [entry, seq] of acknowledged) expect(places.get(entry)).toBe(seq)
  expect(acknowledged.size).toBeGreaterThan(rounds * 60)
  close()
  await server.close()
}, 60_000)
