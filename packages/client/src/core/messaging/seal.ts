/** From what waits to rows in the log's form: payload, padding, MLS, signature. Durable before anything is sent. */
import {
  assert,
  content as contentSchema,
  decode,
  encode,
  limits,
  paddedLength,
  payload as payloadSchema,
  protocolVersion,
  signedRow,
  toHex,
} from '@halyard/protocol'
import type { Payload, Row, Signal, SignedRow } from '@halyard/protocol'
import { protect } from '@halyard/mls'
import { sha256, signRow } from '@halyard/crypto'

import { addSealed, entryOf, queuedFor, setFailed, setSealed } from './outbox.ts'
import type { OutboxRow } from './outbox.ts'
import type { Draft, Engine } from './engine.ts'
import type { Group, Standpoint } from './group.ts'

/**
 * Seals what waits for the chat of `group`. Returns whether there was anything. A payload that was sealed before in
 * this conversation keeps its bytes, so its place in the sequence and its id stay what they were.
 */
export const sealQueued = async (engine: Engine, group: Group): Promise<boolean> => {
  const rows = queuedFor(engine.context.ports.database, group.chat)
  if (rows.length === 0) return false
  const draft = engine.draft(group)
  for (const row of rows) await sealOne(engine, draft, row)
  engine.save(group, draft)
  return true
}

const sealOne = async (engine: Engine, draft: Draft, row: OutboxRow): Promise<void> => {
  const { conversation } = draft.group
  const reused =
    row.payload !== undefined && row.conversation !== undefined && toHex(row.conversation) === toHex(conversation)
  const payload = reused && row.payload !== undefined ? row.payload : durablePayload(engine, draft, row)
  const sealed = await sealPayload(engine, draft, payload)
  if (sealed === undefined) {
    draft.effects.push((database, touch) => {
      setFailed(database, row, toHex(row.id), 'message-too-large')
      touch(`timeline:${row.chat}`)
    })
    return
  }
  draft.effects.push((database, touch) => {
    setSealed(database, row.ordinal, { conversation, payload, ...sealed })
    touch('connection')
  })
}

/** The next payload of this device's sequence in the conversation. */
const durablePayload = (engine: Engine, draft: Draft, row: OutboxRow): Uint8Array => {
  assert(decode(contentSchema, row.content) !== undefined, 'the outbox holds content that does not decode')
  const { own } = draft.group
  const bytes = encode(payloadSchema, {
    ...envelope(engine, row.id, row.sentMs),
    body: { kind: 'durable', seq: own.seq + 1, previous: own.previous, content: row.content },
  })
  draft.group = { ...draft.group, own: { seq: own.seq + 1, previous: sha256(bytes) } }
  return bytes
}

const envelope = (engine: Engine, id: Uint8Array, sentAtMs: number): Omit<Payload, 'body'> => {
  const { account, keys } = engine.context.identity()
  const chain = engine.directory.account(account)
  assert(chain !== undefined, 'the own account is not in the directory')
  return {
    version: protocolVersion,
    account,
    device: keys.device,
    id,
    sentAtMs,
    networkHead: engine.directory.network().head,
    accountHead: chain.head,
  }
}

/** A signal outside the sequence, as a durable row (receipts). */
export const sealPassing = async (engine: Engine, draft: Draft, signal: Signal): Promise<void> => {
  const id = engine.context.ports.random(16)
  const sentMs = engine.context.ports.clock.nowMs()
  const bytes = encode(payloadSchema, { ...envelope(engine, id, sentMs), body: { kind: 'passing', signal } })
  const sealed = await sealPayload(engine, draft, bytes)
  assert(sealed !== undefined, 'a signal is never too large')
  const { conversation, chat } = draft.group
  draft.effects.push((database) => addSealed(database, { id, chat, sentMs, conversation, signal, ...sealed }))
}

/** A signal that is kept nowhere (typing): the MLS message alone. */
export const sealWhisper = async (engine: Engine, draft: Draft, signal: Signal): Promise<Uint8Array | undefined> => {
  const { random, clock } = engine.context.ports
  const bytes = encode(payloadSchema, {
    ...envelope(engine, random(16), clock.nowMs()),
    body: { kind: 'passing', signal },
  })
  return protectPayload(engine, draft, bytes)
}

/** A row that says something in the clear about the log itself (a complaint). */
export const addClearRow = async (
  engine: Engine,
  draft: Draft,
  content: Row['content'],
): Promise<{ readonly entry: Uint8Array; readonly row: Uint8Array }> => {
  const { random, clock } = engine.context.ports
  const { conversation, chat, current } = draft.group
  const row = await signOwnRow(engine, draft.group, current, content)
  const made = { entry: entryOf(row), row }
  const kept = { id: random(16), chat, sentMs: clock.nowMs(), conversation, epoch: current.epoch, ...made }
  draft.effects.push((database) => addSealed(database, kept))
  draft.wishes.add('transmit')
  return made
}

const sealPayload = async (
  engine: Engine,
  draft: Draft,
  payload: Uint8Array,
): Promise<{ readonly entry: Uint8Array; readonly row: Uint8Array; readonly epoch: number } | undefined> => {
  const { current } = draft.group
  const message = await protectPayload(engine, draft, payload)
  if (message === undefined) return undefined
  const row = await signOwnRow(engine, draft.group, current, { kind: 'application', message })
  draft.wishes.add('transmit')
  return { entry: entryOf(row), row, epoch: current.epoch }
}

const protectPayload = async (engine: Engine, draft: Draft, payload: Uint8Array): Promise<Uint8Array | undefined> => {
  const { current } = draft.group
  const made = await protect({
    provider: engine.context.ports.provider,
    state: current.state,
    data: payload,
    paddedLength: paddedLength(payload.length),
  })
  assert(made.ok, made.ok ? '' : `sealing refused: ${made.code}`)
  draft.group = {
    ...draft.group,
    current: { ...current, state: made.newState },
    generations: draft.group.generations + 1,
  }
  draft.consumed.push(...made.consumed)
  return made.message.length > limits.messageMaxBytes ? undefined : made.message
}

export const signOwnRow = (
  engine: Engine,
  group: Pick<Group, 'conversation'>,
  stand: Standpoint,
  content: Row['content'],
): Promise<Uint8Array> => {
  const { account, keys } = engine.context.identity()
  return signRow(engine.context.ports.provider, keys.mls, {
    conversation: group.conversation,
    account,
    device: keys.device,
    epoch: stand.epoch,
    madeBy: stand.madeBy,
    digest: stand.digest,
    content,
  })
}

/** An own encoded row as the wire has it. */
export const decodeOwnRow = (row: Uint8Array): SignedRow => {
  const value = decode(signedRow, row)
  assert(value !== undefined, 'an own row does not decode')
  return value
}
