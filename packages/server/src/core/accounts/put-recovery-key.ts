/** A member's new recovery key: the link into the chain and the card's place, or neither. */
import { accept, equal, refuse } from '@halyard/protocol'
import { extendAccountChain } from '@halyard/crypto/verify'
import type { MemberHandler } from '../core.ts'
import { refusalOf } from '../directory/faults.ts'
import { linkGrowth } from '../directory/link-growth.ts'

export const putRecoveryKey: MemberHandler<'put-recovery-key'> = async (core, member, { link, locator, sealed }) => {
  const { account } = member
  const waitMs = core.rare.link.take(member.accountHex, core.clock.nowMs())
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  const [network, state] = [await core.accounts.network(), await core.accounts.account(account)]
  if (network === undefined || state === undefined) return refuse('account-unknown')
  const next = await extendAccountChain(core.verifier, network.network, state, link)
  if (!next.ok) {
    const refused = refusalOf(next.fault)
    if (refused !== undefined) return refused
    const there = await core.store.recoveryAt(locator)
    return there !== undefined && equal(there.account, account) ? () => accept({}) : refuse('chain-refused')
  }
  if (next.value.recoveryKeys.length === state.recoveryKeys.length) return refuse('chain-refused')
  return async () => {
    const grown = await core.store.putRecoveryKey({
      ...linkGrowth(next.value, link),
      locator,
      sealed,
    })
    core.accounts.forget(account)
    if (!grown.ok) return grown
    core.fanOut.feed(grown.value.position)
    return accept({})
  }
}
