/** An account is a chain of links signed by its own devices (trust.md §1, I2). */
import { accountLink, decode, equal, labels, limits, protocolVersion, recoverySigner, toHex } from '@halyard/protocol'
import type { AccountLink, DeviceEntry, Head, SignedAccountLink } from '@halyard/protocol'
import { faulty, labelled, statementHash, taken, zeroHash } from './signed.ts'
import type { Verdict, Verifier } from './signed.ts'

export interface DeviceState extends DeviceEntry {
  readonly addedSeq: number
  /** Sequence number of the link that removed it; undefined while valid. */
  readonly removedSeq: number | undefined
  /** When its link says it came (ms), and who signed that; `recoverySigner` for the card. */
  readonly addedMs: number
  readonly addedBy: Uint8Array
  /** The same of the link that removed it. */
  readonly removedMs?: number
  readonly removedBy?: Uint8Array
}

/** What a chain says, up to its head. */
export interface AccountState {
  readonly account: Uint8Array
  readonly network: Uint8Array
  readonly head: Head
  /** Hash of each link by sequence number. */
  readonly hashes: readonly Uint8Array[]
  readonly createdMs: number
  /** Hash of the invite record whose holder this is; undefined for a founder. */
  readonly invite: Uint8Array | undefined
  readonly devices: ReadonlyMap<string, DeviceState>
  /** Those there ever were, each with the number of the link that brought it; the last one is in force. */
  readonly recoveryKeys: readonly {
    readonly publicKey: Uint8Array
    readonly sinceSeq: number
    readonly sinceMs: number
  }[]
}

/** The public half of what stands on the newest recovery card (now, or as of link `atSeq`). */
export const recoveryKeyOf = (state: AccountState, atSeq = state.head.seq): Uint8Array | undefined =>
  state.recoveryKeys.findLast(({ sinceSeq }) => sinceSeq <= atSeq)?.publicKey

export const accountIdOf = (genesis: SignedAccountLink): Uint8Array => statementHash(labels.accountLink, genesis.body)

/** The device, if the chain holds it valid (now, or as of link `atSeq`). */
export const validDevice = (
  state: AccountState,
  device: Uint8Array,
  atSeq = state.head.seq,
): DeviceState | undefined => {
  const found = state.devices.get(toHex(device))
  if (found === undefined || found.addedSeq > atSeq) return undefined
  return found.removedSeq === undefined || found.removedSeq > atSeq ? found : undefined
}

/** Whether `head` stands in this chain. */
export const holdsHead = (state: { readonly hashes: readonly Uint8Array[] }, head: Head): boolean => {
  const there = state.hashes[head.seq]
  return there !== undefined && equal(there, head.hash)
}

/**
 * Takes the next link (the genesis when `state` is undefined). Refuses with `known` a link that already stands, with
 * `conflict` another one at a place that is taken: two links with one sequence number are an alarm.
 */
export const extendAccountChain = async (
  verifier: Verifier,
  network: Uint8Array,
  state: AccountState | undefined,
  link: SignedAccountLink,
): Promise<Verdict<AccountState>> => {
  const value = decode(accountLink, link.body)
  if (value === undefined || value.version !== protocolVersion) return faulty('malformed')
  if (!equal(value.network, network)) return faulty('network')
  if (state === undefined) return startChain(verifier, value, link)
  const hash = statementHash(labels.accountLink, link.body)
  const there = state.hashes[value.seq]
  if (there !== undefined) {
    if (equal(there, hash)) return faulty('known')
    // Only a link that a device of the account really signed is evidence; anything else is noise.
    return (await signedBy(verifier, state, value, link)) ? faulty('conflict') : faulty('signature')
  }
  if (value.seq !== state.head.seq + 1 || !equal(value.previous, state.head.hash)) return faulty('order')
  if (value.seq >= limits.linksPerAccountMax) return faulty('not-allowed')
  if (!(await signedBy(verifier, state, value, link))) return faulty('signature')
  return applyChange(state, value, hash)
}

/** A whole chain from its genesis. */
export const readAccountChain = async (
  verifier: Verifier,
  network: Uint8Array,
  links: readonly SignedAccountLink[],
): Promise<Verdict<AccountState>> => {
  let state: AccountState | undefined
  for (const link of links) {
    const next = await extendAccountChain(verifier, network, state, link)
    if (!next.ok) return next
    state = next.value
  }
  return state === undefined ? faulty('malformed') : taken(state)
}

const startChain = async (
  verifier: Verifier,
  value: AccountLink,
  link: SignedAccountLink,
): Promise<Verdict<AccountState>> => {
  const { change } = value
  if (change.kind !== 'genesis' || value.seq !== 0 || !equal(value.previous, zeroHash)) return faulty('order')
  if (!equal(value.signer, change.entry.device) || !saneEntry(change.entry)) return faulty('malformed')
  if ((change.invite === undefined) !== (link.byInvite === undefined)) return faulty('malformed')
  const { chainKey, mlsKey, transportKey } = change.entry
  if ([chainKey, mlsKey, transportKey].some((key) => equal(key, change.recoveryKey ?? zeroHash)))
    return faulty('malformed')
  if (!(await verifier.verify(change.entry.chainKey, link.signature, labelled(labels.accountLink, link.body))))
    return faulty('signature')
  const account = statementHash(labels.accountLink, link.body)
  return taken({
    account,
    network: value.network,
    head: { seq: 0, hash: account },
    hashes: [account],
    createdMs: change.createdMs,
    invite: change.invite,
    devices: new Map([
      [
        toHex(change.entry.device),
        {
          ...change.entry,
          addedSeq: 0,
          removedSeq: undefined,
          addedMs: change.createdMs,
          addedBy: change.entry.device,
        },
      ],
    ]),
    recoveryKeys:
      change.recoveryKey === undefined
        ? []
        : [{ publicKey: change.recoveryKey, sinceSeq: 0, sinceMs: change.createdMs }],
  })
}

/** One key, one use: the three keys of a device differ. */
const saneEntry = (entry: DeviceEntry): boolean =>
  entry.notBeforeMs < entry.notAfterMs &&
  !equal(entry.device, recoverySigner) &&
  !equal(entry.chainKey, entry.mlsKey) &&
  !equal(entry.chainKey, entry.transportKey) &&
  !equal(entry.mlsKey, entry.transportKey)

/** Every key that a device of the account ever had, and every recovery key. */
const usedKeys = (state: AccountState): ReadonlySet<string> =>
  new Set(
    [
      ...[...state.devices.values()].flatMap((device) => [device.chainKey, device.mlsKey, device.transportKey]),
      ...state.recoveryKeys.map(({ publicKey }) => publicKey),
    ].map(toHex),
  )
/** A key that was used in this account is no new device's. */
const sharesKey = (state: AccountState, entry: DeviceEntry): boolean => {
  const used = usedKeys(state)
  return [entry.chainKey, entry.mlsKey, entry.transportKey].some((key) => used.has(toHex(key)))
}

const signedBy = async (
  verifier: Verifier,
  state: AccountState,
  value: AccountLink,
  link: SignedAccountLink,
): Promise<boolean> => {
  if (link.byInvite !== undefined) return false
  const key = signingKey(state, value)
  return key !== undefined && (await verifier.verify(key, link.signature, labelled(labels.accountLink, link.body)))
}

/** The recovery key is a device on paper that does one thing: it lets a device in. */
const signingKey = (state: AccountState, { change, seq, signer }: AccountLink): Uint8Array | undefined => {
  const before = Math.min(seq - 1, state.head.seq)
  if (!equal(signer, recoverySigner)) return validDevice(state, signer, before)?.chainKey
  return change.kind === 'add-device' ? recoveryKeyOf(state, before) : undefined
}

const applyChange = (state: AccountState, value: AccountLink, hash: Uint8Array): Verdict<AccountState> => {
  const devices = new Map(state.devices)
  const { change } = value
  if (change.kind === 'add-device') {
    const id = toHex(change.entry.device)
    const valid = [...devices.values()].filter((device) => device.removedSeq === undefined)
    if (
      devices.has(id) ||
      valid.length >= limits.devicesPerAccountMax ||
      !saneEntry(change.entry) ||
      sharesKey(state, change.entry)
    )
      return faulty('not-allowed')
    devices.set(id, {
      ...change.entry,
      addedSeq: value.seq,
      removedSeq: undefined,
      addedMs: change.atMs,
      addedBy: value.signer,
    })
  } else if (change.kind === 'remove-device') {
    const device = validDevice(state, change.device)
    if (device === undefined) return faulty('not-allowed')
    devices.set(toHex(change.device), {
      ...device,
      removedSeq: value.seq,
      removedMs: change.atMs,
      removedBy: value.signer,
    })
  } else if (change.kind !== 'replace-recovery-key') {
    // reset, suspend and delete need owners' approvals, which nobody can give yet: never the server alone (I4).
    return faulty('not-allowed')
  }
  const recoveryKeys = [...state.recoveryKeys]
  if (change.kind === 'replace-recovery-key') {
    // What was shown to anybody as a key of this account is no fresh secret.
    if (usedKeys(state).has(toHex(change.recoveryKey))) return faulty('not-allowed')
    recoveryKeys.push({ publicKey: change.recoveryKey, sinceSeq: value.seq, sinceMs: change.atMs })
  }
  return taken({ ...state, head: { seq: value.seq, hash }, hashes: [...state.hashes, hash], devices, recoveryKeys })
}
