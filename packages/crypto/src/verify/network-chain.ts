/** The network is a chain signed by its owners (trust.md §1). Its id is the hash of its genesis. */
import { decode, equal, labels, limits, networkLink, protocolVersion, toHex } from '@halyard/protocol'
import type { Head, NetworkLink, Signed } from '@halyard/protocol'
import { holdsHead, validDevice } from './account-chain.ts'
import type { AccountState } from './account-chain.ts'
import { faulty, labelled, statementHash, taken, zeroHash } from './signed.ts'
import type { Verdict, Verifier } from './signed.ts'

export interface NetworkState {
  readonly network: Uint8Array
  readonly founderKey: Uint8Array
  readonly createdMs: number
  readonly head: Head
  readonly hashes: readonly Uint8Array[]
  readonly owners: readonly Uint8Array[]
  /** Removed accounts (hex), whether the admissions they gave still stand, and the link that put them out. */
  readonly removed: ReadonlyMap<string, { readonly admissionsStand: boolean; readonly sinceSeq: number }>
  /** Id of the directory key in force; undefined before the first state. */
  readonly directoryKey: Uint8Array | undefined
  /** When its newest link says it was made, and by which account; undefined while the founder's key signs. */
  readonly changedMs: number
  readonly changedBy: Uint8Array | undefined
}

export type AccountLookup = (account: Uint8Array) => AccountState | undefined

export const networkIdOf = (genesis: Signed): Uint8Array => statementHash(labels.networkLink, genesis.body)
export const isOwner = (state: NetworkState, account: Uint8Array): boolean =>
  state.owners.some((owner) => equal(owner, account))

/**
 * Takes the next link. Genesis and the first state are signed by the founder's key, later ones by a valid device of an
 * owner. `known` and `conflict` as for account chains.
 */
export const extendNetworkChain = async (
  verifier: Verifier,
  state: NetworkState | undefined,
  link: Signed,
  accountOf: AccountLookup,
): Promise<Verdict<NetworkState>> => {
  const value = decode(networkLink, link.body)
  if (value === undefined || value.version !== protocolVersion) return faulty('malformed')
  if (state === undefined) return startNetwork(verifier, value, link)
  const hash = statementHash(labels.networkLink, link.body)
  const there = state.hashes[value.seq]
  if (there !== undefined && equal(there, hash)) return faulty('known')
  const key = signerKey(state, value, accountOf)
  if (key === undefined) return faulty('not-allowed')
  if (!(await verifier.verify(key, link.signature, labelled(labels.networkLink, link.body)))) return faulty('signature')
  if (there !== undefined) return faulty('conflict')
  if (value.seq !== state.head.seq + 1 || !equal(value.previous, state.head.hash)) return faulty('order')
  if (value.change.kind !== 'state' || value.change.owners.length === 0 || value.seq >= limits.networkLinksMax)
    return faulty('not-allowed')
  return taken({
    ...state,
    head: { seq: value.seq, hash },
    hashes: [...state.hashes, hash],
    owners: value.change.owners,
    removed: new Map(
      value.change.removed.map(({ account, admissionsStand }) => {
        const name = toHex(account)
        return [name, { admissionsStand, sinceSeq: state.removed.get(name)?.sinceSeq ?? value.seq }]
      }),
    ),
    directoryKey: value.change.directoryKey,
    changedMs: value.change.atMs,
    changedBy: value.signer?.account,
  })
}

/** A whole chain; `expected` is the network id one already trusts. */
export const readNetworkChain = async (
  verifier: Verifier,
  links: readonly Signed[],
  expected: Uint8Array | undefined,
  accountOf: AccountLookup,
): Promise<Verdict<NetworkState>> => {
  const genesis = links[0]
  if (genesis === undefined) return faulty('malformed')
  if (expected !== undefined && !equal(networkIdOf(genesis), expected)) return faulty('network')
  let state: NetworkState | undefined
  for (const link of links) {
    const next = await extendNetworkChain(verifier, state, link, accountOf)
    if (!next.ok) return next
    state = next.value
  }
  return state === undefined ? faulty('malformed') : taken(state)
}

const startNetwork = async (verifier: Verifier, value: NetworkLink, link: Signed): Promise<Verdict<NetworkState>> => {
  const { change } = value
  if (change.kind !== 'genesis' || value.seq !== 0 || value.signer !== undefined || !equal(value.previous, zeroHash))
    return faulty('order')
  if (!(await verifier.verify(change.founderKey, link.signature, labelled(labels.networkLink, link.body))))
    return faulty('signature')
  const network = statementHash(labels.networkLink, link.body)
  return taken({
    network,
    founderKey: change.founderKey,
    createdMs: change.createdMs,
    head: { seq: 0, hash: network },
    hashes: [network],
    owners: [],
    removed: new Map(),
    directoryKey: undefined,
    changedMs: change.createdMs,
    changedBy: undefined,
  })
}

const signerKey = (state: NetworkState, value: NetworkLink, accountOf: AccountLookup): Uint8Array | undefined => {
  if (value.seq <= 1) return value.signer === undefined ? state.founderKey : undefined
  const { signer } = value
  if (signer === undefined || !isOwner(state, signer.account)) return undefined
  const account = accountOf(signer.account)
  // Judged at the head the link names: a device that was removed later signed rightly before.
  return account !== undefined && holdsHead(account, signer.chain)
    ? validDevice(account, signer.device, signer.chain.seq)?.chainKey
    : undefined
}
