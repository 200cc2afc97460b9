/** What lies in SQL for a device that is not in a conversation yet. A tree that many Welcomes share is kept once. */
import { hash } from 'node:crypto'
import { accept, refuse } from '@halyard/protocol'
import type { Refusal, Result } from '@halyard/protocol'
import { bounds } from '../../core/bounds.ts'
import type { NewWelcome, Ring, WelcomeKept } from '../../core/delivery/store.ts'
import { bytesOf, maybeBytes, numberOf } from './sql.ts'
import type { Sql, SqlRow } from './sql.ts'

/** Each Welcome with the length of its tree, wherever in the list that stands. */
const weighed = (welcomes: readonly NewWelcome[]): readonly { welcome: NewWelcome; bytes: number }[] => {
  let treeBytes = 0
  return welcomes.map((welcome) => {
    if (welcome.tree?.length !== 0) treeBytes = welcome.tree?.length ?? 0
    return { welcome, bytes: welcome.welcome.length + treeBytes }
  })
}

export const mailboxesFull = (sql: Sql, welcomes: readonly NewWelcome[]): Refusal | undefined => {
  for (const { welcome, bytes } of weighed(welcomes)) {
    const box = sql.get('SELECT items, bytes FROM mailbox WHERE device = ?', welcome.device)
    if (box === undefined) continue
    if (numberOf(box['items']) >= bounds.mailboxItemsMax || numberOf(box['bytes']) + bytes > bounds.mailboxMaxBytes)
      return refuse('server-busy')
  }
  return undefined
}

/** `request`: what lies in `tree` is a key package, and belongs to nobody else. */
export const fillMailboxes = (
  sql: Sql,
  conversation: Uint8Array,
  from: Uint8Array,
  seq: number,
  welcomes: readonly NewWelcome[],
  request = 0,
): Ring[] => {
  let shared: Uint8Array | undefined
  return weighed(welcomes).map(({ welcome, bytes }) => {
    if (request === 0 && welcome.tree?.length !== 0) shared = keepTree(sql, welcome.tree)
    const box = sql.get(
      `INSERT INTO mailbox (device, newest, items, bytes) VALUES (?1, 1, 1, ?2)
       ON CONFLICT (device) DO UPDATE SET newest = newest + 1, items = items + 1, bytes = bytes + ?2 RETURNING newest`,
      welcome.device,
      bytes,
    )
    const position = numberOf(box?.['newest'])
    sql.run(
      `INSERT INTO mailbox_item (device, position, conversation, sender, seq, key_package, welcome, tree, request, shared)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      welcome.device,
      position,
      conversation,
      from,
      seq,
      welcome.keyPackage,
      welcome.welcome,
      request === 0 ? null : (welcome.tree ?? null),
      request,
      shared ?? null,
    )
    return { device: welcome.device, position }
  })
}

const keepTree = (sql: Sql, tree: Uint8Array | undefined): Uint8Array | undefined => {
  if (tree === undefined) return undefined
  const name = new Uint8Array(hash('sha256', tree, 'buffer'))
  sql.run('INSERT OR IGNORE INTO welcome_tree (hash, tree) VALUES (?, ?)', name, tree)
  return name
}

export const mailboxAfter = (
  sql: Sql,
  device: Uint8Array,
  after: number,
  limit: number,
  maxBytes: number,
): { readonly items: readonly WelcomeKept[]; readonly more: boolean } => {
  const items: WelcomeKept[] = []
  let bytes = 0
  for (const row of sql.each(
    `SELECT m.*, t.tree AS shared_tree FROM mailbox_item m LEFT JOIN welcome_tree t ON t.hash = m.shared
     WHERE m.device = ? AND m.position > ? ORDER BY m.position LIMIT ?`,
    device,
    after,
    limit + 1,
  )) {
    const kept = welcomeFrom(device, row)
    bytes += kept.welcome.length + (kept.tree?.length ?? 0)
    if (items.length >= limit || (items.length > 0 && bytes > maxBytes)) return { items, more: true }
    items.push(kept)
  }
  return { items, more: false }
}

const welcomeFrom = (device: Uint8Array, row: SqlRow): WelcomeKept => ({
  position: numberOf(row['position']),
  device,
  conversation: bytesOf(row['conversation']),
  from: bytesOf(row['sender']),
  seq: numberOf(row['seq']),
  keyPackage: bytesOf(row['key_package']),
  welcome: bytesOf(row['welcome']),
  tree: maybeBytes(row['shared_tree']) ?? maybeBytes(row['tree']),
  isRequest: numberOf(row['request']) === 1,
})

export const passMailbox = (
  sql: Sql,
  { device, position }: { readonly device: Uint8Array; readonly position: number },
): Result<undefined> => {
  const gone = sql.get(
    `SELECT count(*) AS items, coalesce(sum(length(m.welcome) + coalesce(length(t.tree), length(m.tree), 0)), 0) AS bytes
     FROM mailbox_item m LEFT JOIN welcome_tree t ON t.hash = m.shared WHERE m.device = ? AND m.position <= ?`,
    device,
    position,
  )
  if (numberOf(gone?.['items']) === 0) return accept(undefined)
  removeItems(sql, device, position)
  sql.run(
    'UPDATE mailbox SET items = items - ?, bytes = bytes - ? WHERE device = ?',
    numberOf(gone?.['items']),
    numberOf(gone?.['bytes']),
    device,
  )
  return accept(undefined)
}

/** For a device that is gone. */
export const removeMailbox = (sql: Sql, device: Uint8Array): void => {
  removeItems(sql, device, Number.MAX_SAFE_INTEGER)
  sql.run('DELETE FROM mailbox WHERE device = ?', device)
}

const removeItems = (sql: Sql, device: Uint8Array, upTo: number): void => {
  const trees = sql.all(
    'SELECT DISTINCT shared FROM mailbox_item WHERE device = ? AND position <= ? AND shared IS NOT NULL',
    device,
    upTo,
  )
  sql.run('DELETE FROM mailbox_item WHERE device = ? AND position <= ?', device, upTo)
  for (const { shared } of trees) {
    sql.run(
      'DELETE FROM welcome_tree WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM mailbox_item WHERE shared = ?1)',
      bytesOf(shared),
    )
  }
}
