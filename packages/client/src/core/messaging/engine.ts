/** What the parts of messaging share: loaded conversations, drafts of a change, and how a draft becomes durable. */
import { assert, concat, limits, toHex, utf8 } from '@halyard/protocol'
import { sha256, verifierOf } from '@halyard/crypto'
import { erase } from '@halyard/mls'
import type { Directory } from '../directory/directory.ts'
import type { Connection } from '../delivery/connection.ts'
import type { Context } from '../context.ts'
import type { Database } from '../ports.ts'
import { eraseConversation } from './end.ts'
import { loadGroup, saveGroup } from './group-store.ts'
import type { Group } from './group.ts'
import type { JudgeSources } from './room.ts'
import { judgeFor } from './room-rules.ts'
import type { Inside } from './room-rules.ts'

export type Touch = (topic: string) => void
export type Effect = (database: Database, touch: Touch) => void

/** A change being prepared: the conversation as it will be, and what else is written with it. Nothing is durable yet. */
export interface Draft {
  group: Group
  readonly effects: Effect[]
  /** Secrets to erase once the draft is durable. */
  readonly consumed: Uint8Array[]
  /** Commits of the log that are remembered with this draft (hex of their hash). */
  readonly commits: Set<string>
  /** Things to do once it is: fetch, answer, wake. */
  readonly wishes: Set<Wish>
  /** The newest place in the network's chain that a member has spoken of. */
  heardSeq: number
  /** This device was taken out: nothing of the conversation goes on. */
  ended: Ended | undefined
}
export interface Ended {
  /** Oneself, who wanted to leave, or who decided it. */
  readonly by: Uint8Array
  readonly atMs: number
}
export type Wish = 'feed' | 'answer' | 'names' | 'settle' | 'transmit' | 'pump' | 'devices' | 'pause'

export interface Engine {
  readonly context: Context
  readonly directory: Directory
  readonly connection: () => Connection
  /** The server's incarnation, once signed in. */
  readonly incarnation: () => Uint8Array | undefined
  load(conversation: Uint8Array): Group | undefined
  draft(group: Group): Draft
  /** The conversation was removed from the tables. */
  forget(conversation: Uint8Array): void
  /** One transaction: the version is compared, the group and the effects written, secrets erased, wishes returned. */
  save(before: Group | undefined, draft: Draft): Group
  /** Has the conversation looked at again (something became due). */
  wake(conversation: Uint8Array): void
  /** Somebody's text has come in this chat: whoever was typing it has stopped. */
  spoke(chat: string, account: Uint8Array): void
  judgeSources(): JudgeSources
  /**
   * Inside a conversation, whoever is outside its room is refused before any chain is asked for. `atMs`: the time of the row
   * that is judged, which is the same for all who read it (trust.md §3, Order); without it, the own clock's, for what this
   * device makes itself.
   */
  judge(inside?: Inside, atMs?: number): ReturnType<typeof judgeFor>
}

export const createEngine = (
  context: Context,
  directory: Directory,
  lent: Pick<Engine, 'connection' | 'incarnation' | 'wake' | 'spoke'>,
): Engine => {
  const cache = new Map<string, Group>()
  const { database, clock } = context.ports
  const judgeSources = (): JudgeSources => ({
    network: context.identity().network,
    networkState: () => directory.network(),
    verifier: verifierOf(context.ports.provider),
    accountOf: (account) => directory.account(account),
    nowMs: clock.nowMs(),
    lifetimeMaxS: limits.keyPackageLifetimeMaxMs / 1000 + clockSlackS,
  })
  const engine: Engine = {
    context,
    directory,
    ...lent,
    load(conversation) {
      const name = toHex(conversation)
      const group = cache.get(name) ?? loadGroup(database, conversation)
      if (group !== undefined) cache.set(name, group)
      return group
    },
    draft: (group) => ({
      group,
      effects: [],
      consumed: [],
      commits: new Set(),
      wishes: new Set(),
      heardSeq: 0,
      ended: undefined,
    }),
    forget: (conversation) => void cache.delete(toHex(conversation)),
    save(before, draft) {
      const name = toHex(draft.group.conversation)
      cache.delete(name)
      const saved = context.commit((touch) => {
        for (const effect of draft.effects) effect(database, touch)
        if (draft.ended === undefined) return saveGroup(database, before, draft.group)
        eraseConversation(engine, draft.group, draft.ended, touch)
        return draft.group
      })
      if (draft.ended === undefined) cache.set(name, saved)
      erase(draft.consumed)
      return saved
    },
    judgeSources,
    judge: (inside, atMs) =>
      judgeFor({ ...judgeSources(), ...(atMs !== undefined && { nowMs: atMs }) }, inside, (breach) =>
        context.count(`rule:${breach}`),
      ),
  }
  return engine
}

/** A key package made by a clock that runs a little ahead is still one of this network's. */
const clockSlackS = 3600

/** Names a commit in rows and complaints: SHA-256 over the MLSMessage as it was sent. */
export const commitHash = (message: Uint8Array): Uint8Array => sha256(concat(utf8('Halyard 1 commit\0'), message))

/** A conversation that must be there: nothing removes one while there is work for it. */
export const mustLoad = (engine: Engine, conversation: Uint8Array): Group => {
  const group = engine.load(conversation)
  assert(group !== undefined, 'a conversation disappeared')
  return group
}
