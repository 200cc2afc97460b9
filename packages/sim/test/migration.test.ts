import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { formatVersion } from '@halyard/client'
import { createWorld } from '../src/world.ts'
import type { World } from '../src/world.ts'
import type { Person, Profile } from '../src/person.ts'

interface Stored {
  readonly key: string
  readonly nowMs: number
  readonly withBen: string
  readonly files: Readonly<Record<string, string>>
}
const stored = JSON.parse(
  gunzipSync(readFileSync(new URL('./data/device-format-1.json.gz', import.meta.url))).toString('utf8'),
) as Stored
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
const profile: Profile = {
  name: 'Ava',
  key: bytes(stored.key),
  disk: new Map(Object.entries(stored.files).map(([name, text]) => [name, bytes(text)])),
}

const begin = async (): Promise<readonly [World, Person]> => {
  const world = await createWorld(1)
  await world.time.run(stored.nowMs - world.time.nowMs())
  world.crashServer()
  return [world, world.addPerson('Ava', profile)]
}

test('a database of the first format opens: everything is there, and it can be written on', async () => {
  const [world, ava] = await begin()
  expect(await ava.start()).toMatchObject({ ok: true })
  const texts = (): readonly string[] =>
    ava.rows(stored.withBen).flatMap((row) => (row.kind === 'text' ? [row.text] : []))
  expect([...texts()].sort()).toEqual(['and back', 'from the first format'])
  expect(Number(ava.database().get('PRAGMA user_version')?.['user_version'])).toBe(formatVersion)
  expect(await ava.member()?.commands.send({ chatId: stored.withBen, text: 'now', ranges: [] })).toMatchObject({
    ok: true,
  })
  await world.time.run(2_000)
  expect(texts().at(-1)).toBe('now')
  expect(ava.stopped()).toBeUndefined()
  expect(world.faults).toEqual([])
})

test('a database of a newer version is refused, and not touched', async () => {
  const [, ava] = await begin()
  await ava.start()
  ava.database().run(`PRAGMA user_version = ${formatVersion + 1}`)
  await ava.quit()
  const before = ava.disk.copy()
  expect(await ava.start()).toMatchObject({ ok: false, code: 'database-newer' })
  expect(ava.disk.copy().get('halyard.db')).toEqual(before.get('halyard.db'))
})
