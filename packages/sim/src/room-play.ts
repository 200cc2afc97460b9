/** What the steps of a large room have in common: who is on, whose turn it is, and what can be read of it from outside. */
import { assert, fromHex, toHex } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import { memberOf } from './devices.ts'
import type { Cost } from './meter.ts'
import type { Person } from './person.ts'
import { drive } from './sleepers.ts'
import type { Sleeper } from './sleepers.ts'
import type { World } from './world.ts'

export interface Play<Cast> {
  readonly world: World
  readonly cast: Cast
  readonly sleepers: readonly Sleeper[]
  readonly chat: string
  note(what: string, value: string): void
}
type Room = Pick<Play<unknown>, 'world' | 'chat'>

/** Does it in somebody's turn, so that it counts as theirs, and lets the world run until it is done. */
export const act = <T>(world: World, person: Person, work: () => Promise<Result<T>>): Promise<T> => {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const turn = async (): Promise<void> => {
    const result = await work()
    if (result.ok) resolve(result.value)
    else reject(new Error(`assertion failed: ${person.name} was refused: ${result.code}`))
  }
  world.time.at(0, () => void turn().catch(reject), person.name)
  return drive(world, promise)
}

export const say = ({ world, chat }: Room, person: Person, text: string): Promise<unknown> =>
  act(world, person, () => memberOf(person).commands.send({ chatId: chat, text, ranges: [] }))

/** As this member sees it; nobody where there is no room. */
export const counts = ({ chat }: Room, person: Person): { readonly people: number; readonly devices: number } => {
  const view = person.member()?.query('conversation', { chatId: chat })
  return { people: view?.peopleCount ?? 0, devices: view?.deviceCount ?? 0 }
}

/** Epoch and digest. */
export const standOf = ({ chat }: Room, person: Person): string => {
  const group = person.database().get('SELECT epoch, digest FROM conversations WHERE conversation = ?', [idOf(chat)])
  const digest = group?.['digest']
  return digest instanceof Uint8Array ? `${String(group?.['epoch'])} ${toHex(digest)}` : 'nowhere'
}

export const deviceOf = (person: Person): string => {
  const devices = memberOf(person).query('devices', undefined)
  const self = devices.find((one) => one.isSelf)
  assert(self !== undefined, 'no device')
  return self.deviceId
}

const idOf = (chat: string): Uint8Array => {
  const id = fromHex(chat)
  assert(id !== undefined, 'not a chat of several')
  return id
}

/** Lengths of the rows of the log, in their order. */
export const logRows = ({ world, chat }: Room): readonly number[] =>
  world
    .serverDatabase()
    .prepare('SELECT length(row) AS size FROM entry WHERE conversation = ? ORDER BY seq')
    .all(idOf(chat))
    .map((row) => Number(row['size']))
/** Whatever is longer than a message here is a commit. */
export const commitsAmong = (rows: readonly number[]): readonly number[] => rows.filter((size) => size > 2_000)

export const readers = ({ world, chat }: Room): number =>
  Number(
    world
      .serverDatabase()
      .prepare('SELECT count(*) AS n FROM reader WHERE conversation = ? AND until IS NULL')
      .get(idOf(chat))?.['n'],
  )

export const waitingWelcomes = (world: World): string => {
  const database = world.serverDatabase()
  const found = database.prepare('SELECT count(*) AS n, max(length(welcome)) AS most FROM mailbox_item').get()
  const trees = database.prepare('SELECT count(*) AS n, sum(length(tree)) AS bytes FROM welcome_tree').get()
  const each = `${String(found?.['n'])} of at most ${kB(Number(found?.['most']))}`
  return `${each}; ${String(trees?.['n'])} trees, together ${kB(Number(trees?.['bytes']))}`
}

export const storedBytes = (world: World): number => {
  const found = world
    .serverDatabase()
    .prepare(
      'SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
    )
    .get()
  return Number(found?.['bytes'])
}

/** What a change of the room cost who made it, another member, and the server. */
export const noteChange = (
  play: Play<unknown>,
  what: string,
  cost: Cost,
  { by, other, rows }: { readonly by: Person; readonly other: Person; readonly rows: readonly number[] },
): void => {
  const cpu = [by.name, other.name, 'server'].map((who) => ms(cost.cpuMs(who))).join('; ')
  play.note(`${what}: CPU of who does it; of another member; of the server`, cpu)
  const bytes = [commitsAmong(rows).map(kB).join(' + '), kB(cost.up(by.name)), kB(cost.down(other.name))].join('; ')
  play.note(`${what}: commits; sent; received by another member`, bytes)
}

export const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0)
export const ms = (value: number): string =>
  value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`
export const kB = (bytes: number): string =>
  bytes >= 1_000_000 ? `${(bytes / 1_000_000).toFixed(2)} MB` : `${(bytes / 1000).toFixed(1)} kB`
