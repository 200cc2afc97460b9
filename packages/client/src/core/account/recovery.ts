/** The way back in: a card made on one device, and a clean browser that comes in with it (trust.md §1, §4). */
import { accept, commands, encode, equal, limits, recoverySigner, refuse, toHex } from '@halyard/protocol'
import type { Request, Result } from '@halyard/protocol'
import {
  createDeviceKeys,
  deviceEntryOf,
  extendAccountChain,
  openRecoveryRecord,
  readRecoveryWords,
  recoveryKeyOf,
  recoverySecrets,
  recoveryWords,
  sealRecoveryRecord,
  signAccountLink,
  standingOf,
  verifierOf,
} from '@halyard/crypto'
import type { AccountState, RecoverySecrets } from '@halyard/crypto'
import type { RecoveryPreview } from '../api.ts'
import type { Context } from '../context.ts'
import { askOnce } from '../delivery/ask-once.ts'
import type { Connection } from '../delivery/connection.ts'
import { nameDevice } from '../devices/device-store.ts'
import { createDirectoryStore } from '../directory/directory-store.ts'
import type { Directory } from '../directory/directory.ts'
import { shownName } from '../directory/names.ts'
import type { MemberPorts } from '../member.ts'
import { migrate } from '../store/schema.ts'
import { keepCardSeal } from '../state/card-seal.ts'
import { keepCard } from '../state/shared.ts'
import { entryLifeMs, storeEvidence } from './begin.ts'
import { writeIdentity, writeMeta } from './identity.ts'
import { evidenceFrom } from './proof.ts'
import type { Proof } from './proof.ts'

export interface RecoveryCards {
  /** The words of a new card. It counts for nothing until it is kept; the one before it goes on until then. */
  draw(): Promise<readonly string[]>
  /** The person has the card: from now on this one lets a device in, and the one before it does not. */
  keep(): Promise<Result<undefined>>
}

export const createRecoveryCards = (
  context: Context,
  directory: Directory,
  connection: () => Connection,
): RecoveryCards => {
  const { provider, random, clock } = context.ports
  let drawn: Uint8Array | undefined
  return {
    async draw() {
      drawn?.fill(0)
      drawn = random(32)
      return recoveryWords(drawn)
    },
    async keep() {
      const { network, account, keys, name, networkName } = context.identity()
      const chain = directory.account(account)
      if (drawn === undefined || chain === undefined) return refuse('recovery-unknown')
      const secrets = await recoverySecrets(provider, drawn)
      const link = await signAccountLink(provider, keys.chain, keys.device, chain, {
        kind: 'replace-recovery-key',
        atMs: clock.nowMs(),
        recoveryKey: secrets.key.publicKey,
      })
      const id = directory.network().directoryKey
      const key = id === undefined ? undefined : directory.store.directoryKey(id)
      const directoryKey = id === undefined || key === undefined ? undefined : { id, key }
      const about = { network, account, networkName, name, directoryKey }
      const sealed = await sealRecoveryRecord(provider, secrets, about)
      const { locator } = secrets
      const card = { recoveryKey: secrets.key.publicKey, sealKey: secrets.sealKeys.publicKey }
      forget(secrets)
      const taken = await connection().request('put-recovery-key', { link, locator, sealed })
      if (!taken.ok) return taken
      drawn.fill(0)
      drawn = undefined
      context.commit(() => keepCard(context.ports.database, card))
      await directory.take({ position: 0, item: { kind: 'account-link', account, link, invite: undefined } }, undefined)
      return accept(undefined)
    },
  }
}

const forget = (secrets: RecoverySecrets): void => {
  for (const spent of [secrets.key.privateKey, secrets.recordKey, secrets.sealKeys.privateKey]) spent.fill(0)
}

interface Found {
  readonly secrets: RecoverySecrets
  readonly proof: Proof
  readonly chain: AccountState
  readonly names: RecoveryPreview
  readonly directoryKey: { readonly id: Uint8Array; readonly key: Uint8Array } | undefined
}
type Link = Omit<MemberPorts, 'database'>

/** What a card says of itself; nothing of it is the server's word. */
const findCard = async (ports: Link, words: string): Promise<Result<Found>> => {
  const typed = readRecoveryWords(words)
  if (typed.kind !== 'key') return refuse('recovery-unknown')
  const { provider } = ports
  const secrets = await recoverySecrets(provider, typed.recoveryKey)
  typed.recoveryKey.fill(0)
  const answer = await askOnce(ports, 'find-recovery', { locator: secrets.locator })
  if (!answer.ok) return answer
  const record = await openRecoveryRecord(provider, secrets, answer.value.sealed)
  if (record === undefined) return refuse('recovery-unknown')
  const verifier = verifierOf(provider)
  const proof = await evidenceFrom(verifier, record.network, answer.value)
  const chain = proof?.evidence.known(record.account)?.state
  if (proof === undefined || chain === undefined) return refuse('recovery-unknown')
  const inForce = recoveryKeyOf(chain)
  if (inForce === undefined || !equal(inForce, secrets.key.publicKey)) return refuse('recovery-replaced')
  const standing = await standingOf(verifier, proof.evidence, record.account, ports.clock.nowMs())
  if (standing.kind === 'removed') return refuse('account-unknown')
  const names = { networkName: shownName(record.networkName), name: shownName(record.name) }
  return accept({ secrets, proof, chain, names, directoryKey: record.directoryKey })
}

/** Whose card it is, before anything is done with it. */
export const previewRecovery = async (
  ports: Link,
  { words }: { readonly words: string },
): Promise<Result<RecoveryPreview>> => {
  const found = await findCard(ports, words)
  if (!found.ok) return found
  forget(found.value.secrets)
  return accept(found.value.names)
}

/** Writes the account into an empty database, with the link that the card signs. Nothing is sent but the question for it. */
export const prepareRestore = async (
  ports: MemberPorts,
  { words, platform }: { readonly words: string; readonly platform: string },
): Promise<Result<undefined>> => {
  const found = await findCard(ports, words)
  if (!found.ok) return found
  const migrated = migrate(ports.database)
  if (!migrated.ok) return migrated
  const { provider, clock, database } = ports
  const { secrets, proof, chain, names, directoryKey } = found.value
  const nowMs = clock.nowMs()
  const keys = await createDeviceKeys(provider)
  const entry = deviceEntryOf(keys, nowMs - 3600_000, nowMs + entryLifeMs)
  const change = { kind: 'add-device', atMs: nowMs, entry } as const
  const accountLink = await signAccountLink(provider, secrets.key, recoverySigner, chain, change)
  const { network, account } = chain
  const next = await extendAccountChain(verifierOf(provider), network, chain, accountLink)
  const genesis = proof.evidence.known(account)?.genesis
  if (!next.ok || genesis === undefined) {
    forget(secrets)
    return refuse('chain-refused')
  }
  const body: Request<'restore'> = { locator: secrets.locator, accountLink }
  database.transaction(() => {
    const store = createDirectoryStore(database)
    storeEvidence(store, proof, undefined)
    store.addAccountLink(account, next.value.head.seq, accountLink)
    if (directoryKey !== undefined) store.addDirectoryKey(directoryKey.id, directoryKey.key)
    nameDevice(database, keys.device, platform.slice(0, limits.platformMaxLength), nowMs)
    writeMeta(database, 'restoring', new Uint8Array(1))
    keepCardSeal(database, secrets.sealKeys)
    keepCard(database, { recoveryKey: secrets.key.publicKey, sealKey: secrets.sealKeys.publicKey })
    database.run('UPDATE chats SET wanted = 1 WHERE chat = ?', [toHex(account)])
    writeIdentity(database, {
      network,
      account,
      keys,
      name: names.name,
      networkName: names.networkName,
      phase: 'asking',
      genesis,
      request: { command: 'restore', body: encode<unknown>(commands.restore.request, body) },
    })
  })
  forget(secrets)
  return accept(undefined)
}
