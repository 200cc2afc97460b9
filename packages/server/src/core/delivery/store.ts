/** What is kept of conversations: one ordered log each, one cursor per device, and mailboxes. */
import type { Result, Row } from '@halyard/protocol'
import type { Awaitable } from '../ports.ts'

/** A commit that takes somebody out is a `removal`. */
export type RowKind = Row['content']['kind'] | 'removal'

/** Where an entry stands. */
export interface Place {
  readonly seq: number
  readonly timeMs: number
  readonly chain: Uint8Array
}
export interface EntryKept extends Place {
  readonly entry: Uint8Array
  /** Encoded signedRow. */
  readonly row: Uint8Array
}
export interface NewEntry {
  readonly conversation: Uint8Array
  readonly entry: Uint8Array
  readonly device: Uint8Array
  readonly row: Uint8Array
  readonly epoch: number
  readonly nowMs: number
}
export interface NewWelcome {
  readonly device: Uint8Array
  readonly keyPackage: Uint8Array
  readonly welcome: Uint8Array
  /** Empty: the one of the Welcome before it in the list. One tree of many is kept once. */
  readonly tree: Uint8Array | undefined
}
export interface WelcomeKept extends NewWelcome {
  readonly position: number
  readonly conversation: Uint8Array
  readonly from: Uint8Array
  readonly seq: number
  /** An entry request: `welcome` is the signed request and `tree` the key package. */
  readonly isRequest: boolean
}
/** A mailbox that has grown, and to which position. */
export interface Ring {
  readonly device: Uint8Array
  readonly position: number
}
export interface CommitOpen {
  readonly device: Uint8Array
  readonly epoch: number
  readonly row: Uint8Array
  /** A commit that came after it is settled already: its own committer was quicker. */
  readonly isLate: boolean
}

export interface DeliveryStore {
  /** Devices that read a conversation; empty when there is none. */
  readersOf(conversation: Uint8Array): Awaitable<readonly Uint8Array[]>
  /** Entries after a sequence number for a reader, at most `limit` and `maxBytes` (but one at least). Refuses with `conversation-unknown`. */
  entriesAfter(
    conversation: Uint8Array,
    device: Uint8Array,
    after: number,
    limit: number,
    maxBytes: number,
  ): Awaitable<Result<{ readonly entries: readonly EntryKept[]; readonly more: boolean }>>
  conversationsOf(
    device: Uint8Array,
    after: Uint8Array | undefined,
    limit: number,
  ): Awaitable<{
    readonly items: readonly { readonly conversation: Uint8Array; readonly newest: number; readonly passed: number }[]
    readonly more: boolean
  }>
  /** Conversations that other devices of this one's account read, and it does not. */
  accountConversations(
    device: Uint8Array,
    after: Uint8Array | undefined,
    limit: number,
  ): Awaitable<{ readonly items: readonly Uint8Array[]; readonly more: boolean }>
  /** The commit row at `seq`: open, or `settled` if it is the one that made the settled epoch; undefined otherwise. */
  commitAt(conversation: Uint8Array, seq: number): Awaitable<CommitOpen | 'settled' | undefined>
  mailboxAfter(
    device: Uint8Array,
    after: number,
    limit: number,
    maxBytes: number,
  ): Awaitable<{ readonly items: readonly WelcomeKept[]; readonly more: boolean }>

  /**
   * A new log with its first row. The same entry again answers its place. Refuses with `conversation-exists`,
   * `account-unknown` (a device that is not of the network), `policy-denied` (too many readers or conversations).
   */
  createConversation(creation: {
    readonly first: NewEntry
    readonly added: readonly Uint8Array[]
    readonly welcomes: readonly NewWelcome[]
  }): Awaitable<Result<{ readonly place: Place; readonly rings: readonly Ring[]; readonly repeated: boolean }>>
  /**
   * Where there is no such conversation: an empty log that has settled `epoch` epochs, with those of `readers` who are
   * known here. Where there is one, `device` reads it: the readers and the epoch it lacks. Refuses with
   * `conversation-unknown` (to who does not read it) and `policy-denied` (too many readers or conversations).
   */
  reviveConversation(revival: {
    readonly conversation: Uint8Array
    readonly device: Uint8Array
    readonly epoch: number
    readonly readers: readonly Uint8Array[]
  }): Awaitable<Result<undefined>>
  /**
   * Appends for a reader. The same entry again answers the place it has. Refuses with `conversation-unknown`,
   * `epoch-old`, `commit-quota`.
   */
  appendToConversation(
    entry: NewEntry & { readonly kind: RowKind },
  ): Awaitable<Result<{ readonly place: Place; readonly repeated: boolean }>>
  /**
   * Epoch, routing and Welcomes move by a commit of `device` that stands at `seq`; where a later one is settled already, the
   * epoch stays where that has brought it. Repeating it changes nothing.
   */
  settleCommit(settlement: {
    readonly conversation: Uint8Array
    readonly device: Uint8Array
    readonly seq: number
    readonly epoch: number
    readonly added: readonly Uint8Array[]
    readonly removed: readonly Uint8Array[]
    readonly welcomes: readonly NewWelcome[]
  }): Awaitable<Result<{ readonly rings: readonly Ring[] }>>
  /**
   * Puts a request before readers of other accounts, at most `readersMax`. Refuses with `conversation-unknown` when no
   * other device of the asking one's account reads the conversation, or nobody else does.
   */
  askEntry(asking: {
    readonly conversation: Uint8Array
    readonly device: Uint8Array
    readonly request: Uint8Array
    readonly keyPackage: Uint8Array
    readonly readersMax: number
  }): Awaitable<Result<{ readonly rings: readonly Ring[] }>>
  /** The device has everything up to `seq`; what every reader has passed goes. Refuses with `conversation-unknown`, `cursor-unknown`. */
  passEntries(pass: {
    readonly conversation: Uint8Array
    readonly device: Uint8Array
    readonly seq: number
    readonly chain: Uint8Array
  }): Awaitable<Result<undefined>>
  passMailbox(pass: { readonly device: Uint8Array; readonly position: number }): Awaitable<Result<undefined>>
}
