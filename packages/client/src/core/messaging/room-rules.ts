/**
 * The rules that every commit must keep (trust.md §3). A pure function of the epoch, the commit and the chains it names:
 * all members judge alike. Each breach has a name, which is counted.
 */
import {
  accountId,
  decode,
  encode,
  entryRequest,
  equal,
  head,
  limits,
  list,
  maybe,
  protocolVersion,
  record,
  signed,
  toHex,
  uint,
} from '@halyard/protocol'
import type { EntryRequest, Infer, LeafCredential, Signed } from '@halyard/protocol'
import type { CommitQuestion, CredentialQuestion, Judge, ProposalView } from '@halyard/mls'
import { holdsHead, readEntryRequest, sha256 } from '@halyard/crypto'
import { boundLeaves, isBound } from './bound.ts'
import type { Bound } from './bound.ts'
import {
  acceptsCredential,
  ChainMissing,
  decodeCredential,
  inRoom,
  isClosed,
  peopleAmong,
  roomOf,
  sameRoom,
} from './room.ts'
import type { ClosedRoom, JudgeSources, OpenRoom, People, Room } from './room.ts'

/** Travels with a commit, authenticated: why a leaf that is not the committer's to remove goes all the same. */
const commitBasis = record({
  version: uint(65_535),
  /** At this head of its chain the device of a removed leaf is no longer valid. */
  ended: list(record({ account: accountId, chain: head }), limits.devicesPerConversationMax),
  /** At this head of the network's chain the account of a removed leaf is no longer of it. */
  network: maybe(head),
  /** The request of a device that comes in for one of its account's that is lost: the commit does nothing else. */
  entry: maybe(signed),
  /** People who go, with every device: so it is said also should this commit lose (`boundBy`). */
  people: list(accountId, limits.peoplePerConversationMax),
})
export type CommitBasis = Infer<typeof commitBasis>
const empty = { ended: [], network: undefined, entry: undefined, people: [] }
export const encodeBasis = (said: Partial<Omit<CommitBasis, 'version'>>): Uint8Array => {
  const basis = { ...empty, ...said }
  const isEmpty = basis.ended.length + basis.people.length === 0 && basis.entry === undefined
  return isEmpty && basis.network === undefined
    ? new Uint8Array()
    : encode(commitBasis, { version: protocolVersion, ...basis })
}
const basisOf = (bytes: Uint8Array): CommitBasis | undefined => {
  if (bytes.length === 0) return { version: protocolVersion, ...empty }
  const value = decode(commitBasis, bytes)
  return value?.version === protocolVersion ? value : undefined
}

/** Which rule a commit breaks. */
export type Breach =
  | 'outsider'
  | 'room-changed'
  | 'stranger'
  | 'add-not-allowed'
  | 'remove-not-allowed'
  | 'change-not-allowed'
  | 'too-many'
  | 'entry-not-allowed'
  | 'removal-due'
  | 'proposal-unknown'

/** The epoch that is judged in: what the conversation is, and who has to go with the next commit. */
export interface Inside {
  readonly room: Room
  readonly bound: Bound | undefined
}

/** Inside a room, whoever is outside it is refused before any chain is asked for. */
export const judgeFor = (
  sources: JudgeSources,
  inside: Inside | undefined,
  breached: (breach: Breach) => void,
): Judge => ({
  credential: (question) =>
    (inside === undefined || !isClosed(inside.room) || inRoom(inside.room, question.identity)) &&
    acceptsCredential(sources, question.identity, question.signatureKey) &&
    keepsPlace(question),
  async commit(question) {
    const breach = await breachOf(sources, question, inside?.bound)
    if (breach !== undefined) breached(breach)
    return breach === undefined
  },
  nowS: Math.floor(sources.nowMs / 1000),
  lifetimeMaxS: sources.lifetimeMaxS,
})

/** An update may name a newer head of the chain, never another account or device. */
const keepsPlace = (question: CredentialQuestion): boolean => {
  if (question.previous === undefined) return true
  const before = decodeCredential(question.previous.identity)
  const after = decodeCredential(question.identity)
  return (
    before !== undefined &&
    after !== undefined &&
    equal(before.account, after.account) &&
    equal(before.device, after.device) &&
    after.chain.seq >= before.chain.seq
  )
}

const breachOf = async (
  sources: JudgeSources,
  question: CommitQuestion,
  bound: Bound | undefined,
): Promise<Breach | undefined> => {
  const before = roomOf(question.groupContextBefore.extensions)
  const after = roomOf(question.groupContextAfter.extensions)
  const sender = decodeCredential(question.senderIdentity)
  const basis = basisOf(question.authenticatedData)
  if (before === undefined || sender === undefined || question.external) return 'outsider'
  if (after === undefined || basis === undefined) return 'room-changed'
  const asked: Asked = { sources, question, sender, basis, bound, people: peopleAmong(question.membersBefore) }
  const people = peopleAmong(question.membersAfter)
  if (boundLeaves(bound, people).length > 0) return 'removal-due'
  for (const { leaves } of people.values()) if (leaves.length > limits.devicesPerAccountMax) return 'too-many'
  if (basis.entry !== undefined)
    return sameRoom(before, after) && (await isEntry(asked, basis.entry)) ? undefined : 'entry-not-allowed'
  if (isClosed(before)) return sameRoom(before, after) ? breachOfClosed(asked, before) : 'room-changed'
  if (isClosed(after) || after.kind !== before.kind) return 'room-changed'
  if (people.size > limits.peoplePerConversationMax) return 'too-many'
  if (question.membersAfter.length > limits.devicesPerConversationMax) return 'too-many'
  return breachOfOpen(asked, before, after)
}

interface Asked {
  readonly sources: JudgeSources
  readonly question: CommitQuestion
  readonly sender: LeafCredential
  readonly basis: CommitBasis
  readonly bound: Bound | undefined
  readonly people: People
}

/** Devices come in by a commit of their own account; only the commit that ends epoch 0 brings in the other person. */
const breachOfClosed = (asked: Asked, room: ClosedRoom): Breach | undefined => {
  const { question } = asked
  if (!question.membersAfter.every((member) => inRoom(room, member.identity))) return 'stranger'
  for (const proposal of question.proposals) {
    if (proposal.byReference || proposal.proposer.kind !== 'member') return 'proposal-unknown'
    if (proposal.kind === 'add') {
      if (question.groupContextBefore.epoch !== 0 && !isOwn(asked, proposal)) return 'add-not-allowed'
    } else if (proposal.kind === 'remove') {
      if (!isOwn(asked, proposal) && !hasToGo(asked, proposal)) return 'remove-not-allowed'
    } else return 'proposal-unknown'
  }
  return undefined
}

/** Group: any member adds and renames, nobody puts another out. Room: moderators do all of it. Everybody may leave. */
const breachOfOpen = (asked: Asked, before: OpenRoom, after: OpenRoom): Breach | undefined => {
  const moderates = moderatesIn(before, asked.people, asked.sender.account)
  if (!sameRoom(before, after) && before.kind === 'room' && !moderates) return 'change-not-allowed'
  for (const proposal of asked.question.proposals) {
    if (proposal.proposer.kind !== 'member') return 'proposal-unknown'
    if (proposal.byReference) {
      if (!asksToLeave(asked, proposal)) return 'proposal-unknown'
    } else if (proposal.kind === 'add') {
      if (!isOwn(asked, proposal) && before.kind === 'room' && !moderates) return 'add-not-allowed'
    } else if (proposal.kind === 'remove') {
      const mayRemove = isOwn(asked, proposal) || (before.kind === 'room' && moderates) || hasToGo(asked, proposal)
      if (!mayRemove) return 'remove-not-allowed'
    } else if (proposal.kind !== 'group-context-extensions') return 'proposal-unknown'
  }
  return undefined
}

/** A room whose moderators have all left is everybody's, or nobody could ever change it again. */
export const moderatesIn = (room: OpenRoom, people: People, account: Uint8Array): boolean =>
  room.kind === 'room' &&
  (room.moderators.some((one) => equal(one, account)) || !room.moderators.some((one) => people.has(toHex(one))))

type Removal = Extract<ProposalView, { kind: 'remove' }>
type LeafChange = Extract<ProposalView, { kind: 'remove' | 'add' }>

const isOwn = ({ sender }: Asked, proposal: LeafChange): boolean => {
  const other = decodeCredential(proposal.identity)
  return other !== undefined && equal(other.account, sender.account)
}

/** Exactly what was asked for: this device in the place of that leaf of the same account (trust.md §3 (b)). */
const isEntry = async ({ sources, question }: Asked, entry: Signed): Promise<boolean> => {
  const named = decode(entryRequest, entry.body)
  const account = named === undefined ? undefined : sources.accountOf(named.account)
  if (named === undefined) return false
  if (account === undefined || account.head.seq < named.chain.seq) throw new ChainMissing()
  const read = await readEntryRequest(sources.verifier, sources.network, entry, sources.accountOf)
  if (!read.ok || !equal(read.value.conversation, question.groupContextBefore.groupId)) return false
  const { proposals } = question
  const removal = proposals.find((one) => one.kind === 'remove')
  const addition = proposals.find((one) => one.kind === 'add')
  if (proposals.length !== 2 || removal === undefined || addition === undefined) return false
  if (proposals.some((one) => one.byReference || one.proposer.kind !== 'member')) return false
  const [lost, comes] = [decodeCredential(removal.identity), decodeCredential(addition.identity)]
  return (
    lost !== undefined &&
    comes !== undefined &&
    equal(lost.account, read.value.account) &&
    equal(comes.account, read.value.account) &&
    equal(comes.device, read.value.device) &&
    isReplaced(read.value, removal, lost.device) &&
    equal(sha256(addition.keyPackage), read.value.keyPackage)
  )
}

/** A lost device's leaf; or, of a device that cannot follow, its own, exactly as it was when it asked. */
const isReplaced = (request: EntryRequest, removal: Removal, lost: Uint8Array): boolean =>
  request.leaf === undefined
    ? !equal(lost, request.device) && request.lost.some((device) => equal(device, lost))
    : equal(lost, request.device) && equal(sha256(removal.encryptionKey), request.leaf)

/** By reference one thing is taken: that somebody wants to go, said by a device of theirs. */
const asksToLeave = ({ question }: Asked, proposal: ProposalView): boolean => {
  if (proposal.kind !== 'remove' || proposal.proposer.kind !== 'member') return false
  const { leafIndex } = proposal.proposer
  const proposer = question.membersBefore.find((member) => member.leafIndex === leafIndex)
  const asking = proposer === undefined ? undefined : decodeCredential(proposer.identity)
  const leaving = decodeCredential(proposal.identity)
  return asking !== undefined && leaving !== undefined && equal(asking.account, leaving.account)
}

/** The network, at the head that the commit names, has put the account out. */
const isPutOut = (sources: JudgeSources, basis: CommitBasis, account: Uint8Array): boolean => {
  if (basis.network === undefined) return false
  const network = sources.networkState()
  if (network.head.seq < basis.network.seq) throw new ChainMissing()
  const since = network.removed.get(toHex(account))?.sinceSeq
  return holdsHead(network, basis.network) && since !== undefined && since <= basis.network.seq
}

/** By the chains, or by a removal that binds, the leaf is nobody's any more. */
const hasToGo = ({ sources, basis, bound }: Asked, proposal: Removal): boolean => {
  const leaf = decodeCredential(proposal.identity)
  return (
    leaf !== undefined &&
    (isBound(bound, leaf.account, leaf.device) ||
      isPutOut(sources, basis, leaf.account) ||
      isEnded(sources, basis, leaf.account, leaf.device))
  )
}

/** The chain, at the head that the commit names, no longer has the device. */
const isEnded = (sources: JudgeSources, basis: CommitBasis, of: Uint8Array, device: Uint8Array): boolean => {
  const named = basis.ended.find((one) => equal(one.account, of))
  if (named === undefined) return false
  const account = sources.accountOf(of)
  if (account === undefined || account.head.seq < named.chain.seq) throw new ChainMissing()
  const removedSeq = account.devices.get(toHex(device))?.removedSeq
  return holdsHead(account, named.chain) && removedSeq !== undefined && removedSeq <= named.chain.seq
}

/** A commit that lost: its row, and what its author says in the clear under the row's signature. */
export interface LostCommit {
  readonly account: Uint8Array
  readonly device: Uint8Array
  readonly removed: readonly Uint8Array[]
  readonly authenticatedData: Uint8Array
}

/**
 * Whom a commit that lost takes out all the same (trust.md §3, Removal binds). Judged by the epoch that won, which everybody
 * who goes on stands in: an author who has to go, or is gone, binds nobody. Who comes in again for a lost device binds
 * nobody either: its request would die with the leaf.
 */
export const boundBy = (
  sources: JudgeSources,
  { room, bound }: Inside,
  people: People,
  { account, device, removed, authenticatedData }: LostCommit,
): Bound => {
  const basis = basisOf(authenticatedData)
  const isMember = people.get(toHex(account))?.leaves.some((leaf) => equal(leaf.device, device)) === true
  if (!isMember || isBound(bound, account, device) || basis === undefined || basis.entry !== undefined)
    return { people: [], devices: [] }
  const moderates = !isClosed(room) && moderatesIn(room, people, account)
  const [named, taken] = [new Set(basis.people.map(toHex)), new Set(removed.map(toHex))]
  const goes = (of: Uint8Array, leaf: Uint8Array): boolean =>
    equal(of, account) ? !equal(leaf, device) : isEnded(sources, basis, of, leaf)
  return {
    // Each of those who are there once, however often somebody is named.
    people: [...people.values()]
      .filter((one) => named.has(toHex(one.account)) && !equal(one.account, account))
      .filter((one) => moderates || isPutOut(sources, basis, one.account))
      .map((one) => ({ account: one.account, by: account })),
    devices: [...people.values()].flatMap((member) =>
      member.leaves.map((leaf) => leaf.device).filter((leaf) => taken.has(toHex(leaf)) && goes(member.account, leaf)),
    ),
  }
}
