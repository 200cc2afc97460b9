/** A browser without an account asks to be let into one: it shows a code, then a number, and takes nothing on the server's word. */
import { accept, equal, limits, refuse } from '@halyard/protocol'
import type { Answer, DeviceGrant, Result } from '@halyard/protocol'
import {
  accountIdOf,
  approvalNumber,
  createDeviceKeys,
  createDeviceOffer,
  deviceEntryOf,
  inviteHash,
  networkIdOf,
  offerLocator,
  openGrant,
  readAccountChain,
  validDevice,
  verifierOf,
} from '@halyard/crypto'
import type { AccountState, DeviceKeys, OfferSecrets } from '@halyard/crypto'
import { entryLifeMs } from '../account/begin.ts'
import { writeIdentity, writeMeta } from '../account/identity.ts'
import type { Pairing } from '../api.ts'
import { createConnection } from '../delivery/connection.ts'
import type { Connection } from '../delivery/connection.ts'
import { createDirectoryStore } from '../directory/directory-store.ts'
import type { MemberPorts } from '../member.ts'
import { migrate } from '../store/schema.ts'
import { nameDevice } from './device-store.ts'

export interface AddDeviceRequest {
  readonly platform: string
}
export interface PairingScreen {
  show(pairing: Pairing): void
  readonly cancelled: () => boolean
}

const pollMs = 700

/**
 * Shows codes until a device of the account lets this one in, and then writes who it is into the empty database. Refuses
 * with `offer-unknown` when it was called off, with `grant-refused` when somebody answered who had not read the code.
 */
export const prepareDevice = async (
  ports: MemberPorts,
  { platform }: AddDeviceRequest,
  screen: PairingScreen,
): Promise<Result<undefined>> => {
  const migrated = migrate(ports.database)
  if (!migrated.ok) return migrated
  const { provider, clock } = ports
  const keys = await createDeviceKeys(provider)
  const nowMs = clock.nowMs()
  const entry = deviceEntryOf(keys, nowMs - 3600_000, nowMs + entryLifeMs)
  const about = { entry, platform: platform.slice(0, limits.platformMaxLength) }
  const connected = connect(ports)
  screen.show({ state: 'connecting' })
  try {
    while (!screen.cancelled()) {
      if (!(await connected.ready())) continue
      const secrets = await createDeviceOffer(provider, { ...about, atMs: clock.nowMs() })
      const granted = await exchange(ports, connected.connection, secrets, screen)
      if (granted === undefined) continue
      const grant = await openGrant(provider, secrets, granted.answer, granted.grant)
      const state = grant === undefined ? undefined : await proven(ports, grant, keys)
      if (grant === undefined || state === undefined) return refuse('grant-refused')
      store(ports, grant, state, keys, about.platform)
      return accept(undefined)
    }
    return refuse('offer-unknown')
  } finally {
    connected.connection.stop()
  }
}

/** A connection that never signs in. `ready` resolves when it can be asked, or after a pause when it cannot. */
const connect = (ports: MemberPorts): { readonly connection: Connection; readonly ready: () => Promise<boolean> } => {
  const connection = createConnection(ports, {
    opened: () => undefined,
    event: () => undefined,
    changed: () => undefined,
    outdated: () => undefined,
    hostile: () => undefined,
  })
  connection.start()
  const ready = async (): Promise<boolean> => {
    if (connection.state() === 'online') return true
    await pause(ports)
    return connection.state() === 'online'
  }
  return { connection, ready }
}
const pause = ({ clock }: MemberPorts): Promise<void> =>
  new Promise((resolve) => void clock.setTimer(pollMs, () => resolve()))

/** One code, from the moment it is shown; undefined when it is over and another is to be shown. */
const exchange = async (
  ports: MemberPorts,
  connection: Connection,
  secrets: OfferSecrets,
  screen: PairingScreen,
): Promise<{ readonly answer: Uint8Array; readonly grant: Uint8Array } | undefined> => {
  const { clock } = ports
  const { code, nonce, offer } = secrets
  const offered = await connection.request('offer-device', { locator: offerLocator(code), offer })
  if (!offered.ok) {
    await pause(ports)
    return undefined
  }
  let untilMs = clock.nowMs() + limits.offerLifetimeMs
  screen.show({ state: 'code', code, untilMs })
  let seen: Uint8Array | undefined
  while (!screen.cancelled() && clock.nowMs() < untilMs) {
    const next: Result<Answer<'next-offer'>> = await connection.request('next-offer', {
      reveal: seen === undefined ? undefined : nonce,
    })
    if (!next.ok) return undefined
    const { answer, grant } = next.value
    if (answer !== undefined && seen === undefined) {
      seen = answer
      untilMs = clock.nowMs() + limits.approvalLifetimeMs
      screen.show({ state: 'number', number: approvalNumber(offer, answer, nonce), untilMs })
      continue
    }
    // The number that is shown belongs to the first answer; another one is somebody else's.
    if (seen !== undefined && (answer === undefined || !equal(answer, seen))) return undefined
    if (seen !== undefined && grant !== undefined) return { answer: seen, grant }
    await pause(ports)
  }
  return undefined
}

/** The chains in the grant must say what it says: this account of this network, and this very device in it. */
const proven = async (ports: MemberPorts, grant: DeviceGrant, keys: DeviceKeys): Promise<AccountState | undefined> => {
  const verifier = verifierOf(ports.provider)
  const [genesis, state] = grant.networkLinks
  const [first] = grant.accountLinks
  if (genesis === undefined || state === undefined || first === undefined) return undefined
  if (!equal(networkIdOf(genesis), grant.network) || !equal(accountIdOf(first), grant.account)) return undefined
  const chain = await readAccountChain(verifier, grant.network, grant.accountLinks)
  if (!chain.ok) return undefined
  const own = validDevice(chain.value, keys.device)
  const isOwn =
    own !== undefined && equal(own.mlsKey, keys.mls.publicKey) && equal(own.transportKey, keys.transport.publicKey)
  const { invite } = chain.value
  if ((invite === undefined) !== (grant.invite === undefined)) return undefined
  if (invite !== undefined && grant.invite !== undefined && !equal(inviteHash(grant.invite), invite)) return undefined
  return isOwn && validDevice(chain.value, grant.approver) !== undefined ? chain.value : undefined
}

const store = (
  { database, clock }: MemberPorts,
  grant: DeviceGrant,
  state: AccountState,
  keys: DeviceKeys,
  platform: string,
): void => {
  const directory = createDirectoryStore(database)
  const [genesis] = grant.accountLinks
  if (genesis === undefined) throw new Error('assertion failed: a proven grant without a genesis')
  database.transaction(() => {
    for (const [seq, link] of grant.networkLinks.entries()) directory.addNetworkLink(seq, link)
    for (const [seq, link] of grant.accountLinks.entries()) directory.addAccountLink(grant.account, seq, link)
    // What stands in the feed says it; until that is read, nothing is claimed.
    directory.addAccount(grant.account, state, grant.invite, { kind: 'unknown' })
    if (grant.directoryKey !== undefined) directory.addDirectoryKey(grant.directoryKey.id, grant.directoryKey.key)
    nameDevice(database, keys.device, platform, clock.nowMs())
    writeMeta(database, 'approver', grant.approver)
    const count = new TextEncoder().encode(String(grant.conversations))
    writeMeta(database, 'packages-owed', count)
    writeMeta(database, 'conversations-expected', count)
    writeIdentity(database, {
      network: grant.network,
      account: grant.account,
      keys,
      name: grant.name,
      networkName: grant.networkName,
      phase: 'member',
      genesis,
      request: undefined,
    })
  })
}
