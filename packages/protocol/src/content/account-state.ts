/**
 * What the devices of one account agree on (trust.md §3, Account state): one sealed document at the server, each version
 * naming the one before. The server keeps the newest, opens none, and takes one only in the place of what is there.
 */
import { accountId, conversationId, deviceId, hash, head, networkId, publicKey, signature, version } from '../chains.ts'
import { blob, bytes, flag, list, maybe, record, text, uint } from '../codec/schema.ts'
import type { Infer } from '../codec/schema.ts'
import { limits } from '../limits.ts'

/** The card in force, and the public key (X-Wing) that only it can open for. */
export const stateCard = record({ recoveryKey: publicKey, sealKey: blob(limits.sealKeyMaxBytes) })
export type StateCard = Infer<typeof stateCard>

/**
 * The document. What can only grow is merged by union or maximum; what a person sets, by the later stamp (ms of the
 * device's clock, made later than the stamp it replaces), and of two with one stamp the greater value.
 * Lists are sorted by their first field, so that the same state is the same bytes.
 */
export const stateDocument = record({
  version,
  settings: record({ sendReadReceipts: flag, stamp: uint() }),
  card: maybe(stateCard),
  directoryKeys: list(record({ id: bytes(16), key: bytes(32) }), limits.directoryKeysKept),
  devices: list(
    record({ device: deviceId, name: text(limits.platformMaxLength), stamp: uint() }),
    limits.linksPerAccountMax,
  ),
  /** `chat` as the client names it: an account (64 hex digits) or a conversation (32). */
  chats: list(
    record({
      chat: text(64),
      draft: text(limits.draftMaxLength),
      draftStamp: uint(),
      muted: flag,
      mutedStamp: uint(),
    }),
    limits.conversationsPerDeviceMax,
  ),
  /** Where the account takes part or did, each read up to this row of its log. */
  conversations: list(record({ conversation: conversationId, read: uint() }), limits.conversationsPerDeviceMax),
})
export type StateDocument = Infer<typeof stateDocument>

/** One version of it as a device of the account signs it; its hash is the next one's `previous`. */
export const sealedState = record({
  version,
  network: networkId,
  account: accountId,
  device: deviceId,
  /** The account's chain as the device knew it. */
  chain: head,
  number: uint(),
  previous: hash, // 32 zero bytes in the first
  /** Which key it is sealed under, and the number of the newest link of the account's chain when that key was made. */
  key: bytes(16),
  keySeq: uint(),
  /** The key, sealed to the recovery card in force. */
  card: maybe(record({ recoveryKey: publicKey, kemOutput: blob(2_048), ciphertext: blob(64) })),
  sealed: blob(limits.accountStateMaxBytes),
})
export type SealedState = Infer<typeof sealedState>
export const signedState = record({ body: blob(limits.accountStateMaxBytes + 4_096), signature })
export type SignedState = Infer<typeof signedState>

/** A place in the chain of an account's states. */
export const stateHead = record({ number: uint(), hash })
export type StateHead = Infer<typeof stateHead>
