/**
 * What stands in the GroupContext about the room, and the rules that every commit must keep (trust.md §3). A pure
 * function of the epoch, the commit and the chains the credentials name: all members judge alike.
 */
import {
  accountId,
  compare,
  decode,
  encode,
  equal,
  leafCredential,
  list,
  protocolVersion,
  record,
  uint,
  word,
} from '@halyard/protocol'
import type { Infer, LeafCredential } from '@halyard/protocol'
import type { CommitQuestion, CredentialQuestion, Extension, Judge } from '@halyard/mls'
import { holdsHead, validDevice } from '@halyard/crypto'
import type { AccountState } from '@halyard/crypto'

/** Private-use extension type (RFC 9420 §17.3) of the component. */
export const roomExtensionType = 0xf0a1

const room = record({ version: uint(65_535), kind: word('me', 'direct'), accounts: list(accountId, 2) })
export type Room = Infer<typeof room>

export const roomExtension = (kind: Room['kind'], accounts: readonly Uint8Array[]): Extension => ({
  type: roomExtensionType,
  data: encode(room, { version: protocolVersion, kind, accounts: [...accounts].sort(compare) }),
})

/** The one room component among the extensions, if it is well formed and nothing else stands beside it. */
export const roomOf = (extensions: readonly Extension[]): Room | undefined => {
  const [only, more] = extensions
  if (only === undefined || more !== undefined || only.type !== roomExtensionType) return undefined
  const value = decode(room, only.data)
  if (value === undefined || value.version !== protocolVersion) return undefined
  const wanted = value.kind === 'me' ? 1 : 2
  const [a, b] = value.accounts
  if (value.accounts.length !== wanted || a === undefined || (b !== undefined && compare(a, b) >= 0)) return undefined
  return value
}

export const encodeCredential = (value: Omit<LeafCredential, 'version'>): Uint8Array =>
  encode(leafCredential, { version: protocolVersion, ...value })
export const decodeCredential = (identity: Uint8Array): LeafCredential | undefined => {
  const value = decode(leafCredential, identity)
  return value?.version === protocolVersion ? value : undefined
}

/** The chains needed to judge are not here yet: nothing was decided, and the work is done again after fetching. */
export class ChainMissing extends Error {
  override readonly name = 'ChainMissing'
}

export interface JudgeSources {
  readonly network: Uint8Array
  readonly accountOf: (account: Uint8Array) => AccountState | undefined
  readonly nowMs: number
  readonly lifetimeMaxS: number
}

/**
 * A leaf is accepted only if the account's chain says so, at the head the leaf names. Throws `ChainMissing` when the
 * chain is not known that far.
 */
export const acceptsCredential = (sources: JudgeSources, identity: Uint8Array, signatureKey: Uint8Array): boolean => {
  const credential = decodeCredential(identity)
  if (credential === undefined || !equal(credential.network, sources.network)) return false
  const account = sources.accountOf(credential.account)
  if (account === undefined || account.head.seq < credential.chain.seq) throw new ChainMissing()
  if (!holdsHead(account, credential.chain)) return false
  const device = validDevice(account, credential.device, credential.chain.seq)
  return device !== undefined && equal(device.mlsKey, signatureKey)
}

export const judgeFor = (sources: JudgeSources, inside?: Room): Judge => ({
  credential: (question) =>
    (inside === undefined || inRoom(inside, question.identity)) &&
    acceptsCredential(sources, question.identity, question.signatureKey) &&
    keepsPlace(question),
  commit: (question) => keepsRoom(question),
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

/**
 * "Me" and direct conversations: the component never changes, and devices come in by a commit of their own account;
 * only the commit that ends epoch 0, which nobody else has seen, brings in the other person.
 */
const keepsRoom = (question: CommitQuestion): boolean => {
  const before = roomOf(question.groupContextBefore.extensions)
  const after = roomOf(question.groupContextAfter.extensions)
  const sender = decodeCredential(question.senderIdentity)
  if (before === undefined || after === undefined || sender === undefined || question.external) return false
  if (!equal(encode(room, before), encode(room, after))) return false
  if (!question.membersAfter.every((member) => inRoom(before, member.identity))) return false
  return question.proposals.every((proposal) => {
    if (proposal.byReference || proposal.proposer.kind !== 'member') return false
    if (proposal.kind === 'add' || proposal.kind === 'remove')
      return (
        (question.groupContextBefore.epoch === 0 && proposal.kind === 'add') || sameAccount(sender, proposal.identity)
      )
    return false
  })
}

const sameAccount = (sender: LeafCredential, identity: Uint8Array): boolean => {
  const other = decodeCredential(identity)
  return other !== undefined && equal(other.account, sender.account)
}
export const inRoom = (value: Room, identity: Uint8Array): boolean => {
  const credential = decodeCredential(identity)
  return credential !== undefined && value.accounts.some((account) => equal(account, credential.account))
}
