/**
 * What a thief gets who has a device's disk and everything that opens it: every page of the database in the clear, those
 * that are free among them. The log beside it is empty after a moment of rest.
 */
import { expect, test } from 'vitest'
import { createStage, send, texts } from '../src/attacks/stage.ts'
import type { Person } from '../src/person.ts'
import { pagesOf } from './pages.ts'

/** Keys of one message, and secrets that two sides agreed on for one thing: none of them may outlive it. */
const usedOnce = new Set(['aead', 'dh-shared', 'mlkem-shared'])

test('after a moment of rest nothing on the disk opens a message that was sent or read', async () => {
  const stage = await createStage(11)
  const { world, ava, ben, withBen, withAva } = stage
  const seen = new Map<Person, Map<string, string>>()
  for (const person of [ava, ben]) {
    const keys = new Map<string, string>()
    seen.set(person, keys)
    world.seeKeys(person.name, (kind, bytes) => {
      if (usedOnce.has(kind)) keys.set(Buffer.from(bytes).toString('hex'), kind)
    })
  }
  for (let round = 0; round < 12; round++) {
    await send(ava, withBen, `from Ava ${round}`)
    await send(ben, withAva, `from Ben ${round}`)
    if (round % 3 === 0) await world.time.run(1_500)
  }
  await world.time.run(10_000)
  expect(texts(ben, withAva)).toHaveLength(24)
  for (const person of [ava, ben]) {
    const pages = pagesOf(person)
    const keys = seen.get(person) ?? new Map<string, string>()
    const messageKeys = [...keys].filter(([, kind]) => kind === 'aead').map(([hex]) => hex)
    expect(messageKeys.length, 'keys of messages were seen').toBeGreaterThan(24)
    // The search finds what is there: the words of the messages, and the key of names, which is kept.
    expect(pages.includes('from Ava 11')).toBe(true)
    const kept = person
      .database()
      .all('SELECT key FROM directory_keys')
      .map(({ key }) => Buffer.from(key as Uint8Array))
    expect(kept.length).toBeGreaterThan(0)
    for (const key of kept) expect(pages.includes(key)).toBe(true)
    const found = [...keys].filter(
      ([hex]) => !kept.some((key) => key.toString('hex') === hex) && pages.includes(Buffer.from(hex, 'hex')),
    )
    expect(found.map(([hex, kind]) => `${kind} ${hex.slice(0, 8)}`)).toEqual([])
    const log = person.disk.copy().get('halyard.db-wal')
    expect(log?.length ?? 0, 'the log is empty').toBe(0)
  }
})
