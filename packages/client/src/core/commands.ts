/** What a person does, made durable. Each resolves when this device has it; the server hears of it afterwards. */
import { accept, fromHex, limits, refuse, toHex } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import { createInvite } from './account/invites.ts'
import type { RecoveryCards } from './account/recovery.ts'
import type { Context } from './context.ts'
import type { Approvals } from './devices/approve.ts'
import { createDeviceCommands } from './devices/device-commands.ts'
import { isShut } from './directory/directory.ts'
import { createGroupCommands } from './group-commands.ts'
import type { Directory } from './directory/directory.ts'
import type { Sync } from './delivery/sync.ts'
import type { MemberCommands } from './member.ts'
import { createOwnerCommands } from './owner-commands.ts'
import type { Engine } from './messaging/engine.ts'
import { addToOutbox, removeFromOutbox, toOutboxRow } from './messaging/outbox.ts'
import { toStored } from './messaging/ranges.ts'
import type { Runner } from './messaging/runner.ts'
import { addText, markRead, nextWaiting } from './messaging/timeline.ts'
import type { Typing } from './messaging/typing.ts'
import { setDraft, setMuted } from './state/shared.ts'
import { changeSettings, readSettings } from './settings.ts'
import { chatOf } from './person-view.ts'

export interface CommandSources {
  readonly context: Context
  readonly directory: Directory
  readonly engine: Engine
  readonly runner: Runner
  readonly sync: Sync
  readonly typing: Typing
  readonly approvals: Approvals
  readonly cards: RecoveryCards
}

export const createCommands = ({
  context,
  directory,
  engine,
  runner,
  sync,
  typing,
  approvals,
  cards,
}: CommandSources): MemberCommands => {
  const { database, clock, random } = context.ports
  const known = (chatId: string): string | undefined => {
    const chat = chatOf(context, chatId)
    return chat !== undefined && database.get('SELECT 1 AS known FROM chats WHERE chat = ?', [chat]) !== undefined
      ? chat
      : undefined
  }
  const want = (chat: string): void =>
    void database.run(
      'UPDATE chats SET wanted = 1 WHERE chat = ? AND NOT EXISTS (SELECT 1 FROM conversations g WHERE g.chat = chats.chat)',
      [chat],
    )

  return {
    ...createGroupCommands({ context, directory, engine, runner }),
    ...createOwnerCommands({ context, directory, engine, runner }),
    ...createDeviceCommands({ context, directory, engine, runner, approvals }),

    async open(chatId) {
      const chat = known(chatId)
      if (chat === undefined) return refuse('conversation-unknown')
      if (isShut(directory, chat)) return refuse('policy-denied')
      context.commit((touch) => {
        want(chat)
        touch(`chat:${chatId}`)
      })
      runner.wakeChat(chat)
      return accept(undefined)
    },

    async send(asked) {
      // A byte order mark at the beginning is an accident of pasting, and no text of the protocol begins with one.
      const request = { ...asked, text: asked.text.replace(/^\uFEFF+/, '') }
      const chat = known(request.chatId)
      if (chat === undefined) return refuse('conversation-unknown')
      if (isShut(directory, chat)) return refuse('policy-denied')
      if (request.text.length > limits.textMaxLength || !request.text.isWellFormed()) return refuse('message-too-large')
      if (request.text.trim() === '') return refuse('frame-malformed')
      // The page may repeat a command whose answer it lost: the key it chose makes the second one the same message.
      const given = request.key === undefined ? undefined : fromHex(request.key)
      const id = given?.length === 16 ? given : random(16)
      const key = toHex(id)
      const nowMs = clock.nowMs()
      const ranges = toStored(request.text, request.ranges)
      context.commit((touch) => {
        if (database.get('SELECT 1 AS known FROM timeline WHERE key = ?', [key]) !== undefined) return
        want(chat)
        addText(database, {
          key,
          chat,
          position: nextWaiting(database, chat),
          atMs: nowMs,
          own: true,
          author: context.identity().account,
          conversation: undefined,
          id,
          text: request.text,
          ranges,
          late: false,
        })
        addToOutbox(database, {
          id,
          chat,
          class: 'text',
          content: { kind: 'text', text: request.text, ranges },
          sentMs: nowMs,
        })
        setDraft(database, chat, '', nowMs)
        touch(`timeline:${request.chatId}`)
        touch(`chat:${request.chatId}`)
        touch('chats')
        touch('connection')
      })
      runner.wakeChat(chat)
      return accept(key)
    },

    async retry(key) {
      const chat = context.commit((touch) => {
        const row = database.get(`SELECT chat FROM timeline WHERE key = ? AND state = 'failed'`, [key])
        const id = fromHex(key)
        if (row === undefined || id === undefined) return undefined
        database.run(`UPDATE timeline SET state = 'waiting', failure = NULL WHERE key = ?`, [key])
        database.run(`UPDATE outbox SET state = 'queued', entry = NULL, row = NULL WHERE id = ? AND state = 'failed'`, [
          id,
        ])
        touch(`timeline:${String(row['chat'])}`)
        touch('chats')
        return String(row['chat'])
      })
      if (chat === undefined) return refuse('conversation-unknown')
      runner.wakeChat(chat)
      return accept(undefined)
    },

    /** Takes back what never left; once sealed, its place in the sequence is filled by a row that says nothing. */
    async discard(key) {
      const id = fromHex(key)
      const found =
        id === undefined
          ? undefined
          : database.get(`SELECT * FROM outbox WHERE id = ? AND state IN ('queued', 'failed')`, [id])
      if (id === undefined || found === undefined) return refuse('conversation-unknown')
      const row = toOutboxRow(found)
      context.commit((touch) => {
        database.run('DELETE FROM timeline WHERE key = ?', [key])
        removeFromOutbox(database, id)
        if (row.payload !== undefined) {
          // The number was used: somebody may wait for it.
          addToOutbox(database, {
            id: random(16),
            chat: row.chat,
            class: 'control',
            content: { kind: 'withdrawn' },
            sentMs: clock.nowMs(),
          })
        }
        touch(`timeline:${row.chat}`)
        touch('chats')
        touch('connection')
      })
      runner.wakeChat(row.chat)
      return accept(undefined)
    },

    async markRead({ chatId, position }) {
      const chat = known(chatId)
      if (chat === undefined || !Number.isSafeInteger(position)) return
      context.commit((touch) => {
        const read = markRead(database, chat, position)
        if (read.length === 0) return
        if (readSettings(database).sendReadReceipts) {
          for (const { conversation, id } of read) {
            database.run(`INSERT OR IGNORE INTO receipts_due (conversation, id, kind) VALUES (?, ?, 'read')`, [
              conversation,
              id,
            ])
          }
        }
        touch('chats')
        touch(`chat:${chatId}`)
      })
      runner.wakeChat(chat)
    },

    async setDraft({ chatId, text }) {
      const chat = known(chatId)
      if (chat === undefined || text.length > limits.draftMaxLength) return
      context.commit((touch) => {
        setDraft(database, chat, text, clock.nowMs())
        touch('chats')
        touch(`chat:${chatId}`)
      })
    },

    async setMuted({ chatId, muted }) {
      const chat = known(chatId)
      if (chat === undefined) return refuse('conversation-unknown')
      context.commit((touch) => {
        setMuted(database, chat, muted, clock.nowMs())
        touch('chats')
        touch(`chat:${chatId}`)
      })
      return accept(undefined)
    },

    async typing(chatId) {
      const chat = known(chatId)
      if (chat !== undefined) typing.say(chat)
    },

    async createInvite() {
      const { invite, hash } = await createInvite(context, directory)
      const answer = await sync.answerTo(hash)
      return answer.ok ? accept(invite) : answer
    },

    drawRecoveryKey: async () => accept(await cards.draw()),
    keepRecoveryKey: () => cards.keep(),

    async acknowledgeAlarm(alarm) {
      const chat = alarm.chatId === undefined ? '' : chatOf(context, alarm.chatId)
      if (chat === undefined) return
      context.commit((touch) => {
        database.run('DELETE FROM alarms WHERE kind = ? AND chat = ?', [alarm.kind, chat])
        touch('alarms')
        touch('chats')
        if (alarm.chatId !== undefined) touch(`chat:${alarm.chatId}`)
      })
      if (alarm.kind === 'two-histories' && chat !== '') runner.resume(chat)
    },

    async changeSettings(change): Promise<Result<undefined>> {
      const done = context.commit((touch) => {
        touch('settings')
        return changeSettings(database, change, clock.nowMs())
      })
      return done === undefined ? refuse('frame-malformed') : accept(undefined)
    },
  }
}
