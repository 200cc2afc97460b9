/** The other signed statements: profiles, login proofs, rows of a log, and the chain the log is hashed into. */
import {
  concat,
  decode,
  encode,
  entryRequest,
  equal,
  labels,
  linkInChain,
  loginProof,
  profile,
  protocolVersion,
  row,
  sealedState,
  signedRow,
} from '@halyard/protocol'
import type { EntryRequest, LoginProof, Profile, Row, SealedState, Signed } from '@halyard/protocol'
import { faulty, labelled, readSigned, sha256, statementHash, taken } from './signed.ts'
import { holdsHead, validDevice } from './account-chain.ts'
import type { AccountState } from './account-chain.ts'
import type { Verdict, Verifier } from './signed.ts'

export const readProfile = async (
  verifier: Verifier,
  network: Uint8Array,
  statement: { readonly body: Uint8Array; readonly signature: Uint8Array },
  account: AccountState,
): Promise<Verdict<Profile>> => {
  const read = await readSigned(verifier, labels.profile, profile, statement, (value) =>
    equal(value.account, account.account) && holdsHead(account, value.chain)
      ? validDevice(account, value.device, value.chain.seq)?.chainKey
      : undefined,
  )
  if (!read.ok) return read
  return equal(read.value.network, network) && read.value.version === protocolVersion ? read : faulty('network')
}

/** A request to come in, by a device that the chain holds valid where the request says so. */
export const readEntryRequest = async (
  verifier: Verifier,
  network: Uint8Array,
  statement: Signed,
  accountOf: (account: Uint8Array) => AccountState | undefined,
): Promise<Verdict<EntryRequest>> => {
  const read = await readSigned(verifier, labels.entryRequest, entryRequest, statement, (value) => {
    const account = accountOf(value.account)
    return account !== undefined && holdsHead(account, value.chain)
      ? validDevice(account, value.device, value.chain.seq)?.mlsKey
      : undefined
  })
  if (!read.ok) return read
  return equal(read.value.network, network) && read.value.version === protocolVersion ? read : faulty('network')
}

/**
 * A version of the account's state, by a device that the chain still holds valid: what a device that was removed wrote last
 * is nothing to go by, since nobody can tell whether it was before.
 */
export const readState = async (
  verifier: Verifier,
  statement: Signed,
  account: AccountState,
): Promise<Verdict<SealedState>> => {
  const read = await readSigned(verifier, labels.accountState, sealedState, statement, (value) =>
    equal(value.account, account.account) ? validDevice(account, value.device)?.chainKey : undefined,
  )
  if (!read.ok) return read
  return equal(read.value.network, account.network) && read.value.version === protocolVersion ? read : faulty('network')
}

/** Names a version of an account's state. */
export const stateHash = (statement: { readonly body: Uint8Array }): Uint8Array =>
  statementHash(labels.accountState, statement.body)

/** Whether `signature` is this device's proof for exactly this origin, network and nonce. */
export const provesLogin = (
  verifier: Verifier,
  transportKey: Uint8Array,
  proof: LoginProof,
  signature: Uint8Array,
): boolean | Promise<boolean> =>
  verifier.verify(transportKey, signature, labelled(labels.loginProof, encode(loginProof, proof)))

/** A row as its sender signed it. `keyFor` finds the leaf key of the sender the row names. */
export const readRow = async (
  verifier: Verifier,
  encoded: Uint8Array,
  keyFor: (value: Row) => Uint8Array | undefined,
): Promise<Verdict<Row>> => {
  const statement = decode(signedRow, encoded)
  if (statement === undefined) return faulty('malformed')
  const read = await readSigned(verifier, labels.row, row, statement, keyFor)
  if (!read.ok) return read
  return read.value.version === protocolVersion ? taken(read.value) : faulty('malformed')
}

/** The chain hash after a row: what makes a log that was changed, shortened or reordered visible. */
export const chainStep = (
  previous: Uint8Array,
  at: {
    readonly conversation: Uint8Array
    readonly seq: number
    readonly timeMs: number
    readonly entry: Uint8Array
    /** The encoded signedRow. */
    readonly row: Uint8Array
  },
): Uint8Array =>
  sha256(
    concat(
      previous,
      encode(linkInChain, {
        conversation: at.conversation,
        seq: at.seq,
        timeMs: at.timeMs,
        entry: at.entry,
        rowHash: sha256(at.row),
      }),
    ),
  )
