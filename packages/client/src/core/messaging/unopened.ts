/**
 * The commit that ended this device's epoch, and that it alone cannot open (trust.md §3). It says so in the log. Another
 * commit takes its place as soon as everybody else lets go of it as well; has somebody else stood by it, this device is cut
 * off, and asks to come in again as itself.
 */
import {
  accountId,
  assert,
  blob,
  decode,
  encode,
  equal,
  flag,
  hash,
  limits,
  maybe,
  record,
  uint,
} from '@halyard/protocol'
import type { Entry, Infer, Row } from '@halyard/protocol'
import type { Draft } from './engine.ts'

const unopened = record({
  commit: hash,
  committer: accountId,
  /** Row time. */
  timeMs: uint(),
  /** A complaint about it stands in the log. */
  complained: flag,
  /** Another account than the committer's has spoken in its epoch: it stands for good. */
  confirmed: flag,
  /** The key package (its reference) with which this device has asked to come in again, and when by its own clock. */
  asked: maybe(record({ reference: blob(64), atMs: uint() })),
})
export type Unopened = Infer<typeof unopened>

export const encodeUnopened = (value: Unopened): Uint8Array => encode(unopened, value)
export const decodeUnopened = (bytes: Uint8Array): Unopened => {
  const value = decode(unopened, bytes)
  assert(value !== undefined, 'a stored unopened commit does not decode')
  return value
}

/** Whether a commit in this place makes it void for everybody. */
export const voids = ({ complained, confirmed, timeMs }: Unopened, entry: Entry): boolean =>
  complained && !confirmed && entry.timeMs >= timeMs + limits.complaintPatienceMs

/** A row that says where its author stands: in the epoch that cannot be opened here. */
export const noteSpoken = (draft: Draft, row: Row): void => {
  const { unopened: waits, current } = draft.group
  if (waits === undefined || row.epoch !== current.epoch + 1 || !equal(row.madeBy, waits.commit)) return
  if (row.content.kind === 'complaint') return
  if (!equal(row.account, waits.committer)) draft.group = { ...draft.group, unopened: { ...waits, confirmed: true } }
}

/** The committer's own account complains of nothing: nobody else would let go of the commit for it. */
export const noteComplaint = (draft: Draft, row: Row): void => {
  const { unopened: waits } = draft.group
  if (waits === undefined || row.content.kind !== 'complaint' || !equal(row.content.commit, waits.commit)) return
  if (!equal(row.account, waits.committer)) draft.group = { ...draft.group, unopened: { ...waits, complained: true } }
}
