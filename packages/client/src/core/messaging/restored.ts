/** A server that was restored from a copy: where its log ends now, and what of ours it has lost (trust.md §3, Rollback). */
import { equal, limits, toHex } from '@halyard/protocol'
import type { Entry } from '@halyard/protocol'
import { readMeta, writeMeta } from '../account/identity.ts'
import type { Database } from '../ports.ts'
import { blobOf } from '../store/values.ts'
import type { Engine } from './engine.ts'
import type { Group } from './group.ts'
import { requeue, unconfirmedOf } from './outbox.ts'
import { newestPlaced, positionOf, stride } from './timeline.ts'

const flagOf = (conversation: Uint8Array): string => `restored:${toHex(conversation)}`

/** Every conversation is looked at once; call in the transaction that notes the new incarnation. */
export const markRestored = (database: Database): void => {
  for (const row of database.all('SELECT conversation FROM conversations'))
    writeMeta(database, flagOf(blobOf(row, 'conversation')), new Uint8Array(1))
}

export const isMarkedRestored = (database: Database, conversation: Uint8Array): boolean =>
  readMeta(database, flagOf(conversation)) !== undefined

/**
 * Compares the log with the place one had read to. Where it does not hold that place, all that is left of it is read
 * again, and what is own and undelivered is sealed again. Others may have written since the restore, and nothing tells
 * their rows from old ones but that these do not open a second time. Returns false when it must be tried again (no
 * connection).
 */
export const compareRestored = async (engine: Engine, group: Group): Promise<boolean> => {
  const { database } = engine.context.ports
  const { conversation, cursor } = group
  if (!isMarkedRestored(database, conversation)) return true
  const end = await endOfLog(engine, conversation)
  if (end === undefined) return false
  const place = end.entries.find((entry) => entry.seq === cursor.seq)
  // Nothing was lost, or it went on differently: then the next row does not chain, which is an alarm of its own.
  const stands = end.newest >= cursor.seq && (place === undefined || equal(place.chain, cursor.chain))
  const draft = engine.draft(stands ? group : readAgain(database, group, end))
  draft.effects.push((db, touch) => {
    db.run('DELETE FROM meta WHERE key = ?', [flagOf(conversation)])
    if (stands) return
    for (const row of unconfirmedOf(db, conversation)) requeue(db, row, true)
    touch(`timeline:${group.chat}`)
    touch('connection')
  })
  engine.save(group, draft)
  return true
}

interface End {
  readonly newest: number
  /** All that the log still has. */
  readonly entries: readonly Entry[]
}

/** From its first row on; what is new in it stands after everything that is on the screen already. */
const readAgain = (database: Database, group: Group, { newest, entries }: End): Group => {
  const [first] = entries
  const cursor = { seq: first === undefined ? newest : first.seq - 1, chain: new Uint8Array() }
  return {
    ...group,
    cursor,
    base: Math.max(group.base, newestPlaced(database, group.chat) + stride - positionOf(0, cursor.seq)),
  }
}

const endOfLog = async (engine: Engine, conversation: Uint8Array): Promise<End | undefined> => {
  const entries: Entry[] = []
  for (let more = true; more;) {
    const after = entries.at(-1)?.seq ?? 0
    const answer = await engine
      .connection()
      .request('fetch-rows', { conversation, after, limit: limits.rowsPerFetchMax })
    if (!answer.ok) return undefined
    entries.push(...answer.value.entries.filter((entry) => entry.seq > after))
    more = answer.value.more && (entries.at(-1)?.seq ?? 0) > after
  }
  const last = entries.at(-1)
  if (last !== undefined) return { newest: last.seq, entries }
  // What everybody had passed is gone from the log; its length is all that is left of it.
  const listed = await engine.connection().request('list-conversations', { after: undefined })
  const found = listed.ok ? listed.value.items.find((item) => equal(item.conversation, conversation)) : undefined
  return found === undefined ? undefined : { newest: found.newest, entries }
}
