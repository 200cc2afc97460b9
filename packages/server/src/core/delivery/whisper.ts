/** A sealed signal for who is online now. Kept nowhere, lost when somebody is slow. */
import { accept, refuse } from '@halyard/protocol'
import type { MemberHandler } from '../core.ts'

export const whisper: MemberHandler<'whisper'> = (core, _member, { conversation, message }, session) => {
  const nowMs = core.clock.nowMs()
  if (!session.whispers.take(nowMs)) return refuse('rate-limited', session.whispers.waitMs(nowMs))
  return async () =>
    (await core.fanOut.whisper(conversation, session, message)) ? accept({}) : refuse('conversation-unknown')
}
