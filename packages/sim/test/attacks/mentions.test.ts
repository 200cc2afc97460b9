/** What a member with a changed client can make of mentions: never a name, never a count, never more work than its message. */
import { afterEach, expect, test } from 'vitest'
import { blob, content, encode, fromHex, limits, list, maybe, record, text, uint, variant } from '@halyard/protocol'
import type { ChatItem, TimelineRow } from '@halyard/client'
import { createHostileMember } from '../../src/attacks/hostile-member.ts'
import type { HostileMember } from '../../src/attacks/hostile-member.ts'
import { accountOf, conversationOf, createStage, finish, invite, textRows } from '../../src/attacks/stage.ts'
import type { Stage } from '../../src/attacks/stage.ts'
import type { Person } from '../../src/person.ts'

let stage: Stage
let cy: Person
/** In the network, and not in the group. */
let dee: Person
let crew: string
let mallory: HostileMember
afterEach(() => {
  expect(stage.world.faults).toEqual([])
  for (const person of stage.world.people) expect(person.stopped()).toBeUndefined()
})

interface Wire {
  readonly start: number
  readonly length: number
  readonly kind: number
  readonly url: string | undefined
  readonly account: Uint8Array | undefined
}
const kinds = { bold: 0, link: 6, mention: 7 } as const
const range = (start: number, length: number, account?: Uint8Array, more: Partial<Wire> = {}): Wire => ({
  start,
  length,
  kind: kinds.mention,
  url: undefined,
  account,
  ...more,
})
const id = (person: Person): Uint8Array => fromHex(accountOf(person)) ?? new Uint8Array()
/** The shape of a text without its bounds. */
const loose = variant({
  text: record({
    text: text(limits.textMaxLength),
    ranges: list(
      record({ start: uint(), length: uint(), kind: uint(), url: maybe(text(9)), account: maybe(blob(64)) }),
      5_000,
    ),
  }),
})
const say = async (words: string, ranges: readonly Wire[], schema: typeof loose | typeof content = content) => {
  const bytes = encode(schema as typeof loose, { kind: 'text', text: words, ranges })
  expect(await mallory.say(bytes)).toMatchObject({ ok: true })
  await stage.world.time.run(2_000)
}
const item = (person: Person = stage.ava): ChatItem | undefined =>
  person
    .member()
    ?.query('chats', undefined)
    .items.find((one) => one.chatId === crew)
const last = (): (TimelineRow & { readonly kind: 'text' }) | undefined => textRows(stage.ava, crew).at(-1)
const unsupported = (): number =>
  stage.ava.rows(crew).filter((row) => row.kind === 'notice' && row.notice === 'unsupported').length
/** What the mentions of the newest message read. */
const named = (): readonly string[] =>
  (last()?.ranges ?? [])
    .filter(({ kind }) => kind === 'mention')
    .map(({ start, length }) => last()?.text.slice(start, start + length) ?? '')

/** Ava, Ben and Cy are in a group; Ben's keys are taken over. */
const begin = async (seed: number): Promise<void> => {
  stage = await createStage(seed)
  cy = await invite(stage.world, stage.ava, 'Cy')
  dee = await invite(stage.world, stage.ava, 'Dee')
  await stage.world.time.run(10_000)
  const people = [stage.ben, cy].map(accountOf)
  const making = stage.ava.member()?.commands.createGroup({ kind: 'group', title: 'Crew', people })
  const made = making === undefined ? undefined : await finish(stage.world, making)
  if (made?.ok !== true) throw new Error('no group')
  crew = made.value
  await stage.world.time.run(10_000)
  mallory = await createHostileMember(stage.world, stage.ben, conversationOf(stage.ava, crew))
}

test('T-97 a mention reads the name that is known here, never the words of its sender', async () => {
  await begin(71)
  await say('ask @Ava Admin, she knows', [range(4, 10, id(cy))])
  expect(last()?.text).toBe('ask @Cy, she knows')
  expect(named()).toEqual(['@Cy'])
  expect(last()?.ranges[0]?.person).toMatchObject({ name: 'Cy', isSelf: false, accountId: accountOf(cy) })
  // Nor in the list, where there is the text alone.
  expect(item()?.preview?.text).toBe('ask @Cy, she knows')
  expect(item()).toMatchObject({ unread: 1, mentions: 0 })
  await say('@\u202enimda', [range(0, 7, id(stage.ava), { kind: kinds.mention })])
  expect(last()?.text).toBe('@Ava')
  expect(item()).toMatchObject({ unread: 2, mentions: 1 })
})

test('T-23 who is not there, is nobody, or is named in bad shape is not mentioned; the text stays', async () => {
  await begin(72)
  const words = 'see @Ava and so on'
  const me = id(stage.ava)
  await say(words, [
    range(4, 4, mallory.provider.random(32)),
    range(4, 4, id(dee)),
    range(4, 4),
    range(4, 4, me, { url: 'https://example.org' }),
    range(4, 4, me, { kind: kinds.bold }),
    range(4, 4, me, { kind: kinds.link, url: 'https://example.org' }),
    range(4, 0, me),
    range(4, 15, me),
    range(limits.textMaxLength, limits.textMaxLength, me),
    range(5, 3, me),
    range(18, 1, me),
  ])
  expect(last()).toMatchObject({ text: words, ranges: [] })
  // More is covered than a name can be: what was written would be hidden behind a name.
  const long = `@${'no '.repeat(30)}`
  await say(long, [range(0, limits.nameMaxLength + 2, me)])
  expect(last()).toMatchObject({ text: long, ranges: [] })
  await say(long, [range(0, limits.nameMaxLength + 1, me)])
  expect(named()).toEqual(['@Ava'])
  expect(item()).toMatchObject({ unread: 3, mentions: 1 })
  // An account of another length is no account, and what holds it no text: like a field of any other wrong shape.
  await say('@Ava', [range(0, 4, me.slice(1))], loose)
  expect(named()).toEqual(['@Ava'])
  expect(last()?.text).not.toBe('@Ava')
  expect(unsupported()).toBe(1)
})

test('T-23 mentions over each other and across other ranges: one counts, and no link stands on a name', async () => {
  await begin(73)
  const me = id(stage.ava)
  const link = { kind: kinds.link, url: 'https://evil.example/' }
  await say('hello @@@Ava there', [
    range(8, 4, id(cy)),
    range(6, 6, me),
    range(7, 5, me),
    range(0, 9, undefined, { kind: kinds.bold }),
    range(10, 8, undefined, { kind: kinds.bold }),
    range(11, 1, undefined, { kind: kinds.bold }),
    range(6, 6, undefined, link),
    range(0, 7, undefined, link),
    range(0, 6, undefined, link),
    range(1, 5, undefined, { kind: kinds.bold }),
    range(11, 7, undefined, link),
    range(13, 5, undefined, link),
  ])
  expect(last()?.text).toBe('hello @Ava there')
  expect(last()?.ranges.map(({ start, length, kind }) => [start, length, kind])).toEqual([
    [0, 10, 'bold'],
    [6, 10, 'bold'],
    [6, 4, 'bold'],
    [0, 6, 'link'],
    [1, 5, 'bold'],
    [11, 5, 'link'],
    [6, 4, 'mention'],
  ])
  expect(item()).toMatchObject({ unread: 1, mentions: 1 })
})

test('T-23 as many mentions as a message may hold are one; more than that is no text', async () => {
  await begin(74)
  const me = id(stage.ava)
  const many = (count: number): readonly Wire[] => Array.from({ length: count }, (_, at) => range(at, 1, me))
  const words = '@'.repeat(2_000)
  await say(words, many(limits.rangesMax))
  expect(named()).toHaveLength(limits.rangesMax)
  expect(last()?.text).toHaveLength(2_000 + 3 * limits.rangesMax)
  expect(item()).toMatchObject({ unread: 1, mentions: 1 })
  await say(
    words,
    Array.from({ length: limits.rangesMax }, () => range(0, 4, me)),
  )
  expect(named()).toEqual(['@Ava'])
  expect(item()).toMatchObject({ unread: 2, mentions: 2 })
  await say(words, many(limits.rangesMax + 1), loose)
  await say(words, many(2_000), loose)
  expect(unsupported()).toBe(2)
  expect(item()).toMatchObject({ unread: 2, mentions: 2 })
})

test('T-97 somebody whose name is not known here stays as the sender wrote it, and is no mention', async () => {
  await begin(75)
  stage.ava.database().run('UPDATE accounts SET name = NULL, introduced = NULL WHERE account = ?', [id(cy)])
  await say('ask @Ava Admin', [range(4, 10, id(cy))])
  expect(last()).toMatchObject({ text: 'ask @Ava Admin', ranges: [] })
})
