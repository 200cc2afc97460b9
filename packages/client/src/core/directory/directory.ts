/**
 * What this device knows of the network: the feed's signed statements, each checked when it comes in, and what follows
 * from them. The order of the feed is the server's; nothing concluded here depends on it.
 */
import { confirmation, decode, equal, fromHex, inviteRecord, labels, toHex } from '@halyard/protocol'
import type { FeedItem, InviteRecord, Signed } from '@halyard/protocol'
import {
  extendAccountChain,
  extendNetworkChain,
  inviteHash,
  readConfirmation,
  standingOf,
  statementHash,
  verifierOf,
} from '@halyard/crypto'
import type { AccountState, Evidence, Known, NetworkState, Standing, Verifier } from '@halyard/crypto'
import type { Context } from '../context.ts'
import { createDirectoryStore } from './directory-store.ts'
import type { DirectoryStore } from './directory-store.ts'
import { takeProfile } from './profiles.ts'

export interface Directory {
  readonly store: DirectoryStore
  network(): NetworkState
  account(account: Uint8Array): AccountState | undefined
  /** Another number whenever a chain may say something else than before. */
  version(): number
  invite(hash: Uint8Array): InviteRecord | undefined
  /** Takes one feed item, durably. Anything that does not follow is counted and left out. */
  take(item: FeedItem, position: number | undefined): Promise<void>
  /** What is known of somebody's place in the network right now. */
  standing(account: Uint8Array): Promise<Standing>
  /** Called after each item that changed something. */
  onChange(listener: () => void): void
}

/** Whether nothing more may be said to this person: known not to belong to the network (any more). */
export const isShut = (directory: Pick<Directory, 'store'>, chat: string): boolean => {
  const account = fromHex(chat)
  if (account?.length !== 32) return directory.store.hasEnded(chat)
  const standing = directory.store.accountRow(account)?.standing
  return standing === 'refused' || standing === 'contradicted' || standing === 'removed' || standing === 'lapsed'
}

/** Database rows were verified before they were written; replaying them needs no signatures. */
const trusting: Verifier = { verify: () => true }

export const openDirectory = async (context: Context): Promise<Directory> => {
  const store = createDirectoryStore(context.ports.database)
  const verifier = verifierOf(context.ports.provider)
  const known = new Map<string, Known>()
  const listeners = new Set<() => void>()
  let network = await replay(store, known)
  let version = 0

  const accountOf = (account: Uint8Array): AccountState | undefined => known.get(toHex(account))?.state
  const evidence: Evidence = {
    get network() {
      return network
    },
    known: (account) => known.get(toHex(account)),
    confirmations: (invite) => store.confirmations(invite),
  }

  const takeAccountLink = async (item: Extract<FeedItem['item'], { kind: 'account-link' }>): Promise<void> => {
    const name = toHex(item.account)
    const before = known.get(name)
    const next = await extendAccountChain(verifier, network.network, before?.state, item.link)
    if (!next.ok) {
      if (next.fault === 'conflict') context.alarm('two-links', '')
      else if (next.fault !== 'known') context.count('account-link')
      return
    }
    if (!equal(next.value.account, item.account)) return context.count('account-id')
    const invite = before === undefined ? matchingInvite(item.invite, next.value.invite) : before.invite
    version++
    known.set(name, { state: next.value, genesis: before?.genesis ?? item.link, invite })
    noteOwnDevice(context, before?.state, next.value)
    const standing =
      before === undefined ? await standingOf(verifier, evidence, item.account, context.ports.clock.nowMs()) : undefined
    context.commit((touch) => {
      store.addAccountLink(item.account, next.value.head.seq, item.link)
      if (before === undefined) store.addAccount(item.account, next.value, invite, standing ?? { kind: 'unknown' })
      touch('chats')
    })
  }

  /**
   * Undefined: it cannot be judged yet, since the invite or the inviter is not known. Only what may still be good is
   * kept, or junk would take the place of the one that counts.
   */
  const holds = async (statement: Signed): Promise<boolean | undefined> => {
    const named = decode(confirmation, statement.body)
    if (named === undefined) return false
    const record = store.invite(named.invite)
    const inviter = record === undefined ? undefined : decode(inviteRecord, record.body)?.inviter
    const by = accountOf(named.by)
    if (inviter === undefined || by === undefined || by.head.seq < named.chain.seq) return undefined
    return (await readConfirmation(verifier, network, statement, inviter, accountOf)).ok
  }
  const takeConfirmation = async (statement: Signed): Promise<void> => {
    const read = decode(confirmation, statement.body)
    const good = await holds(statement)
    if (read === undefined || good === false) return context.count('confirmation')
    const useless: Uint8Array[] = []
    for (const kept of store.confirmations(read.invite)) {
      if (good === true && (await holds(kept)) !== true) useless.push(statementHash(labels.confirmation, kept.body))
    }
    context.commit(() => {
      for (const hash of useless) store.removeConfirmation(read.invite, hash)
      store.addConfirmation(read.invite, statementHash(labels.confirmation, statement.body), statement)
    })
  }
  const contradicts = (statement: Signed): boolean => {
    const read = decode(confirmation, statement.body)
    return read !== undefined && store.confirmations(read.invite).length > 1
  }

  const takeNetworkLink = async (link: Signed): Promise<void> => {
    const next = await extendNetworkChain(verifier, network, link, accountOf)
    if (!next.ok) {
      if (next.fault === 'conflict') context.alarm('two-links', '')
      else if (next.fault !== 'known') context.count('network-link')
      return
    }
    version++
    network = next.value
    context.commit(() => store.addNetworkLink(next.value.head.seq, link))
  }

  /** Standings depend on links and confirmations of others, so all open ones are judged again. */
  const judgeAgain = async (everybody: boolean): Promise<void> => {
    const accounts = everybody ? store.accountRows().map((row) => row.account) : store.unsettled()
    for (const account of accounts) {
      const standing = await standingOf(verifier, evidence, account, context.ports.clock.nowMs())
      if (store.hasStanding(account, standing)) continue
      context.commit((touch) => {
        store.setStanding(account, standing)
        touch('chats')
        touch(`chat:${toHex(account)}`)
        touch(`timeline:${toHex(account)}`)
      })
    }
  }

  return {
    store,
    network: () => network,
    account: accountOf,
    version: () => version,
    invite(hash) {
      const record = store.invite(hash)
      return record === undefined ? undefined : decode(inviteRecord, record.body)
    },
    async take({ item }, position) {
      if (item.kind === 'network-link') await takeNetworkLink(item.link)
      else if (item.kind === 'account-link') await takeAccountLink(item)
      else if (item.kind === 'confirmation') await takeConfirmation(item.confirmation)
      else await takeProfile(context, { store, verifier, network: network.network, accountOf }, item.profile)
      // A link of the network may remove people, and a second confirmation contradicts the first: nobody is settled then.
      const unsettles = item.kind === 'network-link' || (item.kind === 'confirmation' && contradicts(item.confirmation))
      if (item.kind !== 'profile') await judgeAgain(unsettles)
      if (position !== undefined) context.commit(() => store.setFeedPosition(position))
      for (const listener of listeners) listener()
    },
    standing: (account) => standingOf(verifier, evidence, account, context.ports.clock.nowMs()),
    onChange: (listener) => void listeners.add(listener),
  }
}

/** A device of one's own that this device did not let in is news, and perhaps an intruder (trust.md §4). */
const noteOwnDevice = (context: Context, before: AccountState | undefined, after: AccountState): void => {
  const { account, keys } = context.identity()
  if (before === undefined || !equal(after.account, account)) return
  context.tell('devices')
  context.tell('recovery')
  for (const [name, device] of after.devices) {
    if (before.devices.has(name) || equal(device.device, keys.device) || equal(device.addedBy, keys.device)) continue
    context.alarm('device-added', '')
  }
}

/** Only the record that the genesis names is of any worth. */
const matchingInvite = (record: Signed | undefined, named: Uint8Array | undefined): Signed | undefined =>
  record !== undefined && named !== undefined && equal(inviteHash(record), named) ? record : undefined

const replay = async (store: DirectoryStore, known: Map<string, Known>): Promise<NetworkState> => {
  const links = store.networkLinks()
  let network: NetworkState | undefined
  const pending: Signed[] = []
  for (const link of links) {
    // Links of owners need the owners' chains: genesis and first state first, the rest after the accounts.
    if (network !== undefined && network.head.seq >= 1) pending.push(link)
    else network = mustBeTaken(await extendNetworkChain(trusting, network, link, () => undefined))
  }
  if (network === undefined) throw new Error('assertion failed: no network is stored')
  for (const { account, links: chain, invite } of store.accountChains()) {
    let state: AccountState | undefined
    for (const link of chain) state = mustBeTaken(await extendAccountChain(trusting, network.network, state, link))
    const [genesis] = chain
    if (state !== undefined && genesis !== undefined) known.set(toHex(account), { state, genesis, invite })
  }
  for (const link of pending)
    network = mustBeTaken(
      await extendNetworkChain(trusting, network, link, (account) => known.get(toHex(account))?.state),
    )
  return network
}

const mustBeTaken = <T>(
  verdict: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string },
): T => {
  if (!verdict.ok) throw new Error(`assertion failed: a stored link is ${verdict.fault}`)
  return verdict.value
}
