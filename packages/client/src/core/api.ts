/**
 * What a screen may ask of a member, and what it is shown. Everything here crosses a MessagePort: plain data only.
 * Ids are opaque strings to the screen. Times are ms since 1970.
 */
import type { RefusalCode, Result } from '@halyard/protocol'
import type { Range } from '@halyard/protocol'
import type { Alarm, AlarmKind } from './alarms.ts'

export type { Alarm, AlarmKind } from './alarms.ts'

/**
 * Own notes are the chat `me`; a person is the chat of their account id (64 hex digits), a group or room the chat of its
 * conversation (32). A chat may not have a conversation yet.
 */
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
  | 'device-removed' // its account or its network says so, and shows it
  | 'removal-unproven' // the server says so, and shows nothing
  | 'new-version' // the server or another tab runs a newer version: reload
  | 'database-damaged'
  | 'database-newer'
  | 'disk-full'
  | 'fault' // an assertion failed: restart from the last commit

/** Who ended this device's membership, in the words of its account or network, and when. */
export interface EndedBy {
  readonly by: 'device' | 'owner'
  readonly name: string // '' while unknown
  readonly atMs: number
}

export type Session =
  | { readonly state: 'starting' }
  | { readonly state: 'empty'; readonly kept: boolean } // kept: false in a private window (nothing stays on disk)
  | { readonly state: 'locked'; readonly method: UnlockMethod }
  | { readonly state: 'open'; readonly kept: boolean; readonly idleMinutes: number; readonly method: UnlockMethod }
  | { readonly state: 'elsewhere' } // another tab holds the data and cannot share it: "Use here"
  | { readonly state: 'stopped'; readonly reason: StopReason; readonly ended?: EndedBy }

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
  /**
   * `confirmed`: the whole admission chain holds. `waiting`: until the inviter's client has confirmed. `removed`: an owner
   * put them out of the network.
   */
  readonly standing: 'confirmed' | 'waiting' | 'lapsed' | 'removed'
  readonly invitedBySelf: boolean
  readonly invitedSelf: boolean
  /** When an unconfirmed admission lapses. */
  readonly lapsesAtMs?: number
}

export type MessageState = 'waiting' | 'sent' | 'delivered' | 'read' | 'failed'

/** Whose chat it is: a person's (oneself in `me`), or that of several under a title. */
export type ChatFace =
  | { readonly kind: 'me' | 'direct'; readonly person: Person }
  | {
      /** Group: any member adds. Room: its moderators add, remove and rename. */
      readonly kind: 'group' | 'room'
      readonly title: string
      readonly picture: boolean // there is one to be asked for
      /** This account is no longer in it: who ended that (oneself by leaving), and when. */
      readonly ended?: { readonly by?: Person; readonly atMs: number }
    }

export type ChatItem = ChatFace & {
  readonly chatId: ChatId
  readonly unread: number
  readonly mentions: number // how many of the unread mention oneself
  readonly lastAtMs?: number
  readonly preview?: {
    readonly own: boolean
    readonly text: string
    readonly state?: MessageState
    /** Of another's words where there is more than one other. */
    readonly author?: Person
  }
  readonly draft?: string
  readonly typing: readonly Person[]
  /** Only mentions of it call for attention and count in `unreadTotal`. The same on all devices. */
  readonly muted: boolean
  readonly paused: boolean // an alarm stops sending here
}

export interface ChatList {
  readonly networkName: string
  readonly self: Person
  readonly items: readonly ChatItem[]
  readonly unreadTotal: number
}

export type ConversationView = ChatFace & {
  readonly chatId: ChatId
  readonly peopleCount: number // who can read, once the conversation exists
  readonly deviceCount: number
  readonly exists: boolean
  readonly preparing: boolean // the conversation is being created
  /** Changes that are wanted and not so yet: somebody is being added, it is being renamed. */
  readonly changing: boolean
  /** What this person may do here. */
  readonly may: { readonly add: boolean; readonly remove: boolean; readonly rename: boolean; readonly leave: boolean }
  /** A newcomer's: until an account other than the adder's has shown the same digest. */
  readonly unconfirmedBy?: Person
  readonly draft: string
  readonly muted: boolean
  readonly typing: readonly Person[]
  readonly paused?: AlarmKind
  readonly alarms: readonly Alarm[]
  /** First row not read when the chat was last entered by this device; undefined when all was read. */
  readonly firstUnread?: number
  readonly unread: number
  readonly newestPosition: number
}

/** A mention covers `@` and the name that is known here, whatever its sender wrote; `person` is a mention's alone. */
export type ShownRange = Range & { readonly person?: Person }

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
      readonly ranges: readonly ShownRange[]
      readonly state?: MessageState // own rows only
      readonly failure?: RefusalCode
      readonly late?: boolean // arrived long after it was written
      /** Own rows where more than one other reads: how many have read it so far. */
      readonly readBy?: number
    }
  | {
      readonly kind: 'notice'
      readonly notice: Notice
      /** Who did it, or whom it is about. */
      readonly person?: Person
      /** Whom it was done to. */
      readonly subject?: Person
      readonly count?: number
      readonly text?: string
    }
)

export type Notice =
  | 'joined'
  | 'joined-you'
  | 'confirmed'
  | 'missing'
  | 'unsupported'
  | 'created'
  | 'added'
  | 'removed'
  | 'left'
  | 'renamed'
  | 'picture'
  | 'moderator'
  | 'device-added'
  | 'device-removed'
  | 'not-followed'

/** Somebody in a group or room. */
export interface MemberView {
  readonly person: Person
  readonly devices: number
  readonly moderator: boolean
  /** Wanted, and not in yet. */
  readonly waiting: boolean
}

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

/** A device of one's own. */
export interface DeviceView {
  readonly deviceId: string
  readonly name: string // '' while unknown
  readonly isSelf: boolean
  readonly addedAtMs: number
  /** `card`: it came in by the recovery card. */
  readonly addedBy: 'first' | 'card' | { readonly name: string }
  /** Added within the last days: worth a look. */
  readonly isNew: boolean
  /** In how many conversations it is already, and how many there are: for as long as it is being brought in. */
  readonly brought?: { readonly done: number; readonly all: number }
}

/** Whose recovery card it is. */
export interface RecoveryPreview {
  readonly networkName: string
  readonly name: string
}

/** What somebody typed of a recovery card. `place` counts from 1. */
export type RecoveryTyped =
  | { readonly kind: 'key' }
  | { readonly kind: 'word'; readonly place: number; readonly near: readonly string[] }
  | { readonly kind: 'count'; readonly words: number }
  | { readonly kind: 'checksum' }

export interface RecoveryView {
  /** When the card in force was made; undefined: there is none. */
  readonly madeAtMs?: number
  /** After coming back with a card: in so many conversations somebody else has still to let this device in. */
  readonly waiting: number
}

/** What asks to be let in, in its own words. */
export interface AskingDevice {
  readonly platform: string
  readonly askedAtMs: number
  readonly untilMs: number
}

/** What a browser shows that asks to be let in. */
export type Pairing =
  | { readonly state: 'connecting' }
  | { readonly state: 'code'; readonly code: string; readonly untilMs: number }
  | { readonly state: 'number'; readonly number: string; readonly untilMs: number }

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
  /** Of a group or room: a JPEG, `limits.pictureSide` pixels both ways. */
  picture: { readonly parameters: { readonly chatId: ChatId }; readonly value: Uint8Array | undefined }
  connection: { readonly parameters: undefined; readonly value: ConnectionView }
  /** Who is in a group or room, oneself first. */
  members: { readonly parameters: { readonly chatId: ChatId }; readonly value: readonly MemberView[] }
  alarms: { readonly parameters: undefined; readonly value: readonly Alarm[] }
  settings: { readonly parameters: undefined; readonly value: Settings }
  devices: { readonly parameters: undefined; readonly value: readonly DeviceView[] }
  recovery: { readonly parameters: undefined; readonly value: RecoveryView }
  /** While this browser asks to be let in; undefined otherwise. */
  pairing: { readonly parameters: undefined; readonly value: Pairing | undefined }
}

export interface Invite {
  readonly link: string
  readonly expiresAtMs: number
}

/** Who begins on this device. */
export interface Newcomer {
  readonly name: string
  /** What the device is called until somebody names it. */
  readonly platform: string
  readonly unlock: UnlockSecret
}

/** Commands. Each resolves after its effect is durable on this device (not: after the server has it). */
export interface Commands {
  setUp(request: Newcomer & { readonly token: string; readonly networkName: string }): Promise<Result<undefined>>
  previewInvite(request: { readonly path: string; readonly fragment: string }): Promise<Result<InvitePreview>>
  join(request: Newcomer & { readonly path: string; readonly fragment: string }): Promise<Result<undefined>>
  /**
   * Asks to be let into an account: resolves when a device of it has (the session is open then), when it was called off
   * (`offer-unknown`), or when somebody answered who had not read the code (`grant-refused`).
   */
  addThisDevice(request: { readonly platform: string; readonly unlock: UnlockSecret }): Promise<Result<undefined>>
  cancelAddThisDevice(): Promise<void>
  /** Which word is mistyped, if one is. Asks nobody. */
  readRecoveryKey(words: string): Promise<RecoveryTyped>
  /** Whose card it is: `recovery-unknown`, `recovery-replaced` (outdated) and `account-unknown` (put out) say why not. */
  previewRecovery(request: { readonly words: string }): Promise<Result<RecoveryPreview>>
  restore(request: {
    readonly words: string
    readonly platform: string
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
  setMuted(request: { readonly chatId: ChatId; readonly muted: boolean }): Promise<Result<undefined>>
  typing(chatId: ChatId): Promise<void>
  /** Answered when the server knows the invite: a link that is shown works. `offline` when it does not answer in time. */
  createInvite(): Promise<Result<Invite>>
  /** A new group or room of these people; it stands here at once, and they come in as soon as the server answers. */
  createGroup(request: {
    readonly kind: 'group' | 'room'
    readonly title: string
    readonly people: readonly string[]
    readonly picture?: Uint8Array
  }): Promise<Result<ChatId>>
  addPeople(request: { readonly chatId: ChatId; readonly people: readonly string[] }): Promise<Result<undefined>>
  removePerson(request: { readonly chatId: ChatId; readonly accountId: string }): Promise<Result<undefined>>
  renameGroup(request: { readonly chatId: ChatId; readonly title: string }): Promise<Result<undefined>>
  /** A baseline JPEG, `limits.pictureSide` pixels both ways; without one it goes. `picture-refused`: it is none, or too large. */
  setPicture(request: { readonly chatId: ChatId; readonly picture?: Uint8Array }): Promise<Result<undefined>>
  setModerator(request: {
    readonly chatId: ChatId
    readonly accountId: string
    readonly moderator: boolean
  }): Promise<Result<undefined>>
  leaveGroup(chatId: ChatId): Promise<Result<undefined>>
  /** An owner's: this person is put out of the network, and by their clients' commits out of every conversation. */
  removeFromNetwork(accountId: string): Promise<Result<undefined>>
  /** An owner's: this person decides too. */
  makeOwner(accountId: string): Promise<Result<undefined>>
  /** The 24 words of a new card; it counts once it is kept, and the one before it until then. */
  drawRecoveryKey(): Promise<Result<readonly string[]>>
  keepRecoveryKey(): Promise<Result<undefined>>
  /** Finds the device that shows this code; it shows its number from then on. */
  findDevice(code: string): Promise<Result<AskingDevice>>
  /** Lets it in: only after this device was unlocked again, and with the number that stands on the new one. */
  approveDevice(request: { readonly number: string; readonly unlock: UnlockSecret }): Promise<Result<undefined>>
  refuseDevice(): Promise<void>
  removeDevice(deviceId: string): Promise<Result<undefined>>
  nameDevice(request: { readonly deviceId: string; readonly name: string }): Promise<Result<undefined>>
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
