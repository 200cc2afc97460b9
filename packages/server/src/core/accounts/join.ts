/** A newcomer uses an invite: the genesis is the admission, signed by the new device and with the invite's key. */
import { accept, decode, limits, refuse, signed, inviteRecord } from '@halyard/protocol'
import { admits, readAccountChain } from '@halyard/crypto/verify'
import type { Handler } from '../core.ts'
import { tooManyGuesses, wrongGuess } from './guesses.ts'
import { newAccount } from './set-up.ts'

export const join: Handler<'join'> = async (core, session, { locator, accountLink }) => {
  const network = await core.accounts.network()
  if (network === undefined) return refuse('setup-missing')
  const limited = tooManyGuesses(core)
  if (limited !== undefined) return limited
  const invite = await core.store.inviteAt(locator)
  if (invite === undefined) return wrongGuess(core, session, 'invite-unknown')
  const record = decode(signed, invite.record)
  const value = record === undefined ? undefined : decode(inviteRecord, record.body)
  if (record === undefined || value === undefined) return refuse('invite-unknown')
  const genesis = await readAccountChain(core.verifier, network.network, [accountLink])
  const nowMs = core.clock.nowMs()
  if (
    !genesis.ok ||
    genesis.value.createdMs > nowMs + limits.clockSkewMaxMs ||
    !(await admits(core.verifier, record, value, accountLink, genesis.value))
  ) {
    return refuse('admission-refused')
  }
  const newcomer = newAccount(genesis.value, accountLink, record)
  if (newcomer === undefined) return refuse('admission-refused')
  return async () => {
    const joined = await core.store.admit({ locator, newcomer, nowMs })
    if (!joined.ok) return joined
    core.fanOut.feed(joined.value.position)
    return accept({})
  }
}
