import { afterEach, expect, test } from 'vitest'
import { encode, row as rowSchema, signedRow, decode } from '@halyard/protocol'
import { loadGroup } from '@halyard/client'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import { forkLog, realRows } from '../../src/attacks/forked-log.ts'
import type { Edit } from '../../src/attacks/forked-log.ts'
import { alarms, counted, createStage, isPaused, send, spoken, texts, textRows } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'

const canary = 'canary-of-this-file'
let stage: Stage
afterEach(() => {
  expect(stage.world.faults).toEqual([])
  for (const person of stage.world.people) expect(spoken(person)).not.toContain(canary)
})
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const fork = (edit: Edit): void =>
  forkLog(stage.evil, () => stage.world.serverDatabase(), 'Ben', stage.conversation, edit)
const numbered = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index++) {
    await send(stage.ava, stage.withBen, `${canary} ${index}`)
    await wait(2_000)
  }
}
/** What stands in the log is told from its beginning, so the log must be whole: nobody passes anything. */
const kept = async (seed: number): Promise<void> => {
  stage = await createStage(seed)
  stage.evil.onRequest('pass', () => ({ answer: {} }))
}
const acknowledge = async (): Promise<void> => {
  for (const alarm of stage.ben.member()?.query('alarms', undefined) ?? [])
    await stage.ben.member()?.commands.acknowledgeAlarm(alarm)
}

test('T-12 a row whose chain hash is wrong: two histories, sending paused; acknowledged, all of it arrives', async () => {
  stage = await createStage(31)
  stage.evil.onEvent('row', (value, who) =>
    who === 'Ben' ? { pass: { ...value, entry: { ...value.entry, chain: new Uint8Array(32) } } } : { pass: value },
  )
  await numbered(1)
  expect(alarms(stage.ben)).toEqual(['two-histories'])
  expect(isPaused(stage.ben, stage.withAva)).toBe(true)
  await send(stage.ben, stage.withAva, `${canary} waits`)
  await wait(10_000)
  expect(textRows(stage.ben, stage.withAva).at(-1)?.state).toBe('waiting')
  stage.evil.turnHonest()
  await acknowledge()
  await wait(10_000)
  expect(isPaused(stage.ben, stage.withAva)).toBe(false)
  expect(texts(stage.ben, stage.withAva)).toEqual([`${canary} 0`, `${canary} waits`])
  expect(texts(stage.ava, stage.withBen)).toEqual(texts(stage.ben, stage.withAva))
  expect(alarms(stage.ben)).toEqual([])
})

test.each([
  [
    'body',
    (row: Uint8Array) => {
      const value = decode(signedRow, row)
      return value === undefined
        ? row
        : encode(signedRow, {
            ...value,
            body: value.body.map((byte, at) => (at === value.body.length - 9 ? byte ^ 1 : byte)),
          })
    },
  ],
  [
    'signature',
    (row: Uint8Array) => {
      const value = decode(signedRow, row)
      return value === undefined ? row : encode(signedRow, { ...value, signature: new Uint8Array(64) })
    },
  ],
  ['everything', () => new Uint8Array([1, 2, 3])],
] as const)(
  'T-10 T-12 a row altered by the server (%s), chained anew: never shown, the hole is told',
  async (_what, alter) => {
    await kept(32)
    const from = 0
    fork((rows) => rows.map((row, index) => (index === from ? { ...row, row: alter(row.row) } : row)))
    await numbered(2)
    expect(counted(stage.ben, 'row')).toBeGreaterThan(0)
    expect(texts(stage.ben, stage.withAva)).toEqual([`${canary} 1`])
    expect(alarms(stage.ben)).toContain('messages-missing')
    expect(
      stage.ben.rows(stage.withAva).filter((row) => row.kind === 'notice' && row.notice === 'missing'),
    ).toHaveLength(1)
  },
)

test('T-12 a row is dropped, and let through later: a hole, then the message with its mark, and no alarm left', async () => {
  await kept(33)
  const from = 0
  let late = false
  let shownThen = 0
  fork((rows) => {
    const held = rows[from]
    const rest = rows.filter((_row, index) => index !== from)
    return late && held !== undefined ? [...rest.slice(0, shownThen), held, ...rest.slice(shownThen)] : rest
  })
  await numbered(2)
  expect(alarms(stage.ben)).toEqual(['messages-missing'])
  shownThen = realRows(stage.world.serverDatabase(), stage.conversation).length - 1
  late = true
  await send(stage.ava, stage.withBen, `${canary} 2`)
  await wait(3_000)
  expect([...texts(stage.ben, stage.withAva)].sort()).toEqual([0, 1, 2].map((index) => `${canary} ${index}`))
  expect(textRows(stage.ben, stage.withAva).find((row) => row.text === `${canary} 0`)?.late).toBe(true)
  expect(alarms(stage.ben)).toEqual([])
})

test('T-12 rows reordered and doubled: each shown once, what came after its time is marked', async () => {
  await kept(34)
  const from = 0
  // The two are written while Ben hears nothing, then shown the wrong way round, and twice.
  fork((rows) => {
    const [before, mine] = [rows.slice(0, from), rows.slice(from)]
    return mine.length < 2
      ? before
      : [...before, ...[...mine.slice(0, 2)].reverse(), ...mine.slice(0, 2), ...mine.slice(2)]
  })
  await send(stage.ava, stage.withBen, `${canary} 0`)
  await send(stage.ava, stage.withBen, `${canary} 1`)
  await wait(6_000)
  expect([...texts(stage.ben, stage.withAva)].sort()).toEqual([`${canary} 0`, `${canary} 1`])
  expect(textRows(stage.ben, stage.withAva).find((row) => row.text === `${canary} 0`)?.late).toBe(true)
  expect(alarms(stage.ben)).toEqual([])
  expect(stage.ben.stopped()).toBeUndefined()
})

test('T-13 a digest that is not ours (a fork): two histories, sending paused', async () => {
  stage = await createStage(35)
  const mallory = await createHostileMember(stage.world, stage.ava, stage.conversation)
  await mallory.append(
    await mallory.row(
      { kind: 'application', message: await mallory.seal(mallory.payload({ kind: 'text', text: canary, ranges: [] })) },
      { digest: new Uint8Array(16) },
    ),
  )
  await wait(3_000)
  expect(alarms(stage.ben)).toEqual(['two-histories'])
  expect(isPaused(stage.ben, stage.withAva)).toBe(true)
  expect(texts(stage.ben, stage.withAva)).toEqual([])
})

test('T-13 different commits to the two: whoever sees a row of the other half is told and sends nothing', async () => {
  await kept(36)
  const from = 0
  // Ben never sees Ava's commit; what she seals after it reaches him.
  fork((rows) =>
    rows.filter(
      (row, index) =>
        index < from ||
        decode(rowSchema, decode(signedRow, row.row)?.body ?? new Uint8Array())?.content.kind !== 'commit',
    ),
  )
  await stage.ava.quit()
  await stage.ava.start()
  stage.ava.database().run('UPDATE conversations SET must_update = 1 WHERE conversation = ?', [stage.conversation])
  await wait(5_000)
  await numbered(1)
  expect(alarms(stage.ben)).toContain('two-histories')
  expect(isPaused(stage.ben, stage.withAva)).toBe(true)
  await send(stage.ben, stage.withAva, `${canary} no`)
  await wait(5_000)
  expect(texts(stage.ava, stage.withBen)).toEqual([`${canary} 0`])
})

test('T-10 a row that another device signed, or that claims another sender than its content: never shown', async () => {
  stage = await createStage(37)
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const others = loadGroup(stage.ava.database(), stage.conversation)
  expect(others).toBeDefined()
  const inner = await mallory.seal(
    mallory.payload({ kind: 'text', text: canary, ranges: [] }, { account: mallory.provider.random(32) }),
  )
  await mallory.append(await mallory.row({ kind: 'application', message: inner }))
  const foreign = await mallory.row(
    { kind: 'application', message: await mallory.seal(mallory.payload({ kind: 'text', text: canary, ranges: [] })) },
    { device: mallory.provider.random(16) },
  )
  const evilRows = [
    foreign,
    await mallory.row({ kind: 'application', message: new Uint8Array(40) }, { account: mallory.provider.random(32) }),
    await mallory.row(
      { kind: 'application', message: new Uint8Array(40) },
      { conversation: mallory.provider.random(16) },
    ),
  ]
  // The server puts them into the log itself: it checks what it likes.
  const from = 0
  forkLog(
    stage.evil,
    () => stage.world.serverDatabase(),
    'Ava',
    stage.conversation,
    (rows) => [
      ...rows.slice(0, from),
      ...evilRows.map((row) => ({ timeMs: stage.world.time.nowMs(), entry: row.slice(40, 56), row })),
      ...rows.slice(from),
    ],
  )
  await wait(1_000)
  await mallory.say({ kind: 'text', text: 'after', ranges: [] })
  await wait(5_000)
  expect(texts(stage.ava, stage.withBen)).not.toContain(canary)
  expect(stage.ava.stopped()).toBeUndefined()
})

test('a row that names a device of nobody does not hold up the log', async () => {
  await kept(38)
  const from = 0
  const mallory = stage.world.providerFor('outside')
  fork((rows) => {
    const [first] = rows
    const value = first === undefined ? undefined : decode(signedRow, first.row)
    const body = value === undefined ? undefined : decode(rowSchema, value.body)
    if (first === undefined || value === undefined || body === undefined) return rows
    const forged = {
      ...first,
      entry: new Uint8Array(16).fill(7),
      row: encode(signedRow, {
        body: encode(rowSchema, { ...body, device: new Uint8Array(16).fill(9) }),
        signature: value.signature,
      }),
    }
    return [...rows.slice(0, from), forged, ...rows.slice(from)]
  })
  expect(mallory).toBeDefined()
  await numbered(1)
  expect(texts(stage.ben, stage.withAva)).toEqual([`${canary} 0`])
  expect(alarms(stage.ben)).toEqual([])
})

test('a row of the own leaf that this device never wrote: copied device, nothing more is sent', async () => {
  stage = await createStage(39)
  const image = stage.ben.disk.copy()
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  await mallory.say({ kind: 'text', text: canary, ranges: [] })
  stage.ben.disk.restore(image)
  await stage.ben.start()
  await wait(5_000)
  expect(stage.ben.stopped()).toBe('copied-device')
  const sent = stage.evil.asked('Ben', 'append')
  await wait(60_000)
  expect(stage.evil.asked('Ben', 'append')).toBe(sent)
})

test('an own row under another entry id, which only the server chooses, is no copied device', async () => {
  await kept(40)
  const from = 0
  fork((rows) =>
    rows.map((row, index) => (index >= from ? { ...row, entry: row.entry.map((byte) => byte ^ 0xff) } : row)),
  )
  await send(stage.ben, stage.withAva, `${canary} mine`)
  await wait(3_000)
  await stage.ben.quit()
  await stage.ben.start()
  await numbered(1)
  expect(stage.ben.stopped()).toBeUndefined()
})

test('T-12 a message that the server passes off as a whisper opens all the same when its row comes', async () => {
  stage = await createStage(41)
  const { conversation } = stage
  stage.evil.onEvent('row', (value, who) => {
    if (who !== 'Ben') return { pass: value }
    const body = decode(rowSchema, decode(signedRow, value.entry.row)?.body ?? new Uint8Array())
    if (body?.content.kind === 'application')
      stage.evil.tell('Ben', 'whisper', { conversation, from: body.device, message: body.content.message })
    return 'drop'
  })
  await numbered(1)
  expect(texts(stage.ben, stage.withAva)).toEqual([])
  stage.evil.turnHonest()
  await numbered(1)
  expect(texts(stage.ben, stage.withAva)).toHaveLength(2)
  expect(alarms(stage.ben)).toEqual([])
})

test.each([true, false])(
  'T-12 the server is set back to a copy (says so: %s): told, and everything converges where it can',
  async (knows) => {
    stage = await createStage(42)
    const { world, ava, ben, withBen, withAva } = stage
    await numbered(1)
    const copy = world.serverDatabase().serialize()
    await send(ava, withBen, `${canary} arrived`)
    await wait(3_000)
    // These two reach the server, and nobody else, before it is set back.
    await ben.quit()
    await send(ava, withBen, `${canary} lost`)
    await wait(3_000)
    world.restoreServer(copy, knows)
    await ben.start()
    await wait(90_000)
    if (knows) {
      await send(ben, withAva, `${canary} and on`)
      await wait(20_000)
      const all = ['0', 'arrived', 'lost', 'and on'].map((word) => `${canary} ${word}`)
      expect(texts(ben, withAva)).toEqual(all)
      expect([...texts(ava, withBen)].sort()).toEqual([...all].sort())
      for (const row of textRows(ava, withBen))
        expect([row.text, row.own ? row.state : 'delivered']).toEqual([row.text, 'delivered'])
      expect(alarms(ava)).toEqual(['server-restored'])
      expect(alarms(ben)).toEqual(['server-restored'])
    } else {
      expect([...alarms(ava), ...alarms(ben)]).toContain('two-histories')
    }
    expect(ava.stopped()).toBeUndefined()
    expect(ben.stopped()).toBeUndefined()
  },
)

test('a restored older profile beside newer rows: copied device, and it sends nothing', async () => {
  stage = await createStage(43)
  const { ben, withAva } = stage
  await numbered(1)
  const image = ben.disk.copy()
  await send(ben, withAva, `${canary} newer`)
  await wait(5_000)
  ben.crash(false)
  ben.disk.restore(image)
  await ben.start()
  await send(ben, withAva, `${canary} from the copy`).catch(() => undefined)
  await wait(60_000)
  expect(ben.stopped()).toBe('copied-device')
  expect(texts(stage.ava, stage.withBen)).toEqual([`${canary} 0`, `${canary} newer`])
  // Starting it again changes nothing.
  await ben.start()
  await wait(10_000)
  expect(ben.stopped()).toBe('copied-device')
})

test('T-74 the server lies about the time: told; order and content stay', async () => {
  stage = await createStage(44)
  stage.world.skewServer(3600_000)
  await numbered(2)
  expect(alarms(stage.ben)).toContain('clock-off')
  expect(texts(stage.ben, stage.withAva)).toEqual([`${canary} 0`, `${canary} 1`])
})

test('rows of conversations that nobody knows, and far ahead, are not kept', async () => {
  stage = await createStage(45)
  const { evil, conversation } = stage
  const entry = { timeMs: 0, entry: new Uint8Array(16), row: new Uint8Array(100), chain: new Uint8Array(32) }
  for (let index = 0; index < 200; index++) {
    evil.tell('Ben', 'row', {
      conversation: stage.world.providerFor(String(index)).random(16),
      entry: { ...entry, seq: 1 },
    })
    evil.tell('Ben', 'row', { conversation, entry: { ...entry, seq: 1e9 + index } })
  }
  await numbered(1)
  expect(counted(stage.ben, 'row-unasked')).toBe(200)
  expect(texts(stage.ben, stage.withAva)).toEqual([`${canary} 0`])
})
