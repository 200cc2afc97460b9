/** DeliveryStore in SQL: the writes that change who reads a conversation. */
import { accept, limits, refuse } from '@halyard/protocol'
import type { Refusal, Result } from '@halyard/protocol'
import { bounds } from '../../core/bounds.ts'
import type { DeliveryStore } from '../../core/delivery/store.ts'
import { appendToConversation, insertEntry, passEntries, placeAt } from './delivery.ts'
import { fillMailboxes, mailboxesFull, passMailbox } from './mailbox.ts'
import { enter, isReader, leave, sweep } from './routing.ts'
import { bytesOf, numberOf } from './sql.ts'
import type { Sql } from './sql.ts'
import type { Sync } from './sync.ts'

export const deliveryWrites = (sql: Sql) =>
  ({
    createConversation({ first, added, welcomes }) {
      const { conversation, device } = first
      if (sql.get('SELECT 1 FROM conversation WHERE conversation = ?', conversation) !== undefined) {
        const taken = sql.get('SELECT seq FROM entry WHERE conversation = ? AND entry = ?', conversation, first.entry)
        if (taken === undefined || !isReader(sql, conversation, device)) return refuse('conversation-exists')
        return accept({ place: placeAt(sql, conversation, numberOf(taken['seq'])), rings: [], repeated: true })
      }
      const refusal = notToBeAdded(sql, [device, ...added], added.length + 1) ?? mailboxesFull(sql, welcomes)
      if (refusal !== undefined) return refusal
      const place = insertEntry(sql, first, { seq: 0, timeMs: 0, chain: new Uint8Array(32) })
      let readers = 0
      for (const reader of [device, ...added]) readers += enter(sql, conversation, reader, place.seq - 1)
      sql.run(
        'INSERT INTO conversation (conversation, newest, time_ms, chain, epoch, settled_seq, readers) VALUES (?, ?, ?, ?, ?, ?, ?)',
        conversation,
        place.seq,
        place.timeMs,
        place.chain,
        first.epoch + 1,
        place.seq,
        readers,
      )
      return accept({ place, rings: fillMailboxes(sql, conversation, device, place.seq, welcomes), repeated: false })
    },
    reviveConversation: (revival) => reviveConversation(sql, revival),
    appendToConversation: (append) => appendToConversation(sql, append),
    settleCommit(settlement) {
      const { conversation, device, seq, epoch, added, removed, welcomes } = settlement
      const at = sql.get('SELECT settled_seq, readers FROM conversation WHERE conversation = ?', conversation)
      if (at === undefined || !isReader(sql, conversation, device)) return refuse('conversation-unknown')
      if (numberOf(at['settled_seq']) === seq) return accept({ rings: [] })
      const open = sql.get(
        'SELECT 1 FROM open_commit WHERE conversation = ? AND epoch = ? AND device = ? AND seq = ?',
        conversation,
        epoch,
        device,
        seq,
      )
      if (open === undefined) return refuse('epoch-old')
      const refusal = notToBeAdded(sql, added, numberOf(at['readers']) + added.length) ?? mailboxesFull(sql, welcomes)
      if (refusal !== undefined) return refusal
      let readers = numberOf(at['readers'])
      for (const reader of removed) readers -= leave(sql, conversation, reader, seq)
      // From the commit that brings it in: its hash and the chain at its place are where a newcomer starts.
      for (const reader of added) readers += enter(sql, conversation, reader, seq - 1)
      sql.run(
        'UPDATE conversation SET epoch = max(epoch, ?), settled_seq = max(settled_seq, ?), readers = ? WHERE conversation = ?',
        epoch + 1,
        seq,
        readers,
        conversation,
      )
      // Those before it were followed as well: what they bring is theirs to say, a little later.
      sql.run(
        'DELETE FROM open_commit WHERE conversation = ? AND (epoch = ? OR epoch < ?)',
        conversation,
        epoch,
        epoch - bounds.settledLateMax,
      )
      const rings = fillMailboxes(sql, conversation, device, seq, welcomes)
      sweep(sql, conversation)
      return accept({ rings })
    },
    askEntry({ conversation, device, request, keyPackage, readersMax }) {
      const others = sql.all(
        `SELECT r.device, d.account = own.account AS same FROM reader r JOIN device d ON d.device = r.device
         JOIN device own ON own.device = ?2 WHERE r.conversation = ?1 AND r.until IS NULL AND r.device <> ?2`,
        conversation,
        device,
      )
      // Whoever reads and cannot follow is helped by the own devices as well; whoever comes back has none that could.
      const reads = isReader(sql, conversation, device)
      const asked = others.filter((row) => reads || row['same'] === 0).slice(0, readersMax)
      const isOfIt = reads || others.some((row) => row['same'] === 1)
      if (asked.length === 0 || !isOfIt) return refuse('conversation-unknown')
      const items = asked.map((row) => ({
        device: bytesOf(row['device']),
        keyPackage: new Uint8Array(),
        welcome: request,
        tree: keyPackage,
      }))
      const refusal = mailboxesFull(sql, items)
      return refusal ?? accept({ rings: fillMailboxes(sql, conversation, device, 0, items, 1) })
    },
    passEntries: (pass) => passEntries(sql, pass),
    passMailbox: (pass) => passMailbox(sql, pass),
  }) satisfies Partial<Sync<DeliveryStore>>

const reviveConversation = (
  sql: Sql,
  { conversation, device, epoch, readers }: Parameters<DeliveryStore['reviveConversation']>[0],
): Result<undefined> => {
  const there = sql.get('SELECT kept_after, readers, epoch FROM conversation WHERE conversation = ?', conversation)
  if (there !== undefined && !isReader(sql, conversation, device)) return refuse('conversation-unknown')
  const before = numberOf(there?.['readers'] ?? 0)
  // Each of very many devices says the same.
  if (there !== undefined && epoch <= numberOf(there['epoch']) && readers.length <= before) return accept(undefined)
  // Who joined after the copy was taken is not known here either, and comes by another invite.
  const wanted = readers
    .filter((one) => !isReader(sql, conversation, one))
    .filter((one) => notToBeAdded(sql, [one], 1) === undefined)
  const count = before + wanted.length
  if (count === 0 || count > limits.devicesPerConversationMax) return refuse('policy-denied')
  if (there === undefined)
    sql.run(
      'INSERT INTO conversation (conversation, newest, time_ms, chain, epoch, settled_seq, readers) VALUES (?, 0, 0, ?, 0, 0, 0)',
      conversation,
      new Uint8Array(32),
    )
  // What is left of the log was kept for all of them.
  for (const reader of wanted) enter(sql, conversation, reader, numberOf(there?.['kept_after'] ?? 0))
  sql.run(
    'UPDATE conversation SET epoch = max(epoch, ?), readers = ? WHERE conversation = ?',
    epoch,
    count,
    conversation,
  )
  return accept(undefined)
}

const notToBeAdded = (sql: Sql, devices: readonly Uint8Array[], readers: number): Refusal | undefined => {
  if (readers > limits.devicesPerConversationMax) return refuse('policy-denied')
  for (const device of devices) {
    const known = sql.get(
      'SELECT (SELECT count(*) FROM reader WHERE device = ?1) AS conversations FROM device d JOIN account a ON a.account = d.account WHERE d.device = ?1 AND d.removed = 0 AND a.removed = 0',
      device,
    )
    if (known === undefined) return refuse('account-unknown')
    if (numberOf(known['conversations']) >= limits.conversationsPerDeviceMax) return refuse('policy-denied')
  }
  return undefined
}
