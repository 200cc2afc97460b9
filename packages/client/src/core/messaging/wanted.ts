/** The conversation of a chat that somebody has opened or begun, and that is not there yet. */
import { assert, equal, fromHex, toHex } from '@halyard/protocol'
import { readMeta } from '../account/identity.ts'
import type { Context } from '../context.ts'
import { isShut } from '../directory/directory.ts'
import { blobOf, numberOf, textOf } from '../store/values.ts'
import { createClosed, createConversation } from './create.ts'
import type { Engine } from './engine.ts'
import { conversationsOf } from './join.ts'
import { pictureOf } from './picture.ts'
import { ChainMissing } from './room.ts'

export interface WantedParts {
  readonly context: Context
  readonly engine: () => Engine
  readonly fetchFeed: () => Promise<void>
  readonly made: (chat: string, conversation: Uint8Array) => void
  /** It could not be made now. */
  readonly again: (chat: string, waitMs?: number) => void
}

export const createWanted = async (parts: WantedParts, chat: string): Promise<void> => {
  const { context, made, again } = parts
  const engine = parts.engine()
  const { database } = context.ports
  const row = database.get('SELECT account, kind, title, wanted FROM chats WHERE chat = ?', [chat])
  if (row === undefined || row['wanted'] !== 1 || conversationsOf(engine, chat).length > 0) return
  if (isShut(engine.directory, chat)) return
  const isOwnNotes = chat === toHex(context.identity().account)
  const isBack = readMeta(database, 'restoring') !== undefined
  // With a card nobody brings the old notes back: they begin anew.
  if (isBeingBroughtIn(engine) && !(isOwnNotes && isBack)) return again(chat)
  const kind = textOf(row, 'kind')
  if (kind === 'group' || kind === 'room') return made(chat, await createOpen(engine, chat, kind, textOf(row, 'title')))
  const { account } = context.identity()
  const peer = blobOf(row, 'account')
  const self = equal(peer, account)
  if (!self && engine.connection().state() !== 'online') return
  if (isBegunByNewcomer(engine, peer)) return again(chat)
  const claimed = self ? undefined : await engine.connection().request('claim-key-packages', { account: peer })
  if (claimed?.ok === false) return again(chat, claimed.waitMs)
  const created = await createClosed(engine, chat, self ? undefined : peer, claimed?.value.packages ?? []).catch(
    (error: unknown) => {
      if (error instanceof ChainMissing) return undefined
      throw error
    },
  )
  if (created?.ok === true) return made(chat, created.value.conversation)
  if (created === undefined) await parts.fetchFeed()
  again(chat)
}

/**
 * A new device is brought into what there is by the one that let it in. Until then it begins nothing anew: of two
 * conversations with one person the one with the lower id lives, and the other would have been for nothing.
 */
const isBeingBroughtIn = (engine: Engine): boolean => {
  const { context, directory } = engine
  const { database, clock } = context.ports
  const expected = readMeta(database, 'conversations-expected')
  if (expected === undefined) return false
  const there = numberOf(database.get('SELECT count(*) AS n FROM conversations') ?? {}, 'n')
  if (readMeta(database, 'restoring') !== undefined) return there < Number(new TextDecoder().decode(expected))
  const { account, keys } = context.identity()
  const addedMs = directory.account(account)?.devices.get(toHex(keys.device))?.addedMs ?? 0
  return there < Number(new TextDecoder().decode(expected)) && clock.nowMs() - addedMs < broughtInMaxMs
}
const broughtInMaxMs = 10 * 60_000

/**
 * Whoever comes by an invite begins the conversation with the inviter in the same moment. The inviter who writes then
 * waits for it: of two that cross, one would have been for nothing, and what was said in it stand elsewhere for each.
 */
const isBegunByNewcomer = ({ context, directory }: Engine, peer: Uint8Array): boolean => {
  const { database, clock } = context.ports
  if (database.get('SELECT 1 AS own FROM own_invites WHERE admitted = ?', [peer]) === undefined) return false
  const added = [...(directory.account(peer)?.devices.values() ?? [])].map(({ addedMs }) => addedMs)
  const agoMs = clock.nowMs() - Math.min(...added)
  return agoMs >= 0 && agoMs < newcomerBeginsMs
}
const newcomerBeginsMs = 10_000

/** A group begins with oneself alone; whoever else is wanted comes in by the commits that follow. */
const createOpen = async (engine: Engine, chat: string, kind: 'group' | 'room', title: string): Promise<Uint8Array> => {
  const conversation = fromHex(chat)
  assert(conversation?.length === 16, 'the chat of a group is not its conversation')
  const moderators = kind === 'room' ? [engine.context.identity().account] : []
  const picture = pictureOf(engine.context.ports.database, chat)
  await createConversation(engine, { conversation, chat, room: { kind, title, moderators, picture } }, [])
  return conversation
}
