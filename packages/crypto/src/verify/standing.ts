/** Whether somebody belongs to the network: every admission walked up to the founder (trust.md §1, §5). */
import { decode, equal, inviteRecord, limits, toHex } from '@halyard/protocol'
import type { Confirmation, InviteRecord, Signed, SignedAccountLink } from '@halyard/protocol'
import { accountIdOf } from './account-chain.ts'
import type { AccountState } from './account-chain.ts'
import { admits, readConfirmation, readInvite } from './invite.ts'
import type { NetworkState } from './network-chain.ts'
import type { Verifier } from './signed.ts'

/**
 * `confirmed`: every step up to the founder holds and is confirmed. `waiting`: this admission holds, its confirmation
 * is not there yet. `lapsed`: it did not come in time. `contradicted`: two admissions were confirmed for one invite.
 */
export type Standing =
  | { readonly kind: 'confirmed'; readonly invitedBy: Uint8Array | undefined }
  | { readonly kind: 'waiting'; readonly invitedBy: Uint8Array; readonly lapsesAtMs: number }
  | { readonly kind: 'lapsed'; readonly invitedBy: Uint8Array }
  | { readonly kind: 'removed' | 'refused' | 'contradicted' | 'unknown' }

/** What one knows of an account: its chain so far, its genesis as signed, and the invite record it came with. */
export interface Known {
  readonly state: AccountState
  readonly genesis: SignedAccountLink
  readonly invite: Signed | undefined
}
export interface Evidence {
  readonly network: NetworkState
  known(account: Uint8Array): Known | undefined
  /** Every confirmation seen for the invite with this hash. */
  confirmations(invite: Uint8Array): readonly Signed[]
}

/** Walks the admission of `account` up to the founder. `nowMs` only decides whether a waiting one has lapsed. */
export const standingOf = async (
  verifier: Verifier,
  evidence: Evidence,
  account: Uint8Array,
  nowMs: number,
): Promise<Standing> => {
  if (evidence.network.removed.has(toHex(account))) return { kind: 'removed' }
  const first = await admissionOf(verifier, evidence, account)
  if (first.kind !== 'invited') return first.kind === 'founder' ? { kind: 'confirmed', invitedBy: undefined } : first
  let inviter = first.inviter
  // Each step goes to somebody whose chain existed before: the walk ends, and the bound is only a belt.
  for (let depth = 0; depth < depthMax; depth++) {
    // Somebody removed may have admitted others rightly; the network's owners say so in the same link.
    if (evidence.network.removed.get(toHex(inviter))?.admissionsStand === false) return { kind: 'removed' }
    const step = await admissionOf(verifier, evidence, inviter)
    if (step.kind === 'founder') return ownStanding(first, nowMs)
    if (step.kind !== 'invited') return step
    if (!step.confirmed) return { kind: 'refused' }
    inviter = step.inviter
  }
  return { kind: 'refused' }
}

const depthMax = 10_000

type Step =
  | { readonly kind: 'founder' }
  | { readonly kind: 'refused' | 'contradicted' | 'unknown' }
  | { readonly kind: 'invited'; readonly inviter: Uint8Array; readonly confirmed: boolean; readonly createdMs: number }

const ownStanding = (step: Step & { readonly kind: 'invited' }, nowMs: number): Standing => {
  if (step.confirmed) return { kind: 'confirmed', invitedBy: step.inviter }
  const lapsesAtMs = step.createdMs + limits.admissionLapsesAfterMs
  return nowMs > lapsesAtMs
    ? { kind: 'lapsed', invitedBy: step.inviter }
    : { kind: 'waiting', invitedBy: step.inviter, lapsesAtMs }
}

const admissionOf = async (verifier: Verifier, evidence: Evidence, account: Uint8Array): Promise<Step> => {
  const { network } = evidence
  const known = evidence.known(account)
  if (known === undefined) return { kind: 'unknown' }
  // Whoever looks it up may be wrong or lied to: the id must be the hash of the genesis that is judged here.
  if (!equal(known.state.account, account) || !equal(accountIdOf(known.genesis), account)) return { kind: 'refused' }
  if (known.state.invite === undefined)
    return isFounder(network, known.state) ? { kind: 'founder' } : { kind: 'refused' }
  if (known.invite === undefined) return { kind: 'refused' }
  const inviter = await inviterOf(verifier, evidence, known.invite)
  if (inviter === undefined || !(await admits(verifier, known.invite, inviter.record, known.genesis, known.state)))
    return { kind: 'refused' }
  const confirmed = await confirmedAs(verifier, evidence, known.state.invite, inviter.record)
  if (confirmed === 'contradicted') return { kind: 'contradicted' }
  if (confirmed !== undefined && !equal(confirmed.admission, account)) return { kind: 'refused' }
  return {
    kind: 'invited',
    inviter: inviter.record.inviter,
    confirmed: confirmed !== undefined,
    createdMs: known.state.createdMs,
  }
}

const isFounder = (network: NetworkState, state: AccountState): boolean => {
  const [first] = state.devices.values()
  return first !== undefined && first.addedSeq === 0 && equal(first.chainKey, network.founderKey)
}

const inviterOf = async (
  verifier: Verifier,
  evidence: Evidence,
  record: Signed,
): Promise<{ readonly record: InviteRecord } | undefined> => {
  const named = inviterNamed(record)
  const inviter = named === undefined ? undefined : evidence.known(named)
  if (inviter === undefined) return undefined
  const read = await readInvite(verifier, evidence.network.network, record, inviter.state)
  return read.ok ? { record: read.value } : undefined
}

/** The one admission that was confirmed for this invite, or `contradicted` when there are two. */
const confirmedAs = async (
  verifier: Verifier,
  evidence: Evidence,
  invite: Uint8Array,
  record: InviteRecord,
): Promise<Confirmation | 'contradicted' | undefined> => {
  let found: Confirmation | undefined
  for (const statement of evidence.confirmations(invite)) {
    const read = await readConfirmation(
      verifier,
      evidence.network,
      statement,
      record.inviter,
      (account) => evidence.known(account)?.state,
    )
    if (!read.ok || !equal(read.value.invite, invite)) continue
    if (found !== undefined && !equal(found.admission, read.value.admission)) return 'contradicted'
    found = read.value
  }
  return found
}

/** Whom an unverified record names; only to look up whose signature must be on it. */
export const inviterNamed = (record: Signed): Uint8Array | undefined => decode(inviteRecord, record.body)?.inviter
