/**
 * What all devices of the account agree on, as this one holds it: written here by whoever changes it, gathered into one
 * document, and merged with another device's. Nothing a merge takes in is older than what it replaces.
 */
import { decode, encode, equal, limits, protocolVersion, stateCard, toHex, utf8 } from '@halyard/protocol'
import type { StateCard, StateDocument } from '@halyard/protocol'
import { recoveryKeyOf } from '@halyard/crypto'
import type { AccountState } from '@halyard/crypto'
import { readMeta, writeMeta } from '../account/identity.ts'
import { nameDevice } from '../devices/device-store.ts'
import type { DirectoryStore } from '../directory/directory-store.ts'
import { shownName } from '../directory/names.ts'
import type { Touch } from '../messaging/engine.ts'
import { positionOf, raiseReadPosition, seqAt } from '../messaging/timeline.ts'
import type { Database, SqlRow } from '../ports.ts'
import { readSettings, settingsStamp, takeReadReceipts } from '../settings.ts'
import { blobOf, numberOf, textOf } from '../store/values.ts'

/** All drafts together: half of what a state may be. The newest are kept. */
const draftsMaxBytes = limits.accountStateMaxBytes / 2
/** That a draft was sent or thrown away is remembered this long, for devices that were away. */
const emptiedKeptMs = 60 * 24 * 3600_000

/** A stamp later than the one it replaces, whatever the clock says. */
const nextStamp = (before: number, nowMs: number): number => Math.max(nowMs, before + 1)

export const setDraft = (database: Database, chat: string, typed: string, nowMs: number): void => {
  // What no text of the protocol may hold, no draft holds either.
  const draft = typed.replace(/^\uFEFF+/, '').toWellFormed()
  const before = sharedChat(database, chat)
  if (draft === before.draft) return
  putChat(database, { ...before, draft, draftStamp: nextStamp(before.draftStamp, nowMs) })
  database.run('UPDATE chats SET draft = ? WHERE chat = ?', [draft, chat])
}
export const setMuted = (database: Database, chat: string, muted: boolean, nowMs: number): void => {
  const before = sharedChat(database, chat)
  if (muted === before.muted) return
  putChat(database, { ...before, muted, mutedStamp: nextStamp(before.mutedStamp, nowMs) })
  database.run('UPDATE chats SET muted = ? WHERE chat = ?', [muted ? 1 : 0, chat])
}
/** The public key that only the card opens for; asked for again when the state's key is made anew. */
export const keepCard = (database: Database, card: StateCard): void =>
  writeMeta(database, 'state-card', encode(stateCard, card))

/** What belongs to the card in force; a card made before there were account states has none. */
export const cardOf = (database: Database, chain: AccountState): StateCard | undefined => {
  const kept = readMeta(database, 'state-card')
  const card = kept === undefined ? undefined : decode(stateCard, kept)
  const inForce = recoveryKeyOf(chain)
  return card !== undefined && inForce !== undefined && equal(card.recoveryKey, inForce) ? card : undefined
}

type SharedChat = StateDocument['chats'][number]
const sharedChat = (database: Database, chat: string): SharedChat => {
  const row = database.get('SELECT * FROM shared_chats WHERE chat = ?', [chat])
  return row === undefined ? { chat, draft: '', draftStamp: 0, muted: false, mutedStamp: 0 } : chatFrom(row)
}
const chatFrom = (row: SqlRow): SharedChat => ({
  chat: textOf(row, 'chat'),
  draft: textOf(row, 'draft'),
  draftStamp: numberOf(row, 'draft_stamp'),
  muted: row['muted'] === 1,
  mutedStamp: numberOf(row, 'muted_stamp'),
})
const putChat = (database: Database, { chat, draft, draftStamp, muted, mutedStamp }: SharedChat): void =>
  void database.run(
    `INSERT INTO shared_chats (chat, draft, draft_stamp, muted, muted_stamp) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (chat) DO UPDATE SET draft = excluded.draft, draft_stamp = excluded.draft_stamp,
       muted = excluded.muted, muted_stamp = excluded.muted_stamp`,
    [chat, draft, draftStamp, muted ? 1 : 0, mutedStamp],
  )

/**
 * Takes in what came before there was a place for it: drafts of a chat that has begun since, reads of a conversation that
 * this device has just come into; and notes how far it has read itself. Returns whether anything shown has changed.
 */
export const reconcile = (database: Database, touch: Touch): boolean => {
  const stale = database.all(
    `SELECT c.chat FROM chats c JOIN shared_chats s ON s.chat = c.chat
     WHERE c.draft <> s.draft OR c.muted <> s.muted`,
  )
  for (const row of stale) {
    const shared = sharedChat(database, textOf(row, 'chat'))
    database.run('UPDATE chats SET draft = ?, muted = ? WHERE chat = ?', [
      shared.draft,
      shared.muted ? 1 : 0,
      shared.chat,
    ])
    touch(`chat:${shared.chat}`)
  }
  let isRaised = false
  for (const row of database.all(
    `SELECT g.conversation, g.chat, g.base, g.cursor_seq, c.read_position, coalesce(s.read, -1) AS read
     FROM conversations g JOIN chats c ON c.chat = g.chat LEFT JOIN shared_reads s ON s.conversation = g.conversation
     WHERE g.phase = 'live'`,
  )) {
    const [conversation, base] = [blobOf(row, 'conversation'), numberOf(row, 'base')]
    const shared = numberOf(row, 'read')
    const own = Math.min(numberOf(row, 'cursor_seq'), seqAt(base, numberOf(row, 'read_position')))
    if (own > shared) putRead(database, conversation, own)
    if (own >= shared) continue
    const chat = textOf(row, 'chat')
    if (!raiseReadPosition(database, chat, positionOf(base, shared + 1) - 1)) continue
    isRaised = true
    touch(`chat:${chat}`)
  }
  if (stale.length > 0 || isRaised) touch('chats')
  return stale.length > 0 || isRaised
}
const putRead = (database: Database, conversation: Uint8Array, read: number): void =>
  void database.run(
    `INSERT INTO shared_reads (conversation, read) VALUES (?, ?)
     ON CONFLICT (conversation) DO UPDATE SET read = max(read, excluded.read)`,
    [conversation, read],
  )

/** Conversations that a device of the account has read, as far as this one knows. */
export const sharedConversations = (database: Database): readonly Uint8Array[] =>
  database.all('SELECT conversation FROM shared_reads ORDER BY conversation').map((row) => blobOf(row, 'conversation'))

/** The document as of now. Call after {@link reconcile}. */
export const gather = (database: Database, store: DirectoryStore, chain: AccountState): StateDocument => ({
  version: protocolVersion,
  settings: {
    sendReadReceipts: readSettings(database).sendReadReceipts,
    stamp: settingsStamp(database),
  },
  card: cardOf(database, chain),
  directoryKeys: sorted(store.directoryKeys().slice(-limits.directoryKeysKept), ({ id }) => toHex(id)),
  devices: database
    .all('SELECT device, name, stamp FROM devices ORDER BY device LIMIT ?', [limits.linksPerAccountMax])
    .map((row) => ({ device: blobOf(row, 'device'), name: textOf(row, 'name'), stamp: numberOf(row, 'stamp') })),
  chats: sorted(chatsToShare(database), ({ chat }) => chat),
  conversations: database
    .all('SELECT conversation, read FROM shared_reads ORDER BY conversation LIMIT ?', [
      limits.conversationsPerDeviceMax,
    ])
    .map((row) => ({ conversation: blobOf(row, 'conversation'), read: numberOf(row, 'read') })),
})

/** The newest drafts that fit; the others stay where they are, and their stamp of nothing says nothing. */
const chatsToShare = (database: Database): readonly SharedChat[] => {
  let bytes = 0
  return database
    .all('SELECT * FROM shared_chats ORDER BY draft_stamp DESC, chat LIMIT ?', [limits.conversationsPerDeviceMax])
    .map(chatFrom)
    .map((chat) => {
      bytes += utf8(chat.draft).length
      return bytes <= draftsMaxBytes ? chat : { ...chat, draft: '', draftStamp: 0 }
    })
}

/** Takes in another device's document. */
export const merge = (
  database: Database,
  store: DirectoryStore,
  chain: AccountState,
  document: StateDocument,
  touch: Touch,
): void => {
  if (takeReadReceipts(database, document.settings)) touch('settings')
  const { card } = document
  const inForce = recoveryKeyOf(chain)
  if (card !== undefined && inForce !== undefined && equal(card.recoveryKey, inForce)) keepCard(database, card)
  for (const { id, key } of document.directoryKeys) store.addDirectoryKey(id, key)
  for (const { device, name, stamp } of document.devices) nameDevice(database, device, shownName(name), stamp)
  for (const theirs of document.chats) {
    const ours = sharedChat(database, theirs.chat)
    const isDraftNewer = isLater([theirs.draftStamp, theirs.draft], [ours.draftStamp, ours.draft])
    const isMuteNewer = isLater([theirs.mutedStamp, String(theirs.muted)], [ours.mutedStamp, String(ours.muted)])
    putChat(database, {
      chat: theirs.chat,
      ...(isDraftNewer
        ? { draft: theirs.draft, draftStamp: theirs.draftStamp }
        : { draft: ours.draft, draftStamp: ours.draftStamp }),
      ...(isMuteNewer
        ? { muted: theirs.muted, mutedStamp: theirs.mutedStamp }
        : { muted: ours.muted, mutedStamp: ours.mutedStamp }),
    })
  }
  for (const { conversation, read } of document.conversations) putRead(database, conversation, read)
  touch('devices')
  reconcile(database, touch)
}

/** Forgets what was emptied so long ago that no device can still hold it. */
export const forgetOldChats = (database: Database, nowMs: number): void =>
  void database.run(
    "DELETE FROM shared_chats WHERE draft = '' AND muted = 0 AND draft_stamp < ?1 AND muted_stamp < ?1",
    [nowMs - emptiedKeptMs],
  )

const isLater = (theirs: readonly [number, string], ours: readonly [number, string]): boolean =>
  theirs[0] > ours[0] || (theirs[0] === ours[0] && theirs[1] > ours[1])
const sorted = <T>(items: readonly T[], by: (item: T) => string): readonly T[] =>
  [...items].sort((a, b) => (by(a) < by(b) ? -1 : 1))
