/** The formats of the database, one step each. `user_version` says which one a file has. */
import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { DatabaseNewerError } from './sql.ts'

/**
 * Log tables are clustered by (conversation, seq) without a rowid: reading after a cursor touches neighbours only,
 * however long the history is. Ids are blobs.
 */
const format1 = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE network_link (seq INTEGER PRIMARY KEY, link BLOB NOT NULL);
CREATE TABLE account (account BLOB PRIMARY KEY, removed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE account_link (account BLOB NOT NULL, seq INTEGER NOT NULL, link BLOB NOT NULL, PRIMARY KEY (account, seq)) WITHOUT ROWID;
CREATE TABLE device (
  device BLOB PRIMARY KEY, account BLOB NOT NULL, mls_key BLOB NOT NULL, transport_key BLOB NOT NULL,
  not_before_ms INTEGER NOT NULL, not_after_ms INTEGER NOT NULL, removed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX device_by_account ON device (account);
CREATE TABLE feed (position INTEGER PRIMARY KEY, account BLOB, item BLOB NOT NULL);
CREATE INDEX feed_by_account ON feed (account) WHERE account IS NOT NULL;
CREATE TABLE invite (
  locator BLOB PRIMARY KEY, hash BLOB NOT NULL UNIQUE, record BLOB NOT NULL, inviter BLOB NOT NULL,
  not_after_ms INTEGER NOT NULL, used_by BLOB
) WITHOUT ROWID;
CREATE INDEX invite_by_inviter ON invite (inviter) WHERE used_by IS NULL;
CREATE TABLE confirmation (invite BLOB PRIMARY KEY, statement BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE profile (
  account BLOB NOT NULL, field INTEGER NOT NULL, revision INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (account, field)
) WITHOUT ROWID;
CREATE TABLE key_package (
  device BLOB NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, package BLOB, PRIMARY KEY (device, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX key_package_by_hash ON key_package (device, hash);
CREATE TABLE last_resort (device BLOB PRIMARY KEY, package BLOB NOT NULL, not_after_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE conversation (
  conversation BLOB PRIMARY KEY, newest INTEGER NOT NULL, time_ms INTEGER NOT NULL, chain BLOB NOT NULL, epoch INTEGER NOT NULL,
  settled_seq INTEGER NOT NULL, readers INTEGER NOT NULL, kept_after INTEGER NOT NULL DEFAULT 0, passes INTEGER NOT NULL DEFAULT 0,
  complained INTEGER NOT NULL DEFAULT -1
) WITHOUT ROWID;
CREATE TABLE reader (
  conversation BLOB NOT NULL, device BLOB NOT NULL, since INTEGER NOT NULL, passed INTEGER NOT NULL, PRIMARY KEY (conversation, device)
) WITHOUT ROWID;
CREATE INDEX reader_by_device ON reader (device, conversation);
CREATE TABLE entry (
  conversation BLOB NOT NULL, seq INTEGER NOT NULL, time_ms INTEGER NOT NULL, entry BLOB NOT NULL, row BLOB NOT NULL, chain BLOB NOT NULL,
  PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX entry_place ON entry (conversation, entry);
CREATE TABLE open_commit (
  conversation BLOB NOT NULL, epoch INTEGER NOT NULL, device BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (conversation, epoch, device)
) WITHOUT ROWID;
CREATE TABLE mailbox (device BLOB PRIMARY KEY, newest INTEGER NOT NULL, items INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE mailbox_item (
  device BLOB NOT NULL, position INTEGER NOT NULL, conversation BLOB NOT NULL, sender BLOB NOT NULL, seq INTEGER NOT NULL,
  key_package BLOB NOT NULL, welcome BLOB NOT NULL, tree BLOB, PRIMARY KEY (device, position)
) WITHOUT ROWID;
`

const format2 = `
CREATE TABLE recovery (locator BLOB PRIMARY KEY, account BLOB NOT NULL, sealed BLOB) WITHOUT ROWID;
CREATE INDEX recovery_by_account ON recovery (account);
`

export type Step = (database: DatabaseSync) => void

/** `until`: the place of the commit that removed the reader. `request`: an entry request lies there, and no Welcome. */
const format3 = `
ALTER TABLE reader ADD COLUMN until INTEGER;
ALTER TABLE mailbox_item ADD COLUMN request INTEGER NOT NULL DEFAULT 0;
`

const format4 = `
CREATE TABLE account_state (account BLOB PRIMARY KEY, hash BLOB NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
`

/** `shared`: the hash of a tree that several Welcomes have in common; it goes with the last of them. */
const format5 = `
CREATE TABLE welcome_tree (hash BLOB PRIMARY KEY, tree BLOB NOT NULL) WITHOUT ROWID;
ALTER TABLE mailbox_item ADD COLUMN shared BLOB;
CREATE INDEX mailbox_item_by_tree ON mailbox_item (shared) WHERE shared IS NOT NULL;
`

/** Step n makes format n + 1 out of format n; an empty file has format 0. Steps are never changed, only added. */
export const steps: readonly Step[] = [
  (database) => {
    database.exec(format1)
    database.prepare("INSERT INTO meta (name, value) VALUES ('incarnation', ?)").run(randomBytes(16))
  },
  (database) => database.exec(format2),
  (database) => database.exec(format3),
  (database) => database.exec(format4),
  (database) => database.exec(format5),
]

/** 0 for an empty file. */
export const formatOf = (database: DatabaseSync): number =>
  Number(database.prepare('PRAGMA user_version').get()?.['user_version'])

/**
 * Brings a database to the newest format, all steps in one transaction: it has the old format or the new one, never
 * something between. Throws DatabaseNewerError, and changes nothing, when the format is beyond `steps`.
 */
export const migrate = (database: DatabaseSync, known: readonly Step[] = steps): void => {
  const format = formatOf(database)
  if (format > known.length) throw new DatabaseNewerError()
  if (format === known.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const step of known.slice(format)) step(database)
    database.exec(`PRAGMA user_version = ${known.length}`)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}
