/**
 * Keeps each conversation going: rows that arrived, own commits that are due, what waits to be sealed, receipts, and
 * sending what is sealed. One queue per conversation; everything durable before it leaves (architecture.md).
 */
import { assert, equal, limits, toHex } from '@halyard/protocol'
import type { Answer, Entry, RefusalCode, Result } from '@halyard/protocol'
import { blobOf, textOf } from '../store/values.ts'
import type { Context } from '../context.ts'
import { announceConversation } from './create.ts'
import { createCommitter } from './committer.ts'
import { mustLoad } from './engine.ts'
import type { Draft, Engine } from './engine.ts'
import type { Group } from './group.ts'
import { noteFork, takeEntry } from './intake.ts'
import { conversationsOf } from './join.ts'
import { maySeal, mayWrite } from './may-write.ts'
import { requeue, sealedFor, setFailed } from './outbox.ts'
import type { OutboxRow } from './outbox.ts'
import { createPassing } from './passing.ts'
import { createReceiptsDue } from './receipts-due.ts'
import { ChainMissing } from './room.ts'
import { compareRestored, isMarkedRestored } from './restored.ts'
import { decodeOwnRow, sealPassing, sealQueued } from './seal.ts'
import { createWanted } from './wanted.ts'
import type { WantedParts } from './wanted.ts'

export interface Runner {
  /** A row came unasked. */
  offer(conversation: Uint8Array, entry: Entry): void
  /** The server says that the log is longer than what was read. */
  behind(conversation: Uint8Array): void
  /** Something in this chat may have to be done. */
  wakeChat(chat: string): void
  wake(conversation: Uint8Array): void
  /** After an alarm was acknowledged. */
  resume(chat: string): void
  /** Everything: after signing in. */
  wakeAll(): void
  /** The connection is gone: nothing is on its way any more. */
  disconnected(): void
  isCatchingUp(): boolean
}

interface Inbox {
  readonly rows: Map<number, Entry>
  fetch: boolean
  readonly inFlight: Set<string>
}

/** Rows taken in one transaction: one per row would cost half of the time of catching up. */
const batch = 100
const retryAfterMs = 5_000
/** Until a restored server is asked again about a conversation that it does not know, or not as one's own. */
const compareAgainMs = 20_000

/** Rows this far beyond the last one read are not kept. */
const aheadMax = 1_000

export const createRunner = (
  context: Context,
  engineOf: () => Engine,
  fetchFeed: () => Promise<void>,
  namesCame: () => void,
  ended: () => void,
): Runner => {
  const inboxes = new Map<string, Inbox>()
  const creating = new Set<string>()
  const { database, clock } = context.ports
  const parts: WantedParts = {
    context,
    engine: engineOf,
    fetchFeed,
    made: (chat, conversation) => {
      context.tell(`chat:${chat}`)
      wake(conversation)
    },
    again: (chat, waitMs) => void clock.setTimer(waitMs ?? retryAfterMs, () => wakeChat(chat)),
  }
  const committer = createCommitter(context, (conversation) => wake(conversation))
  const receipts = createReceiptsDue(context, (conversation) => wake(conversation))
  const passing = createPassing(context, engineOf)
  let busy = 0

  const inboxOf = (conversation: Uint8Array): Inbox => {
    const name = toHex(conversation)
    const inbox = inboxes.get(name) ?? { rows: new Map(), fetch: false, inFlight: new Set() }
    inboxes.set(name, inbox)
    return inbox
  }
  const isOnline = (): boolean => engineOf().connection().state() === 'online'

  const wake = (conversation: Uint8Array): void =>
    void context.enqueue(toHex(conversation), async () => {
      busy++
      try {
        await run(conversation)
      } finally {
        busy--
        if (busy === 0) context.tell('connection')
      }
    })

  const run = async (conversation: Uint8Array): Promise<void> => {
    const engine = engineOf()
    const group = engine.load(conversation)
    if (group === undefined) return
    if (group.phase === 'creating') {
      if (isOnline()) await announceConversation(engine, group)
      const now = engine.load(conversation)
      if (now?.phase === 'live') wake(conversation)
      return void (now ?? clock.setTimer(retryAfterMs, () => wakeChat(group.chat)))
    }
    if (!(await readOn(engine, conversation))) return void clock.setTimer(compareAgainMs, () => wake(conversation))
    // Nothing is left to do where this device was taken out, or went as the last one.
    if (engine.load(conversation) !== undefined) await committer.commit(engine, conversation)
    if (engine.load(conversation) === undefined) return ended()
    await writeOn(engine, conversation)
    passing.soon(conversation)
  }

  /**
   * Takes rows in the order of the log, fetching what is missing. False: the server was restored, and what it has of this
   * one is not known yet; nothing is written there until then.
   */
  const readOn = async (engine: Engine, conversation: Uint8Array): Promise<boolean> => {
    if (isOnline() && isMarkedRestored(database, conversation)) {
      if (!(await compareRestored(engine, mustLoad(engine, conversation)))) return false
      inboxOf(conversation).fetch = true
    }
    await takeAll(engine, conversation)
    return true
  }

  const takeAll = async (engine: Engine, conversation: Uint8Array): Promise<void> => {
    const inbox = inboxOf(conversation)
    const ask = (after: number): Promise<Result<Answer<'fetch-rows'>>> =>
      engine.connection().request('fetch-rows', { conversation, after, limit: limits.rowsPerFetchMax })
    let ahead: { readonly after: number; readonly answer: ReturnType<typeof ask> } | undefined
    let asked = 0
    while (context.stopped() === undefined) {
      const group = mustLoad(engine, conversation)
      for (const seq of inbox.rows.keys()) if (seq <= group.cursor.seq) inbox.rows.delete(seq)
      const rows = following(inbox, group.cursor.seq)
      if (rows.length > 0) {
        const fault = await takeRows(engine, group, rows)
        if (fault === 'ended') return void inboxes.delete(toHex(conversation))
        if (fault === 'chain-missing') {
          // Whoever signed this may be newer than what we know of the network; once is enough.
          await fetchFeed()
          // Still nothing: withheld, or the author names what does not exist. Said, not guessed.
          if (++asked > 1) return context.alarm('device-behind', group.chat)
        }
        if (fault === 'halted') {
          // What did not chain is asked for again when somebody has looked: the server may have turned honest.
          inbox.rows.clear()
          return
        }
        continue
      }
      if (!(inbox.fetch || inbox.rows.size > 0) || !isOnline()) return
      inbox.fetch = false
      const answer = await (ahead?.after === group.cursor.seq ? ahead.answer : ask(group.cursor.seq))
      ahead = undefined
      if (!answer.ok) return void (inbox.fetch = true)
      for (const entry of answer.value.entries) inbox.rows.set(entry.seq, entry)
      const last = answer.value.entries.at(-1)
      if (answer.value.more) inbox.fetch = true
      // What follows is on its way while these are opened.
      if (answer.value.more && last !== undefined) ahead = { after: last.seq, answer: ask(last.seq) }
      if (answer.value.entries.length === 0) inbox.rows.clear()
    }
  }

  const takeRows = async (
    engine: Engine,
    group: Group,
    rows: readonly Entry[],
  ): Promise<'taken' | 'chain-missing' | 'halted' | 'ended'> => {
    const draft = engine.draft(group)
    let fault: 'taken' | 'chain-missing' | 'halted' | 'ended' = 'taken'
    draft.effects.push((db, touch) => {
      if (draft.group.cursor.seq === group.cursor.seq) return
      const { changes } = db.run(`DELETE FROM alarms WHERE kind = 'device-behind' AND chat = ?`, [group.chat])
      if (changes > 0) touch('alarms')
    })
    for (const entry of rows) {
      const before = { group: draft.group, effects: draft.effects.length, consumed: draft.consumed.length }
      try {
        const halt = await takeEntry(engine, draft, entry)
        if (halt === 'copied') {
          context.stop('copied-device')
          return 'halted'
        }
        if (halt === 'chain') {
          noteFork(engine, draft)
          fault = 'halted'
          break
        }
        if (draft.ended !== undefined) {
          fault = 'ended'
          break
        }
      } catch (error) {
        if (!(error instanceof ChainMissing)) throw error
        // Nothing was decided about this row: it is not read yet, and will be taken again.
        draft.group = before.group
        draft.effects.length = before.effects
        draft.consumed.length = before.consumed
        fault = 'chain-missing'
        break
      }
    }
    if (draft.group !== group || draft.effects.length > 1) {
      engine.save(group, draft)
      if (draft.ended === undefined) await grant(engine, draft)
      else ended()
    }
    return fault
  }

  /** What a draft asked for, now that it is durable. */
  const grant = async (engine: Engine, draft: Draft): Promise<void> => {
    if (draft.wishes.has('feed')) await fetchFeed()
    // A member knows more of the network than the server shows here, though it was asked.
    if (draft.heardSeq > engine.directory.network().head.seq && isOnline()) context.alarm('network-rolled-back', '')
    if (draft.wishes.has('names') || draft.wishes.has('settle')) namesCame()
    if (draft.wishes.has('devices')) wakeAll()
    if (draft.wishes.has('pause')) committer.refused(draft.group.conversation)
    if (draft.wishes.has('answer')) {
      const group = mustLoad(engine, draft.group.conversation)
      const answer = engine.draft(group)
      await sealPassing(engine, answer, { kind: 'receipts', delivered: [], read: [] })
      engine.save(group, answer)
    }
  }

  const writeOn = async (engine: Engine, conversation: Uint8Array): Promise<void> => {
    await committer.confirm(engine, conversation)
    const group = mustLoad(engine, conversation)
    const living = conversationsOf(engine, group.chat)[0]
    if (mayWrite(engine, group) && living !== undefined && equal(living, conversation)) {
      while (await sealQueued(engine, mustLoad(engine, conversation))) send(engine, conversation)
    }
    if (maySeal(engine, mustLoad(engine, conversation))) await receipts.seal(engine, conversation)
    send(engine, conversation)
  }

  /** Sends what is sealed and not on its way; each answer comes back as a row of the log. */
  const send = (engine: Engine, conversation: Uint8Array): void => {
    if (!isOnline() || context.stopped() !== undefined) return
    const { inFlight } = inboxOf(conversation)
    for (const row of sealedFor(database, conversation)) {
      assert(row.entry !== undefined && row.row !== undefined, 'a sealed row without its bytes')
      const name = toHex(row.entry)
      if (inFlight.has(name)) continue
      inFlight.add(name)
      void sendOne(engine, conversation, row, row.entry, row.row).finally(() => inFlight.delete(name))
    }
  }

  const sendOne = async (
    engine: Engine,
    conversation: Uint8Array,
    waiting: OutboxRow,
    entry: Uint8Array,
    row: Uint8Array,
  ): Promise<void> => {
    const answer = await engine.connection().request('append', { conversation, entry, row: decodeOwnRow(row) })
    if (answer.ok) return offer(conversation, { ...answer.value, entry, row })
    if (answer.code === 'offline' || context.stopped() !== undefined) return
    if (answer.code === 'rate-limited' || answer.code === 'server-busy' || answer.code === 'server-full') {
      return void clock.setTimer(answer.waitMs ?? retryAfterMs, () => wake(conversation))
    }
    takeBack(engine, conversation, waiting, answer.code)
  }

  /** An own commit that was refused is given up; the next one waits, so that a server that goes on refusing is not run over. */
  const withoutPending = (conversation: Uint8Array, group: Group, refused: OutboxRow): Group => {
    if (group.pending === undefined || refused.entry === undefined) return group
    if (!equal(group.pending.entry, refused.entry)) return group
    committer.refused(conversation)
    return { ...group, pending: undefined }
  }

  /**
   * First reads what came: the row may stand in the log, its answer lost, and what came after it may be why it is refused
   * now. If its epoch is past it is sealed again under the same id; else it has failed.
   */
  const takeBack = (engine: Engine, conversation: Uint8Array, waiting: OutboxRow, code: RefusalCode): void => {
    const inbox = inboxOf(conversation)
    inbox.fetch = true
    void context.enqueue(toHex(conversation), async () => {
      if (engine.load(conversation) !== undefined && !(await readOn(engine, conversation))) return
      const group = engine.load(conversation)
      if (group === undefined || (inbox.fetch && !isOnline())) return
      if (!sealedFor(database, conversation).some((row) => row.ordinal === waiting.ordinal)) return
      const draft = engine.draft(withoutPending(conversation, group, waiting))
      draft.effects.push((db, touch) => {
        if (code === 'epoch-old' || code === 'commit-quota') return requeue(db, waiting, true)
        setFailed(db, waiting, toHex(waiting.id), code)
        touch(`timeline:${waiting.chat}`)
        touch('chats')
      })
      engine.save(group, draft)
    })
    wake(conversation)
  }

  const offer = (conversation: Uint8Array, entry: Entry): void => {
    const group = engineOf().load(conversation)
    if (group === undefined) return context.count('row-unasked')
    const inbox = inboxOf(conversation)
    // Far ahead is no place to keep things: it is fetched in its turn.
    if (entry.seq > group.cursor.seq + aheadMax) inbox.fetch = true
    else inbox.rows.set(entry.seq, entry)
    wake(conversation)
  }

  /** Somebody has looked at the alarm: sending goes on, and the log is read again from where it was good. */
  const resume = (chat: string): void => {
    for (const conversation of conversationsOf(engineOf(), chat)) {
      void context.enqueue(toHex(conversation), async () => {
        const engine = engineOf()
        const group = engine.load(conversation)
        if (group === undefined) return
        if (group.paused !== undefined) engine.save(group, engine.draft({ ...group, paused: undefined }))
        inboxOf(conversation).fetch = true
      })
      wake(conversation)
    }
  }

  const wakeChat = (chat: string): void => {
    const conversations = conversationsOf(engineOf(), chat)
    for (const conversation of conversations) wake(conversation)
    if (conversations.length > 0 || creating.has(chat)) return
    creating.add(chat)
    void context.enqueue(`create:${chat}`, () => createWanted(parts, chat).finally(() => creating.delete(chat)))
  }

  /** What somebody looks at soonest is looked after soonest. */
  const wakeAll = (): void => {
    for (const row of database.all(newestFirst)) wake(blobOf(row, 'conversation'))
    for (const row of database.all('SELECT chat FROM chats WHERE wanted = 1')) wakeChat(textOf(row, 'chat'))
  }

  return {
    offer,
    behind(conversation) {
      inboxOf(conversation).fetch = true
      wake(conversation)
    },
    wakeChat,
    wake,
    resume,
    wakeAll,
    disconnected() {
      passing.disconnected()
      for (const inbox of inboxes.values()) inbox.inFlight.clear()
    },
    isCatchingUp: () => [...inboxes.values()].some((inbox) => inbox.fetch || inbox.rows.size > batch),
  }
}
const newestFirst = 'SELECT g.conversation FROM conversations g JOIN chats c ON c.chat = g.chat ORDER BY c.last_ms DESC'

const following = (inbox: Inbox, cursor: number): readonly Entry[] => {
  const rows: Entry[] = []
  for (let seq = cursor + 1; rows.length < batch; seq++) {
    const entry = inbox.rows.get(seq)
    if (entry === undefined) break
    rows.push(entry)
  }
  return rows
}
