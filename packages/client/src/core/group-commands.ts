/** What a person does with a group or room. Each is durable when it resolves; it becomes so with the commits that follow. */
import { accept, fromHex, limits, refuse, toHex } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import type { Commands } from './api.ts'
import type { Context } from './context.ts'
import type { Directory } from './directory/directory.ts'
import { cleanName } from './directory/names.ts'
import { addChange } from './messaging/changes.ts'
import type { Change } from './messaging/changes.ts'
import type { Engine } from './messaging/engine.ts'
import { peopleIn } from './messaging/group.ts'
import type { Group } from './messaging/group.ts'
import { cleanPicture, setPicture } from './messaging/picture.ts'
import { isClosed } from './messaging/room.ts'
import { moderatesIn } from './messaging/room-rules.ts'
import type { OpenRoom } from './messaging/room.ts'
import type { Runner } from './messaging/runner.ts'
import { addNotice } from './messaging/timeline.ts'

export type GroupCommands = Pick<
  Commands,
  'createGroup' | 'addPeople' | 'removePerson' | 'renameGroup' | 'setPicture' | 'setModerator' | 'leaveGroup'
>
export interface GroupCommandSources {
  readonly context: Context
  readonly directory: Directory
  readonly engine: Engine
  readonly runner: Runner
}

type Held = Group & { readonly room: OpenRoom }

export const createGroupCommands = (sources: GroupCommandSources): GroupCommands => {
  const { context, directory, engine, runner } = sources
  const { database, clock, random } = context.ports

  /** The group of a chat, as long as this account is in it. */
  const held = (chatId: string): Held | undefined => {
    const conversation = fromHex(chatId)
    const group = conversation?.length === 16 ? engine.load(conversation) : undefined
    return group === undefined || isClosed(group.room) ? undefined : { ...group, room: group.room }
  }
  const moderates = (group: Held): boolean => moderatesIn(group.room, peopleIn(group), context.identity().account)
  const mayChange = (group: Held): boolean => group.room.kind === 'group' || moderates(group)

  const want = (group: Held, changes: readonly Change[]): Result<undefined> => {
    context.commit((touch) => {
      for (const change of changes) addChange(database, group.conversation, change)
      touch(`chat:${group.chat}`)
      touch(`members:${group.chat}`)
    })
    runner.wake(group.conversation)
    return accept(undefined)
  }

  /** Only people everybody can vouch for by the chains; undefined when one of them is not. */
  const confirmed = (people: readonly string[]): readonly Uint8Array[] | undefined => {
    const accounts: Uint8Array[] = []
    for (const id of new Set(people)) {
      const account = fromHex(id)
      const row = account?.length === 32 ? directory.store.accountRow(account) : undefined
      if (account === undefined || row?.standing !== 'confirmed') return undefined
      accounts.push(account)
    }
    return accounts
  }

  return {
    async createGroup({ kind, title, people, picture }) {
      const name = cleanName(title)
      if (name === undefined) return refuse('name-refused')
      const clean = picture === undefined ? undefined : cleanPicture(picture)
      if (picture !== undefined && clean === undefined) return refuse('picture-refused')
      const accounts = confirmed(people.filter((id) => id !== toHex(context.identity().account)))
      if (accounts === undefined || (kind !== 'group' && kind !== 'room')) return refuse('account-unknown')
      if (accounts.length >= limits.peoplePerConversationMax) return refuse('policy-denied')
      const conversation = random(16)
      const chat = toHex(conversation)
      const nowMs = clock.nowMs()
      context.commit((touch) => {
        database.run('INSERT INTO chats (chat, kind, title, wanted, last_ms) VALUES (?, ?, ?, 1, ?)', [
          chat,
          kind,
          name,
          nowMs,
        ])
        setPicture(database, chat, clean)
        addNotice(database, {
          key: `created:${chat}`,
          chat,
          position: 1,
          atMs: nowMs,
          kind: 'created',
          person: context.identity().account,
          text: name,
        })
        for (const account of accounts) addChange(database, conversation, { kind: 'add-person', account })
        touch('chats')
      })
      runner.wakeChat(chat)
      return accept(chat)
    },

    async addPeople({ chatId, people }) {
      const group = held(chatId)
      if (group === undefined) return refuse('conversation-unknown')
      const accounts = confirmed(people)
      if (accounts === undefined) return refuse('account-unknown')
      const isTooMany = peopleIn(group).size + accounts.length > limits.peoplePerConversationMax
      if (!mayChange(group) || isTooMany) return refuse('policy-denied')
      return want(
        group,
        accounts.map((account) => ({ kind: 'add-person', account })),
      )
    },

    async removePerson({ chatId, accountId }) {
      const group = held(chatId)
      const account = fromHex(accountId)
      if (group === undefined) return refuse('conversation-unknown')
      // Nobody takes out the leaf that commits: whoever goes leaves.
      const isSelf = accountId === toHex(context.identity().account)
      if (account?.length !== 32 || isSelf || !moderates(group)) return refuse('policy-denied')
      return want(group, [{ kind: 'remove-person', account }])
    },

    async renameGroup({ chatId, title }) {
      const group = held(chatId)
      const name = cleanName(title)
      if (group === undefined) return refuse('conversation-unknown')
      if (name === undefined) return refuse('name-refused')
      return mayChange(group) ? want(group, [{ kind: 'rename', title: name }]) : refuse('policy-denied')
    },

    async setPicture({ chatId, picture }) {
      const group = held(chatId)
      const clean = picture === undefined ? undefined : cleanPicture(picture)
      if (group === undefined) return refuse('conversation-unknown')
      if (picture !== undefined && clean === undefined) return refuse('picture-refused')
      return mayChange(group) ? want(group, [{ kind: 'picture', picture: clean }]) : refuse('policy-denied')
    },

    async setModerator({ chatId, accountId, moderator }) {
      const group = held(chatId)
      const account = fromHex(accountId)
      if (group === undefined) return refuse('conversation-unknown')
      if (account?.length !== 32 || !moderates(group) || !peopleIn(group).has(accountId)) return refuse('policy-denied')
      return want(group, [{ kind: 'moderator', account, is: moderator }])
    },

    async leaveGroup(chatId) {
      const group = held(chatId)
      return group === undefined ? refuse('conversation-unknown') : want(group, [{ kind: 'leave' }])
    },
  }
}
