/** What a newcomer, or who comes back with a card, is shown before there is an account here: enough of the feed to walk the inviter up to the founder. */
import { confirmation, decode, equal, labels, toHex } from '@halyard/protocol'
import type { Answer, Signed, SignedAccountLink } from '@halyard/protocol'
import { extendAccountChain, extendNetworkChain, inviteHash, statementHash } from '@halyard/crypto'
import type { AccountState, Evidence, Known, NetworkState, Verifier } from '@halyard/crypto'

export interface Proof {
  readonly evidence: Evidence
  readonly networkLinks: readonly Signed[]
  readonly accounts: readonly { readonly known: Known; readonly links: readonly SignedAccountLink[] }[]
  readonly confirmations: readonly {
    readonly invite: Uint8Array
    readonly hash: Uint8Array
    readonly statement: Signed
  }[]
}

/** Reads the proof as far as it holds; undefined when it is not about this network. Judging is the caller's. */
export const evidenceFrom = async (
  verifier: Verifier,
  network: Uint8Array,
  answer: Pick<Answer<'preview-invite'>, 'networkLinks' | 'proof'>,
): Promise<Proof | undefined> => {
  const accounts = new Map<string, { known: Known; links: SignedAccountLink[] }>()
  const confirmations: { invite: Uint8Array; hash: Uint8Array; statement: Signed }[] = []
  for (const { item } of answer.proof) {
    if (item.kind === 'account-link') await takeLink(verifier, network, accounts, item)
    else if (item.kind === 'confirmation') {
      const value = decode(confirmation, item.confirmation.body)
      if (value !== undefined)
        confirmations.push({
          invite: value.invite,
          hash: statementHash(labels.confirmation, item.confirmation.body),
          statement: item.confirmation,
        })
    }
  }
  const state = await readNetwork(
    verifier,
    network,
    answer.networkLinks,
    (account) => accounts.get(toHex(account))?.known.state,
  )
  if (state === undefined) return undefined
  return {
    networkLinks: answer.networkLinks,
    accounts: [...accounts.values()],
    confirmations,
    evidence: {
      network: state,
      known: (account) => accounts.get(toHex(account))?.known,
      confirmations: (invite) => confirmations.filter((one) => equal(one.invite, invite)).map((one) => one.statement),
    },
  }
}

const takeLink = async (
  verifier: Verifier,
  network: Uint8Array,
  accounts: Map<string, { known: Known; links: SignedAccountLink[] }>,
  item: Extract<Answer<'preview-invite'>['proof'][number]['item'], { kind: 'account-link' }>,
): Promise<void> => {
  const name = toHex(item.account)
  const before = accounts.get(name)
  const next = await extendAccountChain(verifier, network, before?.known.state, item.link)
  if (!next.ok || !equal(next.value.account, item.account)) return
  if (before === undefined) {
    const named = next.value.invite
    const invite =
      item.invite !== undefined && named !== undefined && equal(inviteHash(item.invite), named)
        ? item.invite
        : undefined
    accounts.set(name, { known: { state: next.value, genesis: item.link, invite }, links: [item.link] })
  } else {
    before.links.push(item.link)
    before.known = { ...before.known, state: next.value }
  }
}

const readNetwork = async (
  verifier: Verifier,
  expected: Uint8Array,
  links: readonly Signed[],
  accountOf: (account: Uint8Array) => AccountState | undefined,
): Promise<NetworkState | undefined> => {
  let state: NetworkState | undefined
  for (const link of links) {
    const next = await extendNetworkChain(verifier, state, link, accountOf)
    if (!next.ok) return undefined
    state = next.value
    if (!equal(state.network, expected)) return undefined
  }
  return state
}
