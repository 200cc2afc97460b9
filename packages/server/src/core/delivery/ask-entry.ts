/** A device that came in by a card asks members of its account's conversations to let it in; they judge, not the server. */
import { accept, encode, limits, refuse, signed, toHex } from '@halyard/protocol'
import { bounds } from '../bounds.ts'
import type { MemberHandler } from '../core.ts'

export const listAccountConversations: MemberHandler<'list-account-conversations'> =
  (core, member, { after }) =>
  async () =>
    accept(await core.store.accountConversations(member.device, after, limits.rowsPerFetchMax))

export const askEntry: MemberHandler<'ask-entry'> = (core, member, { conversation, request, keyPackage }) => {
  const waitMs = core.rare.entry.take(`${member.deviceHex} ${toHex(conversation)}`, core.clock.nowMs())
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  return async () => {
    const asked = await core.store.askEntry({
      conversation,
      device: member.device,
      request: encode(signed, request),
      keyPackage,
      readersMax: bounds.entryReadersMax,
    })
    if (!asked.ok) return asked
    core.fanOut.mailboxes(asked.value.rings)
    return accept({})
  }
}
