/** One key package for each device of an account, for who wants to bring it into a group. */
import { accept, refuse, toHex } from '@halyard/protocol'
import type { MemberHandler } from '../core.ts'

export const claimKeyPackages: MemberHandler<'claim-key-packages'> = async (core, member, { account }) => {
  const nowMs = core.clock.nowMs()
  if ((await core.accounts.account(account)) === undefined) return refuse('account-unknown')
  const waitMs =
    core.claims.take(`${member.accountHex} ${toHex(account)}`, nowMs) || core.rare.claim.take(member.accountHex, nowMs)
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  return async () => {
    const claimed = await core.store.claimKeyPackages({ account, except: member.device, nowMs })
    return claimed.ok ? accept({ packages: claimed.value }) : claimed
  }
}
