/** After a card let this device in: it asks to be let into each conversation of its account, and waits for somebody there. */
import { accept, refuse, toHex } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import type { Context } from '../context.ts'
import type { Engine } from '../messaging/engine.ts'
import { askEntry } from '../messaging/entry.ts'
import { readCardSeal } from '../state/card-seal.ts'
import { sharedConversations } from '../state/shared.ts'
import { readMeta, writeMeta } from './identity.ts'

/** Asked again after this long: somebody's mailbox may have been emptied by a device that could not help. */
const askAgainMs = 9 * 3600_000

export interface Return {
  /** Asks where it is due. Call when signed in and up to date with the feed. */
  ask(): Promise<void>
}

export const createReturn = (context: Context, engineOf: () => Engine): Return => {
  const { database, clock } = context.ports
  const asked = new Map<string, number | 'nobody'>()

  const listed = async (): Promise<Result<readonly Uint8Array[]>> => {
    const all: Uint8Array[] = []
    for (let more = true; more;) {
      const answer = await engineOf()
        .connection()
        .request('list-account-conversations', { after: all.at(-1) })
      if (!answer.ok) return refuse(answer.code)
      all.push(...answer.value.items)
      more = answer.value.more && answer.value.items.length > 0
    }
    return accept(all)
  }

  return {
    async ask() {
      if (readMeta(database, 'restoring') === undefined) return
      const there = await listed()
      if (!there.ok) return
      // What the own state names is asked for as well: the server may leave out what it likes.
      const named = new Map([...there.value, ...sharedConversations(database)].map((one) => [toHex(one), one]))
      const missing = [...named.values()].filter((conversation) => engineOf().load(conversation) === undefined)
      let waiting = 0
      for (const conversation of missing) {
        const name = toHex(conversation)
        const before = asked.get(name)
        if (before === undefined || (before !== 'nobody' && clock.nowMs() - before >= askAgainMs)) {
          const answer = await askEntry(engineOf(), conversation)
          if (answer === 'offline') return
          asked.set(name, answer === 'nobody' ? 'nobody' : clock.nowMs())
        }
        // Where nobody else reads (the old own notes, or a group that all have left) there is nobody to wait for.
        if (asked.get(name) !== 'nobody') waiting++
      }
      context.commit((touch) => {
        writeMeta(database, 'conversations-expected', new TextEncoder().encode(String(waiting + loaded())))
        writeMeta(database, 'conversations-waiting', new TextEncoder().encode(String(waiting)))
        // Until the own state is there, more of them may have to be asked for.
        if (waiting === 0 && readCardSeal(database) === undefined)
          database.run("DELETE FROM meta WHERE key IN ('restoring', 'conversations-expected', 'conversations-waiting')")
        touch('chats')
        touch('recovery')
      })
    },
  }

  function loaded(): number {
    return Number(database.get('SELECT count(*) AS n FROM conversations')?.['n'] ?? 0)
  }
}
