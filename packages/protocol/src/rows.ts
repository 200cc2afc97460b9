/** What stands in the one ordered log of a conversation, and how the log is chained. */
import { accountId, conversationId, deviceId, entryId, hash, signature, version } from './chains.ts'
import { blob, bytes, list, record, uint, variant } from './codec/schema.ts'
import type { Infer } from './codec/schema.ts'
import { limits } from './limits.ts'

/** What the sender's leaf key signs: everything outside the ciphertext. */
export const row = record({
  version,
  conversation: conversationId,
  account: accountId,
  device: deviceId,
  /** The epoch the message is sealed in; for a commit, the epoch it ends. */
  epoch: uint(),
  /** Hash of the commit that made `epoch` (32 zero bytes for epoch 0). */
  madeBy: hash,
  /** First 16 bytes of SHA-256 over the confirmed transcript hash of `epoch`. */
  digest: bytes(16),
  content: variant({
    application: record({ message: blob(limits.messageMaxBytes) }),
    commit: record({
      message: blob(limits.commitMaxBytes),
      /** Devices that come and go; must be what the commit's proposals say. */
      added: list(deviceId, limits.devicesPerConversationMax),
      removed: list(deviceId, limits.devicesPerConversationMax),
    }),
    complaint: record({ commit: hash }),
    /** Somebody asks to leave: an MLS proposal that a commit of another takes in by reference. */
    proposal: record({ message: blob(limits.proposalMaxBytes) }),
  }),
})
export type Row = Infer<typeof row>

export const signedRow = record({ body: blob(limits.commitMaxBytes + 128 * 1024), signature })
export type SignedRow = Infer<typeof signedRow>

/** A row as the server keeps and delivers it. `chain` = SHA-256 over the previous chain hash and `linkInChain`. */
export const entry = record({
  seq: uint(),
  timeMs: uint(),
  entry: entryId,
  row: blob(limits.commitMaxBytes + 160 * 1024), // encoded signedRow
  chain: hash,
})
export type Entry = Infer<typeof entry>

/** What one chain step hashes, after the previous chain hash (32 zero bytes before the first row). */
export const linkInChain = record({
  conversation: conversationId,
  seq: uint(),
  timeMs: uint(),
  entry: entryId,
  rowHash: hash,
})

/** Where a device stands in a log. A restored server has another incarnation. */
export const cursor = record({ incarnation: bytes(16), seq: uint(), chain: hash })
export type Cursor = Infer<typeof cursor>
