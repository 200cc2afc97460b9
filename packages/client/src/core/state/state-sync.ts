/**
 * The account state between this device and the server (trust.md §3): read when another device speaks of a newer one, stored
 * when something here has changed, always in the place of what was read. The server is believed nothing: each version is
 * signed, names the one before, and its number is told to the other devices in "Me".
 */
import { decode, encode, equal, sealedState, stateDocument, toHex } from '@halyard/protocol'
import type { SealedState, StateDocument, StateHead } from '@halyard/protocol'
import {
  openState,
  openStateKey,
  readState,
  sealState,
  sealStateKey,
  sha256,
  stateHash,
  stateKeyBytes,
  verifierOf,
  zeroHash,
} from '@halyard/crypto'
import type { AccountState } from '@halyard/crypto'
import { readMeta, writeMeta } from '../account/identity.ts'
import type { Context } from '../context.ts'
import type { Connection } from '../delivery/connection.ts'
import type { Directory } from '../directory/directory.ts'
import type { Engine } from '../messaging/engine.ts'
import { forgetCardSeal, readCardSeal } from './card-seal.ts'
import {
  forgetKeysBefore,
  hashAt,
  keepStateKey,
  newestHead,
  noteHead,
  noteTaken,
  rolledAt,
  stateKey,
  stateKeys,
  takenHead,
} from './keys.ts'
import type { StateKey } from './keys.ts'
import { listenersIn, sayInMe } from './me.ts'
import { cardOf, forgetOldChats, gather, merge, reconcile } from './shared.ts'

export interface StateSync {
  /** This device has signed in: what the server has is read before anything is stored. */
  begin(): void
  /** Looks whether something is to be read or stored. */
  look(): void
}
export interface StateSyncParts {
  readonly context: Context
  readonly directory: Directory
  readonly connection: () => Connection
  readonly engine: () => Engine
  readonly wakeMe: () => void
  /** The server knows more of the account's chain than this device. */
  readonly feed: () => Promise<void>
}

/** After something was changed here: long enough for a sentence to grow, short enough to change the device. */
const quietMs = 3_000
/** How far one has read goes to the other devices by receipts already; this is for what those do not say. */
const readsEveryMs = 60_000
const retryMs = 60_000
/** A key that does not come in this time does not come: another one is made. */
const keyPatienceMs = 5 * 60_000
/** Another device that has seen a device or a card go makes the new key after this, if the one that did it has not. */
const rollPatienceMs = 60_000
const triesMax = 3

/** What the server showed last. */
interface Shown {
  readonly hash: Uint8Array
  readonly key: Uint8Array | undefined
}

export const createStateSync = ({
  context,
  directory,
  connection,
  engine,
  wakeMe,
  feed,
}: StateSyncParts): StateSync => {
  const { database, clock, provider } = context.ports
  let shown: Shown | undefined
  let isRead = false
  let lastStoredMs = 0
  let keyMissingSinceMs: number | undefined
  let rollDueSinceMs: number | undefined
  let wake: { readonly atMs: number; readonly cancel: () => void } | undefined

  const own = (): AccountState | undefined => directory.account(context.identity().account)
  /** The earliest wish counts; when it is time, everything is looked at. */
  const later = (waitMs: number): void => {
    const atMs = clock.nowMs() + waitMs
    if (wake !== undefined && wake.atMs <= atMs) return
    wake?.cancel()
    const cancel = clock.setTimer(waitMs, () => {
      wake = undefined
      look()
    })
    wake = { atMs, cancel }
  }
  const look = (): void => void context.enqueue('state', tick)
  context.onTopics((topics) => {
    if (topics.has('chats') || topics.has('settings') || topics.has('devices')) later(quietMs)
  })

  const tick = async (): Promise<void> => {
    const chain = own()
    if (chain === undefined || connection().state() !== 'online') return
    context.commit((touch) => void reconcile(database, touch))
    const isBehind = (newestHead(database)?.number ?? 0) > (takenHead(database)?.number ?? 0)
    if ((!isRead || isBehind) && !(await read(chain))) return
    handOver(chain)
    for (let tries = 0; tries < triesMax && isDue(chain); tries++) {
      if ((await store(chain)) !== 'changed' || !(await read(chain))) return
    }
  }

  /** What the server has is taken in before anything is stored in its place. False: not yet. */
  const read = async (chain: AccountState): Promise<boolean> => (isRead = await take(chain))

  const take = async (chain: AccountState): Promise<boolean> => {
    const knew = newestHead(database)
    const answer = await connection().request('fetch-account-state', {})
    if (!answer.ok) return false
    const { state } = answer.value
    if (state === undefined) {
      shown = undefined
      forgetCardSeal(database)
      if (knew !== undefined) context.alarm('state-rolled-back', '')
      return true
    }
    const hash = stateHash(state)
    shown = { hash, key: undefined }
    const signed = await readState(verifierOf(provider), state, chain)
    if (!signed.ok) return judgeUnread(decode(sealedState, state.body), hash, chain)
    const { value } = signed
    if (!follows(value, hash, knew)) context.alarm('state-rolled-back', '')
    const key = stateKey(database, value.key) ?? (await keyByCard(value))
    if (key === undefined) return isKeyGivenUp()
    keyMissingSinceMs = undefined
    const taken = takenHead(database)
    shown = { hash, key: value.key }
    if (taken !== undefined && equal(taken.hash, hash)) return true
    const document = await openState(provider, key.key, value)
    if (document === undefined) context.count('state:sealed')
    else takeDocument(chain, document, { number: value.number, hash })
    return true
  }

  const takeDocument = (chain: AccountState, document: StateDocument, head: StateHead): void =>
    context.commit((touch) => {
      merge(database, directory.store, chain, document, touch)
      noteHead(database, head)
      // An older one than was known adds nothing that is not here, and is not where this device stands.
      if (newestHead(database)?.number !== head.number) return
      noteTaken(database, head)
      writeMeta(database, 'state-said', said(document))
    })

  /** Signed by nobody who is a device of the account now: known all the same, to be learnt about, or to be written over. */
  const judgeUnread = async (
    named: SealedState | undefined,
    hash: Uint8Array,
    chain: AccountState,
  ): Promise<boolean> => {
    const taken = takenHead(database)
    if (taken !== undefined && equal(taken.hash, hash)) return true
    if (named !== undefined && named.chain.seq > chain.head.seq) {
      await feed()
      if ((own()?.head.seq ?? 0) > chain.head.seq) return false
    }
    context.count('state:signature')
    return true
  }

  /** Whether a version can stand where it says, by all that this device knew before it asked. */
  const follows = (value: SealedState, hash: Uint8Array, knew: StateHead | undefined): boolean => {
    const [there, before] = [hashAt(database, value.number), hashAt(database, value.number - 1)]
    if (there !== undefined && !equal(there, hash)) return false
    if (before !== undefined && !equal(before, value.previous)) return false
    return knew === undefined || value.number >= knew.number
  }

  const keyByCard = async (value: SealedState): Promise<StateKey | undefined> => {
    const seal = readCardSeal(database)
    if (seal === undefined || value.card === undefined) return undefined
    const key = await openStateKey(provider, seal, value, value.card)
    seal.privateKey.fill(0)
    if (key === undefined) return undefined
    const found = { id: value.key, key, seq: value.keySeq }
    context.commit(() => {
      keepStateKey(database, found)
      forgetCardSeal(database)
    })
    return found
  }

  const isKeyGivenUp = (): boolean => {
    keyMissingSinceMs ??= clock.nowMs()
    const leftMs = keyMissingSinceMs + keyPatienceMs - clock.nowMs()
    if (leftMs > 0) later(leftMs)
    else forgetCardSeal(database)
    return leftMs <= 0
  }

  const isDue = (chain: AccountState): boolean => {
    const taken = takenHead(database)
    if (shown === undefined || taken === undefined || !equal(shown.hash, taken.hash)) return true
    if (
      (stateKeys(database).find((one) => shown?.key !== undefined && equal(one.id, shown.key))?.seq ?? -1) <
      rolledAt(chain)
    )
      return true
    const before = readMeta(database, 'state-said')
    const now = said(gather(database, directory.store, chain))
    if (before === undefined || !equal(before.subarray(0, 32), now.subarray(0, 32))) return true
    if (equal(before, now)) return false
    const leftMs = lastStoredMs + readsEveryMs - clock.nowMs()
    if (leftMs > 0) later(Math.min(leftMs, readsEveryMs))
    return leftMs <= 0
  }

  const store = async (chain: AccountState): Promise<'stored' | 'changed' | 'later'> => {
    const key = keyToUse(chain)
    if (key === undefined) return 'later'
    const { network, account, keys } = context.identity()
    const document = context.commit((touch) => {
      reconcile(database, touch)
      forgetOldChats(database, clock.nowMs())
      return gather(database, directory.store, chain)
    })
    const newest = newestHead(database)
    const card = cardOf(database, chain)
    const place = {
      network,
      account,
      device: keys.device,
      chain: chain.head,
      number: (newest?.number ?? 0) + 1,
      previous: newest?.hash ?? zeroHash,
      key: key.id,
      keySeq: key.seq,
      card:
        card &&
        (await sealStateKey(
          provider,
          card.sealKey,
          { network, account, key: key.id, recoveryKey: card.recoveryKey },
          key.key,
        )),
    }
    const state = await sealState(provider, keys.chain, key.key, place, document)
    if (state === undefined) {
      context.count('state:too-large')
      return 'later'
    }
    const answer = await connection().request('put-account-state', { base: shown?.hash, state })
    if (!answer.ok) {
      if (answer.code === 'state-changed') return 'changed'
      context.count(`put-account-state:${answer.code}`)
      later(answer.waitMs ?? retryMs)
      return 'later'
    }
    const head = { number: place.number, hash: stateHash(state) }
    lastStoredMs = clock.nowMs()
    shown = { hash: head.hash, key: key.id }
    context.commit(() => {
      noteHead(database, head)
      noteTaken(database, head)
      writeMeta(database, 'state-said', said(document))
      forgetKeysBefore(database, rolledAt(chain))
      if (listenersIn(engine(), chain).others.length > 0) sayInMe(context, { kind: 'state-head', ...head })
    })
    wakeMe()
    return 'stored'
  }

  /** The key that is in use, unless a device or a card that knows it is gone; then one that none of them knows. */
  const keyToUse = (chain: AccountState): StateKey | undefined => {
    const rolled = rolledAt(chain)
    const usable = stateKeys(database).filter((one) => one.seq >= rolled)
    const inUse = usable.find((one) => shown?.key !== undefined && equal(one.id, shown.key)) ?? usable[0]
    if (inUse !== undefined) return inUse
    const isFirst = shown === undefined && stateKeys(database).length === 0
    if (!isFirst && !mayRoll(chain, rolled)) return undefined
    const key = { id: context.ports.random(16), key: context.ports.random(stateKeyBytes), seq: chain.head.seq }
    context.commit(() => {
      keepStateKey(database, key)
      const { others } = listenersIn(engine(), chain)
      if (others.length > 0) sayInMe(context, { kind: 'state-key', ...key })
      for (const device of others) writeMeta(database, toldOf(device), key.id)
    })
    return key
  }

  /** Whoever put the device or card out makes the new key; the others only if it does not. Never while it would hear of it. */
  const mayRoll = (chain: AccountState, rolled: number): boolean => {
    if (listenersIn(engine(), chain).isOverheard) return false
    const { device } = context.identity().keys
    const isOwnDoing =
      cardOf(database, chain) !== undefined ||
      [...chain.devices.values()].some(
        (one) => one.removedSeq === rolled && one.removedBy !== undefined && equal(one.removedBy, device),
      )
    rollDueSinceMs ??= clock.nowMs()
    const leftMs = isOwnDoing ? 0 : rollDueSinceMs + rollPatienceMs - clock.nowMs()
    if (leftMs > 0) later(leftMs)
    else rollDueSinceMs = undefined
    return leftMs <= 0
  }

  /** A device that this one let in, once it hears what is said in "Me". */
  const handOver = (chain: AccountState): void => {
    const { device } = context.identity().keys
    const key = stateKeys(database).find((one) => shown?.key !== undefined && equal(one.id, shown.key))
    const head = takenHead(database)
    if (key === undefined || head === undefined) return
    const owed = listenersIn(engine(), chain).others.filter((one) => {
      const addedBy = chain.devices.get(toHex(one))?.addedBy
      const told = readMeta(database, toldOf(one))
      return addedBy !== undefined && equal(addedBy, device) && (told === undefined || !equal(told, key.id))
    })
    if (owed.length === 0) return
    context.commit(() => {
      sayInMe(context, { kind: 'state-key', ...key })
      sayInMe(context, { kind: 'state-head', ...head })
      for (const one of owed) writeMeta(database, toldOf(one), key.id)
    })
    wakeMe()
  }

  return {
    begin() {
      isRead = false
      look()
    },
    look,
  }
}

const toldOf = (device: Uint8Array): string => `state-told:${toHex(device)}`

/** Two fingerprints of a document: without how far was read, and whole. */
const said = (document: StateDocument): Uint8Array => {
  const hash = (value: StateDocument): Uint8Array => sha256(encode(stateDocument, value))
  return new Uint8Array([...hash({ ...document, conversations: [] }), ...hash(document)])
}
