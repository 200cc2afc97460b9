/** What is kept of the network's beginning, its accounts and its invites. */
import type { Result } from '@halyard/protocol'
import type { Awaitable } from '../ports.ts'

/** A device as login and rows need it; `removed` when its chain or the network no longer holds it. */
export interface DeviceRecord {
  readonly device: Uint8Array
  readonly account: Uint8Array
  readonly mlsKey: Uint8Array
  readonly transportKey: Uint8Array
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly removed: boolean
}
export type NewDevice = Omit<DeviceRecord, 'account' | 'removed'>

export interface InviteKept {
  readonly hash: Uint8Array
  /** Encoded `signed` record. */
  readonly record: Uint8Array
  readonly inviter: Uint8Array
  readonly notAfterMs: number
  readonly usedBy: Uint8Array | undefined
}

/** What stands at a card's place; `sealed` is undefined once a newer card took over. */
export interface RecoveryKept {
  readonly account: Uint8Array
  readonly sealed: Uint8Array | undefined
}

/** The newest state of an account, as its device signed it (encoded `signedState`), and its hash. */
export interface StateKept {
  readonly hash: Uint8Array
  readonly state: Uint8Array
}

/** `item` is always an encoded feedItem whose position the store decides. */
export interface NewAccount {
  readonly account: Uint8Array
  readonly link: Uint8Array
  readonly device: NewDevice
  readonly item: Uint8Array
}

export interface AccountStore {
  /** Random, made with the database; a restored database gets another. */
  incarnation(): Awaitable<Uint8Array>
  /** When it was last restored from a copy, if ever. */
  restoredMs(): Awaitable<number | undefined>
  networkLinks(): Awaitable<readonly Uint8Array[]>
  accountLinks(account: Uint8Array): Awaitable<readonly Uint8Array[]>
  device(device: Uint8Array): Awaitable<DeviceRecord | undefined>
  inviteAt(locator: Uint8Array): Awaitable<InviteKept | undefined>
  inviteOf(hash: Uint8Array): Awaitable<InviteKept | undefined>
  /** Account links and the confirmation of an account, in the order of the feed; encoded feedItems. */
  admissionOf(account: Uint8Array): Awaitable<readonly FeedKept[]>
  setupTokenHash(): Awaitable<Uint8Array | undefined>
  recoveryAt(locator: Uint8Array): Awaitable<RecoveryKept | undefined>

  accountState(account: Uint8Array): Awaitable<StateKept | undefined>

  /** Replaces the setup token while there is no network; refuses with `setup-done` afterwards. */
  offerSetup(offer: { readonly tokenHash: Uint8Array }): Awaitable<Result<undefined>>
  /** The first and only network. Refuses with `setup-done` or `setup-token-unknown`. */
  setUp(setUp: {
    readonly tokenHash: Uint8Array
    readonly networkLinks: readonly { readonly link: Uint8Array; readonly item: Uint8Array }[]
    readonly founder: NewAccount
  }): Awaitable<Result<Growth>>
  /** Uses the invite. Refuses with `invite-unknown`, `invite-used`, `invite-expired`, `admission-refused` (device id taken). */
  admit(admission: {
    readonly locator: Uint8Array
    readonly newcomer: NewAccount
    readonly nowMs: number
  }): Awaitable<Result<Growth>>
  /** Refuses with `invite-limit`, or `invite-altered` when another record stands at the locator. */
  createInvite(invite: {
    readonly locator: Uint8Array
    readonly hash: Uint8Array
    readonly record: Uint8Array
    readonly inviter: Uint8Array
    readonly notAfterMs: number
    readonly nowMs: number
  }): Awaitable<Result<undefined>>
  /** The link and the card's place at once; older cards of the account are emptied. Refuses with `chain-conflict`, or `chain-refused` when the place is taken. */
  putRecoveryKey(key: {
    readonly account: Uint8Array
    readonly seq: number
    readonly link: Uint8Array
    readonly item: Uint8Array
    readonly locator: Uint8Array
    readonly sealed: Uint8Array
  }): Awaitable<Result<Growth>>
  /** Only in the place of `base` (undefined: of none): refuses with `state-changed`. The same again answers the same. */
  putAccountState(
    next: StateKept & { readonly account: Uint8Array; readonly base: Uint8Array | undefined },
  ): Awaitable<Result<undefined>>
  /** At most one per invite. Refuses with `confirmation-refused`. */
  confirm(confirmation: {
    readonly invite: Uint8Array
    readonly admission: Uint8Array
    readonly statement: Uint8Array
    readonly item: Uint8Array
  }): Awaitable<Result<Growth>>
}

/** The newest position of the feed after a write. */
export interface Growth {
  readonly position: number
}
export interface FeedKept {
  readonly position: number
  readonly item: Uint8Array
}
