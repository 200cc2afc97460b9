/** The tables of a conversation's state: what differs is written, and nothing else. */
import { assert } from '@halyard/protocol'
import {
  decodePastEpoch,
  decodeState,
  encodeEpoch,
  encodePastEpoch,
  encodePastRatchets,
  encodeRatchets,
} from '@halyard/mls'
import type { AlarmKind } from '../api.ts'
import type { Database, SqlRow } from '../ports.ts'
import { blobOf, maybeBlob, maybeNumber, maybeText, numberOf, textOf } from '../store/values.ts'
import { decodeBound, encodeBound } from './bound.ts'
import { roomOfState } from './group.ts'
import type { Group, Kept, Past, PendingCommit } from './group.ts'
import { decodeUnopened, encodeUnopened } from './unopened.ts'

/** The keys and the place in the log: what this device wants here, and who has said what, stays. */
export const eraseKeys = (database: Database, conversation: Uint8Array): void => {
  for (const sql of [
    'DELETE FROM conversations WHERE conversation = ?',
    'DELETE FROM epochs WHERE conversation = ?',
    'DELETE FROM ratchets WHERE conversation = ?',
    'DELETE FROM past_epochs WHERE conversation = ?',
    'DELETE FROM past_ratchets WHERE conversation = ?',
    'DELETE FROM kept_epochs WHERE conversation = ?',
    'DELETE FROM pending_commits WHERE conversation = ?',
    'DELETE FROM commits WHERE conversation = ?',
  ])
    database.run(sql, [conversation])
}

/** Nothing of the conversation stays but what people have read: keys and places are gone. */
export const eraseGroup = (database: Database, conversation: Uint8Array): void => {
  eraseKeys(database, conversation)
  for (const sql of [
    'DELETE FROM authors WHERE conversation = ?',
    'DELETE FROM gaps WHERE conversation = ?',
    'DELETE FROM receipts_due WHERE conversation = ?',
    'DELETE FROM changes WHERE conversation = ?',
    'DELETE FROM outbox WHERE conversation = ?',
  ])
    database.run(sql, [conversation])
}

type Ratchets = ReadonlyMap<string, Uint8Array | undefined>

/** Loads a conversation; undefined when it is not known. */
export const loadGroup = (database: Database, conversation: Uint8Array): Group | undefined => {
  const row = database.get(
    'SELECT c.*, e.record FROM conversations c JOIN epochs e ON e.conversation = c.conversation WHERE c.conversation = ?',
    [conversation],
  )
  if (row === undefined) return undefined
  const ratchets = new Map(
    database
      .all('SELECT key, value FROM ratchets WHERE conversation = ?', [conversation])
      .map((one) => [textOf(one, 'key'), blobOf(one, 'value')]),
  )
  const state = decodeState(blobOf(row, 'record'), ratchets)
  assert(state !== undefined, 'the stored group state does not decode')
  const room = roomOfState(state)
  return {
    conversation,
    chat: textOf(row, 'chat'),
    kind: room.kind,
    room,
    phase: textOf(row, 'phase') === 'live' ? 'live' : 'creating',
    version: numberOf(row, 'version'),
    base: numberOf(row, 'base'),
    cursor: { seq: numberOf(row, 'cursor_seq'), chain: blobOf(row, 'cursor_chain') },
    current: { state, epoch: numberOf(row, 'epoch'), madeBy: blobOf(row, 'made_by'), digest: blobOf(row, 'digest') },
    pasts: loadPasts(database, conversation),
    kept: loadKept(database, conversation),
    pending: loadPending(database, conversation),
    own: { seq: numberOf(row, 'own_seq'), previous: blobOf(row, 'own_previous') },
    updatedMs: numberOf(row, 'updated_ms'),
    generations: numberOf(row, 'generations'),
    mustUpdate: numberOf(row, 'must_update') === 1,
    paused: maybeText(row, 'paused') as AlarmKind | undefined,
    creation: maybeBlob(row, 'creation'),
    newestMs: numberOf(row, 'newest_ms'),
    adder: maybeBlob(row, 'adder'),
    bound: readIn(row, 'bound', decodeBound),
    unopened: readIn(row, 'unopened', decodeUnopened),
    sinceRestore: maybeNumber(row, 'since_restore'),
  }
}

/** Writes what `next` has and `before` had not. Asserts that nobody else wrote in between (version). */
export const saveGroup = (database: Database, before: Group | undefined, next: Group): Group => {
  const saved: Group = { ...next, version: (before?.version ?? 0) + 1 }
  if (before === undefined) insertRow(database, saved)
  else updateRow(database, before.version, saved)
  saveCurrent(database, before, next)
  savePasts(database, before, next)
  if (before?.kept !== next.kept) saveKept(database, next)
  if (before?.pending !== next.pending) savePending(database, next)
  return saved
}

const columns = (group: Group) =>
  [
    group.chat,
    group.kind,
    group.phase,
    group.version,
    group.base,
    group.cursor.seq,
    group.cursor.chain,
    group.current.epoch,
    group.current.madeBy,
    group.current.digest,
    group.own.seq,
    group.own.previous,
    group.updatedMs,
    group.generations,
    group.mustUpdate ? 1 : 0,
    group.paused,
    group.creation,
    group.newestMs,
    group.adder,
    group.bound === undefined ? undefined : encodeBound(group.bound),
    group.unopened === undefined ? undefined : encodeUnopened(group.unopened),
    group.sinceRestore,
  ] as const

const insertRow = (database: Database, group: Group): void =>
  void database.run(
    `INSERT INTO conversations (chat, kind, phase, version, base, cursor_seq, cursor_chain, epoch, made_by, digest, own_seq,
      own_previous, updated_ms, generations, must_update, paused, creation, newest_ms, adder, bound, unopened, since_restore, conversation)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [...columns(group), group.conversation],
  )

const updateRow = (database: Database, expected: number, group: Group): void => {
  const { changes } = database.run(
    `UPDATE conversations SET chat = ?, kind = ?, phase = ?, version = ?, base = ?, cursor_seq = ?, cursor_chain = ?, epoch = ?,
      made_by = ?, digest = ?, own_seq = ?, own_previous = ?, updated_ms = ?, generations = ?, must_update = ?, paused = ?,
      creation = ?, newest_ms = ?, adder = ?, bound = ?, unopened = ?, since_restore = ? WHERE conversation = ? AND version = ?`,
    [...columns(group), group.conversation, expected],
  )
  assert(changes === 1, 'the conversation was written by somebody else in between')
}

const saveCurrent = (database: Database, before: Group | undefined, next: Group): void => {
  if (before?.current.state === next.current.state) return
  const sameEpoch =
    before !== undefined && before.current.epoch === next.current.epoch && before.current.madeBy === next.current.madeBy
  if (!sameEpoch) {
    database.run('INSERT OR REPLACE INTO epochs (conversation, record) VALUES (?, ?)', [
      next.conversation,
      encodeEpoch(next.current.state),
    ])
    database.run('DELETE FROM ratchets WHERE conversation = ?', [next.conversation])
  }
  const changed: Ratchets = sameEpoch
    ? encodeRatchets(next.current.state, before.current.state)
    : encodeRatchets(next.current.state)
  for (const [key, value] of changed) {
    if (value === undefined)
      database.run('DELETE FROM ratchets WHERE conversation = ? AND key = ?', [next.conversation, key])
    else
      database.run('INSERT OR REPLACE INTO ratchets (conversation, key, value) VALUES (?, ?, ?)', [
        next.conversation,
        key,
        value,
      ])
  }
}

const savePasts = (database: Database, before: Group | undefined, next: Group): void => {
  if (before?.pasts === next.pasts) return
  for (const old of before?.pasts ?? []) {
    if (next.pasts.some((past) => past.epoch === old.epoch && past.madeBy === old.madeBy)) continue
    database.run('DELETE FROM past_epochs WHERE conversation = ? AND epoch = ?', [next.conversation, old.epoch])
    database.run('DELETE FROM past_ratchets WHERE conversation = ? AND epoch = ?', [next.conversation, old.epoch])
  }
  for (const past of next.pasts) {
    const old = before?.pasts.find((one) => one.epoch === past.epoch && one.madeBy === past.madeBy)
    if (old?.past !== past.past) savePast(database, next.conversation, old, past)
  }
}

const savePast = (database: Database, conversation: Uint8Array, old: Past | undefined, past: Past): void => {
  if (old === undefined) {
    database.run(
      'INSERT OR REPLACE INTO past_epochs (conversation, epoch, made_by, digest, record) VALUES (?, ?, ?, ?, ?)',
      [conversation, past.epoch, past.madeBy, past.digest, encodePastEpoch(past.past)],
    )
  }
  for (const [key, value] of old === undefined
    ? encodePastRatchets(past.past)
    : encodePastRatchets(past.past, old.past)) {
    const place = [conversation, past.epoch, key] as const
    if (value === undefined)
      database.run('DELETE FROM past_ratchets WHERE conversation = ? AND epoch = ? AND key = ?', place)
    else
      database.run('INSERT OR REPLACE INTO past_ratchets (conversation, epoch, key, value) VALUES (?, ?, ?, ?)', [
        ...place,
        value,
      ])
  }
}

const loadPasts = (database: Database, conversation: Uint8Array): readonly Past[] =>
  database.all('SELECT * FROM past_epochs WHERE conversation = ? ORDER BY epoch', [conversation]).map((row) => {
    const epoch = numberOf(row, 'epoch')
    const ratchets = new Map(
      database
        .all('SELECT key, value FROM past_ratchets WHERE conversation = ? AND epoch = ?', [conversation, epoch])
        .map((one) => [textOf(one, 'key'), blobOf(one, 'value')]),
    )
    const past = decodePastEpoch(blobOf(row, 'record'), ratchets)
    assert(past !== undefined, 'a stored past epoch does not decode')
    return { epoch, madeBy: blobOf(row, 'made_by'), digest: blobOf(row, 'digest'), past }
  })

const saveKept = (database: Database, { conversation, kept }: Group): void => {
  if (kept === undefined) return void database.run('DELETE FROM kept_epochs WHERE conversation = ?', [conversation])
  database.run(
    `INSERT OR REPLACE INTO kept_epochs (conversation, epoch, made_by, digest, record, ratchets, commit_hash, commit_ms, committer, complained)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      conversation,
      kept.epoch,
      kept.madeBy,
      kept.digest,
      kept.record,
      kept.ratchets,
      kept.commit,
      kept.commitMs,
      kept.committer,
      kept.complained ? 1 : 0,
    ],
  )
}
const loadKept = (database: Database, conversation: Uint8Array): Kept | undefined => {
  const row = database.get('SELECT * FROM kept_epochs WHERE conversation = ?', [conversation])
  return row === undefined
    ? undefined
    : {
        ...frozenOf(row),
        digest: blobOf(row, 'digest'),
        commit: blobOf(row, 'commit_hash'),
        commitMs: numberOf(row, 'commit_ms'),
        committer: blobOf(row, 'committer'),
        complained: numberOf(row, 'complained') === 1,
      }
}

const savePending = (database: Database, { conversation, pending }: Group): void => {
  if (pending === undefined)
    return void database.run('DELETE FROM pending_commits WHERE conversation = ?', [conversation])
  database.run(
    'INSERT OR REPLACE INTO pending_commits (conversation, epoch, made_by, entry, row, record, ratchets, welcomes, not_before_s, not_after_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    [
      conversation,
      pending.epoch,
      pending.madeBy,
      pending.entry,
      pending.row,
      pending.record,
      pending.ratchets,
      pending.welcomes,
      pending.notBeforeS,
      pending.notAfterS,
    ],
  )
}
const loadPending = (database: Database, conversation: Uint8Array): PendingCommit | undefined => {
  const row = database.get('SELECT * FROM pending_commits WHERE conversation = ?', [conversation])
  if (row === undefined) return undefined
  return {
    ...frozenOf(row),
    entry: blobOf(row, 'entry'),
    row: blobOf(row, 'row'),
    welcomes: maybeBlob(row, 'welcomes'),
    notBeforeS: numberOf(row, 'not_before_s'),
    notAfterS: numberOf(row, 'not_after_s'),
  }
}

const readIn = <T>(row: SqlRow, column: string, read: (bytes: Uint8Array) => T): T | undefined => {
  const value = maybeBlob(row, column)
  return value === undefined ? undefined : read(value)
}

const frozenOf = (row: SqlRow) => ({
  epoch: numberOf(row, 'epoch'),
  madeBy: blobOf(row, 'made_by'),
  record: blobOf(row, 'record'),
  ratchets: blobOf(row, 'ratchets'),
})
