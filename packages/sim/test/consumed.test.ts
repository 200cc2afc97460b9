/**
 * What memory keeps of spent secrets: nothing. Every array that somebody's cryptography met as a key is looked at again
 * later: it was overwritten, or it belongs to what is still needed, and then the disk has it too.
 */
import { expect, test } from 'vitest'
import { chatWith, createStage, invite, send, texts } from '../src/attacks/stage.ts'
import { pagesOf } from './pages.ts'

interface Met {
  readonly kind: string
  readonly bytes: Uint8Array
  readonly hex: string
}

const isOverwritten = ({ bytes }: Met): boolean => bytes.every((byte) => byte === 0)
/** X-Wing's private keys are 32 bytes on the disk; these two come of them, and go with them. */
const expanded = new Set(['mlkem-seed', 'dh-private'])

test('secrets that are spent are overwritten: of messages, own and other commits, new conversations, joining', async () => {
  const stage = await createStage(11)
  const { world, ava, ben, withBen, withAva } = stage
  const met: Met[] = []
  world.seeKeys(ava.name, (kind, bytes) => void met.push({ kind, bytes, hex: Buffer.from(bytes).toString('hex') }))
  const talk = async (): Promise<void> => {
    await send(ava, withBen, 'from Ava')
    await send(ben, withAva, 'from Ben')
    await world.time.run(5_000)
  }
  await talk()
  // A conversation that Ava makes, and one that is made with her.
  const cleo = await invite(world, ava, 'Cleo')
  const dan = await invite(world, ben, 'Dan')
  await world.time.run(10_000)
  await send(ava, chatWith(ava, 'Cleo'), 'from Ava')
  await send(dan, chatWith(dan, 'Ava'), 'from Dan')
  await send(cleo, chatWith(cleo, 'Ava'), 'from Cleo')
  await world.time.run(10_000)
  // A commit of her own, and one of Ben's.
  for (const person of [ava, ben]) {
    person.database().run('UPDATE conversations SET updated_ms = 0')
    await person.quit()
    // What a process had not overwritten when it ended went with it.
    if (person === ava) met.splice(0, met.length, ...met.filter(isOverwritten))
    const started = person.start()
    await world.time.run(5_000)
    expect((await started).ok).toBe(true)
    await talk()
    await talk()
  }
  await world.time.run(10_000)
  expect(texts(ben, withAva)).toHaveLength(10)
  const kinds = new Map<string, number>()
  for (const { kind } of met.filter(isOverwritten)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  for (const kind of ['secret', 'aead', 'dh-private', 'mlkem-seed', 'dh-shared', 'mlkem-shared'])
    expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(2)
  const pages = pagesOf(ava)
  const left = met.filter((one) => !isOverwritten(one))
  const nowhere = left.filter(({ hex }) => !pages.includes(Buffer.from(hex, 'hex')))
  expect(
    nowhere.filter(({ kind }) => !expanded.has(kind)).map(({ kind, hex }) => `${kind} ${hex.slice(0, 8)}`),
  ).toEqual([])
  // At most the own leaf and the root of each conversation.
  const conversations = ava.database().all('SELECT 1 FROM conversations').length
  expect(new Set(nowhere.map(({ kind, hex }) => `${kind} ${hex}`)).size).toBeLessThanOrEqual(4 * conversations)
})
