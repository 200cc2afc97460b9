/**
 * What a client asks of the server. Each command: the shape of the request, of the answer, and whether the device must
 * have signed in. The server answers every request with the answer or a refusal.
 */
import {
  accountId,
  conversationId,
  deviceId,
  entryId,
  hash,
  networkId,
  signature,
  signed,
  signedAccountLink,
  signedProfile,
  version,
} from '../chains.ts'
import { blob, bytes, flag, list, maybe, nothing, record, text, uint, variant } from '../codec/schema.ts'
import type { Infer, Schema } from '../codec/schema.ts'
import { signedState } from '../content/account-state.ts'
import { limits } from '../limits.ts'
import { cursor, entry, signedRow } from '../rows.ts'

const command = <const Q, const A>(signedIn: boolean, request: Schema<Q>, answer: Schema<A>) =>
  ({ signedIn, request, answer }) as const

/**
 * One thing in the public feed of the network, in the order the server took it in. Everything in it is signed by whoever
 * made it; the server adds only the position.
 */
export const feedItem = record({
  position: uint(),
  item: variant({
    'network-link': record({ link: signed }),
    /** A genesis by invite comes with the invite's record. */
    'account-link': record({ account: accountId, link: signedAccountLink, invite: maybe(signed) }),
    confirmation: record({ confirmation: signed }),
    profile: record({ profile: signedProfile }),
  }),
})
export type FeedItem = Infer<typeof feedItem>

/**
 * `keyPackage` is the reference (RFC 9420 §5.2) of the key package the Welcome was made for. `tree`: sealed, for whom the
 * Welcome has the key; empty: the one of the Welcome before it in the list; absent: it is in the Welcome.
 */
export const addressedWelcome = record({
  device: deviceId,
  keyPackage: blob(64),
  welcome: blob(limits.welcomeMaxBytes),
  tree: maybe(blob(limits.treeMaxBytes)),
})
export type AddressedWelcome = Infer<typeof addressedWelcome>
const welcomes = list(addressedWelcome, limits.devicesPerConversationMax)

/** What belongs to no conversation (yet): kept for one device until it has passed it. */
export const mailboxItem = record({
  position: uint(),
  item: variant({
    welcome: record({
      conversation: conversationId,
      from: deviceId,
      /** Sequence number of the commit row this Welcome belongs to. */
      seq: uint(),
      keyPackage: blob(64),
      welcome: blob(limits.welcomeMaxBytes),
      tree: maybe(blob(limits.treeMaxBytes)),
    }),
    /** A device whose account has a leaf in the conversation that it cannot use asks to come in its place. */
    'entry-request': record({
      conversation: conversationId,
      from: deviceId,
      request: signed,
      keyPackage: blob(limits.keyPackageMaxBytes),
    }),
  }),
})
export type MailboxItem = Infer<typeof mailboxItem>

const placed = record({ seq: uint(), timeMs: uint(), chain: hash })

export const commands = {
  /** The first browser. Repeating it with the same links answers the same. */
  'set-up': command(
    false,
    record({ token: text(100), networkLinks: list(signed, 2), accountLink: signedAccountLink }),
    nothing,
  ),
  'preview-invite': command(
    false,
    record({ locator: bytes(16) }),
    record({
      record: signed,
      used: flag,
      networkLinks: list(signed, limits.networkLinksMax),
      /** Feed items that prove the inviter's admission up to the network's genesis. */
      proof: list(feedItem, 2_000),
    }),
  ),
  /** Uses an invite. Repeating it with the same link answers the same. */
  join: command(false, record({ locator: bytes(16), accountLink: signedAccountLink }), nothing),
  /** What a recovery card finds: its sealed record, and what proves its account up to the network's genesis. */
  'find-recovery': command(
    false,
    record({ locator: bytes(16) }),
    record({
      account: accountId,
      sealed: blob(limits.recoverySealedMaxBytes),
      networkLinks: list(signed, limits.networkLinksMax),
      proof: list(feedItem, 2_000),
    }),
  ),
  /** A device comes in by a recovery card. Repeating it with the same link answers the same. */
  restore: command(false, record({ locator: bytes(16), accountLink: signedAccountLink }), nothing),
  /** A browser without an account shows a code; who types it on a device of theirs finds what stands here. Kept in memory. */
  'offer-device': command(false, record({ locator: bytes(4), offer: blob(limits.deviceOfferMaxBytes) }), nothing),
  /** What has come of this connection's offer; `reveal` once the answer is there. */
  'next-offer': command(
    false,
    record({ reveal: maybe(bytes(32)) }),
    record({ answer: maybe(bytes(32)), grant: maybe(blob(limits.deviceGrantMaxBytes)) }),
  ),
  'log-in': command(
    false,
    record({ version, network: networkId, device: deviceId, signature }),
    record({
      incarnation: bytes(16),
      serverTimeMs: uint(),
      feedPosition: uint(),
      keyPackages: uint(limits.keyPackagePoolMax),
      lastResortNotAfterMs: maybe(uint()),
    }),
  ),
  /** To a device that was refused as removed: the chains that say so. */
  'prove-removal': command(
    false,
    record({ device: deviceId }),
    record({
      accountLinks: list(signedAccountLink, limits.linksPerAccountMax),
      networkLinks: list(signed, limits.networkLinksMax),
    }),
  ),
  'fetch-feed': command(
    true,
    record({ after: uint(), limit: uint(limits.feedPerFetchMax) }),
    record({ items: list(feedItem, limits.feedPerFetchMax), more: flag }),
  ),
  'append-network-link': command(true, record({ link: signed }), nothing),
  'append-account-link': command(true, record({ link: signedAccountLink }), nothing),
  /** A new recovery key: the link that names it, and what its card will find. The card before it finds nothing any more. */
  'put-recovery-key': command(
    true,
    record({ link: signedAccountLink, locator: bytes(16), sealed: blob(limits.recoverySealedMaxBytes) }),
    nothing,
  ),
  /** Takes the offer for this device alone, and shows its nonce to the one that offers itself. */
  'find-offer': command(
    true,
    record({ locator: bytes(4), nonce: bytes(32) }),
    record({ offer: blob(limits.deviceOfferMaxBytes) }),
  ),
  'reveal-offer': command(true, record({ locator: bytes(4) }), record({ nonce: maybe(bytes(32)) })),
  'grant-device': command(true, record({ locator: bytes(4), sealed: blob(limits.deviceGrantMaxBytes) }), nothing),
  'create-invite': command(true, record({ locator: bytes(16), record: signed }), nothing),
  confirm: command(true, record({ confirmation: signed }), nothing),
  'put-profile': command(true, record({ profile: signedProfile }), nothing),
  'publish-key-packages': command(
    true,
    record({
      packages: list(blob(limits.keyPackageMaxBytes), limits.keyPackagePoolMax),
      lastResort: maybe(record({ package: blob(limits.keyPackageMaxBytes), notAfterMs: uint() })),
    }),
    nothing,
  ),
  /** One per device of the account. */
  'claim-key-packages': command(
    true,
    record({ account: accountId }),
    record({
      packages: list(
        record({ device: deviceId, package: blob(limits.keyPackageMaxBytes), lastResort: flag }),
        limits.devicesPerAccountMax,
      ),
    }),
  ),
  /** A new log with its first row (the commit that ends epoch 0), who reads it, and their Welcomes, at once. */
  'create-conversation': command(
    true,
    record({
      conversation: conversationId,
      entry: entryId,
      row: signedRow,
      welcomes,
    }),
    placed,
  ),
  /**
   * After a restore: a conversation that the server has lost begins anew with an empty log, in the epoch its members stand
   * in; of one it knows, a reader tells the readers that were lost.
   */
  'revive-conversation': command(
    true,
    record({
      conversation: conversationId,
      epoch: uint(),
      readers: list(deviceId, limits.devicesPerConversationMax),
    }),
    nothing,
  ),
  /** Answered when the row is on the disk. The same entry id again answers the place it already has. */
  append: command(true, record({ conversation: conversationId, entry: entryId, row: signedRow }), placed),
  /** The committer found its commit to be the first valid one: epoch, routing and Welcomes move. */
  settle: command(
    true,
    record({
      conversation: conversationId,
      seq: uint(),
      welcomes,
    }),
    nothing,
  ),
  'list-conversations': command(
    true,
    record({ after: maybe(conversationId) }),
    record({
      items: list(record({ conversation: conversationId, newest: uint(), passed: uint() }), limits.rowsPerFetchMax),
      more: flag,
    }),
  ),
  /** Conversations that other devices of the account read: where a device that came in by a card asks to be let in. */
  'list-account-conversations': command(
    true,
    record({ after: maybe(conversationId) }),
    record({ items: list(conversationId, limits.rowsPerFetchMax), more: flag }),
  ),
  'ask-entry': command(
    true,
    record({ conversation: conversationId, request: signed, keyPackage: blob(limits.keyPackageMaxBytes) }),
    nothing,
  ),
  'fetch-rows': command(
    true,
    record({ conversation: conversationId, after: uint(), limit: uint(limits.rowsPerFetchMax) }),
    record({ entries: list(entry, limits.rowsPerFetchMax), more: flag }),
  ),
  /** The device has durably taken everything up to the cursor. */
  pass: command(true, record({ conversation: conversationId, cursor }), nothing),
  'fetch-mailbox': command(
    true,
    record({ after: uint(), limit: uint(limits.mailboxPerFetchMax) }),
    record({ items: list(mailboxItem, limits.mailboxPerFetchMax), more: flag }),
  ),
  'pass-mailbox': command(true, record({ position: uint() }), nothing),
  /** The newest account state of the own account, if there is one. */
  'fetch-account-state': command(true, nothing, record({ state: maybe(signedState) })),
  /** Takes the place of the state whose hash is `base` (absent: of none); refused with `state-changed` if another is there. */
  'put-account-state': command(true, record({ base: maybe(hash), state: signedState }), nothing),
  /** A sealed signal for who is online now; kept nowhere. */
  whisper: command(true, record({ conversation: conversationId, message: blob(limits.whisperMaxBytes) }), nothing),
} as const

export type Commands = typeof commands
export type CommandName = keyof Commands
export type Request<N extends CommandName> = Infer<Commands[N]['request']>
export type Answer<N extends CommandName> = Infer<Commands[N]['answer']>
export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name)
