/** The room component as an attacker writes it: any kind with any accounts. */
import { accountId, compare, encode, list, protocolVersion, record, uint, word } from '@halyard/protocol'
import type { Extension } from '@halyard/mls'

const room = record({ version: uint(65_535), kind: word('me', 'direct'), accounts: list(accountId, 2) })

export const roomExtension = (kind: 'me' | 'direct', accounts: readonly Uint8Array[]): Extension => ({
  type: 0xf0a1,
  data: encode(room, { version: protocolVersion, kind, accounts: [...accounts].sort(compare) }),
})
