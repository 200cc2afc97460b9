/** A server that was restored from a copy: where its log ends now, and what of ours it has lost (trust.md §3, Rollback). */
import { equal, limits, toHex } from '@halyard/protocol'
import type { Entry } from '@halyard/protocol'
import { members } from '@halyard/mls'
import { readMeta, writeMeta } from '../account/identity.ts'
import type { Database } from '../ports.ts'
import { blobOf } from '../store/values.ts'
import type { Engine } from './engine.ts'
import type { Group } from './group.ts'
import { requeue, unconfirmedOf } from './outbox.ts'
import { decodeCredential } from './room.ts'
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
 * For a conversation that is marked: compares the log with the place one had read to. Where it does not hold that place,
 * all that is left of it is read again, and what is own and undelivered is sealed again. Others may have written since the
 * restore, and nothing tells their rows from old ones but that these do not open a second time. A conversation that the
 * server does not know begins anew there, and where rows were lost it is told who reads: what they said of that went with
 * them. Returns false when it must be tried again.
 */
export const compareRestored = async (engine: Engine, group: Group): Promise<boolean> => {
  const { database } = engine.context.ports
  const { conversation, cursor } = group
  const end = (await endOfLog(engine, conversation)) ?? (await beginAnew(engine, group))
  if (end === 'later') return false
  const place = end.entries.find((entry) => entry.seq === cursor.seq)
  // Nothing was lost, or it went on differently: then the next row does not chain, which is an alarm of its own.
  const stands = end.newest >= cursor.seq && (place === undefined || equal(place.chain, cursor.chain))
  if (!stands && !end.isTold && (await revive(engine, group)) === 'later') return false
  const draft = engine.draft({ ...(stands ? group : readAgain(database, group, end)), sinceRestore: end.newest })
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
  /** The server has just been told who reads it. */
  readonly isTold?: boolean
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

/** Tells the server who is in it. It takes that from members after a restore alone, and adds nobody whom it does not know. */
const revive = async (engine: Engine, { conversation, current }: Group): Promise<'done' | 'later' | 'never'> => {
  const readers = members(current.state).flatMap(({ identity }) => decodeCredential(identity)?.device ?? [])
  const answer = await engine
    .connection()
    .request('revive-conversation', { conversation, epoch: current.epoch, readers })
  if (answer.ok) return 'done'
  return answer.code === 'policy-denied' ? 'never' : 'later'
}

/** All begin with an empty log; where somebody else was first, it is theirs, and read as any other. */
const beginAnew = async (engine: Engine, group: Group): Promise<End | 'later'> => {
  const revived = await revive(engine, group)
  // It was not restored, or long ago: nothing is to come back, and what is written there fails with words.
  if (revived === 'never') return { newest: group.cursor.seq, entries: [] }
  // Not yet one of its readers: one of those tells it so.
  const end = revived === 'done' ? await endOfLog(engine, group.conversation) : undefined
  return end === undefined || end === 'later' ? 'later' : { ...end, isTold: true }
}

/** Undefined: the server does not know the conversation, or not as one that this device reads. */
const endOfLog = async (engine: Engine, conversation: Uint8Array): Promise<End | 'later' | undefined> => {
  const entries: Entry[] = []
  for (let more = true; more;) {
    const after = entries.at(-1)?.seq ?? 0
    const answer = await engine
      .connection()
      .request('fetch-rows', { conversation, after, limit: limits.rowsPerFetchMax })
    if (!answer.ok) return answer.code === 'conversation-unknown' ? undefined : 'later'
    entries.push(...answer.value.entries.filter((entry) => entry.seq > after))
    more = answer.value.more && (entries.at(-1)?.seq ?? 0) > after
  }
  const last = entries.at(-1)
  if (last !== undefined) return { newest: last.seq, entries }
  // What everybody had passed is gone from the log; its length is all that is left of it.
  for (let after: Uint8Array | undefined, more = true; more;) {
    const listed = await engine.connection().request('list-conversations', { after })
    if (!listed.ok) return 'later'
    const found = listed.value.items.find((item) => equal(item.conversation, conversation))
    if (found !== undefined) return { newest: found.newest, entries }
    after = listed.value.items.at(-1)?.conversation
    more = listed.value.more && after !== undefined
  }
  return undefined
}
