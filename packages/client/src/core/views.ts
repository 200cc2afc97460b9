/** What screens are shown: synchronous reads of the newest committed state. */
import { fromHex, toHex } from '@halyard/protocol'
import type { RefusalCode } from '@halyard/protocol'
import { members } from '@halyard/mls'
import { degrees } from './alarms.ts'
import type {
  Alarm,
  AlarmKind,
  ChatFace,
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
import { devicesView, recoveryView } from './devices/devices-view.ts'
import { membersView, mayHere } from './group-views.ts'
import { changesOf } from './messaging/changes.ts'
import { peopleIn } from './messaging/group.ts'
import { waitingCount } from './messaging/outbox.ts'
import { withNames } from './messaging/mentions.ts'
import type { ShownText } from './messaging/mentions.ts'
import { pictureOf } from './messaging/picture.ts'
import { readRanges } from './messaging/ranges.ts'
import { isClosed } from './messaging/room.ts'
import { newestPlaced } from './messaging/timeline.ts'
import type { MemberQuery } from './member.ts'
import { chatIdOf, chatOf, livingGroup, personOf } from './person-view.ts'
import type { ViewSources } from './person-view.ts'
import type { SqlRow } from './ports.ts'
import { readSettings } from './settings.ts'
import { maybeBlob, maybeNumber, maybeText, numberOf, textOf } from './store/values.ts'

export const query = <K extends MemberQuery>(
  sources: ViewSources,
  name: K,
  parameters: Queries[K]['parameters'],
): Queries[K]['value'] => {
  const { context } = sources
  const views: { readonly [Q in MemberQuery]: (parameters: Queries[Q]['parameters']) => Queries[Q]['value'] } = {
    chats: () => chatsView(sources),
    conversation: ({ chatId }) => conversationView(sources, chatId),
    timeline: (asked) => timelineView(sources, asked),
    picture: ({ chatId }) => pictureOf(context.ports.database, chatOf(context, chatId) ?? ''),
    members: ({ chatId }) => membersView(sources, chatOf(context, chatId)),
    connection: () => connectionView(sources),
    devices: () => devicesView(sources),
    recovery: () => recoveryView(sources),
    alarms: () => alarmsOf(sources, undefined),
    settings: () => settingsView(sources),
  }
  return views[name](parameters)
}

const chatsView = (sources: ViewSources): ChatList => {
  const { context } = sources
  const { account, networkName } = context.identity()
  const people = new Map<string, Person>()
  const rows = context.ports.database.all(
    `SELECT c.*, EXISTS (SELECT 1 FROM pictures p WHERE p.chat = c.chat) AS pictured, a.standing, t.text AS last_text, t.ranges AS last_ranges, t.own AS last_own, t.state AS last_state, t.at_ms AS last_at, t.author AS last_author,
       (SELECT count(*) FROM timeline m WHERE m.chat = c.chat AND m.mentions_me = 1 AND m.position > c.read_position) AS mentions
     FROM chats c LEFT JOIN accounts a ON a.account = c.account
     LEFT JOIN timeline t ON t.key = (SELECT key FROM timeline WHERE chat = c.chat AND kind = 'text' ORDER BY position DESC LIMIT 1)`,
  )
  const items = rows.filter((row) => isShown(row)).map((row) => chatItem(sources, row, people))
  items.sort((a, b) => (b.lastAtMs ?? 0) - (a.lastAtMs ?? 0) || titleOf(a).localeCompare(titleOf(b)))
  return {
    networkName,
    self: personOf(sources, account),
    items,
    unreadTotal: items.reduce((sum, item) => sum + (item.muted ? item.mentions : item.unread), 0),
  }
}
const titleOf = (item: ChatItem): string => ('person' in item ? item.person.name : item.title)

/** Nobody whose admission failed is listed, unless there is something to read from before. */
const isShown = (row: SqlRow): boolean =>
  row['account'] === undefined ||
  ['confirmed', 'waiting', 'unknown'].includes(maybeText(row, 'standing') ?? '') ||
  row['last_at'] !== undefined

const faceOf = (sources: ViewSources, row: SqlRow): ChatFace => {
  const account = maybeBlob(row, 'account')
  if (account !== undefined) {
    const isSelf = chatIdOf(sources.context, textOf(row, 'chat')) === 'me'
    return { kind: isSelf ? 'me' : 'direct', person: personOf(sources, account) }
  }
  const endedMs = maybeNumber(row, 'ended_ms')
  const by = maybeBlob(row, 'ended_by')
  const ended =
    endedMs === undefined
      ? {}
      : { ended: { atMs: endedMs, ...(by === undefined ? {} : { by: personOf(sources, by) }) } }
  const picture = row['pictured'] === 1
  return { kind: textOf(row, 'kind') === 'room' ? 'room' : 'group', title: textOf(row, 'title'), picture, ...ended }
}

const typists = (sources: ViewSources, chat: string): readonly Person[] =>
  sources.whoTypes(chat).flatMap((who) => {
    const account = fromHex(who)
    return account === undefined ? [] : [personOf(sources, account)]
  })

const chatItem = (sources: ViewSources, row: SqlRow, people: Map<string, Person>): ChatItem => {
  const { context } = sources
  const chat = textOf(row, 'chat')
  const chatId = chatIdOf(context, chat)
  const lastAtMs = maybeNumber(row, 'last_at') ?? maybeNumber(row, 'last_ms')
  const draft = textOf(row, 'draft')
  const preview = previewOf(sources, row, people)
  return {
    ...faceOf(sources, row),
    chatId,
    unread: numberOf(row, 'unread'),
    mentions: numberOf(row, 'mentions'),
    ...(lastAtMs === undefined ? {} : { lastAtMs }),
    ...(preview === undefined ? {} : { preview }),
    ...(draft === '' ? {} : { draft: draft.slice(0, 200) }),
    typing: typists(sources, chat),
    muted: row['muted'] === 1,
    paused: pausedBy(sources, chat) !== undefined,
  }
}

const previewOf = (sources: ViewSources, row: SqlRow, people: Map<string, Person>): ChatItem['preview'] => {
  const words = maybeText(row, 'last_text')
  if (words === undefined) return undefined
  const { text } = shownText(sources, words, maybeBlob(row, 'last_ranges'), people)
  const state = maybeText(row, 'last_state') as MessageState | undefined
  const own = row['last_own'] === 1
  const author = own || row['account'] !== undefined ? undefined : maybeBlob(row, 'last_author')
  return {
    own,
    text: text.slice(0, 200),
    ...(state === undefined ? {} : { state }),
    ...(author === undefined ? {} : { author: personOf(sources, author) }),
  }
}

/** The words as they are shown: with the names that are known here. */
const shownText = (
  sources: ViewSources,
  words: string,
  ranges: Uint8Array | undefined,
  people: Map<string, Person>,
): ShownText =>
  withNames(words, ranges === undefined ? [] : readRanges(ranges), (account) => remembered(sources, account, people))

const pausedBy = ({ context }: ViewSources, chat: string): AlarmKind | undefined => {
  const row = context.ports.database.get(
    'SELECT paused FROM conversations WHERE chat = ? AND paused IS NOT NULL LIMIT 1',
    [chat],
  )
  return row === undefined ? undefined : (maybeText(row, 'paused') as AlarmKind | undefined)
}

const conversationView = (sources: ViewSources, chatId: string): ConversationView | undefined => {
  const { context } = sources
  const { database } = context.ports
  const chat = chatOf(context, chatId)
  const row =
    chat === undefined
      ? undefined
      : database.get(
          'SELECT *, EXISTS (SELECT 1 FROM pictures p WHERE p.chat = chats.chat) AS pictured FROM chats WHERE chat = ?',
          [chat],
        )
  if (chat === undefined || row === undefined) return undefined
  const group = livingGroup(sources, chat)
  const unread = numberOf(row, 'unread')
  const firstUnread = unread === 0 ? undefined : firstUnreadOf(database, chat, numberOf(row, 'read_position'))
  const paused = pausedBy(sources, chat)
  return {
    ...faceOf(sources, row),
    chatId,
    peopleCount: group === undefined ? 0 : isClosed(group.room) ? group.room.accounts.length : peopleIn(group).size,
    deviceCount: group === undefined ? 0 : members(group.current.state).length,
    exists: group?.phase === 'live',
    preparing: group?.phase === 'creating' || (group === undefined && row['wanted'] === 1),
    changing: group !== undefined && changesOf(database, group.conversation).length > 0,
    may: mayHere(sources, group),
    ...(group?.adder === undefined ? {} : { unconfirmedBy: personOf(sources, group.adder) }),
    draft: textOf(row, 'draft'),
    muted: row['muted'] === 1,
    typing: typists(sources, chat),
    ...(paused === undefined ? {} : { paused }),
    alarms: alarmsOf(sources, chat),
    ...(firstUnread === undefined ? {} : { firstUnread }),
    unread,
    newestPosition: newestPlaced(database, chat),
  }
}

const firstUnreadOf = (database: Reader, chat: string, read: number): number | undefined => {
  const first = database.get(
    `SELECT min(position) AS p FROM timeline WHERE chat = ? AND position > ? AND own = 0 AND kind = 'text'`,
    [chat, read],
  )
  return first === undefined ? undefined : maybeNumber(first, 'p')
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
    const subject = maybeBlob(row, 'subject')
    const text = maybeText(row, 'text')
    return {
      ...common,
      kind: 'notice',
      notice: kind as 'joined',
      ...(person === undefined ? {} : { person }),
      ...(subject === undefined ? {} : { subject: remembered(sources, subject, people) }),
      ...(amount === undefined ? {} : { count: amount }),
      ...(text === undefined ? {} : { text }),
    }
  }
  const own = row['own'] === 1
  const failure = maybeText(row, 'failure') as RefusalCode | undefined
  const readBy = own ? readersOf(sources, row) : 0
  return {
    ...common,
    kind: 'text',
    own,
    author: person,
    ...shownText(sources, maybeText(row, 'text') ?? '', maybeBlob(row, 'ranges'), people),
    ...(own ? { state: textOf(row, 'state') as MessageState } : {}),
    ...(failure === undefined ? {} : { failure }),
    ...(row['late'] === 1 ? { late: true } : {}),
    ...(readBy === 0 ? {} : { readBy }),
  }
}

/** Where more than one other reads; in direct conversations the state says it all. */
const readersOf = ({ context }: ViewSources, row: SqlRow): number => {
  const chat = textOf(row, 'chat')
  const id = maybeBlob(row, 'id')
  if (chat.length !== 32 || id === undefined) return 0
  const sql = `SELECT count(*) AS n FROM receipts WHERE chat = ? AND id = ? AND state = 'read'`
  return numberOf(context.ports.database.get(sql, [chat, id]) ?? {}, 'n')
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
