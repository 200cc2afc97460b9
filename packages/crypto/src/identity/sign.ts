/** Makes the signed statements whose checks stand in `verify/`. */
import {
  accountLink,
  assert,
  confirmation,
  encode,
  entryRequest,
  inviteRecord,
  labels,
  loginProof,
  networkLink,
  profile,
  protocolVersion,
  row,
  signedRow,
} from '@halyard/protocol'
import type {
  AccountLink,
  Confirmation,
  EntryRequest,
  InviteRecord,
  Label,
  LoginProof,
  NetworkLink,
  Profile,
  Row,
  Schema,
  Signed,
  SignedAccountLink,
} from '@halyard/protocol'
import type { Provider } from '@halyard/mls'
import { labelled, zeroHash } from '../verify/index.ts'
import type { AccountState, NetworkState } from '../verify/index.ts'
import type { KeyPair } from './keys.ts'

const signature = async (provider: Provider, key: KeyPair, label: Label, body: Uint8Array): Promise<Uint8Array> => {
  const made = await provider.sign('ed25519', key.privateKey, labelled(label, body))
  assert(made !== undefined, 'the private key is not an Ed25519 seed')
  return made
}

/** Any statement, under the label of its kind. */
export const sign = async <T>(
  provider: Provider,
  key: KeyPair,
  label: Label,
  schema: Schema<T>,
  value: T,
): Promise<Signed> => {
  const body = encode(schema, value)
  return { body, signature: await signature(provider, key, label, body) }
}

/** The two links every network begins with: its genesis, and the state that names the founder's account as owner. */
export const signNetworkGenesis = (provider: Provider, founder: KeyPair, createdMs: number): Promise<Signed> =>
  sign(provider, founder, labels.networkLink, networkLink, {
    version: protocolVersion,
    seq: 0,
    previous: zeroHash,
    signer: undefined,
    change: { kind: 'genesis', founderKey: founder.publicKey, createdMs, nonce: provider.random(16) },
  })

/** The next state of the network; `signer` is absent only for the founder's first. */
export const signNetworkState = (
  provider: Provider,
  key: KeyPair,
  before: NetworkState,
  signer: NetworkLink['signer'],
  change: Omit<Extract<NetworkLink['change'], { kind: 'state' }>, 'kind'>,
): Promise<Signed> =>
  sign(provider, key, labels.networkLink, networkLink, {
    version: protocolVersion,
    seq: before.head.seq + 1,
    previous: before.head.hash,
    signer,
    change: { kind: 'state', ...change },
  })

/** The first link of an account; with an invite, signed by the invite's key as well. */
export const signAccountGenesis = async (
  provider: Provider,
  chain: KeyPair,
  network: Uint8Array,
  change: Omit<Extract<AccountLink['change'], { kind: 'genesis' }>, 'kind' | 'nonce'>,
  invite: KeyPair | undefined,
): Promise<SignedAccountLink> => {
  const body = encode(accountLink, {
    version: protocolVersion,
    network,
    seq: 0,
    previous: zeroHash,
    signer: change.entry.device,
    change: { kind: 'genesis', nonce: provider.random(16), ...change },
  })
  return {
    body,
    signature: await signature(provider, chain, labels.accountLink, body),
    byInvite: invite === undefined ? undefined : await signature(provider, invite, labels.inviteUse, body),
  }
}

/** A later link of an account's chain. */
export const signAccountLink = async (
  provider: Provider,
  chain: KeyPair,
  signer: Uint8Array,
  before: AccountState,
  change: Exclude<AccountLink['change'], { kind: 'genesis' }>,
): Promise<SignedAccountLink> => {
  const body = encode(accountLink, {
    version: protocolVersion,
    network: before.network,
    seq: before.head.seq + 1,
    previous: before.head.hash,
    signer,
    change,
  })
  return { body, signature: await signature(provider, chain, labels.accountLink, body), byInvite: undefined }
}

export const signInvite = (provider: Provider, chain: KeyPair, value: Omit<InviteRecord, 'version'>): Promise<Signed> =>
  sign(provider, chain, labels.inviteRecord, inviteRecord, { version: protocolVersion, ...value })

export const signConfirmation = (
  provider: Provider,
  chain: KeyPair,
  value: Omit<Confirmation, 'version'>,
): Promise<Signed> => sign(provider, chain, labels.confirmation, confirmation, { version: protocolVersion, ...value })

export const signProfile = (provider: Provider, chain: KeyPair, value: Omit<Profile, 'version'>): Promise<Signed> =>
  sign(provider, chain, labels.profile, profile, { version: protocolVersion, ...value })

export const signEntryRequest = (
  provider: Provider,
  mls: KeyPair,
  value: Omit<EntryRequest, 'version'>,
): Promise<Signed> => sign(provider, mls, labels.entryRequest, entryRequest, { version: protocolVersion, ...value })

export const signLogin = (provider: Provider, transport: KeyPair, proof: LoginProof): Promise<Uint8Array> =>
  signature(provider, transport, labels.loginProof, encode(loginProof, proof))

/** The encoded signedRow. */
export const signRow = async (provider: Provider, mls: KeyPair, value: Omit<Row, 'version'>): Promise<Uint8Array> =>
  encode(signedRow, await sign(provider, mls, labels.row, row, { version: protocolVersion, ...value }))
