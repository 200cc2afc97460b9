/** After a restore from a copy: members tell of conversations and readers that it does not know (trust.md §3, Rollback). */
import { accept, equal, refuse, toHex } from '@halyard/protocol'
import { bounds } from '../bounds.ts'
import type { MemberHandler } from '../core.ts'

export const reviveConversation: MemberHandler<'revive-conversation'> = async (core, member, request) => {
  const { conversation, epoch, readers } = request
  const nowMs = core.clock.nowMs()
  const restoredMs = await core.store.restoredMs()
  // Nothing was lost here, or those who knew have had their time: nobody changes routing without a commit.
  if (restoredMs === undefined || nowMs - restoredMs > bounds.revivalMs) return refuse('policy-denied')
  if (!readers.some((device) => equal(device, member.device))) return refuse('policy-denied')
  if (new Set(readers.map(toHex)).size !== readers.length) return refuse('policy-denied')
  const waitMs = core.rare.conversation.take(member.deviceHex, nowMs)
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  return async () => {
    const revived = await core.store.reviveConversation({ conversation, device: member.device, epoch, readers })
    if (!revived.ok) return revived
    core.fanOut.forget(conversation)
    return accept({})
  }
}
