/** New conversations: "Me", and the direct one that is made at first opening (trust.md §3). */
import { accept, assert, commands, decode, encode, equal, limits, refuse, signedRow } from '@halyard/protocol'
import type { RefusalCode, Request, Result } from '@halyard/protocol'

import { createCommit, createGroup, secretsOver } from '@halyard/mls'
import { chainStep, treeKeyExtension, zeroHash } from '@halyard/crypto'

import { commitHash } from './engine.ts'
import type { Engine } from './engine.ts'
import { roomOfState, standAt } from './group.ts'
import type { Group } from './group.ts'
import { acceptable, lifetimeFrom, ownCredential } from './key-packages.ts'
import type { Newcomer, Package } from './key-packages.ts'
import { roomExtension } from './room.ts'
import type { ClosedRoom, OpenRoom } from './room.ts'
import { addToOutbox, entryOf } from './outbox.ts'
import { newestPlaced, stride } from './timeline.ts'
import { decodeOwnRow, signOwnRow } from './seal.ts'
import { newTreeKey, welcomesFor } from './welcomes.ts'
import type { Database } from '../ports.ts'

/** What a new conversation is to be. Its people come in with the first commit (closed ones) or after it. */
export interface NewConversation {
  readonly conversation: Uint8Array
  readonly chat: string
  readonly room: Omit<ClosedRoom, 'version'> | Omit<OpenRoom, 'version'>
}

/**
 * A direct conversation, or "Me" without a peer. `packages`: one key package per device of the other person. Refuses
 * when none of them is acceptable.
 */
export const createClosed = async (
  engine: Engine,
  chat: string,
  peer: Uint8Array | undefined,
  packages: readonly Package[],
): Promise<Result<Group>> => {
  const { account } = engine.context.identity()
  const good = peer === undefined ? [] : await acceptable(engine, peer, packages)
  if (peer !== undefined && good.length === 0) return refuse('key-packages-missing')
  const room =
    peer === undefined
      ? ({ kind: 'me', accounts: [account] } as const)
      : ({ kind: 'direct', accounts: [account, peer] } as const)
  return accept(await createConversation(engine, { conversation: engine.context.ports.random(16), chat, room }, good))
}

/** Makes a conversation and stores it, with the request that tells the server; nothing has been said yet. */
export const createConversation = async (
  engine: Engine,
  { conversation, chat, room }: NewConversation,
  good: readonly Newcomer[],
): Promise<Group> => {
  const { provider, clock, database, suite } = engine.context.ports
  const state = await createGroup({
    provider,
    suite,
    groupId: conversation,
    identity: ownCredential(engine),
    signatureKeyPair: engine.context.identity().keys.mls,
    lifetime: lifetimeFrom(clock.nowMs(), limits.keyPackageLifetimeMaxMs),
    extensions: [roomExtension(room)],
  })
  const treeKey = newTreeKey(engine)
  const made = await createCommit({
    provider,
    state,
    proposals: good.map(({ package: bytes }) => ({ add: bytes })),
    withPath: true,
    judge: engine.judge(),
    groupInfoExtensions: [treeKeyExtension(treeKey)],
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
    welcomes: await welcomesFor(engine, conversation, made, good, treeKey),
  }
  const group: Group = {
    conversation,
    chat,
    kind: room.kind,
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
    adder: undefined,
    bound: undefined,
    unopened: undefined,
    sinceRestore: undefined,
  }
  const draft = engine.draft(group)
  draft.consumed.push(...made.consumed, ...secretsOver(state, made.newState))
  draft.effects.push((db) => {
    db.run('INSERT OR IGNORE INTO own_entries (entry) VALUES (?)', [request.entry])
    db.run('UPDATE chats SET wanted = 0 WHERE chat = ?', [chat])
    if (room.kind === 'direct') introduce(engine, db, chat)
  })
  return engine.save(undefined, draft)
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
