/** A new log with the commit that ends epoch 0, its readers and their Welcomes, in one transaction. */
import { accept, equal, refuse } from '@halyard/protocol'
import type { MemberHandler } from '../core.ts'
import { verifiedRow } from './verified-row.ts'
import { addedTwice, refusedWelcomes } from './welcomes.ts'

export const createConversation: MemberHandler<'create-conversation'> = async (core, member, request, session) => {
  const { conversation, entry, row: signed, welcomes } = request
  const waitMs = core.rare.conversation.take(member.deviceHex, core.clock.nowMs())
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  const verified = await verifiedRow(core, member, conversation, signed)
  if ('ok' in verified) return verified
  const { row, encoded } = verified
  const { content } = row
  if (content.kind !== 'commit' || row.epoch !== 0 || content.removed.length > 0 || addedTwice(content))
    return refuse('policy-denied')
  if (content.added.some((device) => equal(device, member.device))) return refuse('policy-denied')
  const refused = refusedWelcomes(welcomes, content.added)
  if (refused !== undefined) return refused
  return async () => {
    const first = { conversation, entry, device: member.device, row: encoded, epoch: 0, nowMs: core.clock.nowMs() }
    const created = await core.store.createConversation({ first, added: content.added, welcomes })
    if (!created.ok) return created
    const { place, rings, repeated } = created.value
    if (!repeated) {
      core.count('appended')
      core.fanOut.forget(conversation)
      core.fanOut.row(conversation, { ...place, entry, row: encoded }, session)
      core.fanOut.mailboxes(rings)
    }
    return accept(place)
  }
}
