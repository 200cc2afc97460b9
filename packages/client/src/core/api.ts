/**
 * What a screen may ask of a member, and what it is shown. Everything here crosses a MessagePort: plain data only.
 * Ids are opaque strings to the screen. Times are ms since 1970.
 */
import type { RefusalCode, Result } from '@halyard/protocol'
import type { Range } from '@halyard/protocol'

/** Own notes are the chat `me`; a person is the chat of their account id; a chat may not have a conversation yet. */
export type ChatId = string
/** Names one row of a timeline on this device, stable across reload. */
export type RowKey = string

export type UnlockMethod =
  | { readonly kind: 'passphrase' }
  | { readonly kind: 'passkey'; readonly credentialId: Uint8Array; readonly prfSalt: Uint8Array }
  | { readonly kind: 'passkey-and-passphrase'; readonly credentialId: Uint8Array }

/** What opens this device's data. A passkey without PRF comes with a passphrase: the PRF output is then absent. */
export type UnlockSecret =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | {
      readonly kind: 'passkey'
      readonly credentialId: Uint8Array
      readonly prfSalt: Uint8Array
      readonly prfOutput: Uint8Array
    }

export type StopReason =
  | 'copied-device' // rows of this device's own leaf that it did not write
  | 'device-removed'
  | 'new-version' // the server or another tab runs a newer version: reload
  | 'database-damaged'
  | 'database-newer'
  | 'disk-full'
  | 'fault' // an assertion failed: restart from the last commit

export type Session =
  | { readonly state: 'starting' }
  | { readonly state: 'empty'; readonly kept: boolean } // kept: false in a private window (nothing stays on disk)
  | { readonly state: 'locked'; readonly method: UnlockMethod }
  | { readonly state: 'open'; readonly kept: boolean; readonly idleMinutes: number }
  | { readonly state: 'elsewhere' } // another tab holds the data and cannot share it: "Use here"
  | { readonly state: 'stopped'; readonly reason: StopReason }

export interface InvitePreview {
  readonly networkName: string
  readonly inviterName: string
  readonly inviterIsOwner: boolean
  readonly expiresAtMs: number
  readonly serverHost: string
}

export interface Person {
  readonly accountId: string
  readonly name: string // '' while unknown
  readonly isSelf: boolean
  readonly isOwner: boolean
  /** `confirmed`: the whole admission chain holds. `waiting`: until the inviter's client has confirmed. */
  readonly standing: 'confirmed' | 'waiting' | 'lapsed'
  readonly invitedBySelf: boolean
  readonly invitedSelf: boolean
  /** When an unconfirmed admission lapses. */
  readonly lapsesAtMs?: number
}

export type MessageState = 'waiting' | 'sent' | 'delivered' | 'read' | 'failed'

export interface ChatItem {
  readonly chatId: ChatId
  readonly kind: 'me' | 'direct'
  readonly person: Person
  readonly unread: number
  readonly lastAtMs?: number
  readonly preview?: { readonly own: boolean; readonly text: string; readonly state?: MessageState }
  readonly draft?: string
  readonly typing: boolean
  readonly paused: boolean // an alarm stops sending here
}

export interface ChatList {
  readonly networkName: string
  readonly self: Person
  readonly items: readonly ChatItem[]
  readonly unreadTotal: number
}

export type AlarmKind =
  | 'two-histories' // members see different transcripts: sending paused
  | 'network-rolled-back' // the server shows an older network than before
  | 'two-links' // two links with one sequence number
  | 'messages-missing'
  | 'server-restored' // the server's incarnation changed
  | 'clock-off'
  | 'cannot-decrypt'
  | 'device-behind'

export interface Alarm {
  readonly kind: AlarmKind
  readonly degree: 'repairs-itself' | 'needs-you' | 'stops'
  readonly atMs: number
  readonly chatId?: ChatId
}

export interface ConversationView {
  readonly chatId: ChatId
  readonly kind: 'me' | 'direct'
  readonly person: Person
  readonly peopleCount: number // who can read, once the conversation exists
  readonly deviceCount: number
  readonly exists: boolean
  readonly preparing: boolean // the conversation is being created
  readonly draft: string
  readonly typing: boolean
  readonly paused?: AlarmKind
  readonly alarms: readonly Alarm[]
  /** First row not read when the chat was last entered by this device; undefined when all was read. */
  readonly firstUnread?: number
  readonly unread: number
  readonly newestPosition: number
}

export type TimelineRow = {
  readonly key: RowKey
  /** Total order inside one chat; grows; never reused. */
  readonly position: number
  readonly atMs: number
} & (
  | {
      readonly kind: 'text'
      readonly own: boolean
      readonly author: Person
      readonly text: string
      readonly ranges: readonly Range[]
      readonly state?: MessageState // own rows only
      readonly failure?: RefusalCode
      readonly late?: boolean // arrived long after it was written
    }
  | {
      readonly kind: 'notice'
      readonly notice: 'joined' | 'joined-you' | 'confirmed' | 'missing' | 'unsupported'
      readonly person?: Person
      readonly count?: number
    }
)

export interface TimelinePage {
  readonly rows: readonly TimelineRow[] // ascending by position, at most `limit`
  readonly hasOlder: boolean
  readonly hasNewer: boolean
}

export interface ConnectionView {
  readonly state: 'online' | 'connecting' | 'offline'
  readonly waiting: number // own rows not yet accepted
  readonly catchingUp: boolean
  readonly nextTryAtMs?: number
}

export interface Settings {
  readonly idleMinutes: number // 0: never
  readonly sendReadReceipts: boolean
}

/** Live queries. The listener is called with the first value and after each change, at most once per frame. */
export interface Queries {
  session: { readonly parameters: undefined; readonly value: Session }
  chats: { readonly parameters: undefined; readonly value: ChatList }
  conversation: { readonly parameters: { readonly chatId: ChatId }; readonly value: ConversationView | undefined }
  timeline: {
    readonly parameters: {
      readonly chatId: ChatId
      /** Rows around this position; `end` follows the newest. */
      readonly around: number | 'end'
      readonly limit: number
    }
    readonly value: TimelinePage
  }
  connection: { readonly parameters: undefined; readonly value: ConnectionView }
  alarms: { readonly parameters: undefined; readonly value: readonly Alarm[] }
  settings: { readonly parameters: undefined; readonly value: Settings }
}

export interface Invite {
  readonly link: string
  readonly expiresAtMs: number
}

/** Commands. Each resolves after its effect is durable on this device (not: after the server has it). */
export interface Commands {
  setUp(request: {
    readonly token: string
    readonly networkName: string
    readonly name: string
    readonly unlock: UnlockSecret
  }): Promise<Result<undefined>>
  previewInvite(request: { readonly path: string; readonly fragment: string }): Promise<Result<InvitePreview>>
  join(request: {
    readonly path: string
    readonly fragment: string
    readonly name: string
    readonly unlock: UnlockSecret
  }): Promise<Result<undefined>>
  unlock(secret: UnlockSecret): Promise<Result<undefined>>
  /** Ends the worker; the page starts a new one, which says `locked`. */
  lock(): Promise<void>
  /** How weak a passphrase is: 0–4; `setUp` and `join` refuse below 3. */
  rate(passphrase: string): Promise<{ readonly score: 0 | 1 | 2 | 3 | 4 }>
  /** Five generated words that are strong enough. */
  suggestPassphrase(): Promise<string>
  /** Called when a chat is entered: creates the conversation if there is none. */
  open(chatId: ChatId): Promise<Result<undefined>>
  /** `key` (32 hex digits) names the message: repeating the command with the same key sends nothing twice. */
  send(request: {
    readonly chatId: ChatId
    readonly text: string
    readonly ranges: readonly Range[]
    readonly key?: string
  }): Promise<Result<RowKey>>
  retry(key: RowKey): Promise<Result<undefined>>
  discard(key: RowKey): Promise<Result<undefined>>
  markRead(request: { readonly chatId: ChatId; readonly position: number }): Promise<void>
  setDraft(request: { readonly chatId: ChatId; readonly text: string }): Promise<void>
  typing(chatId: ChatId): Promise<void>
  /** Answered when the server knows the invite: a link that is shown works. `offline` when it does not answer in time. */
  createInvite(): Promise<Result<Invite>>
  acknowledgeAlarm(alarm: Alarm): Promise<void>
  changeSettings(settings: Partial<Settings>): Promise<Result<undefined>>
}

/** What the page holds. `close` ends the subscriptions of this page. */
export interface ClientApi extends Commands {
  subscribe<K extends keyof Queries>(
    query: K,
    parameters: Queries[K]['parameters'],
    listener: (value: Queries[K]['value']) => void,
  ): () => void
  close(): void
}
