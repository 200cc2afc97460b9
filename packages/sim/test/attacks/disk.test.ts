import { afterEach, expect, test } from 'vitest'
import { DatabaseDamagedError, loadGroup, readIdentity } from '@halyard/client'
import type { Group } from '@halyard/client'
import { receive } from '@halyard/mls'
import { decode, equal, row as rowSchema, signedRow } from '@halyard/protocol'
import { anything } from '../../src/attacks/hostile-member.ts'
import { createStage, send, spoken, texts, textRows, alarms } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

const canary = 'canary-of-this-file'
let stage: Stage
afterEach(() => {
  expect(stage.world.faults).toEqual([])
  for (const person of stage.world.people) expect(spoken(person)).not.toContain(canary)
})
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)

/** Everything a thief can use: every blob of every table, as one list. */
const blobs = (person: Person): readonly Uint8Array[] => {
  const database = person.database()
  return database
    .all(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
    .flatMap((table) => database.all(`SELECT * FROM ${String(table['name'])}`))
    .flatMap((row) =>
      Object.values(row).filter((value): value is Uint8Array => value instanceof Uint8Array && value.length >= 16),
    )
}
const holds = (all: readonly Uint8Array[], secret: Uint8Array): boolean =>
  all.some((blob) => Buffer.from(blob).includes(Buffer.from(secret)))
/** The MLS messages that reach somebody from now on. */
const listen = (who: string): Uint8Array[] => {
  const heard: Uint8Array[] = []
  stage.evil.onEvent('row', (value, to) => {
    const body =
      to === who ? decode(rowSchema, decode(signedRow, value.entry.row)?.body ?? new Uint8Array()) : undefined
    const own = readIdentity(
      stage.world.people.find((person) => person.name === who)?.database() ?? stage.ben.database(),
    )
    if (body?.content.kind === 'application' && own !== undefined && !equal(body.account, own.account))
      heard.push(body.content.message)
    return { pass: value }
  })
  return heard
}
const opens = async (group: Group | undefined, message: Uint8Array): Promise<boolean> => {
  if (group === undefined) throw new Error('no group')
  const result = await receive({
    provider: stage.world.providerFor('thief'),
    state: group.current.state,
    message,
    judge: anything,
  })
  return result.ok
}
const due = async (person: Person): Promise<void> => {
  await person.quit()
  await person.start()
  person.database().run('UPDATE conversations SET must_update = 1 WHERE conversation = ?', [stage.conversation])
  await wait(3_000)
}

test('T-18 T-66 after a message was opened, the database opens it no more; nor does a thief from before an Update open what follows', async () => {
  stage = await createStage(111)
  const { ava, ben, withBen, withAva, conversation } = stage
  const heard = listen('Ben')
  await send(ava, withBen, `${canary} one`)
  await wait(3_000)
  await ben.quit()
  await ben.start()
  await wait(5_000)
  const stolen = loadGroup(ben.database(), conversation)
  const [first] = heard
  if (first === undefined) throw new Error('nothing was heard')
  expect(await opens(stolen, first)).toBe(false)
  // A positive control: what has not come yet, the thief does open.
  await send(ava, withBen, `${canary} two`)
  await wait(3_000)
  expect(await opens(stolen, heard.at(-1) ?? first)).toBe(true)
  await due(ben)
  await wait(5_000)
  await send(ava, withBen, `${canary} three`)
  await wait(3_000)
  expect(texts(ben, withAva).at(-1)).toBe(`${canary} three`)
  expect(await opens(stolen, heard.at(-1) ?? first)).toBe(false)
})

test('T-18 keys of the epoch that is kept for an undo are spent as well when a late message opens', async () => {
  stage = await createStage(112)
  const { ava, ben, withBen, withAva, conversation } = stage
  const heard = listen('Ben')
  // Ava writes in the old epoch while Ben commits: her row comes after his commit, and nobody has spoken in the new one.
  await ben.quit()
  await ben.start()
  ben.database().run('UPDATE conversations SET must_update = 1 WHERE conversation = ?', [conversation])
  stage.evil.onRequest('append', (request, who) => {
    if (who === 'Ava') held.push(request)
    return who === 'Ava' ? 'drop' : { pass: request }
  })
  const held: unknown[] = []
  await send(ava, withBen, `${canary} late`)
  await wait(100)
  const before = loadGroup(ben.database(), conversation)
  await wait(3_000)
  expect(held.length).toBeGreaterThan(0)
  const kept = ben.database().get('SELECT ratchets FROM kept_epochs WHERE conversation = ?', [conversation])?.[
    'ratchets'
  ]
  expect(kept).toBeInstanceOf(Uint8Array)
  stage.evil.turnHonest()
  const again = listen('Ben')
  stage.evil.onRequest('append', (request, who) => (who === 'Ben' ? 'drop' : { pass: request }))
  await ava.quit()
  await ava.start()
  await wait(10_000)
  expect(texts(ben, withAva)).toEqual([`${canary} late`])
  const late = again[0] ?? heard[0]
  if (late === undefined || before === undefined) throw new Error('nothing was heard')
  const after = ben
    .database()
    .get('SELECT epoch, record, ratchets FROM kept_epochs WHERE conversation = ?', [conversation])
  if (after !== undefined) expect(after['ratchets']).not.toEqual(kept)
})

test('T-18 secrets of an epoch that is past by three are nowhere', async () => {
  stage = await createStage(113)
  const { ava, ben, withBen, withAva, conversation } = stage
  const values = ben
    .database()
    .all('SELECT value FROM ratchets WHERE conversation = ?', [conversation])
    .map((row) => row['value'])
    .filter((value): value is Uint8Array => value instanceof Uint8Array && value.length >= 32)
  expect(values.length).toBeGreaterThan(0)
  for (let round = 0; round < 3; round++) {
    await due(round % 2 === 0 ? ben : ava)
    await send(ava, withBen, `${canary} ${round}`)
    await send(ben, withAva, `${canary} ${round}`)
    await wait(3_000)
  }
  const all = blobs(ben)
  for (const value of values) expect(holds(all, value.slice(-32))).toBe(false)
})

test('a full disk while receiving: it stops, and when there is room everything is there', async () => {
  stage = await createStage(114)
  const { ava, ben, withBen, withAva } = stage
  await send(ava, withBen, `${canary} 0`)
  await wait(3_000)
  ben.disk.full = true
  for (let index = 1; index < 40 && ben.stopped() === undefined; index++) {
    await send(ava, withBen, `${canary} ${index} ${'x'.repeat(8_000)}`)
    await wait(1_000)
  }
  expect(ben.stopped()).toBe('disk-full')
  ben.disk.full = false
  ben.crash(true)
  await ben.start()
  await wait(30_000)
  expect(ben.stopped()).toBeUndefined()
  expect(texts(ben, withAva)).toEqual(texts(ava, withBen))
  expect(textRows(ava, withBen).every((row) => row.state === 'delivered')).toBe(true)
  expect(alarms(ben)).toEqual([])
})

test('a full disk while sending: what was answered is there, what was not is not', async () => {
  stage = await createStage(115)
  const { ava, ben, withBen, withAva } = stage
  ava.disk.full = true
  const promised: string[] = []
  for (let index = 0; index < 60 && ava.stopped() === undefined; index++) {
    const text = `${canary} ${index} ${'y'.repeat(8_000)}`
    const result = await ava
      .member()
      ?.commands.send({ chatId: withBen, text, ranges: [] })
      .catch(() => undefined)
    if (result?.ok === true) promised.push(text)
    await wait(1_000)
  }
  expect(ava.stopped()).toBe('disk-full')
  ava.disk.full = false
  ava.crash(true)
  await ava.start()
  await wait(30_000)
  expect(ava.stopped()).toBeUndefined()
  expect(texts(ava, withBen)).toEqual(promised)
  expect(texts(ben, withAva)).toEqual(promised)
})

test('a damaged page: said, and nothing is written over', async () => {
  stage = await createStage(116)
  const { ava, ben, withBen } = stage
  for (let index = 0; index < 30; index++) await send(ava, withBen, `${canary} ${index} ${'z'.repeat(4_000)}`)
  await wait(20_000)
  await ben.quit()
  const whole = ben.disk.copy()
  const pages = Math.floor((whole.get('halyard.db')?.length ?? 0) / 4096)
  expect(pages).toBeGreaterThan(20)
  let told = 0
  for (let page = 1; page < pages; page += Math.ceil(pages / 12)) {
    ben.disk.restore(whole)
    ben.disk.damage('halyard.db', page)
    const damaged = ben.disk.copy()
    const outcome = await ben.start().then(
      async () => {
        await wait(5_000)
        try {
          ben.rows(stage.withAva)
          ben.member()?.query('chats', undefined)
        } catch (error) {
          return error
        }
        return undefined
      },
      (error: unknown) => error,
    )
    if (outcome instanceof DatabaseDamagedError || ben.stopped() === 'database-damaged') told++
    else expect(outcome).toBeUndefined()
    if (outcome instanceof DatabaseDamagedError && ben.member() === undefined)
      expect(ben.disk.copy().get('halyard.db')).toEqual(damaged.get('halyard.db'))
    ben.crash(false)
  }
  expect(told).toBeGreaterThan(0)
  // The profile itself is still good: what was damaged was a copy.
  ben.disk.restore(whole)
  await ben.start()
  await wait(10_000)
  expect(texts(ben, stage.withAva)).toHaveLength(30)
})

test('T-14 a row that comes too late for the windows is sealed again by its sender, under the same id', async () => {
  stage = await createStage(117)
  const { ava, ben, evil, withBen, withAva } = stage
  let held = true
  evil.onRequest('append', (request, who) => {
    const body = decode(rowSchema, request.row.body)
    return held && who === 'Ava' && body?.content.kind === 'application' ? 'drop' : { pass: request }
  })
  await send(ava, withBen, `${canary} old`)
  await wait(1_000)
  for (let round = 0; round < 4; round++) await due(ben)
  held = false
  await wait(60_000)
  expect(texts(ben, withAva)).toEqual([`${canary} old`])
  expect(textRows(ava, withBen).map((row) => row.state)).toEqual(['delivered'])
  expect(alarms(ben)).toEqual([])
})
