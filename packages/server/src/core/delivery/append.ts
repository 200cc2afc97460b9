/** A row for the log. The answer leaves when the row is on the disk; then it rings for everybody who reads. */
import { accept, refuse } from '@halyard/protocol'
import type { MemberHandler } from '../core.ts'
import { addedTwice } from './welcomes.ts'
import { verifiedRow } from './verified-row.ts'

export const append: MemberHandler<'append'> = async (core, member, { conversation, entry, row: signed }, session) => {
  const verified = await verifiedRow(core, member, conversation, signed)
  if ('ok' in verified) return verified
  const { row, encoded } = verified
  if (row.content.kind === 'commit' && addedTwice(row.content)) return refuse('policy-denied')
  return async () => {
    const appended = await core.store.appendToConversation({
      conversation,
      entry,
      device: member.device,
      row: encoded,
      epoch: row.epoch,
      kind: row.content.kind === 'commit' && row.content.removed.length > 0 ? 'removal' : row.content.kind,
      nowMs: core.clock.nowMs(),
    })
    if (!appended.ok) return appended
    const { place, repeated } = appended.value
    if (!repeated) {
      core.count('appended')
      core.fanOut.row(conversation, { ...place, entry, row: encoded }, session)
    }
    return accept(place)
  }
}
