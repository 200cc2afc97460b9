/**
 * Short worlds with one thing wrong in each, and what must be true at their end: what the oracles are tried on. Each
 * answers with what it found wrong; with the real core it is nothing.
 */
import { decode, encode, limits, row as rowSchema, signedRow } from '@halyard/protocol'
import { confirmedTranscriptHash } from '@halyard/mls'
import { sha256 } from '@halyard/crypto'
import { concat, utf8 } from '@halyard/protocol'
import { loadGroup } from '@halyard/client'
import { createHostileMember, spoiling } from './attacks/hostile-member.ts'
import { openRoomExtension } from './attacks/room-extension.ts'
import {
  accountOf,
  alarms,
  bytesOf,
  createStage,
  finish,
  invite,
  isPaused,
  send,
  texts,
  textRows,
} from './attacks/stage.ts'
import type { Person } from './person.ts'
import { runTwoPeople } from './two-people.ts'
import type { World } from './world.ts'

type Scenario = () => Promise<readonly string[]>

const unless = (holds: boolean, what: string): readonly string[] => (holds ? [] : [what])
const same = (one: readonly string[], other: readonly string[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** The first seed in which an oracle finds something. */
const weather: Scenario = async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const { faults } = await runTwoPeople(seed)
    if (faults.length > 0) return faults
  }
  return []
}

const alteredChain: Scenario = async () => {
  const { world, evil, ava, ben, withBen, withAva } = await createStage(1)
  evil.onRequest('pass', () => ({ answer: {} }))
  evil.onEvent('row', (value, who) =>
    who === 'Ben' ? { pass: { ...value, entry: { ...value.entry, timeMs: value.entry.timeMs + 1 } } } : { pass: value },
  )
  await send(ava, withBen, 'one')
  await world.time.run(5_000)
  await send(ben, withAva, 'two')
  await world.time.run(5_000)
  return [
    ...unless(alarms(ben).includes('two-histories'), 'a changed log was not noticed'),
    ...unless(texts(ava, withBen).length === 1, 'sending went on'),
  ]
}

const foreignDigest: Scenario = async () => {
  const { world, ava, ben, withBen, conversation } = await createStage(2)
  const mallory = await createHostileMember(world, ben, conversation)
  await mallory.append(
    await mallory.row(
      { kind: 'application', message: await mallory.seal(mallory.payload({ kind: 'text', text: 'x', ranges: [] })) },
      { digest: new Uint8Array(16) },
    ),
  )
  await world.time.run(5_000)
  return [
    ...unless(alarms(ava).includes('two-histories'), 'the other half of a fork was not noticed'),
    ...unless(isPaused(ava, withBen), 'sending is not paused'),
  ]
}

const copied: Scenario = async () => {
  const { world, ben, conversation } = await createStage(3)
  const image = ben.disk.copy()
  const mallory = await createHostileMember(world, ben, conversation)
  await mallory.say({ kind: 'text', text: 'x', ranges: [] })
  ben.disk.restore(image)
  await ben.start()
  await world.time.run(10_000)
  return unless(ben.stopped() === 'copied-device', 'a copied device went on')
}

const spoofed: Scenario = async () => {
  const { world, ava, ben, withBen, conversation } = await createStage(4)
  const mallory = await createHostileMember(world, ben, conversation)
  await mallory.say({ kind: 'text', text: 'as somebody else', ranges: [] }, { account: mallory.provider.random(32) })
  const made = await mallory.commit()
  await mallory.append(
    await mallory.row({ kind: 'commit', message: made.message, added: [], removed: [mallory.provider.random(16)] }),
  )
  const bytes = mallory.payload({
    kind: 'text',
    text: 'once',
    ranges: [{ start: 0, length: 4, kind: 6, url: 'javascript:x', account: undefined }],
  })
  for (let count = 0; count < 2; count++)
    await mallory.append(await mallory.row({ kind: 'application', message: await mallory.seal(bytes) }))
  await world.time.run(5_000)
  return [
    ...unless(!texts(ava, withBen).includes('as somebody else'), 'the sender inside is not the sender outside'),
    ...unless(
      loadGroup(ava.database(), conversation)?.current.epoch === mallory.group().current.epoch,
      'routing unlike the proposals was taken',
    ),
    ...unless(texts(ava, withBen).filter((text) => text === 'once').length <= 1, 'a payload was taken twice'),
    ...unless(ava.stopped() === undefined, 'a payload that came twice stops everything'),
    ...world.faults,
    ...unless(
      textRows(ava, withBen).every((row) => row.ranges.length === 0),
      'a script link was kept',
    ),
  ]
}

/** A commit only its author can follow, and words sealed after it. */
const spoiledPath: Scenario = async () => {
  const { world, ava, ben, withBen, conversation } = await createStage(5)
  const before = loadGroup(ava.database(), conversation)?.current.epoch ?? 0
  const mallory = await createHostileMember(world, ben, conversation)
  // Ava is away, so that she reads both rows at once.
  await ava.quit()
  const made = await mallory.commit({ provider: spoiling(mallory.provider) })
  await mallory.append(await mallory.row({ kind: 'commit', message: made.message, added: [], removed: [] }))
  mallory.standAt({
    state: made.newState,
    epoch: before + 1,
    madeBy: sha256(concat(utf8('Halyard 1 commit\0'), made.message)),
    digest: sha256(confirmedTranscriptHash(made.newState)).slice(0, 16),
  })
  await mallory.say({ kind: 'text', text: 'void', ranges: [] })
  await ava.start()
  await world.time.run(2_000)
  const said = alarms(ava)
  await send(ava, withBen, 'meanwhile')
  await world.time.run(60_000)
  return [
    ...unless(same(said, ['cannot-decrypt']), `after the commit: ${said.join(' ')}`),
    ...unless(loadGroup(ava.database(), conversation)?.current.epoch === before + 1, 'it was not repaired'),
    ...unless(alarms(ava).length === 0, `at the end: ${alarms(ava).join(' ')}`),
    ...unless(textRows(ava, withBen).at(-1)?.state === 'sent', 'the message did not leave'),
  ]
}

/** Honest commits, one of which the other side cannot open: undone, and nothing of the void epoch is lost. */
const undone: Scenario = async () => {
  const { world, evil, ava, ben, withBen, withAva, conversation } = await createStage(6)
  evil.onRequest('settle', () => 'drop')
  await ava.quit()
  await ava.start()
  ava.database().run('UPDATE conversations SET must_update = 1 WHERE conversation = ?', [conversation])
  const heal = world.spoil('Ben')
  await world.time.run(2_000)
  await send(ava, withBen, 'in the void epoch')
  await world.time.run(60_000)
  heal()
  await world.time.run(60_000)
  return [
    ...unless(same(texts(ben, withAva), ['in the void epoch']), 'lost or doubled'),
    ...unless(textRows(ava, withBen)[0]?.state === 'delivered', 'not delivered'),
    ...world.faults,
  ]
}

const bothAtOnce: Scenario = async () => {
  const { world, ava, ben } = await createStage(7)
  const cy = await invite(world, ava, 'Cy')
  await world.time.run(3_000)
  const [toCy, toBen] = [accountOf(cy), accountOf(ben)]
  for (let index = 0; index < 6; index++) {
    await send(ben, toCy, `b${index}`)
    await send(cy, toBen, `c${index}`)
    await world.time.run(index < 3 ? 5 : 3_000)
  }
  await world.time.run(30_000)
  const wanted = [...Array(6).keys()].flatMap((index) => [`b${index}`, `c${index}`]).sort()
  return [
    ...unless(
      same([...texts(ben, toCy)].sort(), wanted) && same([...texts(cy, toBen)].sort(), wanted),
      'lost or doubled',
    ),
    ...unless(
      [...textRows(ben, toCy), ...textRows(cy, toBen)].every((row) => !row.own || row.state === 'delivered'),
      'not delivered',
    ),
    ...unless(ben.stopped() === undefined && cy.stopped() === undefined, 'somebody stopped'),
    ...world.faults,
  ]
}

/** The server puts rows that no key made into the log: they are skipped, and what comes after is read. */
const strangerRow: Scenario = async () => {
  const { world, evil, ava, ben, withBen, withAva, conversation } = await createStage(8)
  evil.onRequest('pass', () => ({ answer: {} }))
  await send(ava, withBen, 'one')
  await world.time.run(3_000)
  const { forkLog } = await import('./attacks/forked-log.ts')
  forkLog(
    evil,
    () => world.serverDatabase(),
    'Ben',
    conversation,
    (rows) => {
      const [first] = rows
      const value = first === undefined ? undefined : decode(signedRow, first.row)
      const body = value === undefined ? undefined : decode(rowSchema, value.body)
      if (first === undefined || value === undefined || body === undefined) return rows
      return [
        {
          ...first,
          entry: new Uint8Array(16),
          row: encode(signedRow, {
            body: encode(rowSchema, { ...body, device: new Uint8Array(16) }),
            signature: value.signature,
          }),
        },
        ...rows,
      ]
    },
  )
  await send(ava, withBen, 'two')
  await world.time.run(5_000)
  return unless(same(texts(ben, withAva), ['one', 'two']), 'the log is held up')
}

/** A member who is no moderator renames a room. */
const roomRules: Scenario = async () => {
  const { world, ava, ben } = await createStage(9)
  const making = ava.member()?.commands.createGroup({ kind: 'room', title: 'Desk', people: [accountOf(ben)] })
  const made = making === undefined ? undefined : await finish(world, making)
  if (made?.ok !== true) return ['no room']
  await world.time.run(5_000)
  const mallory = await createHostileMember(world, ben, bytesOf(made.value))
  const renamed = await mallory.commit({
    proposals: [{ groupContextExtensions: [openRoomExtension('room', 'Mine', [bytesOf(accountOf(ava))])] }],
  })
  await mallory.append(await mallory.row({ kind: 'commit', message: renamed.message, added: [], removed: [] }))
  await world.time.run(5_000)
  const view = ava.member()?.query('conversation', { chatId: made.value })
  return unless(view !== undefined && 'title' in view && view.title === 'Desk', 'a member renamed a room')
}

/** Somebody types another number than the one that is shown. */
const wrongNumber: Scenario = async () => {
  const { world, ava } = await createStage(10)
  const phone = world.addPerson('Phone')
  const asking = phone.askIn('Phone')
  await world.time.run(2_000)
  const shown = phone.pairing()
  const finding = ava.member()?.commands.findDevice(shown?.state === 'code' ? shown.code : '')
  await world.time.run(2_000)
  const counted = phone.pairing()
  if ((await finding)?.ok !== true || counted?.state !== 'number') return ['nothing was found']
  const approving = ava.member()?.commands.approveDevice({ number: counted.number === '000000' ? '000001' : '000000' })
  await world.time.run(5_000)
  void asking
  return unless((await approving)?.ok === false && phone.member() === undefined, 'a wrong number let a device in')
}

/** A group with these, made by Ava. */
const groupOf = async (world: World, ava: Person, people: readonly string[]): Promise<string> => {
  const making = ava.member()?.commands.createGroup({ kind: 'group', title: 'Crew', people })
  const made = making === undefined ? undefined : await finish(world, making)
  if (made?.ok !== true) throw new Error(`no group: ${made?.code ?? 'nobody makes it'}`)
  return made.value
}

/** The server dies while a Welcome waits in a mailbox. */
const mailboxes: Scenario = async () => {
  const { world, ava, ben } = await createStage(11)
  await world.time.run(5_000)
  const toBen = accountOf(ben)
  await ben.quit()
  const crew = await groupOf(world, ava, [toBen])
  await world.time.run(5_000)
  world.crashServer()
  world.startServer()
  await ben.start()
  await world.time.run(60_000)
  await send(ava, crew, 'welcome')
  await world.time.run(5_000)
  return unless(texts(ben, crew).includes('welcome'), 'a Welcome was lost')
}

/** One epoch after the other, each confirmed by the other side. */
const pastEpochs: Scenario = async () => {
  const { world, ava, ben, withBen, withAva, conversation } = await createStage(12)
  for (let count = 0; count < limits.pastEpochsMax + 3; count++) {
    ava.database().run('UPDATE conversations SET must_update = 1')
    ava.crash(false)
    await ava.start()
    await world.time.run(5_000)
    await send(ben, withAva, `${count}`)
    await world.time.run(5_000)
  }
  const pasts = [ava, ben].map((one) => loadGroup(one.database(), conversation)?.pasts.length ?? 0)
  return [
    ...unless(texts(ava, withBen).length === limits.pastEpochsMax + 3, 'lost or doubled'),
    ...unless(Math.max(...pasts) === limits.pastEpochsMax, `${pasts.join(' and ')} past epochs are kept`),
  ]
}

/** One reads and leaves, one reads, one is away. */
const receiptsOfTheGone: Scenario = async () => {
  const { world, ava, ben } = await createStage(13)
  const [cy, dee] = [await invite(world, ava, 'Cy'), await invite(world, ava, 'Dee')]
  await world.time.run(5_000)
  const crew = await groupOf(world, ava, [ben, cy, dee].map(accountOf))
  await world.time.run(30_000)
  await dee.quit()
  await send(ava, crew, 'who reads')
  const readBy = async (person: Person): Promise<void> => {
    await world.time.run(30_000)
    const position = person.member()?.query('conversation', { chatId: crew })?.newestPosition ?? 0
    await person.member()?.commands.markRead({ chatId: crew, position })
    await world.time.run(30_000)
  }
  await readBy(ben)
  await ben.member()?.commands.leaveGroup(crew)
  await readBy(cy)
  return [
    ...unless(ben.member()?.query('conversation', { chatId: crew })?.exists === false, 'nobody left'),
    ...unless(textRows(ava, crew)[0]?.state === 'sent', `Dee is away, and it is ${textRows(ava, crew)[0]?.state}`),
  ]
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  weather,
  alteredChain,
  foreignDigest,
  copied,
  spoofed,
  spoiledPath,
  undone,
  bothAtOnce,
  strangerRow,
  roomRules,
  wrongNumber,
  mailboxes,
  pastEpochs,
  receiptsOfTheGone,
}
