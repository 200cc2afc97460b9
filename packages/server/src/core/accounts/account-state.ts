/** The state that an account's devices share: sealed, one version, and a new one only in the place of what is there. */
import { accept, decode, encode, equal, refuse, signedState } from '@halyard/protocol'
import { readState, stateHash } from '@halyard/crypto/verify'
import type { MemberHandler } from '../core.ts'

export const fetchAccountState: MemberHandler<'fetch-account-state'> = async (core, { account }) => {
  const kept = await core.store.accountState(account)
  return () => accept({ state: kept === undefined ? undefined : decode(signedState, kept.state) })
}

export const putAccountState: MemberHandler<'put-account-state'> = async (core, member, { base, state: statement }) => {
  const waitMs = core.rare.state.take(member.accountHex, core.clock.nowMs())
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  const account = await core.accounts.account(member.account)
  if (account === undefined) return refuse('account-unknown')
  const read = await readState(core.verifier, statement, account)
  if (!read.ok || !equal(read.value.device, member.device)) return refuse('chain-refused')
  return async () => {
    const put = await core.store.putAccountState({
      account: member.account,
      base,
      hash: stateHash(statement),
      state: encode(signedState, statement),
    })
    return put.ok ? accept({}) : put
  }
}
