/** New conversations: "Me", and the direct one that is made at first opening (trust.md §3). */
import { accept, assert, commands, decode, encode, equal, limits, refuse, signedRow, toHex } from '@halyard/protocol'
import type { Answer, RefusalCode, Request, Result } from '@halyard/protocol'

import { createCommit, createGroup, createKeyPackage, erase, readKeyPackage, secretsOver, suites } from '@halyard/mls'
import { chainStep, zeroHash } from '@halyard/crypto'

import { commitHash } from './engine.ts'
import type { Engine } from './engine.ts'
import { roomOfState, standAt } from './group.ts'
import type { Group } from './group.ts'
import { acceptsCredential, decodeCredential, encodeCredential, roomExtension, roomExtensionType } from './room.ts'
import { addToOutbox, entryOf } from './outbox.ts'
import { newestPlaced, stride } from './timeline.ts'
import { decodeOwnRow, signOwnRow } from './seal.ts'
import type { Database } from '../ports.ts'

/** The suite of every group: post-quantum by default. */
export const productSuite = suites.hybrid

type Package = Answer<'claim-key-packages'>['packages'][number]

/**
 * Makes the conversation of a chat and stores it, with the request that tells the server; nothing has been said yet.
 * `packages`: one key package per device of the other person; none for "Me". Refuses when none of them is acceptable.
 */
export const createConversation = async (
  engine: Engine,
  chat: string,
  peer: Uint8Array | undefined,
  packages: readonly Package[],
): Promise<Result<Group>> => {
  const { provider, random, clock, database } = engine.context.ports
  const { account } = engine.context.identity()
  const good = peer === undefined ? [] : await acceptable(engine, peer, packages)
  if (peer !== undefined && good.length === 0) return refuse('key-packages-missing')
  const conversation = random(16)
  const state = await createGroup({
    provider,
    suite: productSuite,
    groupId: conversation,
    identity: ownCredential(engine),
    signatureKeyPair: engine.context.identity().keys.mls,
    lifetime: lifetimeFrom(clock.nowMs(), limits.keyPackageLifetimeMaxMs),
    extensions: [roomExtension(peer === undefined ? 'me' : 'direct', peer === undefined ? [account] : [account, peer])],
  })
  const made = await createCommit({
    provider,
    state,
    proposals: good.map(({ package: bytes }) => ({ add: bytes })),
    withPath: true,
    judge: engine.judge(),
    ratchetTreeInWelcome: true,
  })
  assert(made.ok, made.ok ? '' : `the first commit was refused: ${made.code}: ${made.reason}`)
  const first = standAt(state, zeroHash)

  const row = await signOwnRow(engine, { conversation }, first, {
    kind: 'commit',
    message: made.message,
    added: good.map(({ device }) => device),
    removed: [],
  })
  const request: Request<'create-conversation'> = {
    conversation,
    entry: entryOf(row),
    row: decodeOwnRow(row),
    welcomes: good.map(({ device, reference }) => ({
      device,
      keyPackage: reference,
      welcome: welcomeFor(made, reference),
      tree: undefined,
    })),
  }
  const group: Group = {
    conversation,
    chat,
    kind: peer === undefined ? 'me' : 'direct',
    room: roomOfState(made.newState),
    phase: 'creating',
    version: 0,
    base: baseAfter(database, chat),
    cursor: { seq: 0, chain: zeroHash },
    current: standAt(made.newState, commitHash(made.message)),
    pasts: [],
    kept: undefined,
    pending: undefined,
    own: { seq: 0, previous: zeroHash },
    updatedMs: clock.nowMs(),
    generations: 0,
    mustUpdate: false,
    paused: undefined,
    creation: encode<unknown>(commands['create-conversation'].request, request),
    newestMs: clock.nowMs(),
  }
  const draft = engine.draft(group)
  draft.consumed.push(...made.consumed, ...secretsOver(state, made.newState))
  draft.effects.push((db) => {
    db.run('INSERT OR IGNORE INTO own_entries (entry) VALUES (?)', [request.entry])
    db.run('UPDATE chats SET wanted = 0 WHERE chat = ?', [chat])
    if (peer !== undefined) introduce(engine, db, chat)
  })
  return accept(engine.save(undefined, draft))
}

/** Tells the server of a conversation that is stored as `creating`; repeating it is harmless. */
export const announceConversation = async (engine: Engine, group: Group): Promise<void> => {
  assert(group.creation !== undefined, 'a conversation without its request is creating')
  const request = decode(commands['create-conversation'].request, group.creation)
  assert(request !== undefined, 'a stored creation does not decode')
  const answer = await engine.connection().request('create-conversation', request)
  if (!answer.ok) {
    if (answer.code === 'conversation-exists' || answer.code === 'key-package-refused')
      giveUp(engine, group, answer.code)
    return
  }
  const row = encode(signedRow, request.row)
  const { seq, timeMs, chain } = answer.value
  const own = chainStep(zeroHash, { conversation: group.conversation, seq, timeMs, entry: request.entry, row })
  if (seq !== 1 || !equal(own, chain)) return engine.context.alarm('two-histories', group.chat)
  const draft = engine.draft({
    ...group,
    phase: 'live',
    cursor: { seq, chain },
    creation: undefined,
    newestMs: Math.max(group.newestMs, timeMs),
  })
  draft.effects.push((_db, touch) => {
    touch(`chat:${group.chat}`)
    touch('chats')
  })
  engine.save(group, draft)
}

/** The server will never take this one: it goes, and the chat asks for another. */
const giveUp = (engine: Engine, group: Group, code: RefusalCode): void => {
  engine.context.count(`create:${code}`)
  engine.context.commit((touch) => {
    const { database } = engine.context.ports
    for (const sql of [
      'DELETE FROM conversations WHERE conversation = ?',
      'DELETE FROM epochs WHERE conversation = ?',
      'DELETE FROM ratchets WHERE conversation = ?',
    ])
      database.run(sql, [group.conversation])
    database.run('UPDATE chats SET wanted = 1 WHERE chat = ?', [group.chat])
    touch(`chat:${group.chat}`)
  })
  engine.forget(group.conversation)
}

/** Key packages for the pool, and (when asked) a last-resort one; stored with their private keys before they are shown. */
export const makeKeyPackages = async (
  engine: Engine,
  count: number,
  lastResort: boolean,
): Promise<Request<'publish-key-packages'>> => {
  const { database, clock } = engine.context.ports
  const made: {
    readonly bytes: Uint8Array
    readonly reference: Uint8Array
    readonly privateKeys: Uint8Array
    readonly last: boolean
    readonly notAfterMs: number
  }[] = []
  for (let index = 0; index < count + (lastResort ? 1 : 0); index++) {
    const last = index === count
    const lifeMs = last ? limits.lastResortLifetimeMaxMs : limits.keyPackageLifetimeMaxMs
    const one = await createKeyPackage({
      provider: engine.context.ports.provider,
      suite: productSuite,
      identity: ownCredential(engine),
      signatureKeyPair: engine.context.identity().keys.mls,
      lifetime: lifetimeFrom(clock.nowMs(), lifeMs),
      lastResort: last,
      extensionTypes: [roomExtensionType],
    })
    made.push({
      bytes: one.keyPackage,
      reference: one.reference,
      privateKeys: one.privateKeys,
      last,
      notAfterMs: clock.nowMs() + lifeMs,
    })
  }
  engine.context.commit(() => {
    for (const one of made) {
      database.run(
        'INSERT INTO key_packages (reference, package, private_keys, last_resort, not_after_ms) VALUES (?, ?, ?, ?, ?)',
        [one.reference, one.bytes, one.privateKeys, one.last ? 1 : 0, one.notAfterMs],
      )
    }
    database.run('DELETE FROM key_packages WHERE not_after_ms < ?', [clock.nowMs() - limits.lastResortLifetimeMaxMs])
  })
  erase(made.map((one) => one.privateKeys))
  const last = made.find((one) => one.last)
  return {
    packages: made.filter((one) => !one.last).map((one) => one.bytes),
    lastResort: last === undefined ? undefined : { package: last.bytes, notAfterMs: last.notAfterMs },
  }
}

/** A conversation's rows come after everything the chat shows already. */
export const baseAfter = (database: Database, chat: string): number => newestPlaced(database, chat) + stride

/** Until somebody can read the directory, they hear the name from its owner. */
export const introduce = (engine: Engine, database: Database, chat: string): void => {
  const { name } = engine.context.identity()
  const { random, clock } = engine.context.ports
  addToOutbox(database, {
    id: random(16),
    chat,
    class: 'control',
    content: { kind: 'introduction', name },
    sentMs: clock.nowMs(),
  })
}

const ownCredential = (engine: Engine): Uint8Array => {
  const { network, account, keys } = engine.context.identity()
  const chain = engine.directory.account(account)
  assert(chain !== undefined, 'the own account is not in the directory')
  return encodeCredential({ network, account, device: keys.device, chain: chain.head })
}

/** Valid from a little before now, for clocks that run behind. */
const lifetimeFrom = (nowMs: number, lengthMs: number) => ({
  notBeforeS: Math.floor(nowMs / 1000) - 3600,
  notAfterS: Math.floor((nowMs + lengthMs) / 1000),
})

/** Key packages that really belong to devices of this person, one per device. */
const acceptable = async (engine: Engine, peer: Uint8Array, packages: readonly Package[]) => {
  const sources = engine.judgeSources()
  const taken = new Map<
    string,
    { readonly device: Uint8Array; readonly package: Uint8Array; readonly reference: Uint8Array }
  >()
  for (const one of packages) {
    const read = await readKeyPackage(engine.context.ports.provider, one.package)
    const credential = read === undefined ? undefined : decodeCredential(read.identity)
    const nowS = sources.nowMs / 1000
    if (read === undefined || credential === undefined || read.suite !== productSuite) continue
    if (!equal(credential.account, peer) || !equal(credential.device, one.device)) continue
    if (read.lifetime.notBeforeS > nowS || read.lifetime.notAfterS < nowS) continue
    if (acceptsCredential(sources, read.identity, read.signatureKey)) {
      taken.set(toHex(one.device), { device: one.device, package: one.package, reference: read.reference })
    }
  }
  return [...taken.values()]
}

const welcomeFor = (
  made: { readonly welcomes: readonly { readonly reference: Uint8Array; readonly welcome: Uint8Array }[] },
  reference: Uint8Array,
): Uint8Array => {
  const found = made.welcomes.find((one) => equal(one.reference, reference))
  assert(found !== undefined, 'an added device has no Welcome')
  return found.welcome
}
