/** What screens are shown: synchronous reads of the newest committed state. */
import { decode, equal, fromHex, toHex } from '@halyard/protocol'
import type { RefusalCode } from '@halyard/protocol'
import { isOwner } from '@halyard/crypto'
import { members } from '@halyard/mls'
import type {
  Alarm,
  AlarmKind,
  ChatItem,
  ChatList,
  ConnectionView,
  ConversationView,
  MessageState,
  Person,
  Queries,
  Settings,
  TimelinePage,
  TimelineRow,
} from './api.ts'
import type { Context } from './context.ts'
import type { Directory } from './directory/directory.ts'
import type { AccountRow } from './directory/directory-store.ts'
import type { Engine } from './messaging/engine.ts'
import { conversationsOf } from './messaging/join.ts'
import { waitingCount } from './messaging/outbox.ts'
import { fromStored } from './messaging/ranges.ts'
import { newestPlaced, storedRanges } from './messaging/timeline.ts'
import type { MemberQuery } from './member.ts'
import type { SqlRow } from './ports.ts'
import { readSettings } from './settings.ts'
import { blobOf, maybeBlob, maybeNumber, maybeText, numberOf, textOf } from './store/values.ts'

export interface ViewSources {
  readonly context: Context
  readonly directory: Directory
  readonly engine: Engine
  readonly isTyping: (chat: string) => boolean
  readonly connection: () => {
    readonly state: 'offline' | 'connecting' | 'online'
    readonly nextTryAtMs: number | undefined
    readonly catchingUp: boolean
  }
}

/** Own notes are `me` on screen and the own account inside. */
export const chatIdOf = (context: Context, chat: string): string =>
  chat === toHex(context.identity().account) ? 'me' : chat
export const chatOf = (context: Context, chatId: string): string | undefined => {
  if (chatId === 'me') return toHex(context.identity().account)
  return fromHex(chatId)?.length === 32 ? chatId : undefined
}

export const query = <K extends MemberQuery>(
  sources: ViewSources,
  name: K,
  parameters: Queries[K]['parameters'],
): Queries[K]['value'] => {
  const views: { readonly [Q in MemberQuery]: (parameters: Queries[Q]['parameters']) => Queries[Q]['value'] } = {
    chats: () => chatsView(sources),
    conversation: ({ chatId }) => conversationView(sources, chatId),
    timeline: (asked) => timelineView(sources, asked),
    connection: () => connectionView(sources),
    alarms: () => alarmsOf(sources, undefined),
    settings: () => settingsView(sources),
  }
  return views[name](parameters)
}

const unknownPerson: Omit<Person, 'accountId'> = {
  name: '',
  isSelf: false,
  isOwner: false,
  standing: 'waiting',
  invitedBySelf: false,
  invitedSelf: false,
}

const personOf = ({ context, directory }: ViewSources, account: Uint8Array): Person => {
  const row = directory.store.accountRow(account)
  const identity = context.identity()
  const isSelf = equal(account, identity.account)
  if (row === undefined) return { accountId: toHex(account), ...unknownPerson }
  const self = isSelf ? row : directory.store.accountRow(identity.account)
  return {
    accountId: toHex(account),
    name: isSelf ? identity.name : row.name,
    isSelf,
    isOwner: isOwner(directory.network(), account),
    ...standingShown(row, context.ports.clock.nowMs(), self),
    invitedBySelf: row.invitedBy !== undefined && equal(row.invitedBy, identity.account),
    invitedSelf: self?.invitedBy !== undefined && equal(self.invitedBy, account),
  }
}

/** Until my own admission is confirmed, I am the one who waits: both sides show it (trust.md §1). */
const standingShown = (
  row: AccountRow,
  nowMs: number,
  self: AccountRow | undefined,
): Pick<Person, 'standing' | 'lapsesAtMs'> => {
  const waiting =
    row.standing === 'waiting' ? row : row.standing === 'confirmed' && self?.standing === 'waiting' ? self : undefined
  if (waiting?.lapsesAtMs !== undefined)
    return { standing: nowMs > waiting.lapsesAtMs ? 'lapsed' : 'waiting', lapsesAtMs: waiting.lapsesAtMs }
  return { standing: row.standing === 'confirmed' ? 'confirmed' : 'lapsed' }
}

const chatsView = (sources: ViewSources): ChatList => {
  const { context } = sources
  const { account, networkName } = context.identity()
  const rows = context.ports.database.all(
    `SELECT c.*, a.standing, t.text AS last_text, t.own AS last_own, t.state AS last_state, t.at_ms AS last_at
     FROM chats c JOIN accounts a ON a.account = c.account
     LEFT JOIN timeline t ON t.key = (SELECT key FROM timeline WHERE chat = c.chat AND kind = 'text' ORDER BY position DESC LIMIT 1)`,
  )
  const items = rows.filter((row) => isShown(row)).map((row) => chatItem(sources, row))
  items.sort((a, b) => (b.lastAtMs ?? 0) - (a.lastAtMs ?? 0) || a.person.name.localeCompare(b.person.name))
  return {
    networkName,
    self: personOf(sources, account),
    items,
    unreadTotal: items.reduce((sum, item) => sum + item.unread, 0),
  }
}

/** Nobody whose admission failed is listed, unless there is something to read from before. */
const isShown = (row: SqlRow): boolean =>
  ['confirmed', 'waiting', 'unknown'].includes(textOf(row, 'standing')) || row['last_at'] !== undefined

const chatItem = (sources: ViewSources, row: SqlRow): ChatItem => {
  const { context } = sources
  const chat = textOf(row, 'chat')
  const chatId = chatIdOf(context, chat)
  const lastAtMs = maybeNumber(row, 'last_at') ?? maybeNumber(row, 'last_ms')
  const text = maybeText(row, 'last_text')
  const state = maybeText(row, 'last_state') as MessageState | undefined
  const draft = textOf(row, 'draft')
  return {
    chatId,
    kind: chatId === 'me' ? 'me' : 'direct',
    person: personOf(sources, blobOf(row, 'account')),
    unread: numberOf(row, 'unread'),
    ...(lastAtMs === undefined ? {} : { lastAtMs }),
    ...(text === undefined
      ? {}
      : {
          preview: { own: row['last_own'] === 1, text: text.slice(0, 200), ...(state === undefined ? {} : { state }) },
        }),
    ...(draft === '' ? {} : { draft: draft.slice(0, 200) }),
    typing: sources.isTyping(chat),
    paused: pausedBy(sources, chat) !== undefined,
  }
}

const pausedBy = ({ context }: ViewSources, chat: string): AlarmKind | undefined => {
  const row = context.ports.database.get(
    'SELECT paused FROM conversations WHERE chat = ? AND paused IS NOT NULL LIMIT 1',
    [chat],
  )
  return row === undefined ? undefined : (maybeText(row, 'paused') as AlarmKind | undefined)
}

const conversationView = (sources: ViewSources, chatId: string): ConversationView | undefined => {
  const { context, engine } = sources
  const { database } = context.ports
  const chat = chatOf(context, chatId)
  const row = chat === undefined ? undefined : database.get('SELECT * FROM chats WHERE chat = ?', [chat])
  if (chat === undefined || row === undefined) return undefined
  const living = conversationsOf(engine, chat)[0]
  const group = living === undefined ? undefined : engine.load(living)
  const read = numberOf(row, 'read_position')
  const unread = numberOf(row, 'unread')
  const first =
    unread === 0
      ? undefined
      : database.get(
          `SELECT min(position) AS p FROM timeline WHERE chat = ? AND position > ? AND own = 0 AND kind = 'text'`,
          [chat, read],
        )
  const firstUnread = first === undefined ? undefined : maybeNumber(first, 'p')
  const paused = pausedBy(sources, chat)
  return {
    chatId,
    kind: chatId === 'me' ? 'me' : 'direct',
    person: personOf(sources, blobOf(row, 'account')),
    peopleCount: group?.room.accounts.length ?? 0,
    deviceCount: group === undefined ? 0 : members(group.current.state).length,
    exists: group?.phase === 'live',
    preparing: group?.phase === 'creating' || (group === undefined && row['wanted'] === 1),
    draft: textOf(row, 'draft'),
    typing: sources.isTyping(chat),
    ...(paused === undefined ? {} : { paused }),
    alarms: alarmsOf(sources, chat),
    ...(firstUnread === undefined ? {} : { firstUnread }),
    unread,
    newestPosition: newestPlaced(database, chat),
  }
}

const timelineView = (sources: ViewSources, asked: Queries['timeline']['parameters']): TimelinePage => {
  const { database } = sources.context.ports
  const chat = chatOf(sources.context, asked.chatId)
  if (chat === undefined) return { rows: [], hasOlder: false, hasNewer: false }
  const limit = Math.min(Math.max(1, Math.trunc(asked.limit)), 500)
  const rows = asked.around === 'end' ? newest(database, chat, limit) : around(database, chat, asked.around, limit)
  const first = rows[0]
  const last = rows.at(-1)
  const beyond = (sql: string, row: SqlRow | undefined): boolean =>
    row !== undefined && database.get(sql, [chat, numberOf(row, 'position')]) !== undefined
  const people = new Map<string, Person>()
  return {
    rows: rows.map((row) => timelineRow(sources, row, people)),
    hasOlder: beyond('SELECT 1 AS more FROM timeline WHERE chat = ? AND position < ? LIMIT 1', first),
    hasNewer: beyond('SELECT 1 AS more FROM timeline WHERE chat = ? AND position > ? LIMIT 1', last),
  }
}

type Reader = Context['ports']['database']
const newest = (database: Reader, chat: string, limit: number): readonly SqlRow[] =>
  [...database.all('SELECT * FROM timeline WHERE chat = ? ORDER BY position DESC LIMIT ?', [chat, limit])].reverse()

const around = (database: Reader, chat: string, position: number, limit: number): readonly SqlRow[] => {
  const half = Math.ceil(limit / 2)
  const older = database.all('SELECT * FROM timeline WHERE chat = ? AND position < ? ORDER BY position DESC LIMIT ?', [
    chat,
    position,
    half,
  ])
  const newer = database.all('SELECT * FROM timeline WHERE chat = ? AND position >= ? ORDER BY position LIMIT ?', [
    chat,
    position,
    limit - older.length,
  ])
  return [...[...older].reverse(), ...newer]
}

const timelineRow = (sources: ViewSources, row: SqlRow, people: Map<string, Person>): TimelineRow => {
  const author = maybeBlob(row, 'author')
  const person = author === undefined ? undefined : remembered(sources, author, people)
  const common = { key: textOf(row, 'key'), position: numberOf(row, 'position'), atMs: numberOf(row, 'at_ms') }
  const kind = textOf(row, 'kind')
  if (kind !== 'text' || person === undefined) {
    const amount = maybeNumber(row, 'amount')
    return {
      ...common,
      kind: 'notice',
      notice: kind as 'joined',
      ...(person === undefined ? {} : { person }),
      ...(amount === undefined ? {} : { count: amount }),
    }
  }
  const own = row['own'] === 1
  const failure = maybeText(row, 'failure') as RefusalCode | undefined
  return {
    ...common,
    kind: 'text',
    own,
    author: person,
    text: maybeText(row, 'text') ?? '',
    ranges: fromStored(decode(storedRanges, blobOf(row, 'ranges')) ?? []),
    ...(own ? { state: textOf(row, 'state') as MessageState } : {}),
    ...(failure === undefined ? {} : { failure }),
    ...(row['late'] === 1 ? { late: true } : {}),
  }
}

const remembered = (sources: ViewSources, account: Uint8Array, people: Map<string, Person>): Person => {
  const name = toHex(account)
  const person = people.get(name) ?? personOf(sources, account)
  people.set(name, person)
  return person
}

const connectionView = ({ context, connection }: ViewSources): ConnectionView => {
  const { state, nextTryAtMs, catchingUp } = connection()
  return {
    state,
    waiting: waitingCount(context.ports.database),
    catchingUp,
    ...(nextTryAtMs === undefined ? {} : { nextTryAtMs }),
  }
}

const degrees: Readonly<Record<AlarmKind, Alarm['degree']>> = {
  'two-histories': 'needs-you',
  'network-rolled-back': 'needs-you',
  'two-links': 'needs-you',
  'messages-missing': 'needs-you',
  'server-restored': 'needs-you',
  'clock-off': 'needs-you',
  'cannot-decrypt': 'repairs-itself',
  'device-behind': 'repairs-itself',
}

const alarmsOf = ({ context }: ViewSources, chat: string | undefined): readonly Alarm[] => {
  const { database } = context.ports
  const rows =
    chat === undefined
      ? database.all('SELECT * FROM alarms ORDER BY at_ms')
      : database.all('SELECT * FROM alarms WHERE chat = ?', [chat])
  return rows.map((row) => {
    const kind = textOf(row, 'kind') as AlarmKind
    const of = textOf(row, 'chat')
    return {
      kind,
      degree: degrees[kind],
      atMs: numberOf(row, 'at_ms'),
      ...(of === '' ? {} : { chatId: chatIdOf(context, of) }),
    }
  })
}

const settingsView = ({ context }: ViewSources): Settings => readSettings(context.ports.database)
