/** The inviter's or an owner's word that this admission used the invite; one for each invite. */
import { accept, confirmation, decode, encode, equal, feedItem, refuse, signed } from '@halyard/protocol'
import { holdsHead, readConfirmation, validDevice } from '@halyard/crypto/verify'
import type { MemberHandler } from '../core.ts'

export const confirm: MemberHandler<'confirm'> = async (core, member, { confirmation: statement }) => {
  const said = decode(confirmation, statement.body)
  const network = await core.accounts.network()
  const by = await core.accounts.account(member.account)
  if (said === undefined || network === undefined || by === undefined) return refuse('confirmation-refused')
  const invite = await core.store.inviteOf(said.invite)
  if (invite === undefined) return refuse('confirmation-refused')
  const read = await readConfirmation(core.verifier, network, statement, invite.inviter, (account) =>
    equal(account, member.account) ? by : undefined,
  )
  if (!read.ok || !equal(read.value.device, member.device) || validDevice(by, member.device) === undefined)
    return refuse('confirmation-refused')
  if (!holdsHead(network, said.networkHead)) return refuse('network-behind')
  return async () => {
    const confirmed = await core.store.confirm({
      invite: said.invite,
      admission: said.admission,
      statement: encode(signed, statement),
      item: encode(feedItem, { position: 0, item: { kind: 'confirmation', confirmation: statement } }),
    })
    if (!confirmed.ok) return confirmed
    core.fanOut.feed(confirmed.value.position)
    return accept({})
  }
}
