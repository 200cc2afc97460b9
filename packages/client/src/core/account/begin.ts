/** The first minutes of a device: setting up a network, looking at an invite, joining with it. */
import { accept, commands, decode, encode, equal, inviteRecord, limits, refuse, toHex } from '@halyard/protocol'
import type { Answer, Infer, Request, Result, Signed, SignedAccountLink } from '@halyard/protocol'
import {
  accountIdOf,
  createDeviceKeys,
  deviceEntryOf,
  extendAccountChain,
  extendNetworkChain,
  inviteHash,
  inviteLocator,
  inviteSecrets,
  isOwner,
  networkIdOf,
  openInviteNames,
  readInvite,
  signAccountGenesis,
  signNetworkGenesis,
  signNetworkState,
  standingOf,
  verifierOf,
} from '@halyard/crypto'
import type { AccountState, InviteSecrets, Standing } from '@halyard/crypto'
import type { InvitePreview, Newcomer } from '../api.ts'
import type { MemberPorts } from '../member.ts'
import type { Database } from '../ports.ts'
import { nameDevice } from '../devices/device-store.ts'
import { cleanName, shownName } from '../directory/names.ts'
import { createDirectoryStore } from '../directory/directory-store.ts'
import type { DirectoryStore } from '../directory/directory-store.ts'
import { migrate } from '../store/schema.ts'
import { writeIdentity } from './identity.ts'
import type { Identity } from './identity.ts'
import { bundleHash, readInviteLink } from './invites.ts'
import { addNotice } from '../messaging/timeline.ts'
import { evidenceFrom } from './proof.ts'
import type { Proof } from './proof.ts'
import { askOnce } from '../delivery/ask-once.ts'

/** A device entry is valid until it is removed; the end is far, so that no clock ends somebody's membership. */
export const entryLifeMs = 20 * 365 * 24 * 3600_000

/** Programs do not say what they run on. */
type Named = Pick<Newcomer, 'name'> & Partial<Pick<Newcomer, 'platform'>>

/** Writes a new network and its founder into an empty database. Nothing is sent. */
export const prepareSetUp = async (
  ports: MemberPorts,
  request: { readonly token: string; readonly networkName: string } & Named,
): Promise<Result<undefined>> => {
  const name = cleanName(request.name)
  const networkName = cleanName(request.networkName)
  if (name === undefined || networkName === undefined) return refuse('name-refused')
  const migrated = migrate(ports.database)
  if (!migrated.ok) return migrated
  const { provider, clock, database, random } = ports
  const nowMs = clock.nowMs()
  const keys = await createDeviceKeys(provider)
  const genesis = await signNetworkGenesis(provider, keys.chain, nowMs)
  const network = networkIdOf(genesis)
  const account = await signAccountGenesis(
    provider,
    keys.chain,
    network,
    {
      createdMs: nowMs,
      entry: deviceEntryOf(keys, nowMs - 3600_000, nowMs + entryLifeMs),
      recoveryKey: undefined,
      invite: undefined,
    },
    undefined,
  )
  const started = await extendNetworkChain(verifierOf(provider), undefined, genesis, () => undefined)
  if (!started.ok) throw new Error(`assertion failed: the own genesis is ${started.fault}`)
  const directoryKey = { id: random(16), key: random(32) }
  const state = await signNetworkState(provider, keys.chain, started.value, undefined, {
    atMs: nowMs,
    owners: [accountIdOf(account)],
    removed: [],
    directoryKey: directoryKey.id,
    policyHead: undefined,
  })
  const own = await ownState(ports, network, account)
  const body: Request<'set-up'> = {
    token: request.token.slice(0, 100),
    networkLinks: [genesis, state],
    accountLink: account,
  }
  database.transaction(() => {
    const store = createDirectoryStore(database)
    store.addNetworkLink(0, genesis)
    store.addNetworkLink(1, state)
    store.addDirectoryKey(directoryKey.id, directoryKey.key)
    storeOwn(database, own, account, undefined, { kind: 'confirmed', invitedBy: undefined })
    nameFirst(database, keys.device, request, nowMs)
    writeIdentity(database, {
      network,
      account: accountIdOf(account),
      keys,
      name,
      networkName,
      phase: 'asking',
      genesis: account,
      request: { command: 'set-up', body: encode<unknown>(commands['set-up'].request, body) },
    })
  })
  return accept(undefined)
}

interface Checked {
  readonly proof: Proof
  readonly statement: Signed
  readonly secrets: InviteSecrets
  readonly record: Infer<typeof inviteRecord>
  readonly names: { readonly network: string; readonly inviter: string }
  readonly used: boolean
}

type Link = Omit<MemberPorts, 'database'>

/** Fetches an invite and checks it against what the link itself says: nothing in it is the server's word. */
const checkInvite = async (
  ports: Link,
  request: { readonly path: string; readonly fragment: string },
): Promise<Result<Checked>> => {
  const link = readInviteLink(request.path, request.fragment)
  if (link === undefined) return refuse('invite-altered')
  const { provider, clock } = ports
  const secrets = await inviteSecrets(provider, link.seed)
  // A locator that does not follow from the seed was changed on the way; the server is not even asked.
  if (!equal(inviteLocator(secrets.key.publicKey), link.locator)) return refuse('invite-altered')
  const answer = await askOnce(ports, 'preview-invite', { locator: link.locator })
  if (!answer.ok) return answer
  const { record } = answer.value
  if (!equal(inviteHash(record), link.hash)) return refuse('invite-altered')
  const value = decode(inviteRecord, record.body)
  if (
    value === undefined ||
    !equal(value.inviteKey, secrets.key.publicKey) ||
    !equal(value.bundle, bundleHash(value.network))
  )
    return refuse('invite-altered')
  const names = await openInviteNames(provider, secrets, value.sealed)
  const proof = await proofOf(ports, answer.value, value)
  if (names === undefined || proof === undefined) return refuse('invite-altered')
  if (clock.nowMs() > value.notAfterMs) return refuse('invite-expired')
  return accept({
    proof,
    statement: record,
    secrets,
    record: value,
    names: { network: shownName(names.network), inviter: shownName(names.inviter) },
    used: answer.value.used,
  })
}

/** The inviter walked up to the founder of exactly the network the record names, from what the server handed out. */
const proofOf = async (
  ports: Link,
  answer: Answer<'preview-invite'>,
  record: Infer<typeof inviteRecord>,
): Promise<Proof | undefined> => {
  const verifier = verifierOf(ports.provider)
  const proof = await evidenceFrom(verifier, record.network, answer)
  const inviter = proof?.evidence.known(record.inviter)
  if (proof === undefined || inviter === undefined) return undefined
  const standing = await standingOf(verifier, proof.evidence, record.inviter, ports.clock.nowMs())
  if (standing.kind !== 'confirmed') return undefined
  // The record was made knowing this much of the network: a server that shows less is rolling it back.
  const { network } = proof.evidence
  const there = network.hashes[record.networkHead.seq]
  if (there === undefined || !equal(there, record.networkHead.hash)) return undefined
  const read = await readInvite(verifier, record.network, answer.record, inviter.state)
  return read.ok ? proof : undefined
}

export const previewInvite = async (
  ports: Link,
  request: { readonly path: string; readonly fragment: string },
): Promise<Result<InvitePreview>> => {
  const checked = await checkInvite(ports, request)
  if (!checked.ok) return checked
  const { record, names, proof, used } = checked.value
  if (used) return refuse('invite-used')
  return accept({
    networkName: names.network,
    inviterName: names.inviter,
    inviterIsOwner: isOwner(proof.evidence.network, record.inviter),
    expiresAtMs: record.notAfterMs,
    serverHost: ports.origin.replace(/^https?:\/\//, ''),
  })
}

/** Writes a new account that hangs on the invite into an empty database. Nothing is sent but the question for the invite. */
export const prepareJoin = async (
  ports: MemberPorts,
  request: { readonly path: string; readonly fragment: string } & Named,
): Promise<Result<undefined>> => {
  const name = cleanName(request.name)
  if (name === undefined) return refuse('name-refused')
  const checked = await checkInvite(ports, request)
  if (!checked.ok) return checked
  if (checked.value.used) return refuse('invite-used')
  const migrated = migrate(ports.database)
  if (!migrated.ok) return migrated
  const { record, secrets, names, proof, statement } = checked.value
  const { provider, clock, database } = ports
  const nowMs = clock.nowMs()
  const keys = await createDeviceKeys(provider)
  const genesis = await signAccountGenesis(
    provider,
    keys.chain,
    record.network,
    {
      createdMs: nowMs,
      entry: deviceEntryOf(keys, nowMs - 3600_000, nowMs + entryLifeMs),
      recoveryKey: undefined,
      invite: inviteHash(statement),
    },
    secrets.key,
  )
  const body: Request<'join'> = { locator: inviteLocator(record.inviteKey), accountLink: genesis }
  const identity: Identity = {
    network: record.network,
    account: accountIdOf(genesis),
    keys,
    name,
    networkName: names.network,
    phase: 'asking',
    genesis,
    request: { command: 'join', body: encode<unknown>(commands.join.request, body) },
  }
  const own = await ownState(ports, record.network, genesis)
  database.transaction(() => {
    storeProof(ports, proof, record.inviter, names.inviter, identity)
    // What the walk up to the founder will say once the server has taken it: shown from the first moment.
    const lapsesAtMs = own.createdMs + limits.admissionLapsesAfterMs
    storeOwn(database, own, genesis, statement, { kind: 'waiting', invitedBy: record.inviter, lapsesAtMs })
    nameFirst(database, keys.device, request, nowMs)
  })
  return accept(undefined)
}

const ownState = async (ports: MemberPorts, network: Uint8Array, genesis: SignedAccountLink): Promise<AccountState> => {
  const state = await extendAccountChain(verifierOf(ports.provider), network, undefined, genesis)
  if (!state.ok) throw new Error(`assertion failed: the own genesis is ${state.fault}`)
  return state.value
}

const nameFirst = (database: Database, device: Uint8Array, { platform = '' }: Named, nowMs: number): void => {
  if (platform !== '') nameDevice(database, device, platform.slice(0, limits.platformMaxLength), nowMs)
}

const storeOwn = (
  database: Database,
  own: AccountState,
  genesis: SignedAccountLink,
  invite: Signed | undefined,
  standing: Standing,
): void => {
  const store = createDirectoryStore(database)
  store.addAccountLink(own.account, 0, genesis)
  store.addAccount(own.account, own, invite, standing)
  database.run('UPDATE chats SET wanted = 1 WHERE chat = ?', [toHex(own.account)])
}

/** Everything that was shown; only of `proven` is more said than that it was. */
export const storeEvidence = (store: DirectoryStore, proof: Proof, proven: Uint8Array | undefined): void => {
  for (const [seq, link] of proof.networkLinks.entries()) store.addNetworkLink(seq, link)
  for (const { known, links } of proof.accounts) {
    for (const [seq, link] of links.entries()) store.addAccountLink(known.state.account, seq, link)
    const isProven = proven !== undefined && equal(known.state.account, proven)
    const standing: Standing = isProven ? { kind: 'confirmed', invitedBy: undefined } : { kind: 'unknown' }
    store.addAccount(known.state.account, known.state, known.invite, standing)
  }
  for (const { invite, hash, statement } of proof.confirmations) store.addConfirmation(invite, hash, statement)
}

/** What was proven at first contact is where this device begins; the inviter's chat is wanted from the start. */
const storeProof = (
  { database, clock }: MemberPorts,
  proof: Proof,
  inviter: Uint8Array,
  inviterName: string,
  identity: Identity,
): void => {
  const store = createDirectoryStore(database)
  // The inviter was walked up to the founder just now (proofOf); the others are when the directory opens.
  storeEvidence(store, proof, inviter)
  store.setIntroduced(inviter, inviterName)
  addNotice(database, {
    key: 'joined-you',
    chat: toHex(inviter),
    position: 1,
    atMs: clock.nowMs(),
    kind: 'joined-you',
    person: inviter,
  })
  database.run('UPDATE chats SET wanted = 1 WHERE chat = ?', [toHex(inviter)])
  writeIdentity(database, identity)
}
