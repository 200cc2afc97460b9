/**
 * Coming in again (trust.md §3 (b)): a device whose account has a leaf that it cannot use asks the others, and whoever is
 * there first commits exactly that, without anybody having to decide: the chain has.
 */
import { decode, entryRequest, equal, limits, toHex } from '@halyard/protocol'
import type { EntryRequest, MailboxItem } from '@halyard/protocol'
import { memberAt, ownLeaf, readKeyPackage } from '@halyard/mls'
import { readEntryRequest, sha256, signEntryRequest, validDevice, verifierOf } from '@halyard/crypto'
import { numberOf } from '../store/values.ts'
import { addChange, changesOf, removeChange } from './changes.ts'
import type { Change } from './changes.ts'
import { mustLoad } from './engine.ts'
import type { Engine } from './engine.ts'
import { hasMember, peopleIn } from './group.ts'
import type { Group } from './group.ts'
import { makeKeyPackages } from './key-packages.ts'
import type { Plan } from './own-commits.ts'
import { ChainMissing } from './room.ts'
import { encodeBasis } from './room-rules.ts'

type Asked = Extract<MailboxItem['item'], { kind: 'entry-request' }>
type Entry = Extract<Change, { kind: 'enter' }>

const dayMs = 24 * 3600_000

/** A request came: kept as a change of the conversation when it holds. Throws `ChainMissing` when a chain must come first. */
export const takeEntryRequest = async (engine: Engine, item: Asked): Promise<'joined' | 'dropped'> => {
  const { provider, database, clock } = engine.context.ports
  const drop = (why: string): 'dropped' => {
    engine.context.count(`entry:${why}`)
    return 'dropped'
  }
  const group = engine.load(item.conversation)
  const named = decode(entryRequest, item.request.body)
  if (group === undefined || named === undefined || !equal(named.conversation, item.conversation)) return drop('none')
  if (!hasMember(group, named.account)) return drop('stranger')
  const chain = engine.directory.account(named.account)
  if (chain === undefined || chain.head.seq < named.chain.seq) throw new ChainMissing()
  const { network } = engine.context.identity()
  const read = await readEntryRequest(verifierOf(provider), network, item.request, engine.directory.account)
  if (!read.ok || !equal(sha256(item.keyPackage), read.value.keyPackage)) return drop('signature')
  // Judged by what is known now: a device that was valid once, and is not any more, comes in no more.
  if (validDevice(chain, read.value.device) === undefined) return drop('removed')
  const standing = await engine.directory.standing(read.value.account)
  if (standing.kind !== 'confirmed') return drop(`standing-${standing.kind}`)
  if (isTooOften(engine, item.conversation, read.value.device)) return drop('often')
  const opened = await readKeyPackage(provider, item.keyPackage)
  if (opened === undefined) return drop('key-package')
  const { account, device } = read.value
  engine.context.commit(() => {
    database.run('INSERT INTO entries (conversation, device, at_ms) VALUES (?, ?, ?)', [
      item.conversation,
      device,
      clock.nowMs(),
    ])
    addChange(database, item.conversation, {
      kind: 'enter',
      account,
      device,
      request: item.request,
      keyPackage: item.keyPackage,
      reference: opened.reference,
    })
  })
  engine.wake(item.conversation)
  return 'joined'
}

/** However often the server shows requests: so many a day are looked at. */
const isTooOften = (engine: Engine, conversation: Uint8Array, device: Uint8Array): boolean => {
  const { database, clock } = engine.context.ports
  const sinceMs = clock.nowMs() - dayMs
  database.run('DELETE FROM entries WHERE at_ms < ?', [sinceMs])
  const row = database.get('SELECT count(*) AS n FROM entries WHERE conversation = ? AND device = ?', [
    conversation,
    device,
  ])
  return numberOf(row ?? {}, 'n') >= limits.entriesPerDayMax
}

/** The commit that lets the next one in: alone, as the rule wants it. What is done or has become impossible goes. */
export const planEntry = (engine: Engine, group: Group): Plan | undefined => {
  const { database } = engine.context.ports
  for (const { ordinal, change } of changesOf(database, group.conversation)) {
    if (change.kind !== 'enter') continue
    const lost = lostLeaf(engine, group, change)
    if (lost === undefined) {
      engine.context.commit(() => removeChange(database, ordinal))
      continue
    }
    return {
      proposals: [{ remove: lost.leafIndex }, { add: change.keyPackage }],
      added: [{ device: change.device, package: change.keyPackage, reference: change.reference }],
      removed: [lost.device],
      basis: encodeBasis({ entry: change.request }),
      byReference: [],
      own: false,
    }
  }
  return undefined
}

/** The leaf that goes; undefined: it is gone, or the device is in, or no longer its account's. */
const lostLeaf = (engine: Engine, group: Group, { account, device, request }: Entry) => {
  const leaves = peopleIn(group).get(toHex(account))?.leaves ?? []
  const named = decode(entryRequest, request.body)
  const chain = engine.directory.account(account)
  if (named === undefined || chain === undefined || validDevice(chain, device) === undefined) return undefined
  const { leaf: own } = named
  if (own !== undefined) {
    const key = (leafIndex: number) => memberAt(group.current.state, leafIndex)?.encryptionKey ?? new Uint8Array()
    return leaves.find((leaf) => equal(leaf.device, device) && equal(sha256(key(leaf.leafIndex)), own))
  }
  if (leaves.some((leaf) => equal(leaf.device, device))) return undefined
  // The oldest of them: a device that came back a moment ago is not the one that was lost.
  const sinceSeq = (leaf: (typeof leaves)[number]): number => chain.devices.get(toHex(leaf.device))?.addedSeq ?? 0
  const [oldest] = leaves
    .filter((leaf) => named.lost.some((one) => equal(one, leaf.device)))
    .toSorted((a, b) => sinceSeq(a) - sinceSeq(b))
  return oldest
}

/** Asks the members of a conversation to let this device in. Refused too often, or by nobody there: asked again later. */
export const askEntry = async (engine: Engine, conversation: Uint8Array): Promise<Asking> => {
  const [keyPackage] = (await makeKeyPackages(engine, 1, false)).packages
  const { keys } = engine.context.identity()
  const others = ownDevices(engine).filter((one) => !equal(one, keys.device))
  return keyPackage === undefined ? 'offline' : ask(engine, conversation, keyPackage, { lost: others, leaf: undefined })
}

/** Asks to be let in again as itself, where the others have gone on by a commit that this device cannot open. */
export const askAgain = async (engine: Engine, group: Group): Promise<Asking> => {
  const { provider, clock } = engine.context.ports
  const { unopened, conversation } = group
  const own = ownLeaf(group.current.state)
  const leaf = memberAt(group.current.state, own)
  const [keyPackage] = (await makeKeyPackages(engine, 1, false)).packages
  const read = keyPackage === undefined ? undefined : await readKeyPackage(provider, keyPackage)
  if (unopened === undefined || leaf === undefined || keyPackage === undefined || read === undefined) return 'offline'
  // Known before it is asked: the Welcome that answers is taken by it.
  const asked = { reference: read.reference, atMs: clock.nowMs() }
  engine.save(group, engine.draft({ ...group, unopened: { ...unopened, asked } }))
  const { device } = engine.context.identity().keys
  const answer = await ask(engine, conversation, keyPackage, { lost: [device], leaf: sha256(leaf.encryptionKey) })
  // It may have come through, and the answer got lost: the Welcome is still known by its key package.
  const now = mustLoad(engine, conversation)
  if (answer === 'offline' && now.unopened !== undefined)
    engine.save(now, engine.draft({ ...now, unopened: { ...now.unopened, asked: { ...asked, atMs: 0 } } }))
  return answer
}

type Asking = 'asked' | 'nobody' | 'offline'

const ownDevices = ({ context, directory }: Engine): readonly Uint8Array[] =>
  [...(directory.account(context.identity().account)?.devices.values() ?? [])].map((one) => one.device)

const ask = async (
  engine: Engine,
  conversation: Uint8Array,
  keyPackage: Uint8Array,
  { lost, leaf }: Pick<EntryRequest, 'lost' | 'leaf'>,
): Promise<Asking> => {
  const { context, directory } = engine
  const { account, network, keys } = context.identity()
  const chain = directory.account(account)
  if (chain === undefined) return 'offline'
  const request = await signEntryRequest(context.ports.provider, keys.mls, {
    network,
    conversation,
    account,
    device: keys.device,
    chain: chain.head,
    lost: lost.slice(-limits.devicesPerAccountMax),
    leaf,
    keyPackage: sha256(keyPackage),
    atMs: context.ports.clock.nowMs(),
  })
  const asked = await engine.connection().request('ask-entry', { conversation, request, keyPackage })
  if (asked.ok) return 'asked'
  context.count(`ask-entry:${asked.code}`)
  // Asked often enough for today: what was asked lies before the others all the same.
  if (asked.code === 'rate-limited') return 'asked'
  return asked.code === 'conversation-unknown' ? 'nobody' : 'offline'
}
