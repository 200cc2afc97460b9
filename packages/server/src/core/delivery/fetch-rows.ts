/** Entries after a sequence number; what the connection has been sent is known from then on, so that a gap shows. */
import { accept, toHex } from '@halyard/protocol'
import { bounds } from '../bounds.ts'
import type { MemberHandler } from '../core.ts'

export const fetchRows: MemberHandler<'fetch-rows'> =
  (core, member, { conversation, after, limit }, session) =>
  async () => {
    const found = await core.store.entriesAfter(conversation, member.device, after, limit, bounds.fetchMaxBytes)
    if (!found.ok) return found
    const newest = found.value.entries.at(-1)
    const key = toHex(conversation)
    if (newest !== undefined && newest.seq > (session.sent.get(key) ?? 0)) session.sent.set(key, newest.seq)
    return accept(found.value)
  }
