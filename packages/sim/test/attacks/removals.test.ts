/** Whoever has to go, a member who helps them, and the server: none of them can keep a removal from happening unnoticed. */
import { beforeEach, expect, test } from 'vitest'
import { assert, concat, decode, encode, row as rowSchema, signedRow, toHex, utf8 } from '@halyard/protocol'
import type { Row } from '@halyard/protocol'
import { loadGroup } from '@halyard/client'
import { clearPartOf } from '@halyard/mls'
import { sha256 } from '@halyard/crypto'
import { commitBasis } from '../../src/attacks/commit-basis.ts'
import { forkLog, realRows } from '../../src/attacks/forked-log.ts'
import { anything, createHostileMember, leafOf } from '../../src/attacks/hostile-member.ts'
import type { HostileMember } from '../../src/attacks/hostile-member.ts'
import {
  accountOf,
  alarms,
  bytesOf,
  counted,
  createStage,
  finish,
  invite,
  send,
  textRows,
  texts,
} from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import { addDevice } from '../../src/devices.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
let cy: Person
let chat: string
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const groupOf = (person: Person) => loadGroup(person.database(), bytesOf(chat))
const epochOf = (person: Person): number => groupOf(person)?.current.epoch ?? -1
const commands = (person: Person) => {
  const member = person.member()
  assert(member !== undefined, 'nobody is there')
  return member.commands
}
const members = (person: Person): readonly string[] =>
  (person.member()?.query('members', { chatId: chat }) ?? []).map((one) => one.person.name).sort()
const notices = (person: Person): readonly string[] =>
  person
    .rows(chat)
    .flatMap((row) => (row.kind === 'notice' ? [`${row.person?.name} ${row.notice} ${row.subject?.name}`] : []))

/** A room of three; `moderators` beside Ava. */
const begin = async (moderators: readonly Person[] = []): Promise<void> => {
  taken = []
  stage.evil.onAnswer('append', (answer, _who, request) => {
    const row = decode(rowSchema, request.row.body)
    if (row !== undefined && toHex(row.conversation) === chat) taken.push(row)
    return { pass: answer }
  })
  const people = [accountOf(stage.ben), accountOf(cy)]
  const made = await finish(stage.world, commands(stage.ava).createGroup({ kind: 'room', title: 'Desk', people }))
  assert(made.ok, 'no room')
  chat = made.value
  await wait(5_000)
  for (const one of moderators) {
    await commands(stage.ava).setModerator({ chatId: chat, accountId: accountOf(one), moderator: true })
    await wait(8_000)
  }
}
const rowIn = (bytes: Uint8Array): Row => {
  const value = decode(signedRow, bytes)
  const row = value === undefined ? undefined : decode(rowSchema, value.body)
  assert(row !== undefined, 'no row')
  return row
}
/** Rows of honest people that the server has placed. */
let taken: Row[] = []
const rows = (): readonly { readonly seq: number; readonly row: Row }[] =>
  realRows(stage.world.serverDatabase(), bytesOf(chat)).map((entry) => ({ seq: entry.seq, row: rowIn(entry.row) }))
const isRemoval = (row: Row): boolean => row.content.kind === 'commit' && row.content.removed.length > 0

/** The server lets commits wait for as long as `holds` says. */
const holdCommits = (holds: (row: Row) => boolean): void =>
  stage.evil.onRequest('append', (request) => {
    const row = decode(rowSchema, request.row.body)
    const isHeld = row?.content.kind === 'commit' && toHex(row.conversation) === chat && holds(row)
    return isHeld ? { refuse: 'rate-limited' } : { pass: request }
  })

/** Mallory goes on from a commit of hers. */
const standOn = (mallory: HostileMember, made: Awaited<ReturnType<HostileMember['commit']>>): void => {
  const { current } = mallory.group()
  mallory.standAt({
    ...current,
    state: made.newState,
    epoch: current.epoch + 1,
    madeBy: sha256(concat(utf8('Halyard 1 commit\0'), made.message)),
    digest: current.digest,
  })
}
const commitRow = (mallory: HostileMember, message: Uint8Array, removed: Uint8Array[] = []): Promise<Uint8Array> =>
  mallory.row({ kind: 'commit', message, added: [], removed })

beforeEach(async () => {
  stage = await createStage(91)
  cy = await invite(stage.world, stage.ava, 'Cy')
  await wait(10_000)
})

test('T-41 whoever has to go commits first, again and again: the removal binds, and nothing is sealed for them', async () => {
  await begin()
  const { ava, ben, world } = stage
  const benId = accountOf(ben)
  const mallory = await createHostileMember(world, ben, bytesOf(chat))
  const start = epochOf(ava)
  // As the server sees a removal come, it has her put a commit of hers before it; twice.
  const first = await mallory.commit()
  const firstRow = await commitRow(mallory, first.message)
  standOn(mallory, first)
  const second = await mallory.commit()
  const secondRow = await commitRow(mallory, second.message)
  const ready = [firstRow, secondRow]
  stage.evil.onRequest('append', (request) => {
    const row = decode(rowSchema, request.row.body)
    const next = row !== undefined && isRemoval(row) ? ready.shift() : undefined
    if (next !== undefined) void mallory.append(next)
    return { pass: request }
  })
  await commands(ava).removePerson({ chatId: chat, accountId: benId })
  await send(ava, chat, 'not for Ben')
  await wait(1_000)
  await send(cy, chat, 'neither')
  await wait(20_000)
  expect(ready).toEqual([])
  for (const person of [ava, cy]) {
    expect(members(person)).toEqual(['Ava', 'Cy'])
    expect(epochOf(person)).toBe(start + 2)
    expect(counted(person, 'rule:removal-due')).toBe(1)
    expect(texts(person, chat)).toEqual(['not for Ben', 'neither'])
    expect(notices(person).at(-1)).toBe('Ava removed Ben')
  }
  // From the row of the removal on, nothing stands in the log that an epoch of hers opens.
  const bound = rows().find(({ row }) => isRemoval(row))
  assert(bound !== undefined, 'no removal in the log')
  const sealed = rows().filter(({ seq, row }) => seq > bound.seq && row.content.kind === 'application')
  expect(sealed.length).toBeGreaterThan(1)
  for (const { row } of sealed) expect(row.epoch).toBe(start + 2)
  expect(world.faults).toEqual([])
})

/** Ava's removal of Ben is held back until somebody else's commit has won, and no other removal is let in after it. */
const overtaken = async (winner: () => Promise<void>, held: (row: Row) => boolean = () => false): Promise<void> => {
  const removed = accountOf(stage.ben)
  const epoch = epochOf(stage.ava)
  let isOpen = false
  holdCommits((row) => (isRemoval(row) && !(isOpen && row.epoch === epoch)) || held(row))
  await commands(stage.ava).removePerson({ chatId: chat, accountId: removed })
  await wait(500)
  await winner()
  isOpen = true
  await wait(8_000)
  // The server had settled the epoch, and took it all the same.
  expect(taken.filter((row) => isRemoval(row) && row.epoch === epoch)).toHaveLength(1)
}

test('T-41 whom the winning commit lets in is bound as well, by the row alone, though it comes after its epoch is settled', async () => {
  await begin([cy])
  const { ava, ben, world } = stage
  const dee = await invite(world, ava, 'Dee')
  await wait(10_000)
  await overtaken(async () => {
    await commands(cy).addPeople({ chatId: chat, people: [accountOf(dee)] })
    await wait(8_000)
  })
  const honest = [ava, cy, dee]
  const epoch = epochOf(ava)
  // Whoever has only read of the removal seals nothing either.
  taken = []
  await send(cy, chat, 'not for Ben')
  await wait(3_000)
  expect(taken.filter((row) => row.content.kind === 'application')).toEqual([])
  const mallory = await createHostileMember(world, ben, bytesOf(chat))
  const { message } = await mallory.commit()
  expect(await mallory.append(await commitRow(mallory, message))).toMatchObject({ ok: true })
  await wait(3_000)
  for (const person of honest) {
    expect(epochOf(person)).toBe(epoch)
    expect(counted(person, 'rule:removal-due')).toBe(1)
  }
  stage.evil.turnHonest()
  await wait(20_000)
  for (const person of honest) {
    expect(members(person)).toEqual(['Ava', 'Cy', 'Dee'])
    expect(epochOf(person)).toBe(epoch + 1)
    expect(notices(person).at(-1)).toBe('Ava removed Ben')
  }
  await send(dee, chat, 'all here')
  await wait(3_000)
  for (const person of honest) expect(texts(person, chat)).toEqual(['not for Ben', 'all here'])
  expect(world.faults).toEqual([])
})

test('T-41 a device that slips in with the winning commit goes with its person; any member does it, and it is said who decided', async () => {
  await begin()
  const { ava, ben, world } = stage
  await overtaken(async () => {
    await addDevice(world, ben, 'Ben phone')
    await wait(3_000)
  })
  expect(members(cy)).toEqual(['Ava', 'Ben', 'Cy'])
  // She who decided it is away: the others need nobody's leave.
  await ava.quit()
  stage.evil.turnHonest()
  await wait(30_000)
  expect(members(cy)).toEqual(['Ava', 'Cy'])
  expect(notices(cy).at(-1)).toBe('Ava removed Ben')
  const ended = ben.member()?.query('conversation', { chatId: chat })
  expect(ended).toMatchObject({ exists: false })
  expect(world.faults).toEqual([])
})

test('T-41 the removal does not come through: after a minute it is an alarm, meanwhile nothing is sent, and it ends by itself', async () => {
  await begin()
  const { ava, ben } = stage
  holdCommits(isRemoval)
  await commands(ava).removePerson({ chatId: chat, accountId: accountOf(ben) })
  await wait(1_000)
  await send(ava, chat, 'waits')
  taken = []
  await send(ben, chat, 'what do you say?')
  await wait(40_000)
  // Not even that it has arrived.
  expect(taken.filter((row) => toHex(row.account) === accountOf(ava))).toEqual([])
  expect(alarms(ava)).toEqual([])
  await wait(30_000)
  expect(alarms(ava)).toEqual(['removal-held-up'])
  expect(textRows(ava, chat).at(-1)?.state).toBe('waiting')
  expect(texts(ben, chat)).toEqual(['what do you say?'])
  stage.evil.turnHonest()
  await wait(70_000)
  expect(alarms(ava)).toEqual([])
  expect(members(cy)).toEqual(['Ava', 'Cy'])
  expect(texts(cy, chat)).toEqual(['what do you say?', 'waits'])
  expect(texts(ben, chat)).toEqual(['what do you say?'])
  expect(stage.world.faults).toEqual([])
})

test('T-41 a device that its account has given up: nothing is sealed for it in a group, before its leaf is gone', async () => {
  await begin()
  const { ava, ben, world } = stage
  const phone = await addDevice(world, ben, 'Ben phone')
  await wait(5_000)
  holdCommits(isRemoval)
  const lost = ben
    .member()
    ?.query('devices', undefined)
    .find((one) => !one.isSelf)
  assert(lost !== undefined, 'no second device')
  await phone.quit()
  taken = []
  expect(await finish(world, commands(ben).removeDevice(lost.deviceId))).toMatchObject({ ok: true })
  await send(ava, chat, 'not on the phone')
  await wait(20_000)
  expect(taken.filter((row) => row.content.kind === 'application')).toEqual([])
  stage.evil.turnHonest()
  await wait(70_000)
  expect(texts(ben, chat)).toEqual(['not on the phone'])
  expect(world.faults).toEqual([])
})

const inVain = ['takes one out', 'names one in the clear alone'] as const
test.each(inVain)('T-14 a commit that lost, of a member who may not and %s, binds nobody', async (how) => {
  await begin()
  const { ava, ben, world } = stage
  const mallory = await createHostileMember(world, ben, bytesOf(chat))
  const { leafIndex, device } = leafOf(mallory, bytesOf(accountOf(cy)))
  const made = await mallory.commit({
    judge: anything,
    proposals: how === 'takes one out' ? [{ remove: leafIndex }] : [],
    authenticatedData: commitBasis({ people: [bytesOf(accountOf(cy))] }),
  })
  expect(clearPartOf(made.message)?.authenticatedData.length).toBeGreaterThan(0)
  const row = await commitRow(mallory, made.message, [device])
  const start = epochOf(ava)
  await commands(ava).renameGroup({ chatId: chat, title: 'Office' })
  await wait(3_000)
  expect(await mallory.append(row)).toMatchObject({ ok: true })
  await wait(3_000)
  await send(ava, chat, 'goes on')
  await wait(10_000)
  expect(texts(cy, chat)).toEqual(['goes on'])
  expect(members(ava)).toEqual(['Ava', 'Ben', 'Cy'])
  expect(epochOf(ava)).toBe(start + 1)
  expect(world.faults).toEqual([])
})

test('T-41 a removal from before, shown once more after its person was let in again, binds nobody', async () => {
  await begin()
  const { ava, ben, evil, world } = stage
  let old: Row | undefined
  let bytes: Uint8Array | undefined
  evil.onRequest('append', (request) => {
    const row = decode(rowSchema, request.row.body)
    if (row !== undefined && isRemoval(row)) [old, bytes] = [row, encode(signedRow, request.row)]
    return { pass: request }
  })
  await commands(ava).removePerson({ chatId: chat, accountId: accountOf(ben) })
  await wait(8_000)
  await commands(ava).addPeople({ chatId: chat, people: [accountOf(ben)] })
  await wait(8_000)
  assert(old !== undefined && bytes !== undefined, 'no removal')
  expect(epochOf(cy)).toBe(old.epoch + 2)
  const again = { entry: world.prng.bytes(16), row: bytes, timeMs: world.time.nowMs() }
  forkLog(
    evil,
    () => world.serverDatabase(),
    'Cy',
    bytesOf(chat),
    (rows) => [...rows.slice(0, 1), again, ...rows.slice(1)],
  )
  await send(ava, chat, 'one')
  await wait(2_000)
  await send(ava, chat, 'two')
  await wait(8_000)
  expect(texts(cy, chat)).toEqual(['one', 'two'])
  expect(groupOf(cy)?.bound).toBeUndefined()
  expect(groupOf(cy)?.cursor.seq).toBeGreaterThan(groupOf(ava)?.cursor.seq ?? 0)
  expect(members(cy)).toEqual(['Ava', 'Ben', 'Cy'])
})

test('T-41 a commit that was on its way when the removal bound is given up by its own maker as by everybody else', async () => {
  await begin([cy])
  const { ava, world } = stage
  const dee = await invite(world, ava, 'Dee')
  await wait(10_000)
  let isHeld = true
  await overtaken(
    async () => {
      await commands(cy).addPeople({ chatId: chat, people: [accountOf(dee)] })
      await wait(8_000)
      await commands(cy).renameGroup({ chatId: chat, title: 'Office' })
    },
    (row) => isHeld && row.content.kind === 'commit' && row.content.added.length + row.content.removed.length === 0,
  )
  const epoch = epochOf(ava)
  isHeld = false
  await wait(8_000)
  for (const person of [ava, cy, dee]) {
    expect(epochOf(person)).toBe(epoch)
    expect(counted(person, 'rule:removal-due')).toBe(1)
  }
  stage.evil.turnHonest()
  await wait(70_000)
  for (const person of [ava, cy, dee]) {
    expect(members(person)).toEqual(['Ava', 'Cy', 'Dee'])
    expect(groupOf(person)?.room).toMatchObject({ title: 'Office' })
  }
  expect(world.faults).toEqual([])
})

test('T-41 the only other one does not stay by never saying that a commit can be followed', async () => {
  await begin()
  const { ava, ben } = stage
  await commands(ava).removePerson({ chatId: chat, accountId: accountOf(cy) })
  await wait(8_000)
  const benId = accountOf(ben)
  await ben.quit()
  await commands(ava).renameGroup({ chatId: chat, title: 'Office' })
  await wait(5_000)
  expect(groupOf(ava)?.kept).toBeDefined()
  await commands(ava).removePerson({ chatId: chat, accountId: benId })
  await wait(8_000)
  expect(members(ava)).toEqual(['Ava'])
})

test('T-14 a moderator who names somebody a thousand times in commits that lost stops nobody', async () => {
  await begin([cy])
  const { ava, ben, world } = stage
  const mallory = await createHostileMember(world, cy, bytesOf(chat))
  const late: Uint8Array[] = []
  for (const victim of [ava, ben]) {
    const id = bytesOf(accountOf(victim))
    const people = Array.from({ length: 1_000 }, () => id)
    const made = await mallory.commit({ authenticatedData: commitBasis({ people }) })
    late.push(await commitRow(mallory, made.message, [leafOf(mallory, id).device]))
  }
  await commands(ava).renameGroup({ chatId: chat, title: 'Office' })
  await wait(3_000)
  for (const row of late) expect(await mallory.append(row)).toMatchObject({ ok: true })
  await wait(3_000)
  expect(groupOf(ava)?.bound?.people).toHaveLength(2)
  expect(world.faults).toEqual([])
})
