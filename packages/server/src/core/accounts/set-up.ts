/** The first browser makes the network: two links of its chain and the founder's genesis, for the printed token. */
import { accept, encode, equal, feedItem, refuse, signed, signedAccountLink, utf8 } from '@halyard/protocol'
import type { Request, Signed } from '@halyard/protocol'
import { readAccountChain, readNetworkChain, sha256 } from '@halyard/crypto/verify'
import type { AccountState } from '@halyard/crypto/verify'
import type { NewAccount } from './store.ts'
import type { Core, Handler } from '../core.ts'
import { newDevice } from './new-device.ts'
import { tooManyGuesses, wrongGuess } from './guesses.ts'

export const setUp: Handler<'set-up'> = async (core, session, request) => {
  if ((await core.accounts.network()) !== undefined)
    return (await isRepeated(core, request)) ? () => accept({}) : refuse('setup-done')
  const limited = tooManyGuesses(core)
  if (limited !== undefined) return limited
  const tokenHash = sha256(utf8(request.token))
  const expected = await core.store.setupTokenHash()
  if (expected === undefined || !equal(expected, tokenHash)) return wrongGuess(core, session, 'setup-token-unknown')
  const founder = await foundedBy(core, request)
  if (founder === undefined) return refuse('chain-refused')
  return async () => {
    const done = await core.store.setUp({ tokenHash, networkLinks: request.networkLinks.map(withItem), founder })
    core.accounts.forgetNetwork()
    return done.ok ? accept({}) : done
  }
}

/** The answer to the first request may have been lost: the same links again are welcome. */
const isRepeated = async (core: Core, request: Request<'set-up'>): Promise<boolean> => {
  const links = await core.accounts.networkLinks()
  const genesis = await readAccountChain(
    core.verifier,
    (await core.accounts.network())?.network ?? new Uint8Array(32),
    [request.accountLink],
  )
  if (!genesis.ok || request.networkLinks.length !== 2) return false
  const [first] = await core.store.accountLinks(genesis.value.account)
  return (
    first !== undefined &&
    equal(first, encode(signedAccountLink, request.accountLink)) &&
    request.networkLinks.every((link, index) => {
      const there = links[index]
      return there !== undefined && equal(encode(signed, there), encode(signed, link))
    })
  )
}

/** The founder, if the links hold and belong together: the network's key is the chain key of the only owner's device. */
const foundedBy = async (core: Core, request: Request<'set-up'>): Promise<NewAccount | undefined> => {
  if (request.networkLinks.length !== 2) return undefined
  const network = await readNetworkChain(core.verifier, request.networkLinks, undefined, () => undefined)
  if (!network.ok) return undefined
  const account = await readAccountChain(core.verifier, network.value.network, [request.accountLink])
  if (!account.ok || account.value.invite !== undefined) return undefined
  const [device] = account.value.devices.values()
  const [owner] = network.value.owners
  if (
    device === undefined ||
    owner === undefined ||
    network.value.owners.length !== 1 ||
    network.value.removed.size > 0
  )
    return undefined
  if (!equal(owner, account.value.account) || !equal(device.chainKey, network.value.founderKey)) return undefined
  return newAccount(account.value, request.accountLink, undefined)
}

/** What the store takes of a genesis. */
export const newAccount = (
  state: AccountState,
  link: Request<'set-up'>['accountLink'],
  invite: Signed | undefined,
): NewAccount | undefined => {
  const [device] = state.devices.values()
  if (device === undefined) return undefined
  return {
    account: state.account,
    link: encode(signedAccountLink, link),
    device: newDevice(device),
    item: encode(feedItem, { position: 0, item: { kind: 'account-link', account: state.account, link, invite } }),
  }
}

const withItem = (link: Signed) => ({
  link: encode(signed, link),
  item: encode(feedItem, { position: 0, item: { kind: 'network-link', link } }),
})
