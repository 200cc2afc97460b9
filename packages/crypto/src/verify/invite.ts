/** Invites, admissions and confirmations: how a newcomer hangs on somebody who is already trusted (trust.md §1). */
import { confirmation, equal, inviteRecord, labels, protocolVersion } from '@halyard/protocol'
import type { Confirmation, InviteRecord, Signed, SignedAccountLink } from '@halyard/protocol'
import { holdsHead, validDevice } from './account-chain.ts'
import type { AccountState } from './account-chain.ts'
import { isOwner } from './network-chain.ts'
import type { NetworkState } from './network-chain.ts'
import { faulty, labelled, readSigned, sha256, statementHash } from './signed.ts'
import type { Verdict, Verifier } from './signed.ts'

export const inviteHash = (record: Signed): Uint8Array => statementHash(labels.inviteRecord, record.body)
/** What stands in the link's path; says nothing about the secret in its fragment. */
export const inviteLocator = (inviteKey: Uint8Array): Uint8Array => sha256(inviteKey).slice(0, 16)

/** A record signed by a device that the inviter's chain held valid at the head the record names. */
export const readInvite = async (
  verifier: Verifier,
  network: Uint8Array,
  record: Signed,
  inviter: AccountState,
): Promise<Verdict<InviteRecord>> => {
  const read = await readSigned(verifier, labels.inviteRecord, inviteRecord, record, (value) =>
    equal(value.inviter, inviter.account) && holdsHead(inviter, value.inviterHead)
      ? validDevice(inviter, value.inviterDevice, value.inviterHead.seq)?.chainKey
      : undefined,
  )
  if (!read.ok) return read
  if (read.value.version !== protocolVersion || read.value.uses !== 1) return faulty('malformed')
  return equal(read.value.network, network) ? read : faulty('network')
}

/** Whether this genesis was made by who held the invite: it names the record's hash and is signed with the invite key. */
export const admits = async (
  verifier: Verifier,
  record: Signed,
  invite: InviteRecord,
  genesis: SignedAccountLink,
  newcomer: AccountState,
): Promise<boolean> => {
  if (newcomer.invite === undefined || genesis.byInvite === undefined) return false
  if (!equal(newcomer.invite, inviteHash(record)) || newcomer.createdMs > invite.notAfterMs) return false
  return verifier.verify(invite.inviteKey, genesis.byInvite, labelled(labels.inviteUse, genesis.body))
}

/** A confirmation by the inviter or an owner, with a device valid in its chain. */
export const readConfirmation = async (
  verifier: Verifier,
  network: NetworkState,
  statement: Signed,
  inviter: Uint8Array,
  accountOf: (account: Uint8Array) => AccountState | undefined,
): Promise<Verdict<Confirmation>> => {
  const read = await readSigned(verifier, labels.confirmation, confirmation, statement, (value) => {
    if (!equal(value.by, inviter) && !isOwner(network, value.by)) return undefined
    const by = accountOf(value.by)
    // A device removed later does not undo what it confirmed while it was valid.
    return by !== undefined && holdsHead(by, value.chain)
      ? validDevice(by, value.device, value.chain.seq)?.chainKey
      : undefined
  })
  if (!read.ok) return read
  return equal(read.value.network, network.network) && read.value.version === protocolVersion ? read : faulty('network')
}
