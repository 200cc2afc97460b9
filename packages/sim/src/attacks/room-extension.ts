/** The room component as an attacker writes it: any kind with any accounts, title and moderators. */
import {
  accountId,
  blob,
  compare,
  encode,
  list,
  maybe,
  protocolVersion,
  record,
  text,
  uint,
  word,
} from '@halyard/protocol'
import type { Extension } from '@halyard/mls'

const closed = record({ version: uint(65_535), kind: word('me', 'direct'), accounts: list(accountId, 2) })
const open = record({
  version: uint(65_535),
  kind: word('group', 'room'),
  title: text(64),
  moderators: list(accountId, 64),
  picture: maybe(blob(1024 * 1024)),
})

export const roomExtension = (kind: 'me' | 'direct', accounts: readonly Uint8Array[]): Extension => ({
  type: 0xf0a1,
  data: encode(closed, { version: protocolVersion, kind, accounts: [...accounts].sort(compare) }),
})
export const openRoomExtension = (
  kind: 'group' | 'room',
  title: string,
  moderators: readonly Uint8Array[],
  picture?: Uint8Array,
): Extension => ({
  type: 0xf0a1,
  data: encode(open, { version: protocolVersion, kind, title, moderators: [...moderators].sort(compare), picture }),
})
