/** A commit that one device alone cannot open, and members who stand by it: the device comes in again as itself. */
import { beforeEach, expect, test } from 'vitest'
import { assert, concat, decode, entryRequest, row as rowSchema, toHex, utf8 } from '@halyard/protocol'
import type { MailboxItem, Request, Row } from '@halyard/protocol'
import { loadGroup } from '@halyard/client'
import { sha256 } from '@halyard/crypto'
import { commitBasis } from '../../src/attacks/commit-basis.ts'
import { createHostileMember, leafOf } from '../../src/attacks/hostile-member.ts'
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
  texts,
} from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import { addDevice } from '../../src/devices.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
let cy: Person
let chat: string
let asked: { readonly request: Request<'ask-entry'>; readonly who: string }[]
let complaints: Row[]
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const groupOf = (person: Person, conversation = bytesOf(chat)) => loadGroup(person.database(), conversation)
const epochOf = (person: Person): number => groupOf(person)?.current.epoch ?? -1
const notices = (person: Person, chatId: string): readonly string[] =>
  person.rows(chatId).flatMap((row) => (row.kind === 'notice' ? [row.notice] : []))

const watch = (): void => {
  asked = []
  complaints = []
  stage.evil.onRequest('ask-entry', (request, who) => {
    asked.push({ request, who })
    return { pass: request }
  })
  stage.evil.onRequest('append', (request) => {
    const row = decode(rowSchema, request.row.body)
    if (row?.content.kind === 'complaint') complaints.push(row)
    return { pass: request }
  })
}

beforeEach(async () => {
  stage = await createStage(101)
  cy = await invite(stage.world, stage.ava, 'Cy')
  await wait(10_000)
  const people = [accountOf(stage.ben), accountOf(cy)]
  const making = stage.ava.member()?.commands.createGroup({ kind: 'group', title: 'Desk', people })
  assert(making !== undefined, 'nobody is there')
  const made = await finish(stage.world, making)
  assert(made.ok, 'no group')
  chat = made.value
  await send(stage.ava, chat, 'before')
  await wait(5_000)
  watch()
})

/** A commit of hers that is garbage for those whose devices are spoiled just then. */
const commitAgainst = async (mallory: HostileMember, victim: Person): Promise<void> => {
  const heal = stage.world.spoil(victim.name)
  const made = await mallory.commit()
  const placed = await mallory.append(
    await mallory.row({ kind: 'commit', message: made.message, added: [], removed: [] }),
  )
  assert(placed.ok, 'not placed')
  await mallory.ask('settle', { conversation: bytesOf(chat), seq: placed.value.seq, welcomes: [] })
  mallory.standAt({
    state: made.newState,
    epoch: mallory.group().current.epoch + 1,
    madeBy: sha256(concat(utf8('Halyard 1 commit\0'), made.message)),
    digest: mallory.group().current.digest,
  })
  // Not long enough for anybody to say that it stands.
  await wait(100)
  heal()
}

test('T-14 everybody else can open it and says so: whoever cannot comes in again, alone, with what they wrote and what was written', async () => {
  const { ava, ben, world } = stage
  const start = epochOf(ava)
  const mallory = await createHostileMember(world, ben, bytesOf(chat))
  await commitAgainst(mallory, cy)
  expect(alarms(cy)).toEqual(['cannot-decrypt'])
  expect(complaints).toHaveLength(1)
  await send(cy, chat, 'from outside')
  await send(ava, chat, 'while Cy is cut off')
  await wait(60_000)
  expect(asked.map(({ who }) => who)).toEqual(['Cy'])
  expect(epochOf(ava)).toBe(start + 2)
  expect(epochOf(cy)).toBe(epochOf(ava))
  expect(groupOf(cy)?.unopened).toBeUndefined()
  // Sealed before Cy came in again, and for keys Cy does not have: said, not passed over.
  expect(texts(cy, chat)).toEqual(['before', 'from outside'])
  expect(texts(ava, chat).toSorted()).toEqual(['before', 'from outside', 'while Cy is cut off'])
  expect(alarms(cy)).toEqual([])
  await send(ava, chat, 'all here')
  await send(cy, chat, 'again')
  await wait(5_000)
  expect(texts(ava, chat).slice(-2).toSorted()).toEqual(['again', 'all here'])
  expect(texts(cy, chat).slice(-2).toSorted()).toEqual(['again', 'all here'])
  expect(notices(cy, chat)).toContain('missing')
  // Nobody came, nobody went; who could not follow whom is said once.
  expect(notices(ava, chat).filter((one) => one !== 'created' && one !== 'added')).toEqual(['not-followed'])
  expect(ava.stopped()).toBeUndefined()
  expect(world.faults).toEqual([])
})

test('T-14 whoever cannot open it takes no other commit of that epoch while it may stand', async () => {
  const { ava, ben, world } = stage
  const mallory = await createHostileMember(world, ben, bytesOf(chat))
  const before = mallory.group().current
  await commitAgainst(mallory, cy)
  const now = epochOf(ava)
  // A second one for the same epoch, which everybody could open: too early to make the first one void.
  mallory.standAt(before)
  const second = await mallory.commit()
  stage.world.serverDatabase().exec('UPDATE conversation SET epoch = 0')
  expect(
    await mallory.append(await mallory.row({ kind: 'commit', message: second.message, added: [], removed: [] })),
  ).toMatchObject({ ok: true })
  await wait(3_000)
  expect(counted(cy, 'commit-early')).toBe(1)
  await wait(60_000)
  expect(epochOf(ava)).toBe(now + 1)
  expect(epochOf(cy)).toBe(epochOf(ava))
  expect(groupOf(cy)?.current.digest).toEqual(groupOf(ava)?.current.digest)
  expect(world.faults).toEqual([])
})

test.each(['before its time', 'without a complaint in the log'] as const)(
  'T-14 in a conversation of two, a second commit %s does not take the place of the first',
  async (when) => {
    const { ava, ben, withBen, conversation, world } = stage
    chat = toHex(conversation)
    if (when !== 'before its time')
      stage.evil.onRequest('append', (request) =>
        decode(rowSchema, request.row.body)?.content.kind === 'complaint' ? 'drop' : { pass: request },
      )
    const mallory = await createHostileMember(world, ben, conversation)
    const before = mallory.group().current
    await commitAgainst(mallory, ava)
    await wait(when === 'before its time' ? 20_000 : 35_000)
    mallory.standAt(before)
    const second = await mallory.commit()
    world.serverDatabase().exec('UPDATE conversation SET epoch = 0')
    expect(
      await mallory.append(await mallory.row({ kind: 'commit', message: second.message, added: [], removed: [] })),
    ).toMatchObject({ ok: true })
    await wait(3_000)
    expect(counted(ava, 'commit-early')).toBe(1)
    expect(epochOf(ava)).toBe(before.epoch)
    stage.evil.turnHonest()
    await send(ava, withBen, 'later')
    await wait(60_000)
    expect(texts(ava, withBen)).toContain('later')
    expect(world.faults).toEqual([])
  },
)

test('T-14 whoever is cut off and not let in yet writes for later, and takes no commit that the others would not', async () => {
  const { ava, ben, evil, world } = stage
  const mallory = await createHostileMember(world, ben, bytesOf(chat))
  const before = mallory.group().current
  await commitAgainst(mallory, cy)
  // The answer to Cy's request is kept from Cy.
  evil.onAnswer('fetch-mailbox', (answer, who) => ({ pass: who === 'Cy' ? { items: [], more: false } : answer }))
  await wait(10_000)
  expect(groupOf(cy)?.unopened?.confirmed).toBe(true)
  await send(cy, chat, 'for later')
  await wait(30_000)
  mallory.standAt(before)
  const second = await mallory.commit()
  world.serverDatabase().exec('UPDATE conversation SET epoch = 0')
  await mallory.append(await mallory.row({ kind: 'commit', message: second.message, added: [], removed: [] }))
  await wait(5_000)
  expect(counted(cy, 'commit-early')).toBe(1)
  expect(epochOf(cy)).toBe(before.epoch)
  expect(texts(ava, chat)).toEqual(['before'])
  evil.turnHonest()
  await cy.quit()
  await cy.start()
  await wait(20_000)
  expect(texts(ava, chat)).toEqual(['before', 'for later'])
  expect(epochOf(cy)).toBe(epochOf(ava))
  expect(world.faults).toEqual([])
})

test('T-14 whoever is cut off and asks in vain asks again as soon as something comes', async () => {
  const { ava, ben, evil, world } = stage
  const mallory = await createHostileMember(world, ben, bytesOf(chat))
  let refused = 0
  evil.onRequest('ask-entry', (request) => (refused++ === 0 ? { refuse: 'server-busy' } : { pass: request }))
  await commitAgainst(mallory, cy)
  await wait(20_000)
  await send(ava, chat, 'something')
  await wait(20_000)
  expect(refused).toBe(2)
  expect(epochOf(cy)).toBe(epochOf(ava))
  expect(groupOf(cy)?.unopened).toBeUndefined()
  expect(world.faults).toEqual([])
})

test('T-41 the request of somebody who was cut off, shown again, replaces nothing a second time', async () => {
  const { ava, ben, evil, world } = stage
  const heal = world.spoil(cy.name)
  ben.database().run('UPDATE conversations SET must_update = 1 WHERE conversation = ?', [bytesOf(chat)])
  await ben.quit()
  await ben.start()
  await wait(1_000)
  heal()
  await wait(60_000)
  const [first] = asked
  assert(first !== undefined && asked.length === 1, 'nobody asked')
  const named = decode(entryRequest, first.request.request.body)
  assert(named !== undefined, 'no request')
  expect(named.leaf).toBeDefined()
  expect(named.lost).toEqual([named.device])
  const now = epochOf(ava)
  const item: MailboxItem = {
    position: 1_000_000,
    item: { kind: 'entry-request', from: named.device, ...first.request },
  }
  evil.onAnswer('fetch-mailbox', (answer, who) =>
    who === 'Ava' ? { pass: { items: [item], more: false } } : { pass: answer },
  )
  evil.tell('Ava', 'mailbox', { position: item.position })
  await wait(30_000)
  expect(epochOf(ava)).toBe(now)
  // And where a member who cheats commits it all the same, nobody follows.
  const mallory = await createHostileMember(world, ben, bytesOf(chat))
  const { message } = await mallory.commit({
    proposals: [{ remove: leafOf(mallory, named.account).leafIndex }, { add: first.request.keyPackage }],
    authenticatedData: commitBasis({ entry: first.request.request }),
  })
  const { device } = named
  expect(
    await mallory.append(await mallory.row({ kind: 'commit', message, added: [device], removed: [device] })),
  ).toMatchObject({ ok: true })
  await wait(5_000)
  for (const person of [ava, cy]) {
    expect(epochOf(person)).toBe(now)
    expect(counted(person, 'rule:entry-not-allowed')).toBe(1)
  }
  expect(world.faults).toEqual([])
})

test('T-14 in "Me" the own devices help: one that cannot open a commit of another comes in again', async () => {
  const { ava, world } = stage
  const phone = await addDevice(world, ava, 'Ava phone')
  const self = accountOf(ava)
  await send(ava, self, 'note')
  await wait(5_000)
  const heal = world.spoil('Ava phone')
  ava.database().run(`UPDATE conversations SET must_update = 1 WHERE kind = 'me'`)
  await ava.quit()
  await ava.start()
  await wait(8_000)
  heal()
  await send(ava, self, 'unread on the phone')
  await wait(30_000)
  expect(asked.map(({ who }) => who)).toContain('Ava phone')
  await send(ava, self, 'read on both')
  await send(phone, self, 'from the phone')
  await wait(10_000)
  expect(texts(phone, self).slice(-2).toSorted()).toEqual(['from the phone', 'read on both'])
  expect(texts(ava, self).slice(-2).toSorted()).toEqual(['from the phone', 'read on both'])
  expect(alarms(phone)).toEqual([])
  expect(toHex(groupOf(phone, meOf(phone))?.current.digest ?? new Uint8Array())).toBe(
    toHex(groupOf(ava, meOf(ava))?.current.digest ?? new Uint8Array(1)),
  )
  expect(world.faults).toEqual([])
})
const meOf = (person: Person): Uint8Array => {
  const row = person.database().get(`SELECT conversation FROM conversations WHERE kind = 'me'`)
  assert(row?.['conversation'] instanceof Uint8Array, 'no own notes')
  return row['conversation']
}
