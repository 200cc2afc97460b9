/** The next link of the own account. A device removed by it is sent away at once. */
import { accept, refuse } from '@halyard/protocol'
import { extendAccountChain } from '@halyard/crypto/verify'
import type { AccountState, DeviceState } from '@halyard/crypto/verify'
import { newDevice } from '../accounts/new-device.ts'
import type { MemberHandler } from '../core.ts'
import { refusalOf } from './faults.ts'
import { linkGrowth } from './link-growth.ts'

export const appendAccountLink: MemberHandler<'append-account-link'> = async (core, member, { link }) => {
  const waitMs = core.rare.link.take(member.accountHex, core.clock.nowMs())
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  const [network, state] = [await core.accounts.network(), await core.accounts.account(member.account)]
  if (network === undefined || state === undefined) return refuse('account-unknown')
  const next = await extendAccountChain(core.verifier, network.network, state, link)
  if (!next.ok) return refusalOf(next.fault) ?? (() => accept({}))
  const added = changed(state, next.value, (before) => before === undefined)
  const removed = changed(
    state,
    next.value,
    (before, after) => before?.removedSeq === undefined && after.removedSeq !== undefined,
  )
  return async () => {
    const grown = await core.store.appendAccountLink({
      ...linkGrowth(next.value, link),
      added: added === undefined ? undefined : newDevice(added),
      removed: removed?.device,
    })
    core.accounts.forget(member.account)
    if (!grown.ok) return grown
    if (removed !== undefined) {
      core.fanOut.forgetAll()
      core.fanOut.expel([removed.device])
    }
    core.fanOut.feed(grown.value.position)
    return accept({})
  }
}

/** One link changes one device at most. */
const changed = (
  before: AccountState,
  after: AccountState,
  differs: (before: DeviceState | undefined, after: DeviceState) => boolean,
): DeviceState | undefined => {
  for (const [key, device] of after.devices) if (differs(before.devices.get(key), device)) return device
  return undefined
}
