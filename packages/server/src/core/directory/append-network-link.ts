/** The next link of the network, by a device of an owner. Who is removed by it is sent away at once. */
import { accept, decode, encode, equal, feedItem, networkLink, refuse, signed, toHex } from '@halyard/protocol'
import { extendNetworkChain, validDevice } from '@halyard/crypto/verify'
import type { AccountState, NetworkState } from '@halyard/crypto/verify'
import type { Core, MemberHandler } from '../core.ts'
import { refusalOf } from './faults.ts'

export const appendNetworkLink: MemberHandler<'append-network-link'> = async (core, member, { link }) => {
  const waitMs = core.rare.link.take(member.accountHex, core.clock.nowMs())
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  const network = await core.accounts.network()
  if (network === undefined) return refuse('setup-missing')
  const { signer } = decode(networkLink, link.body) ?? {}
  const own = await core.accounts.account(member.account)
  // A link is judged at the head it names; here its signer must be who brings it, and valid still.
  const byMember = signer !== undefined && equal(signer.account, member.account) && equal(signer.device, member.device)
  if (!byMember || own === undefined || validDevice(own, member.device) === undefined) return refuse('chain-refused')
  const owners = new Map<string, AccountState>()
  for (const owner of network.owners) {
    const state = await core.accounts.account(owner)
    if (state !== undefined) owners.set(toHex(owner), state)
  }
  const next = await extendNetworkChain(core.verifier, network, link, (account) => owners.get(toHex(account)))
  if (!next.ok) return refusalOf(next.fault) ?? (() => accept({}))
  const removed = newlyRemoved(network, next.value)
  const reinstated = newlyRemoved(next.value, network)
  return async () => {
    const leaving = await devicesOf(core, removed)
    const grown = await core.store.appendNetworkLink({
      seq: next.value.head.seq,
      link: encode(signed, link),
      item: encode(feedItem, { position: 0, item: { kind: 'network-link', link } }),
      removed,
      reinstated,
    })
    core.accounts.forgetNetwork()
    if (!grown.ok) return grown
    if (removed.length > 0) core.fanOut.forgetAll()
    core.fanOut.expel(leaving)
    core.fanOut.feed(grown.value.position)
    return accept({})
  }
}

const newlyRemoved = (before: NetworkState, after: NetworkState): readonly Uint8Array[] =>
  [...after.removed.keys()]
    .filter((account) => !before.removed.has(account))
    .map((account) => Uint8Array.fromHex(account))

const devicesOf = async (core: Core, accounts: readonly Uint8Array[]): Promise<readonly Uint8Array[]> => {
  const devices: Uint8Array[] = []
  for (const account of accounts) devices.push(...(await core.store.devicesOf(account)))
  return devices
}
