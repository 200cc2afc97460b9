/** People with real keys who make real statements, for the tests of what verifies them. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { accountLink, confirmation, encode, inviteRecord, labels, limits, networkLink, toHex } from '@halyard/protocol'
import type {
  AccountLink,
  Confirmation,
  DeviceEntry,
  InviteRecord,
  Label,
  NetworkLink,
  Schema,
  Signed,
  SignedAccountLink,
} from '@halyard/protocol'
import {
  accountIdOf,
  inviteHash,
  labelled,
  networkIdOf,
  readAccountChain,
  readNetworkChain,
} from '../src/verify/index.ts'
import type { AccountState, Evidence, Known, NetworkState, Verdict, Verifier } from '../src/verify/index.ts'

export const dayMs = 24 * 3600_000
export const startMs = 1_790_000_000_000
export const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)

const publicKeys = new Map<string, KeyObject>()
const spki = (key: Uint8Array): KeyObject =>
  createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]),
    format: 'der',
    type: 'spki',
  })

/** Ed25519 of Node, with the promise of `Verifier`: it never throws. */
export const verifier: Verifier = {
  verify(key, signature, message) {
    try {
      const name = toHex(key)
      const object = publicKeys.get(name) ?? spki(key)
      publicKeys.set(name, object)
      return verify(undefined, message, object, signature)
    } catch {
      return false
    }
  },
}

export interface KeyPair {
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}
let keysMade = 0
/** A fresh pair; the same ones in every run. */
export const keyPair = (): KeyPair => {
  const seed = Buffer.alloc(32)
  seed.writeUInt32BE(++keysMade)
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32))
  return { publicKey, sign: (message) => new Uint8Array(sign(undefined, message, key)) }
}

export interface Device {
  readonly id: Uint8Array
  readonly chain: KeyPair
  readonly mls: KeyPair
  readonly transport: KeyPair
  readonly entry: DeviceEntry
}
let devicesMade = 0
export const makeDevice = (): Device => {
  const id = new Uint8Array(16)
  new DataView(id.buffer).setUint32(0, ++devicesMade)
  const [chain, mls, transport] = [keyPair(), keyPair(), keyPair()]
  const entry = {
    device: id,
    chainKey: chain.publicKey,
    mlsKey: mls.publicKey,
    transportKey: transport.publicKey,
    notBeforeMs: startMs,
    notAfterMs: startMs + 3650 * dayMs,
  }
  return { id, chain, mls, transport, entry }
}

/** Signs `value` as its kind is signed. */
export const makeSigned = <T>(schema: Schema<T>, label: Label, value: T, by: KeyPair): Signed => {
  const body = new Uint8Array(encode(schema, value))
  return { body, signature: by.sign(labelled(label, body)) }
}

export interface Person {
  readonly device: Device
  readonly genesis: SignedAccountLink
  readonly links: readonly SignedAccountLink[]
  readonly state: AccountState
  readonly invite: Signed | undefined
}
export interface World {
  readonly links: readonly Signed[]
  readonly network: NetworkState
  readonly founder: Person
  readonly people: Map<string, Person>
  readonly confirmations: Signed[]
}

export const must = <T>(verdict: Verdict<T>): T => {
  if (!verdict.ok) throw new Error(`refused: ${verdict.fault}`)
  return verdict.value
}

/** The genesis of an account; `change` replaces what the test wants wrong. */
export const makeGenesis = (
  network: Uint8Array,
  device: Device,
  change: Partial<AccountLink> = {},
  invite?: { readonly hash: Uint8Array; readonly key: KeyPair; readonly createdMs?: number },
): SignedAccountLink => {
  const value: AccountLink = {
    version: 1,
    network,
    seq: 0,
    previous: filled(32, 0),
    signer: device.id,
    change: {
      kind: 'genesis',
      createdMs: invite?.createdMs ?? startMs,
      entry: device.entry,
      recoveryKey: undefined,
      invite: invite?.hash,
      nonce: filled(16, 9),
    },
    ...change,
  }
  const signed = makeSigned(accountLink, labels.accountLink, value, device.chain)
  return { ...signed, byInvite: invite?.key.sign(labelled(labels.inviteUse, signed.body)) }
}

/** The next link of an account's chain. */
export const makeLink = (
  state: AccountState,
  by: Device,
  change: AccountLink['change'],
  over: Partial<AccountLink> = {},
  key: KeyPair = by.chain,
): SignedAccountLink => {
  const value: AccountLink = {
    version: 1,
    network: state.network,
    seq: state.head.seq + 1,
    previous: state.head.hash,
    signer: by.id,
    change,
    ...over,
  }
  return { ...makeSigned(accountLink, labels.accountLink, value, key), byInvite: undefined }
}

export const makeNetworkLink = (
  value: Partial<NetworkLink> & Pick<NetworkLink, 'seq' | 'previous' | 'change'>,
  by: KeyPair,
): Signed => makeSigned(networkLink, labels.networkLink, { version: 1, signer: undefined, ...value }, by)

export const stateChange = (
  owners: readonly Uint8Array[],
  removed: readonly { readonly account: Uint8Array; readonly admissionsStand: boolean }[] = [],
): NetworkLink['change'] => ({
  kind: 'state',
  atMs: startMs,
  owners,
  removed,
  directoryKey: filled(16, 4),
  policyHead: undefined,
})

/** A network with its founder, who is its only owner. */
export const makeWorld = async (): Promise<World> => {
  const device = makeDevice()
  const first = makeNetworkLink(
    {
      seq: 0,
      previous: filled(32, 0),
      change: { kind: 'genesis', founderKey: device.chain.publicKey, createdMs: startMs, nonce: filled(16, 1) },
    },
    device.chain,
  )
  const network = networkIdOf(first)
  const genesis = makeGenesis(network, device)
  const state = must(await readAccountChain(verifier, network, [genesis]))
  const links = [
    first,
    makeNetworkLink({ seq: 1, previous: network, change: stateChange([state.account]) }, device.chain),
  ]
  const founder: Person = { device, genesis, links: [genesis], state, invite: undefined }
  return {
    links,
    network: must(await readNetworkChain(verifier, links, network, () => state)),
    founder,
    people: new Map([[toHex(state.account), founder]]),
    confirmations: [],
  }
}

export interface Invite {
  readonly record: Signed
  readonly value: InviteRecord
  readonly key: KeyPair
}
export const makeInvite = (
  world: World,
  by: Person,
  over: Partial<InviteRecord> = {},
  key: KeyPair = keyPair(),
): Invite => {
  const value: InviteRecord = {
    version: 1,
    network: world.network.network,
    networkHead: world.network.head,
    inviteKey: key.publicKey,
    uses: 1,
    guest: false,
    notAfterMs: startMs + limits.inviteLifetimeMs,
    inviter: by.state.account,
    inviterDevice: by.device.id,
    inviterHead: by.state.head,
    bundle: world.network.network,
    sealed: filled(40, 7),
    ...over,
  }
  return { record: makeSigned(inviteRecord, labels.inviteRecord, value, by.device.chain), value, key }
}

/** Somebody comes in with this invite; nobody has confirmed it yet. */
export const makeJoin = async (world: World, invite: Invite, createdMs: number = startMs): Promise<Person> => {
  const device = makeDevice()
  const genesis = makeGenesis(
    world.network.network,
    device,
    {},
    { hash: inviteHash(invite.record), key: invite.key, createdMs },
  )
  const state = must(await readAccountChain(verifier, world.network.network, [genesis]))
  const person = { device, genesis, links: [genesis], state, invite: invite.record }
  world.people.set(toHex(accountIdOf(genesis)), person)
  return person
}

export const makeConfirmation = (
  world: World,
  by: Person,
  invite: Invite,
  admission: Uint8Array,
  over: Partial<Confirmation> = {},
): Signed =>
  makeSigned(
    confirmation,
    labels.confirmation,
    {
      version: 1,
      network: world.network.network,
      invite: inviteHash(invite.record),
      admission,
      by: by.state.account,
      device: by.device.id,
      chain: by.state.head,
      networkHead: world.network.head,
      atMs: startMs,
      ...over,
    },
    by.device.chain,
  )

/** `person` with a second device that has removed the first; what the first signed before still stands. */
export const replaceDevice = async (person: Person): Promise<Person> => {
  const device = makeDevice()
  const { network } = person.state
  const added = makeLink(person.state, person.device, { kind: 'add-device', atMs: startMs, entry: device.entry })
  const both = must(await readAccountChain(verifier, network, [...person.links, added]))
  const removed = makeLink(both, device, { kind: 'remove-device', atMs: startMs, device: person.device.id })
  const links = [...person.links, added, removed]
  return { ...person, device, links, state: must(await readAccountChain(verifier, network, links)) }
}

/** Invited by `by`, joined, and confirmed by the inviter. */
export const makeMember = async (world: World, by: Person): Promise<Person> => {
  const invite = makeInvite(world, by)
  const person = await makeJoin(world, invite)
  world.confirmations.push(makeConfirmation(world, by, invite, person.state.account))
  return person
}

/** What a client has seen; a lying server gives others (`lies`) and another network state. */
export const evidenceOf = (
  world: World,
  lies: ReadonlyMap<string, Known> = new Map(),
  network: NetworkState = world.network,
): Evidence => ({
  network,
  known: (account) => lies.get(toHex(account)) ?? world.people.get(toHex(account)),
  confirmations: () => world.confirmations,
})
