/** An invite whose record a device of the inviter has signed. The server learns its locator, never its secret. */
import { accept, encode, equal, limits, refuse, signed } from '@halyard/protocol'
import { holdsHead, inviteHash, inviteLocator, readInvite, validDevice } from '@halyard/crypto/verify'
import type { MemberHandler } from '../core.ts'

export const createInvite: MemberHandler<'create-invite'> = async (core, member, { locator, record }) => {
  const nowMs = core.clock.nowMs()
  const waitMs = core.rare.link.take(member.accountHex, nowMs)
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  const [network, inviter] = await Promise.all([core.accounts.network(), core.accounts.account(member.account)])
  if (network === undefined || inviter === undefined) return refuse('account-unknown')
  const invite = await readInvite(core.verifier, network.network, record, inviter)
  if (!invite.ok) return refuse('invite-altered')
  const { value } = invite
  const byThisDevice = equal(value.inviterDevice, member.device) && validDevice(inviter, member.device) !== undefined
  if (!byThisDevice || !equal(locator, inviteLocator(value.inviteKey))) return refuse('invite-altered')
  if (!holdsHead(network, value.networkHead)) return refuse('network-behind')
  if (value.notAfterMs <= nowMs) return refuse('invite-expired')
  if (value.notAfterMs > nowMs + limits.inviteLifetimeMs + limits.clockSkewMaxMs) return refuse('policy-denied')
  return async () => {
    const created = await core.store.createInvite({
      locator,
      hash: inviteHash(record),
      record: encode(signed, record),
      inviter: member.account,
      notAfterMs: value.notAfterMs,
      nowMs,
    })
    return created.ok ? accept({}) : created
  }
}
