import { afterEach, expect, test } from 'vitest'
import { encode, limits, payload as payloadSchema } from '@halyard/protocol'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import type { HostileMember } from '../../src/attacks/hostile-member.ts'
import { alarms, counted, createStage, send, spoken, texts, textRows } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'

const canary = 'canary-of-this-file'
let stage: Stage
afterEach(() => {
  expect(stage.world.faults).toEqual([])
  for (const person of stage.world.people) {
    expect(spoken(person)).not.toContain(canary)
    expect(person.stopped()).toBeUndefined()
  }
})
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const text = (
  words: string,
  ranges: readonly { start: number; length: number; kind: number; url: string | undefined }[] = [],
) => ({ kind: 'text', text: words, ranges: ranges.map((range) => ({ ...range, account: undefined })) }) as const
const begin = async (seed: number): Promise<HostileMember> => {
  stage = await createStage(seed)
  return createHostileMember(stage.world, stage.ben, stage.conversation)
}
const seen = (): readonly string[] => texts(stage.ava, stage.withBen)
const notices = (kind: string): readonly (number | undefined)[] =>
  stage.ava.rows(stage.withBen).flatMap((row) => (row.kind === 'notice' && row.notice === kind ? [row.count] : []))

test('T-12 a replayed payload and one sequence number twice: the first counts', async () => {
  const mallory = await begin(51)
  const bytes = mallory.payload(text('first'))
  const message = await mallory.seal(bytes)
  await mallory.append(await mallory.row({ kind: 'application', message }))
  await mallory.append(await mallory.row({ kind: 'application', message }))
  await mallory.append(await mallory.row({ kind: 'application', message: await mallory.seal(bytes) }))
  const { own } = mallory.group()
  await mallory.say(text('second content'), {}, { seq: own.seq })
  await wait(5_000)
  expect(seen()).toEqual(['first'])
  expect(counted(stage.ava, 'sequence')).toBe(2)
  expect(counted(stage.ava, 'message:already-consumed')).toBe(1)
})

test('T-12 a gap is told and filled late; a wrong previous hash is not taken', async () => {
  const mallory = await begin(52)
  const held = await mallory.seal(mallory.payload(text('one')))
  await mallory.say(text('two'))
  await wait(2_000)
  expect(seen()).toEqual(['two'])
  expect(notices('missing')).toEqual([1])
  await mallory.append(await mallory.row({ kind: 'application', message: held }))
  await wait(2_000)
  expect([...seen()].sort()).toEqual(['one', 'two'])
  expect(notices('missing')).toEqual([])
  expect(alarms(stage.ava)).toEqual([])
  await mallory.say(text('three'), {}, { previous: new Uint8Array(32) })
  await mallory.say(text('four'))
  await wait(2_000)
  expect(seen()).not.toContain('three')
  // The hole it leaves is shown.
  expect(notices('missing')).toEqual([1])
  expect(alarms(stage.ava)).toEqual(['messages-missing'])
})

test('T-85 the largest sequence number, and a thousand generations: bounded work, and nothing breaks', async () => {
  const mallory = await begin(53)
  await mallory.say(text('far'), {}, { seq: Number.MAX_SAFE_INTEGER })
  await wait(2_000)
  expect(seen()).toEqual(['far'])
  const gaps = stage.ava.database().get('SELECT count(*) AS n FROM gaps')
  expect(Number(gaps?.['n'])).toBeLessThanOrEqual(200)
})

test('T-23 T-67 content of an unknown kind is a notice; malformed payloads, and those of another version, are counted', async () => {
  const mallory = await begin(54)
  await mallory.say(new Uint8Array([0x82, 0x18, 0x63, 0x80]))
  await mallory.append(
    await mallory.row({ kind: 'application', message: await mallory.seal(new Uint8Array([1, 2, 3])) }),
  )
  await mallory.append(
    await mallory.row({
      kind: 'application',
      message: await mallory.seal(mallory.payload(text('x'), { version: 99 })),
    }),
  )
  await wait(3_000)
  expect(notices('unsupported')).toHaveLength(1)
  expect(counted(stage.ava, 'payload')).toBe(2)
  expect(seen()).toEqual([])
})

test('T-26 1 MB of combining marks: the server takes no such row; within a row it is too long to be a text', async () => {
  const mallory = await begin(55)
  const marks = `a${'\u0301'.repeat(500_000)}`
  const large = new TextEncoder().encode(marks)
  expect(large.length).toBeGreaterThan(limits.messageMaxBytes)
  const refused = await mallory.seal(large)
  await expect(mallory.row({ kind: 'application', message: refused })).rejects.toThrow()
  await mallory.say(new TextEncoder().encode('\u0301'.repeat(60_000)))
  await mallory.say(text('\u0301'.repeat(limits.textMaxLength)))
  await wait(3_000)
  expect(notices('unsupported')).toHaveLength(1)
  expect(seen()[0]).toHaveLength(limits.textMaxLength)
  expect(await stage.ava.member()?.commands.send({ chatId: stage.withBen, text: marks, ranges: [] })).toMatchObject({
    ok: false,
    code: 'message-too-large',
  })
})

test('T-23 T-24 links that run something, and ranges outside the text, are left out', async () => {
  const mallory = await begin(56)
  const kinds = { link: 6, bold: 0, unknown: 31 }
  const urls = [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'JAVASCRIPT:x',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'smb://h/s',
    'https:\\\\evil',
    'java\u0000script:x',
    'https://a\u202eb',
    '//evil',
    'ms-settings:x',
  ]
  const bad = [
    ...urls.map((url) => ({ start: 0, length: 4, kind: kinds.link, url })),
    { start: 0, length: 5, kind: kinds.bold, url: undefined },
    { start: 4, length: 1, kind: kinds.bold, url: undefined },
    { start: limits.textMaxLength, length: limits.textMaxLength, kind: kinds.bold, url: undefined },
    { start: 0, length: 0, kind: kinds.bold, url: undefined },
    { start: 0, length: 1, kind: kinds.unknown, url: undefined },
    { start: 0, length: 1, kind: kinds.bold, url: 'https://example.org' },
    { start: 0, length: 1, kind: kinds.link, url: undefined },
  ]
  await mallory.say(text('look', [...bad, { start: 0, length: 4, kind: kinds.link, url: 'https://example.org/x' }]))
  await wait(3_000)
  expect(textRows(stage.ava, stage.withBen)[0]?.ranges).toEqual([
    { start: 0, length: 4, kind: 'link', url: 'https://example.org/x' },
  ])
})

test.each([
  ['RTL override', 'Ava\u202enitsuJ'],
  ['controls', 'Ava\u0007'],
  ['line separators', 'Ava\u2028x'],
  ['piled marks', `A${'\u0301'.repeat(40)}`],
  ['nothing', '   '],
] as const)('T-97 a name with %s is never shown', async (_what, name) => {
  const mallory = await begin(57)
  await mallory.say({ kind: 'introduction', name })
  await wait(2_000)
  for (const item of stage.ava.member()?.query('chats', undefined).items ?? [])
    expect('person' in item && item.person.name).not.toContain(name)
})
test('T-97 a name of a million characters is no name, from inside or outside', async () => {
  const mallory = await begin(58)
  const name = 'x'.repeat(1_000_000)
  await mallory.say(new TextEncoder().encode(name).slice(0, 200_000))
  await wait(2_000)
  expect(notices('unsupported')).toHaveLength(1)
  const someone = stage.world.addPerson(name)
  expect(await someone.setUp('token', 'Net')).toMatchObject({ ok: false, code: 'name-refused' })
  const tricky = stage.world.addPerson('Eve\u202e')
  expect(await tricky.setUp('token', 'Net')).toMatchObject({ ok: false, code: 'name-refused' })
})

test('a directory key from somebody who may not hand it is not taken', async () => {
  const mallory = await begin(59)
  const before = stage.ava.database().all('SELECT * FROM directory_keys')
  const id = stage.ava.database().get('SELECT id FROM directory_keys')?.['id']
  await mallory.say({
    kind: 'directory-key',
    id: mallory.provider.random(16),
    key: mallory.provider.random(32),
    networkName: 'Evil',
  })
  if (id instanceof Uint8Array)
    await mallory.say({ kind: 'directory-key', id, key: mallory.provider.random(32), networkName: 'Evil' })
  await wait(2_000)
  expect(stage.ava.database().all('SELECT * FROM directory_keys')).toEqual(before)
  expect(counted(stage.ava, 'directory-key')).toBe(2)
})

test('receipts for messages never sent, and for what was written to somebody else, say nothing', async () => {
  const mallory = await begin(60)
  await stage.ava.member()?.commands.send({ chatId: 'me', text: 'a note', ranges: [] })
  const sent = await stage.ava.member()?.commands.send({ chatId: stage.withBen, text: 'to Ben', ranges: [] })
  await wait(2_000)
  const note = stage.ava.database().get(`SELECT id FROM timeline WHERE text = 'a note'`)?.['id']
  if (!(note instanceof Uint8Array) || sent?.ok !== true) throw new Error('nothing was sent')
  const receipts = await mallory.signal({
    kind: 'receipts',
    delivered: [mallory.provider.random(16), note],
    read: [note],
  })
  await mallory.append(await mallory.row({ kind: 'application', message: receipts }))
  await wait(3_000)
  expect(textRows(stage.ava, 'me')[0]?.state).toBe('sent')
  expect(textRows(stage.ava, stage.withBen)[0]?.state).toBe('sent')
})

test('T-85 a flood of typing, and whispers that say something else: messages come through', async () => {
  const mallory = await begin(61)
  for (let index = 0; index < 150; index++) {
    stage.evil.tell('Ava', 'whisper', {
      conversation: stage.conversation,
      from: mallory.identity.keys.device,
      message: await mallory.signal({ kind: 'typing', active: 1 }),
    })
  }
  stage.evil.tell('Ava', 'whisper', {
    conversation: stage.conversation,
    from: mallory.identity.keys.device,
    message: new Uint8Array(300),
  })
  stage.evil.tell('Ava', 'whisper', {
    conversation: stage.conversation,
    from: mallory.identity.keys.device,
    message: await mallory.seal(
      encode(payloadSchema, {
        ...mallory.envelope(),
        body: { kind: 'passing', signal: { kind: 'receipts', delivered: [], read: [] } },
      }),
    ),
  })
  await mallory.say(text('through'))
  await wait(3_000)
  expect(seen()).toEqual(['through'])
  await wait(10_000)
  expect(stage.ava.member()?.query('conversation', { chatId: stage.withBen })?.typing).toEqual([])
})

test('T-85 a jump of a thousand generations is taken, one more is refused, 500 skipped keys are kept', async () => {
  const mallory = await begin(62)
  const early: Uint8Array[] = []
  for (let index = 0; index < 600; index++)
    early.push(await mallory.signal({ kind: 'receipts', delivered: [], read: [] }))
  const message = await mallory.seal(mallory.payload(text('after 600')))
  await mallory.append(await mallory.row({ kind: 'application', message }))
  await wait(2_000)
  expect(seen()).toEqual(['after 600'])
  // Number 50 is beyond the 500 that are kept; number 300 is not.
  for (const index of [50, 300])
    await mallory.append(await mallory.row({ kind: 'application', message: early[index] ?? new Uint8Array() }))
  await wait(2_000)
  expect(counted(stage.ava, 'message:already-consumed')).toBe(1)
  for (let index = 0; index < 1_001; index++) await mallory.signal({ kind: 'typing', active: 1 })
  await mallory.append(
    await mallory.row({ kind: 'application', message: await mallory.seal(mallory.payload(text('too far'))) }),
  )
  await wait(2_000)
  expect(counted(stage.ava, 'message:too-far-ahead')).toBe(1)
  expect(seen()).toEqual(['after 600'])
})

test('T-23 T-28 text is data: HTML, script and SQL arrive as they were written', async () => {
  stage = await createStage(63)
  const words = ['<img src=x onerror=alert(1)>', `'); DROP TABLE timeline;--`, '\u0000\u202e<script>', '💥'.repeat(50)]
  for (const word of words) await send(stage.ava, stage.withBen, word)
  await wait(3_000)
  expect(texts(stage.ben, stage.withAva)).toEqual(words)
})
