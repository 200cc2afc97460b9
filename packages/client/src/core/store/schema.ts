/** The tables of one device, and how older ones become the present ones. `user_version` counts the steps taken. */
import { refuse, accept } from '@halyard/protocol'
import type { Result } from '@halyard/protocol'
import type { Database } from '../ports.ts'

/** Brings the database to the present format; refuses one that a newer version wrote. */
export const migrate = (database: Database): Result<undefined> => {
  const version = Number(database.get('PRAGMA user_version')?.['user_version'] ?? 0)
  if (version > steps.length) return refuse('database-newer')
  for (const [index, step] of steps.entries()) {
    if (index < version) continue
    database.transaction(() => {
      for (const statement of step) database.run(statement)
      database.run(`PRAGMA user_version = ${index + 1}`)
    })
  }
  return accept(undefined)
}

/** Step n turns format n into format n + 1; a step that has been released is never edited. */
const steps: readonly (readonly string[])[] = [
  [
    'CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID',
    // What is still to be said to the server, in order; a row goes when it was answered.
    'CREATE TABLE requests (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, command TEXT NOT NULL, body BLOB NOT NULL, subject BLOB)',
    // The directory: signed statements as they came, and what was concluded from them.
    'CREATE TABLE network_links (seq INTEGER PRIMARY KEY, link BLOB NOT NULL)',
    'CREATE TABLE account_links (account BLOB NOT NULL, seq INTEGER NOT NULL, link BLOB NOT NULL, PRIMARY KEY (account, seq)) WITHOUT ROWID',
    `CREATE TABLE accounts (account BLOB PRIMARY KEY, invite BLOB, standing TEXT NOT NULL, invited_by BLOB, lapses_ms INTEGER,
      name TEXT, introduced TEXT, joined_ms INTEGER NOT NULL) WITHOUT ROWID`,
    'CREATE TABLE invites (hash BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID',
    'CREATE TABLE confirmations (invite BLOB NOT NULL, hash BLOB NOT NULL, statement BLOB NOT NULL, PRIMARY KEY (invite, hash)) WITHOUT ROWID',
    `CREATE TABLE profiles (account BLOB NOT NULL, field INTEGER NOT NULL, revision INTEGER NOT NULL, key BLOB NOT NULL,
      sealed BLOB NOT NULL, PRIMARY KEY (account, field)) WITHOUT ROWID`,
    'CREATE TABLE directory_keys (id BLOB PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID',
    `CREATE TABLE own_invites (hash BLOB PRIMARY KEY, seed BLOB NOT NULL, expires_ms INTEGER NOT NULL, admitted BLOB,
      key_sent INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID`,
    `CREATE TABLE key_packages (reference BLOB PRIMARY KEY, package BLOB NOT NULL, private_keys BLOB NOT NULL,
      last_resort INTEGER NOT NULL, not_after_ms INTEGER NOT NULL) WITHOUT ROWID`,
    // Welcomes that cannot be judged yet (the sender's standing is not known), by mailbox position.
    'CREATE TABLE mailbox (position INTEGER PRIMARY KEY, item BLOB NOT NULL)',
    // Conversations and their MLS state, split by how often each part is written.
    `CREATE TABLE conversations (conversation BLOB PRIMARY KEY, chat TEXT NOT NULL, kind TEXT NOT NULL, phase TEXT NOT NULL,
      version INTEGER NOT NULL, base INTEGER NOT NULL, cursor_seq INTEGER NOT NULL, cursor_chain BLOB NOT NULL,
      epoch INTEGER NOT NULL, made_by BLOB NOT NULL, digest BLOB NOT NULL, own_seq INTEGER NOT NULL,
      own_previous BLOB NOT NULL, updated_ms INTEGER NOT NULL, generations INTEGER NOT NULL, must_update INTEGER NOT NULL,
      paused TEXT, creation BLOB, newest_ms INTEGER NOT NULL) WITHOUT ROWID`,
    'CREATE INDEX conversations_chat ON conversations (chat)',
    // Tree, context and key schedule: written once per epoch, so that a message rewrites none of it.
    'CREATE TABLE epochs (conversation BLOB PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID',
    'CREATE TABLE ratchets (conversation BLOB NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (conversation, key)) WITHOUT ROWID',
    `CREATE TABLE past_epochs (conversation BLOB NOT NULL, epoch INTEGER NOT NULL, made_by BLOB NOT NULL, digest BLOB NOT NULL,
      record BLOB NOT NULL, PRIMARY KEY (conversation, epoch)) WITHOUT ROWID`,
    `CREATE TABLE past_ratchets (conversation BLOB NOT NULL, epoch INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
      PRIMARY KEY (conversation, epoch, key)) WITHOUT ROWID`,
    // The epoch a commit ended, until another account has confirmed the commit (trust.md §3, Order).
    `CREATE TABLE kept_epochs (conversation BLOB PRIMARY KEY, epoch INTEGER NOT NULL, made_by BLOB NOT NULL, digest BLOB NOT NULL,
      record BLOB NOT NULL, ratchets BLOB NOT NULL, commit_hash BLOB NOT NULL, commit_ms INTEGER NOT NULL,
      committer BLOB NOT NULL, complained INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE pending_commits (conversation BLOB PRIMARY KEY, epoch INTEGER NOT NULL, made_by BLOB NOT NULL, entry BLOB NOT NULL,
      row BLOB NOT NULL, record BLOB NOT NULL, ratchets BLOB NOT NULL) WITHOUT ROWID`,
    // Commit rows of the log by the epoch they end: what a member of the other half of a fork may be standing on.
    `CREATE TABLE commits (conversation BLOB NOT NULL, epoch INTEGER NOT NULL, hash BLOB NOT NULL, ms INTEGER NOT NULL,
      unreadable INTEGER NOT NULL, PRIMARY KEY (conversation, epoch, hash)) WITHOUT ROWID`,
    // Each author's durable sequence in a conversation.
    `CREATE TABLE authors (conversation BLOB NOT NULL, account BLOB NOT NULL, device BLOB NOT NULL, seq INTEGER NOT NULL,
      hash BLOB NOT NULL, PRIMARY KEY (conversation, account, device)) WITHOUT ROWID`,
    `CREATE TABLE gaps (conversation BLOB NOT NULL, account BLOB NOT NULL, device BLOB NOT NULL, seq INTEGER NOT NULL, notice TEXT NOT NULL,
      PRIMARY KEY (conversation, account, device, seq)) WITHOUT ROWID`,
    'CREATE TABLE seen (id BLOB PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID',
    'CREATE TABLE own_entries (entry BLOB PRIMARY KEY) WITHOUT ROWID',
    // What people see.
    `CREATE TABLE chats (chat TEXT PRIMARY KEY, account BLOB NOT NULL, draft TEXT NOT NULL DEFAULT '', read_position INTEGER NOT NULL DEFAULT 0,
      unread INTEGER NOT NULL DEFAULT 0, wanted INTEGER NOT NULL DEFAULT 0, last_ms INTEGER) WITHOUT ROWID`,
    `CREATE TABLE timeline (key TEXT PRIMARY KEY, chat TEXT NOT NULL, position INTEGER NOT NULL, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
      own INTEGER NOT NULL, author BLOB, conversation BLOB, id BLOB, text TEXT, ranges BLOB, state TEXT, failure TEXT,
      late INTEGER NOT NULL DEFAULT 0, amount INTEGER)`,
    'CREATE UNIQUE INDEX timeline_place ON timeline (chat, position)',
    `CREATE TABLE outbox (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, chat TEXT NOT NULL, class TEXT NOT NULL,
      content BLOB NOT NULL, sent_ms INTEGER NOT NULL, state TEXT NOT NULL, conversation BLOB, payload BLOB,
      entry BLOB, row BLOB, epoch INTEGER)`,
    'CREATE INDEX outbox_chat ON outbox (chat, state, ordinal)',
    'CREATE UNIQUE INDEX outbox_entry ON outbox (entry) WHERE entry IS NOT NULL',
    `CREATE TABLE receipts_due (conversation BLOB NOT NULL, id BLOB NOT NULL, kind TEXT NOT NULL,
      PRIMARY KEY (conversation, kind, id)) WITHOUT ROWID`,
    'CREATE TABLE alarms (kind TEXT NOT NULL, chat TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (kind, chat)) WITHOUT ROWID',
  ],
  [
    // A chat is a person's (`account`), or a group's or room's; `ended_ms`: this account was put out of it or has left.
    `CREATE TABLE chats_2 (chat TEXT PRIMARY KEY, account BLOB, kind TEXT NOT NULL, title TEXT NOT NULL DEFAULT '', draft TEXT NOT NULL DEFAULT '',
      read_position INTEGER NOT NULL DEFAULT 0, unread INTEGER NOT NULL DEFAULT 0, wanted INTEGER NOT NULL DEFAULT 0, last_ms INTEGER,
      ended_ms INTEGER, ended_by BLOB) WITHOUT ROWID`,
    `INSERT INTO chats_2 (chat, account, kind, draft, read_position, unread, wanted, last_ms)
      SELECT chat, account, 'person', draft, read_position, unread, wanted, last_ms FROM chats`,
    'DROP TABLE chats',
    'ALTER TABLE chats_2 RENAME TO chats',
    // Until an account other than the adder's has shown the same digest, a newcomer cannot know that its group is everybody's.
    'ALTER TABLE conversations ADD COLUMN adder BLOB',
    'ALTER TABLE pending_commits ADD COLUMN welcomes BLOB',
    // Between these seconds every key package in it is in force; one of before this format holds for ever, as it did.
    'ALTER TABLE pending_commits ADD COLUMN not_before_s INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE pending_commits ADD COLUMN not_after_s INTEGER NOT NULL DEFAULT 9007199254740991',
    // What is wanted of a conversation and not so yet: repeated with each epoch until it is, or is not allowed.
    'CREATE TABLE changes (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, conversation BLOB NOT NULL, change BLOB NOT NULL)',
    'CREATE INDEX changes_conversation ON changes (conversation)',
    // Who has said that an own message arrived or was read, where more than one can.
    `CREATE TABLE receipts (chat TEXT NOT NULL, id BLOB NOT NULL, account BLOB NOT NULL, state TEXT NOT NULL,
      PRIMARY KEY (chat, id, account)) WITHOUT ROWID`,
    'CREATE INDEX timeline_id ON timeline (id) WHERE id IS NOT NULL',
    'ALTER TABLE timeline ADD COLUMN subject BLOB',
    // Requests to be let in again that were taken, for a day: by whom and where.
    'CREATE TABLE entries (conversation BLOB NOT NULL, device BLOB NOT NULL, at_ms INTEGER NOT NULL)',
    // What the account's devices are called, and key packages that new ones handed over.
    'CREATE TABLE devices (device BLOB PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID',
    'CREATE TABLE handed_packages (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, device BLOB NOT NULL, package BLOB NOT NULL UNIQUE)',
  ],
  [
    'ALTER TABLE chats ADD COLUMN muted INTEGER NOT NULL DEFAULT 0',
    // What all devices of the account agree on: the later stamp wins, or the further place (core/state).
    `CREATE TABLE shared_chats (chat TEXT PRIMARY KEY, draft TEXT NOT NULL, draft_stamp INTEGER NOT NULL, muted INTEGER NOT NULL,
      muted_stamp INTEGER NOT NULL) WITHOUT ROWID`,
    "INSERT INTO shared_chats SELECT chat, draft, 1, 0, 0 FROM chats WHERE draft <> ''",
    'CREATE TABLE shared_reads (conversation BLOB PRIMARY KEY, read INTEGER NOT NULL) WITHOUT ROWID',
    // Of groups and rooms, so that they are there when the group itself is not any more.
    'CREATE TABLE pictures (chat TEXT PRIMARY KEY, picture BLOB NOT NULL) WITHOUT ROWID',
    'ALTER TABLE timeline ADD COLUMN mentions_me INTEGER NOT NULL DEFAULT 0',
    'CREATE INDEX timeline_mentions ON timeline (chat, position) WHERE mentions_me = 1',
    'ALTER TABLE devices ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0',
    // What account states are sealed under, and which of them this device has met.
    'CREATE TABLE state_keys (id BLOB PRIMARY KEY, key BLOB NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID',
    'CREATE TABLE state_heads (number INTEGER PRIMARY KEY, hash BLOB NOT NULL)',
    // Who has to go with the next commit, by one that lost.
    'ALTER TABLE conversations ADD COLUMN bound BLOB',
    // The commit that this device alone cannot open, and who made each.
    'ALTER TABLE conversations ADD COLUMN unopened BLOB',
    // Where the log ended after the server was restored, until a commit of another has come.
    'ALTER TABLE conversations ADD COLUMN since_restore INTEGER',
    'ALTER TABLE commits DROP COLUMN unreadable',
    'ALTER TABLE commits ADD COLUMN account BLOB',
  ],
]
export const formatVersion = steps.length
