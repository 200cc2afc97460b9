import { afterEach, expect, test } from 'vitest'
import { makeConversation as makeFor } from '../../src/attacks/hostile-conversation.ts'
import type { MadeHow } from '../../src/attacks/hostile-conversation.ts'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import type { HostileMember } from '../../src/attacks/hostile-member.ts'
import {
  accountOf,
  alarms,
  bytesOf,
  chatWith,
  conversationOf,
  counted,
  createStage,
  finish,
  invite,
  inviteLink,
  send,
  spoken,
  texts,
  textRows,
} from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
afterEach(() => expect(stage.world.faults).toEqual([]))
const wait = (ms: number): Promise<void> => stage.world.time.run(ms)
const makeConversation = async (mallory: HostileMember, target: Person, how: MadeHow = {}): Promise<void> => {
  await makeFor(mallory, target, how)
  await wait(3_000)
}
const conversations = (person: Person): number => person.database().all('SELECT conversation FROM conversations').length

test.each(['none', 'me', 'other'] as const)(
  'T-01 a Welcome with another room component (%s) is dropped',
  async (extensions) => {
    stage = await createStage(91)
    const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
    const before = conversations(stage.ava)
    await makeConversation(mallory, stage.ava, { extensions })
    expect(conversations(stage.ava)).toBe(before)
    expect([...(stage.ava.member()?.counters().keys() ?? [])].filter((key) => key.startsWith('welcome:'))).toHaveLength(
      1,
    )
  },
)

test('T-01 a Welcome to a tree with a third leaf is dropped', async () => {
  stage = await createStage(92)
  const cy = await invite(stage.world, stage.ava, 'Cy')
  const mallory = await createHostileMember(stage.world, stage.ben, stage.conversation)
  const before = conversations(stage.ava)
  await makeConversation(mallory, stage.ava, { third: cy })
  expect(conversations(stage.ava)).toBe(before)
  expect(counted(stage.ava, 'welcome:room') + counted(stage.ava, 'welcome:credential-refused')).toBeGreaterThan(0)
})

test('a replayed Welcome, and one for a conversation one is in, change nothing', async () => {
  stage = await createStage(93)
  const { ava, ben, evil, withBen, withAva } = stage
  const cy = stage.world.addPerson('Cy')
  let held: Parameters<Parameters<typeof evil.onAnswer<'fetch-mailbox'>>[1]>[0]['items'] = []
  evil.onAnswer('fetch-mailbox', (answer, who) => {
    if (who === 'Ava' && answer.items.length > 0) held = answer.items
    return { pass: answer }
  })
  await finish(stage.world, cy.join(await inviteLink(stage.world, ava)), 20_000)
  await wait(5_000)
  expect(held.length).toBeGreaterThan(0)
  const before = conversations(ava)
  evil.onAnswer('fetch-mailbox', (answer, who, request) =>
    who === 'Ava' && answer.items.length === 0 && request.after < 1_000
      ? { pass: { items: held.map((item, index) => ({ ...item, position: 1_000 + index })), more: false } }
      : { pass: answer },
  )
  evil.tell('Ava', 'mailbox', { position: 1_000 })
  await wait(5_000)
  expect(conversations(ava)).toBe(before)
  await send(ava, withBen, 'still')
  await wait(3_000)
  expect(texts(ben, withAva)).toEqual(['still'])
})

test('T-46 a Welcome from somebody not yet confirmed waits; from somebody unknown it never opens a chat', async () => {
  stage = await createStage(94)
  const link = await inviteLink(stage.world, stage.ava)
  stage.evil.onRequest('confirm', () => 'drop')
  const cy = stage.world.addPerson('Cy')
  await finish(stage.world, cy.join(link), 20_000)
  await wait(5_000)
  const mallory = await createHostileMember(stage.world, cy, conversationOf(cy, accountOf(stage.ava)))
  const before = conversations(stage.ben)
  const asked = stage.evil.asked('Ben', 'fetch-feed')
  await makeConversation(mallory, stage.ben)
  await wait(60_000)
  expect(conversations(stage.ben)).toBe(before)
  // Waiting costs nothing: no question is asked over and over.
  expect(stage.evil.asked('Ben', 'fetch-feed') - asked).toBeLessThan(20)
  expect(stage.evil.asked('Ben', 'fetch-rows')).toBeLessThan(40)
})

test('T-46 a Welcome whose chain never comes is not asked about without end', async () => {
  stage = await createStage(95)
  const cy = await invite(stage.world, stage.ava, 'Cy')
  const mallory = await createHostileMember(stage.world, cy, conversationOf(cy, accountOf(stage.ava)))
  // Ben is not told of Cy at all.
  const dee = stage.world.addPerson('Dee')
  const link = await inviteLink(stage.world, stage.ava)
  stage.evil.onAnswer('fetch-feed', (answer, who) =>
    who === 'Dee' ? { pass: { items: [], more: false } } : { pass: answer },
  )
  await finish(stage.world, dee.join(link), 20_000)
  const asked = stage.evil.asked('Dee', 'fetch-feed')
  await makeConversation(mallory, dee)
  await wait(60_000)
  expect(stage.evil.asked('Dee', 'fetch-feed') - asked).toBeLessThan(20)
  stage.evil.turnHonest()
  stage.evil.tell('Dee', 'feed', { position: 99 })
  await wait(10_000)
  expect(
    dee.database().all('SELECT conversation FROM conversations WHERE chat = ?', [accountOf(cy) || cyAccount(mallory)]),
  ).toHaveLength(1)
})
const cyAccount = (mallory: HostileMember): string =>
  [...mallory.identity.account].map((byte) => byte.toString(16).padStart(2, '0')).join('')

test('a Welcome to a log that is not there does not hold up those that are', async () => {
  stage = await createStage(96)
  const { evil, world, ava } = stage
  const reference = ava.database().get('SELECT reference FROM key_packages WHERE last_resort = 0')?.['reference']
  if (!(reference instanceof Uint8Array)) throw new Error('no key package')
  const bogus = {
    position: 1,
    item: {
      kind: 'welcome',
      conversation: new Uint8Array(16).fill(5),
      from: new Uint8Array(16),
      seq: 1,
      keyPackage: reference,
      welcome: new Uint8Array(50),
      tree: undefined,
    },
  } as const
  let once = true
  evil.onAnswer('fetch-mailbox', (answer, who) => {
    if (who !== 'Ava' || !once) return { pass: answer }
    once = false
    return {
      pass: { items: [bogus, ...answer.items.map((item) => ({ ...item, position: item.position + 1 }))], more: false },
    }
  })
  const cy = world.addPerson('Cy')
  await finish(world, cy.join(await inviteLink(world, ava)), 20_000)
  await wait(5_000)
  expect(conversations(ava)).toBeGreaterThanOrEqual(3)
  await send(cy, accountOf(ava), 'hello')
  await wait(3_000)
  expect(texts(ava, accountOf(cy))).toEqual(['hello'])
})

test('T-02 T-03 T-16 key packages of others, altered, expired, of another suite are not used; the right one is, later', async () => {
  stage = await createStage(97)
  const { ava, ben, evil, world } = stage
  const cy = await invite(world, ava, 'Cy')
  await wait(3_000)
  const of = async (person: Person) =>
    world
      .serverDatabase()
      .prepare('SELECT package FROM key_package WHERE device = ? AND package IS NOT NULL LIMIT 1')
      .get(deviceOf(person))?.['package'] as Uint8Array
  const [foreign, real] = [new Uint8Array(await of(ava)), new Uint8Array(await of(cy))]
  const device = deviceOf(cy)
  const altered = real.map((byte, at) => (at === real.length - 5 ? byte ^ 1 : byte))
  const suiteAt = real.map((byte, at) => (at === 7 ? byte ^ 1 : byte))
  const tries = [[], [foreign], [altered], [suiteAt], [new Uint8Array(3)]]
  let index = 0
  evil.onAnswer('claim-key-packages', (answer, who) => {
    const lie = who === 'Ben' ? tries[index++] : undefined
    return lie === undefined
      ? { pass: answer }
      : { pass: { packages: lie.map((bytes) => ({ device, package: bytes, lastResort: false })) } }
  })
  await send(ben, accountOf(cy), 'to Cy')
  await wait(30_000)
  expect(index).toBeGreaterThanOrEqual(tries.length)
  await wait(700_000)
  await wait(30_000)
  expect(texts(cy, accountOf(ben))).toEqual(['to Cy'])
})
const deviceOf = (person: Person): Uint8Array => {
  const row = stage.world
    .serverDatabase()
    .prepare('SELECT device FROM device WHERE account = ?')
    .get(bytesOf(accountOf(person)))
  return new Uint8Array(row?.['device'] as Uint8Array)
}

test('T-16 an expired key package is not used', async () => {
  stage = await createStage(98)
  const { ava, ben, evil, world } = stage
  const cy = await invite(world, ava, 'Cy')
  const old = world
    .serverDatabase()
    .prepare('SELECT package FROM key_package WHERE device = ? AND package IS NOT NULL LIMIT 1')
    .get(deviceOf(cy))?.['package'] as Uint8Array
  // Nobody is there for a hundred days.
  for (const person of world.people) await person.quit()
  await wait(100 * 24 * 3600_000)
  for (const person of world.people) await person.start()
  evil.onAnswer('claim-key-packages', (answer) => ({
    pass: { packages: answer.packages.map((one) => ({ ...one, package: new Uint8Array(old) })) },
  }))
  await send(ben, accountOf(cy), 'late')
  await wait(20_000)
  expect(ben.database().all('SELECT conversation FROM conversations WHERE chat = ?', [accountOf(cy)])).toHaveLength(0)
  evil.turnHonest()
  await wait(700_000)
  expect(textRows(ben, accountOf(cy)).map((row) => row.text)).toEqual(['late'])
})

test('T-16 a join by a last-resort key package is followed by an Update before content', async () => {
  stage = await createStage(99)
  const { ava, ben, evil, world } = stage
  const cy = await invite(world, ava, 'Cy')
  await wait(3_000)
  world.serverDatabase().prepare('DELETE FROM key_package WHERE device = ?').run(deviceOf(cy))
  expect(evil).toBeDefined()
  await send(ben, accountOf(cy), 'last resort')
  await wait(5_000)
  await send(cy, accountOf(ben), 'after an update')
  await wait(10_000)
  expect(texts(cy, accountOf(ben))).toEqual(['last resort', 'after an update'])
  expect(texts(ben, accountOf(cy))).toEqual(['last resort', 'after an update'])
  const row = cy.database().get('SELECT epoch, must_update FROM conversations WHERE chat = ?', [accountOf(ben)])
  expect([Number(row?.['epoch']) >= 2, row?.['must_update']]).toEqual([true, 0])
  expect([...alarms(cy), ...alarms(ben)]).toEqual([])
})

test.each([101, 102])(
  'both open the direct conversation at once (%i): the lower id lives, nothing is lost or doubled',
  async (seed) => {
    stage = await createStage(seed)
    const { ava, ben, world } = stage
    const cy = await invite(world, ava, 'Cy')
    await wait(3_000)
    const [toCy, toBen] = [accountOf(cy), accountOf(ben)]
    for (let index = 0; index < 3; index++) {
      await send(ben, toCy, `b${index}`)
      await send(cy, toBen, `c${index}`)
    }
    await wait(20_000)
    for (let index = 3; index < 8; index++) {
      await send(ben, toCy, `b${index}`)
      await wait(index % 3 === 0 ? 2_000 : 10)
      await send(cy, toBen, `c${index}`)
    }
    await wait(20_000)
    const both = [ben.database(), cy.database()].map(
      (database, index) =>
        database.all('SELECT conversation FROM conversations WHERE chat = ?', [index === 0 ? toCy : toBen]).length,
    )
    expect(both).toEqual([2, 2])
    const wanted = [...Array(8).keys()].flatMap((index) => [`b${index}`, `c${index}`]).sort()
    expect([...texts(ben, toCy)].sort()).toEqual(wanted)
    expect([...texts(cy, toBen)].sort()).toEqual(wanted)
    for (const [person, chat] of [
      [ben, toCy],
      [cy, toBen],
    ] as const) {
      expect(person.stopped()).toBeUndefined()
      expect(
        textRows(person, chat)
          .filter((row) => row.own && row.state !== 'delivered')
          .map((row) => [person.name, row.text, row.state]),
      ).toEqual([])
      const own = textRows(person, chat)
        .filter((row) => row.own)
        .map((row) => row.text)
      expect(own).toEqual([...own].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))))
      expect(alarms(person)).toEqual([])
    }
    expect(world.faults).toEqual([])
    expect(chatWith(ben, 'Cy')).toBe(toCy)
    expect(spoken(ben)).not.toContain('b1')
  },
)
