/** The usual beginning of an attack: a founder, whom they invited, and a conversation that works. */
import { assert, fromHex } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import type { Alarm, TimelineRow } from '@halyard/client'
import { alone, goOn, keepBeginning } from '../beginning.ts'
import type { Beginning } from '../beginning.ts'
import type { Person } from '../person.ts'
import { createWorld } from '../world.ts'
import type { World } from '../world.ts'
import { createEvilServer } from './evil-server.ts'
import type { EvilServer } from './evil-server.ts'

export interface Stage {
  readonly world: World
  readonly evil: EvilServer
  readonly ava: Person
  readonly ben: Person
  /** Ava's chat with Ben, and Ben's with Ava. */
  readonly withBen: string
  readonly withAva: string
  readonly conversation: Uint8Array
}

export const createStage = async (seed: number): Promise<Stage> => {
  const evil = createEvilServer()
  const world = await createWorld(seed, evil.between)
  const { people } = await goOn(world, await (met ??= meet()))
  const [ava, ben] = people.flatMap(({ devices }) => devices)
  assert(ava !== undefined && ben !== undefined, 'two have met')
  const withBen = chatWith(ava, 'Ben')
  const withAva = chatWith(ben, 'Ava')
  assert(texts(ava, withBen).length === 0, 'the stage is not empty')
  return { world, evil, ava, ben, withBen, withAva, conversation: conversationOf(ava, withBen) }
}

/** Every stage would begin with the same. */
let met: Promise<Beginning> | undefined
const meet = async (): Promise<Beginning> => {
  const world = await createWorld(0)
  const ava = world.addPerson('Ava')
  await finish(world, ava.setUp(world.setupToken, 'Northwind'))
  return keepBeginning(world, [ava, await invite(world, ava, 'Ben')].map(alone))
}

/** Somebody new comes in by an invite of `inviter`. */
export const invite = async (world: World, inviter: Person, name: string): Promise<Person> => {
  const newcomer = world.addPerson(name)
  const joined = await finish(world, newcomer.join(await inviteLink(world, inviter)), 20_000)
  assert(joined.ok, 'joining failed')
  return newcomer
}

export const inviteLink = async (world: World, inviter: Person): Promise<string> => {
  const making = inviter.member()?.commands.createInvite()
  assert(making !== undefined, 'nobody invites')
  const made = await finish(world, making, 3_000)
  assert(made.ok, 'no invite')
  return made.value.link
}

/** Lets the world run until this is done; time stands still between awaits otherwise. */
export const finish = async <T>(world: World, work: Promise<Result<T>>, forMs = 5_000): Promise<Result<T>> => {
  await world.time.run(forMs)
  const done = await Promise.race([work, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))])
  assert(done !== undefined, 'it is not done in time')
  return done
}

export const send = async (person: Person, chatId: string, text: string): Promise<void> => {
  const sent = await person.member()?.commands.send({ chatId, text, ranges: [] })
  assert(sent?.ok === true, `sending was refused: ${sent?.ok === false ? sent.code : 'nobody there'}`)
}

export type TextRow = TimelineRow & { readonly kind: 'text' }
export const textRows = (person: Person, chatId: string): readonly TextRow[] =>
  person.rows(chatId).filter((row): row is TextRow => row.kind === 'text')
export const texts = (person: Person, chatId: string): readonly string[] =>
  textRows(person, chatId).map((row) => row.text)
export const alarms = (person: Person): readonly Alarm['kind'][] =>
  (person.member()?.query('alarms', undefined) ?? []).map((alarm) => alarm.kind)
export const counted = (person: Person, what: string): number => person.member()?.counters().get(what) ?? 0
export const isPaused = (person: Person, chatId: string): boolean =>
  person.member()?.query('conversation', { chatId })?.paused !== undefined
export const standingOf = (person: Person, account: string): string =>
  person
    .member()
    ?.query('chats', undefined)
    .items.flatMap((item) => ('person' in item ? [item.person] : []))
    .find((one) => one.accountId === account)?.standing ?? 'not listed'

export const chatWith = (person: Person, name: string): string => {
  const item = person
    .member()
    ?.query('chats', undefined)
    .items.find((one) => 'person' in one && one.person.name === name)
  assert(item !== undefined, `${person.name} does not see ${name}`)
  return item.chatId
}

/** The living conversation of a chat. */
export const conversationOf = (person: Person, chatId: string): Uint8Array => {
  const row = person
    .database()
    .get('SELECT conversation FROM conversations WHERE chat = ? ORDER BY conversation LIMIT 1', [chatId])
  assert(row?.['conversation'] instanceof Uint8Array, 'no conversation')
  return row['conversation']
}

/** The own account of somebody, as chat ids name it. */
export const accountOf = (person: Person): string => person.member()?.query('chats', undefined).self.accountId ?? ''
export const bytesOf = (hex: string): Uint8Array => {
  const bytes = fromHex(hex)
  assert(bytes !== undefined, 'not hex')
  return bytes
}
/** No counter and no fault may carry anything that was written. */
export const spoken = (person: Person): string => [...(person.member()?.counters().keys() ?? [])].join(' ')
