/** Who is typing: sealed whispers that are kept nowhere, and a little memory that forgets by itself. */
import { decode, equal, payload, toHex } from '@halyard/protocol'
import type { Context } from '../context.ts'
import type { Engine } from './engine.ts'
import { openMessage } from './intake.ts'
import { conversationsOf } from './join.ts'
import { maySeal } from './may-write.ts'
import { decodeCredential } from './room.ts'
import { sealWhisper } from './seal.ts'

export interface Typing {
  /** Accounts (hex) that are typing here. */
  whoTypes(chat: string): readonly string[]
  /** The person here is typing: says so at most every three seconds. */
  say(chat: string): void
  /** A whisper came. */
  hear(conversation: Uint8Array, message: Uint8Array): void
  /** A message came: whoever wrote it has stopped typing. */
  forget(chat: string, account: Uint8Array): void
}

const sayEveryMs = 3_000
const believeForMs = 6_000

export const createTyping = (context: Context, engineOf: () => Engine): Typing => {
  const until = new Map<string, Map<string, number>>()
  const said = new Map<string, number>()
  const { clock } = context.ports

  const show = (chat: string, who: string): void => {
    const typists = until.get(chat) ?? new Map<string, number>()
    until.set(chat, typists.set(who, clock.nowMs() + believeForMs))
    tell(chat)
    clock.setTimer(believeForMs + 50, () => {
      if ((typists.get(who) ?? 0) <= clock.nowMs()) drop(chat, who)
    })
  }
  const drop = (chat: string, who: string): void => {
    const typists = until.get(chat)
    if (typists?.delete(who) !== true) return
    if (typists.size === 0) until.delete(chat)
    tell(chat)
  }
  const tell = (chat: string): void => {
    context.tell(`chat:${chat}`)
    context.tell('chats')
  }

  return {
    whoTypes: (chat) =>
      [...(until.get(chat) ?? [])].flatMap(([who, untilMs]) => (untilMs > clock.nowMs() ? [who] : [])),
    forget: (chat, account) => drop(chat, toHex(account)),
    say(chat) {
      const now = clock.nowMs()
      const engine = engineOf()
      const [living] = conversationsOf(engine, chat)
      if (living === undefined || now - (said.get(chat) ?? 0) < sayEveryMs || engine.connection().state() !== 'online')
        return
      said.set(chat, now)
      void context.enqueue(toHex(living), async () => {
        const group = engine.load(living)
        if (group === undefined || group.phase !== 'live' || group.kind === 'me' || !maySeal(engine, group)) return
        const draft = engine.draft(group)
        const message = await sealWhisper(engine, draft, { kind: 'typing', active: 1 })
        engine.save(group, draft)
        if (message !== undefined) void engine.connection().request('whisper', { conversation: living, message })
      })
    },
    hear(conversation, message) {
      void context.enqueue(toHex(conversation), async () => {
        const engine = engineOf()
        const group = engine.load(conversation)
        if (group === undefined || group.phase !== 'live') return
        const draft = engine.draft(group)
        // Whispers of a past epoch are not worth a look: they are about now.
        const opened = await openMessage(engine, draft, message, group.current)
        if (opened === undefined) return
        const value = decode(payload, opened.data)
        const sender = decodeCredential(opened.senderIdentity)
        if (value?.body.kind !== 'passing' || value.body.signal.kind !== 'typing' || sender === undefined) return
        // Only what is a whisper spends its key: a row of the log that is passed off as one must open when it comes.
        engine.save(group, draft)
        if (!equal(sender.account, value.account) || equal(sender.account, context.identity().account)) return
        show(group.chat, toHex(sender.account))
      })
    },
  }
}
