/** People for tests: real keys, real signatures, real chains; no MLS, which the server cannot read anyway. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import {
  accountLink,
  confirmation,
  encode,
  inviteRecord,
  labels,
  limits,
  loginProof,
  networkLink,
  profile,
  protocolVersion,
  row,
  signedRow,
} from '@halyard/protocol'
import type {
  AccountLink,
  DeviceEntry,
  Head,
  Label,
  NetworkLink,
  Row,
  Schema,
  Signed,
  SignedAccountLink,
  SignedRow,
} from '@halyard/protocol'
import { accountIdOf, inviteHash, inviteLocator, labelled, networkIdOf, statementHash } from '@halyard/crypto/verify'

export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
export const zeroHash = new Uint8Array(32)

export interface Key {
  readonly publicKey: Uint8Array
  readonly secret: KeyObject
}
export const createKey = (): Key => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    publicKey: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
    secret: privateKey,
  }
}
export const signWith = (key: Key, label: Label, body: Uint8Array): Uint8Array =>
  new Uint8Array(sign(undefined, labelled(label, body), key.secret))
export const statement = <T>(key: Key, label: Label, schema: Schema<T>, value: T): Signed => {
  const body = new Uint8Array(encode(schema, value))
  return { body, signature: signWith(key, label, body) }
}

export interface Device {
  readonly id: Uint8Array
  readonly chain: Key
  readonly mls: Key
  readonly transport: Key
  readonly entry: DeviceEntry
}
export const createDevice = (nowMs = Date.now()): Device => {
  const [id, chain, mls, transport] = [random(16), createKey(), createKey(), createKey()] as const
  const entry = {
    device: id,
    chainKey: chain.publicKey,
    mlsKey: mls.publicKey,
    transportKey: transport.publicKey,
    notBeforeMs: nowMs - 1000,
    notAfterMs: nowMs + 365 * 24 * 3600_000,
  }
  return { id, chain, mls, transport, entry }
}

/** A person with one device. `links` is the account's chain so far. */
export interface Person {
  readonly network: Uint8Array
  readonly account: Uint8Array
  readonly device: Device
  readonly links: SignedAccountLink[]
  head: Head
}

export const signAccountLink = (
  signer: Device,
  link: Omit<AccountLink, 'version' | 'signer'>,
  inviteKey?: Key,
): SignedAccountLink => {
  const body = encode(accountLink, { ...link, version: protocolVersion, signer: signer.id })
  return {
    body,
    signature: signWith(signer.chain, labels.accountLink, body),
    byInvite: inviteKey === undefined ? undefined : signWith(inviteKey, labels.inviteUse, body),
  }
}

const genesis = (
  network: Uint8Array,
  device: Device,
  invite: Uint8Array | undefined,
  inviteKey: Key | undefined,
  createdMs: number,
): Person => {
  const change = {
    kind: 'genesis' as const,
    createdMs,
    entry: device.entry,
    recoveryKey: undefined,
    invite,
    nonce: random(16),
  }
  const link = signAccountLink(device, { network, seq: 0, previous: zeroHash, change }, inviteKey)
  const account = accountIdOf(link)
  return { network, account, device, links: [link], head: { seq: 0, hash: account } }
}

/** The next link of a person's chain, which then holds it. */
export const extendAccount = (
  person: Person,
  change: AccountLink['change'],
  signer = person.device,
): SignedAccountLink => {
  const link = signAccountLink(signer, {
    network: person.network,
    seq: person.head.seq + 1,
    previous: person.head.hash,
    change,
  })
  person.links.push(link)
  person.head = { seq: person.head.seq + 1, hash: statementHash(labels.accountLink, link.body) }
  return link
}

export interface Founded {
  readonly founder: Person
  readonly networkLinks: Signed[]
  networkHead: Head
}
export const signNetworkLink = (key: Key, link: Omit<NetworkLink, 'version'>): Signed =>
  statement(key, labels.networkLink, networkLink, { ...link, version: protocolVersion })

export const found = (nowMs = Date.now()): Founded => {
  const device = createDevice(nowMs)
  const first = signNetworkLink(device.chain, {
    seq: 0,
    previous: zeroHash,
    signer: undefined,
    change: { kind: 'genesis', founderKey: device.chain.publicKey, createdMs: nowMs, nonce: random(16) },
  })
  const network = networkIdOf(first)
  const founder = genesis(network, device, undefined, undefined, nowMs)
  const second = signNetworkLink(device.chain, {
    seq: 1,
    previous: network,
    signer: undefined,
    change: {
      kind: 'state',
      atMs: nowMs,
      owners: [founder.account],
      removed: [],
      directoryKey: random(16),
      policyHead: undefined,
    },
  })
  return {
    founder,
    networkLinks: [first, second],
    networkHead: { seq: 1, hash: statementHash(labels.networkLink, second.body) },
  }
}

export interface Invite {
  readonly key: Key
  readonly record: Signed
  readonly locator: Uint8Array
  readonly hash: Uint8Array
}
export const createInvite = (
  net: Founded,
  inviter: Person,
  changes: { readonly notAfterMs?: number } = {},
  nowMs = Date.now(),
): Invite => {
  const key = createKey()
  const record = statement(inviter.device.chain, labels.inviteRecord, inviteRecord, {
    version: protocolVersion,
    network: inviter.network,
    networkHead: net.networkHead,
    inviteKey: key.publicKey,
    uses: 1,
    guest: false,
    notAfterMs: changes.notAfterMs ?? nowMs + limits.inviteLifetimeMs,
    inviter: inviter.account,
    inviterDevice: inviter.device.id,
    inviterHead: inviter.head,
    bundle: statementHash(labels.networkLink, inviter.network),
    sealed: random(80),
  })
  return { key, record, locator: inviteLocator(key.publicKey), hash: inviteHash(record) }
}
export const joinBy = (network: Uint8Array, invite: Invite, nowMs = Date.now()): Person =>
  genesis(network, createDevice(nowMs), invite.hash, invite.key, nowMs)

export const confirmationBy = (
  net: Founded,
  by: Person,
  invite: Invite,
  newcomer: Person,
  nowMs = Date.now(),
): Signed =>
  statement(by.device.chain, labels.confirmation, confirmation, {
    version: protocolVersion,
    network: by.network,
    invite: invite.hash,
    admission: newcomer.account,
    by: by.account,
    device: by.device.id,
    chain: by.head,
    networkHead: net.networkHead,
    atMs: nowMs,
  })

export const profileOf = (person: Person, revision: number): Signed =>
  statement(person.device.chain, labels.profile, profile, {
    version: protocolVersion,
    network: person.network,
    account: person.account,
    device: person.device.id,
    chain: person.head,
    field: 1,
    revision,
    key: random(16),
    sealed: random(64),
  })

export const proveLogin = (person: Person, origin: string, nonce: Uint8Array, device = person.device): Uint8Array =>
  signWith(
    device.transport,
    labels.loginProof,
    encode(loginProof, { version: protocolVersion, origin, network: person.network, device: device.id, nonce }),
  )

export const signRow = (
  person: Person,
  conversation: Uint8Array,
  epoch: number,
  content: Row['content'],
  device = person.device,
): SignedRow =>
  statement(device.mls, labels.row, row, {
    version: protocolVersion,
    conversation,
    account: person.account,
    device: device.id,
    epoch,
    madeBy: zeroHash,
    digest: new Uint8Array(16),
    content,
  })
export const text = (person: Person, conversation: Uint8Array, epoch: number, size = 300): SignedRow =>
  signRow(person, conversation, epoch, { kind: 'application', message: random(size) })
export const commit = (
  person: Person,
  conversation: Uint8Array,
  epoch: number,
  added: readonly Uint8Array[] = [],
  removed: readonly Uint8Array[] = [],
): SignedRow => signRow(person, conversation, epoch, { kind: 'commit', message: random(500), added, removed })
export const encodedRow = (signed: SignedRow): Uint8Array => encode(signedRow, signed)
