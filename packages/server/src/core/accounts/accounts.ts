/** The chains as the server has read and verified them; a cache over the store, which alone is true. */
import { decode, signed, signedAccountLink, toHex } from '@halyard/protocol'
import type { Signed, SignedAccountLink } from '@halyard/protocol'
import { extendNetworkChain, readAccountChain } from '@halyard/crypto/verify'
import type { AccountState, NetworkState, Verifier } from '@halyard/crypto/verify'
import { bounds } from '../bounds.ts'
import { createBoundedMap } from '../bounded-map.ts'
import type { Store } from '../ports.ts'

export interface Accounts {
  /** Undefined until set up. */
  network(): Promise<NetworkState | undefined>
  /** The chain of an account of this network. */
  account(account: Uint8Array): Promise<AccountState | undefined>
  links(account: Uint8Array): Promise<readonly SignedAccountLink[]>
  networkLinks(): Promise<readonly Signed[]>
  forget(account: Uint8Array): void
  forgetNetwork(): void
}

export const createAccounts = (store: Store, verifier: Verifier): Accounts => {
  const states = createBoundedMap<AccountState>(bounds.accountCacheMax)
  let networkState: NetworkState | undefined

  const links = async (account: Uint8Array): Promise<readonly SignedAccountLink[]> =>
    (await store.accountLinks(account)).map((link) => kept(decode(signedAccountLink, link)))
  const networkLinks = async (): Promise<readonly Signed[]> =>
    (await store.networkLinks()).map((link) => kept(decode(signed, link)))
  const read = async (network: Uint8Array, account: Uint8Array): Promise<AccountState | undefined> => {
    const found = await links(account)
    if (found.length === 0) return undefined
    const verdict = await readAccountChain(verifier, network, found)
    return verdict.ok ? verdict.value : undefined
  }
  const network = async (): Promise<NetworkState | undefined> => {
    if (networkState !== undefined) return networkState
    const found = await networkLinks()
    if (found.length === 0) return undefined
    networkState = await readStoredNetwork(verifier, found, read)
    return networkState
  }
  return {
    network,
    async account(account) {
      const key = toHex(account)
      const known = states.get(key)
      if (known !== undefined) return known
      const net = await network()
      const state = net === undefined ? undefined : await read(net.network, account)
      if (state !== undefined) states.set(key, state)
      return state
    },
    links,
    networkLinks,
    forget: (account) => states.delete(toHex(account)),
    forgetNetwork() {
      networkState = undefined
    },
  }
}

/** The stored chain, read again after a start. Each link names the head its signer is judged at, so it holds as it did. */
const readStoredNetwork = async (
  verifier: Verifier,
  links: readonly Signed[],
  read: (network: Uint8Array, account: Uint8Array) => Promise<AccountState | undefined>,
): Promise<NetworkState> => {
  const states = new Map<string, AccountState>()
  let state: NetworkState | undefined
  for (const link of links) {
    for (const owner of state?.owners ?? []) {
      const found = state === undefined || states.has(toHex(owner)) ? undefined : await read(state.network, owner)
      if (found !== undefined) states.set(toHex(owner), found)
    }
    const next = await extendNetworkChain(verifier, state, link, (account) => states.get(toHex(account)))
    if (!next.ok) throw new Error('the stored network chain does not hold')
    state = next.value
  }
  if (state === undefined) throw new Error('a stored network chain without a link')
  return state
}

/** What stands in the store was decoded before it was written. */
const kept = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the store holds a statement that does not decode')
  return value
}
