/** A sealed name or picture, by a device of the account; its revision only grows. */
import { accept, encode, equal, feedItem, refuse, signedProfile } from '@halyard/protocol'
import { readProfile, sha256, validDevice } from '@halyard/crypto/verify'
import type { MemberHandler } from '../core.ts'

export const putProfile: MemberHandler<'put-profile'> = async (core, member, { profile: statement }) => {
  const waitMs = core.rare.profile.take(member.accountHex, core.clock.nowMs())
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  const network = await core.accounts.network()
  const account = await core.accounts.account(member.account)
  if (network === undefined || account === undefined) return refuse('account-unknown')
  const read = await readProfile(core.verifier, network.network, statement, account)
  const stillValid = validDevice(account, member.device) !== undefined
  if (!read.ok || !equal(read.value.device, member.device) || !stillValid) return refuse('chain-refused')
  const { field, revision } = read.value
  return async () => {
    const grown = await core.store.putProfile({
      account: member.account,
      field,
      revision,
      statementHash: sha256(encode(signedProfile, statement)),
      item: encode(feedItem, { position: 0, item: { kind: 'profile', profile: statement } }),
    })
    if (!grown.ok) return grown
    core.fanOut.feed(grown.value.position)
    return accept({})
  }
}
