/** The directory's tables. */
import { assert, decode, encode, signed, signedAccountLink, toHex } from '@halyard/protocol'
import type { Signed, SignedAccountLink } from '@halyard/protocol'
import { inviteHash } from '@halyard/crypto'
import type { AccountState, Standing } from '@halyard/crypto'
import { readMeta, writeMeta } from '../account/identity.ts'
import type { Database, SqlRow } from '../ports.ts'
import { blobOf, maybeBlob, maybeNumber, maybeText, numberOf, textOf } from '../store/values.ts'

/** A person as the tables have them. */
export interface AccountRow {
  readonly account: Uint8Array
  readonly standing: Standing['kind']
  readonly invite: Uint8Array | undefined
  readonly invitedBy: Uint8Array | undefined
  readonly lapsesAtMs: number | undefined
  /** From the directory, or else what they introduced themselves as; '' when neither is known. */
  readonly name: string
  readonly joinedMs: number
}

/** At most this many statements are kept for one invite: two already contradict each other. */
const confirmationsKept = 4

export type DirectoryStore = ReturnType<typeof createDirectoryStore>
export const createDirectoryStore = (database: Database) => ({
  networkLinks: (): readonly Signed[] =>
    database.all('SELECT link FROM network_links ORDER BY seq').map((row) => readSigned(row, 'link')),
  addNetworkLink: (seq: number, link: Signed): void =>
    void database.run('INSERT OR IGNORE INTO network_links (seq, link) VALUES (?, ?)', [seq, encode(signed, link)]),

  /** Every chain, whole and in order, with the invite record its genesis came with. */
  accountChains(): readonly {
    readonly account: Uint8Array
    readonly links: readonly SignedAccountLink[]
    readonly invite: Signed | undefined
  }[] {
    const chains = new Map<string, { account: Uint8Array; links: SignedAccountLink[]; invite: Signed | undefined }>()
    const rows = database.all(
      `SELECT l.account, l.link, i.record FROM account_links l JOIN accounts a ON a.account = l.account
       LEFT JOIN invites i ON i.hash = a.invite ORDER BY l.account, l.seq`,
    )
    for (const row of rows) {
      const account = blobOf(row, 'account')
      const link = decode(signedAccountLink, blobOf(row, 'link'))
      assert(link !== undefined, 'a stored account link does not decode')
      const chain = chains.get(toHex(account))
      if (chain === undefined)
        chains.set(toHex(account), { account, links: [link], invite: maybeSigned(row, 'record') })
      else chain.links.push(link)
    }
    return [...chains.values()]
  },
  addAccountLink: (account: Uint8Array, seq: number, link: SignedAccountLink): void =>
    void database.run('INSERT OR IGNORE INTO account_links (account, seq, link) VALUES (?, ?, ?)', [
      account,
      seq,
      encode(signedAccountLink, link),
    ]),
  addAccount(account: Uint8Array, state: AccountState, invite: Signed | undefined, standing: Standing): void {
    if (invite !== undefined) {
      database.run('INSERT OR IGNORE INTO invites (hash, record) VALUES (?, ?)', [
        inviteHash(invite),
        encode(signed, invite),
      ])
    }
    database.run(
      `INSERT OR IGNORE INTO accounts (account, invite, standing, invited_by, lapses_ms, joined_ms) VALUES (?, ?, ?, ?, ?, ?)`,
      [account, state.invite, standing.kind, invitedBy(standing), lapsesAtMs(standing), state.createdMs],
    )
    database.run(`INSERT OR IGNORE INTO chats (chat, account, kind) VALUES (?, ?, 'person')`, [toHex(account), account])
  },
  /** A group or room that this account is no longer in. */
  hasEnded: (chat: string): boolean =>
    database.get('SELECT ended_ms FROM chats WHERE chat = ?', [chat])?.['ended_ms'] !== undefined,
  setStanding: (account: Uint8Array, standing: Standing): void =>
    void database.run(
      'UPDATE accounts SET standing = ?, invited_by = coalesce(?, invited_by), lapses_ms = ? WHERE account = ?',
      [standing.kind, invitedBy(standing), lapsesAtMs(standing), account],
    ),
  /** Whether {@link setStanding} would change nothing. */
  hasStanding: (account: Uint8Array, standing: Standing): boolean =>
    database.get(
      `SELECT 1 AS same FROM accounts
       WHERE account = ? AND standing = ? AND invited_by IS coalesce(?, invited_by) AND lapses_ms IS ?`,
      [account, standing.kind, invitedBy(standing), lapsesAtMs(standing)],
    ) !== undefined,
  /** Accounts whose standing later statements may still change. */
  unsettled: (): readonly Uint8Array[] =>
    database.all(`SELECT account FROM accounts WHERE standing <> 'confirmed'`).map((row) => blobOf(row, 'account')),
  accountRow(account: Uint8Array): AccountRow | undefined {
    const row = database.get('SELECT * FROM accounts WHERE account = ?', [account])
    return row === undefined ? undefined : toAccountRow(row)
  },
  accountRows: (): readonly AccountRow[] => database.all('SELECT * FROM accounts').map(toAccountRow),

  invite(hash: Uint8Array): Signed | undefined {
    const row = database.get('SELECT record FROM invites WHERE hash = ?', [hash])
    return row === undefined ? undefined : readSigned(row, 'record')
  },
  confirmations: (invite: Uint8Array): readonly Signed[] =>
    database
      .all('SELECT statement FROM confirmations WHERE invite = ?', [invite])
      .map((row) => readSigned(row, 'statement')),
  addConfirmation(invite: Uint8Array, hash: Uint8Array, statement: Signed): void {
    const kept = numberOf(database.get('SELECT count(*) AS n FROM confirmations WHERE invite = ?', [invite]) ?? {}, 'n')
    if (kept >= confirmationsKept) return
    database.run('INSERT OR IGNORE INTO confirmations (invite, hash, statement) VALUES (?, ?, ?)', [
      invite,
      hash,
      encode(signed, statement),
    ])
  },

  removeConfirmation: (invite: Uint8Array, hash: Uint8Array): void =>
    void database.run('DELETE FROM confirmations WHERE invite = ? AND hash = ?', [invite, hash]),

  /** Sets a name that came sealed under the directory key. */
  setName: (account: Uint8Array, name: string): void =>
    void database.run('UPDATE accounts SET name = ? WHERE account = ?', [name, account]),
  /** Sets the name somebody gave in a conversation; the directory's goes before it. */
  setIntroduced: (account: Uint8Array, name: string): void =>
    void database.run('UPDATE accounts SET introduced = ? WHERE account = ?', [name, account]),
  profileRevision(account: Uint8Array, field: number): number {
    const row = database.get('SELECT revision FROM profiles WHERE account = ? AND field = ?', [account, field])
    return row === undefined ? 0 : numberOf(row, 'revision')
  },
  /** Under which directory key somebody's name was sealed last. */
  profileKey(account: Uint8Array, field: number): Uint8Array | undefined {
    const row = database.get('SELECT key FROM profiles WHERE account = ? AND field = ?', [account, field])
    return row === undefined ? undefined : blobOf(row, 'key')
  },
  setProfile: (account: Uint8Array, field: number, revision: number, key: Uint8Array, sealed: Uint8Array): void =>
    void database.run(
      'INSERT OR REPLACE INTO profiles (account, field, revision, key, sealed) VALUES (?, ?, ?, ?, ?)',
      [account, field, revision, key, sealed],
    ),
  /** Sealed names under a key that nobody has opened yet. */
  namelessUnder: (key: Uint8Array): readonly { account: Uint8Array; revision: number; sealed: Uint8Array }[] =>
    database
      .all(
        `SELECT p.account, p.revision, p.sealed FROM profiles p JOIN accounts a ON a.account = p.account
         WHERE p.key = ? AND p.field = 1 AND a.name IS NULL`,
        [key],
      )
      .map((row) => ({
        account: blobOf(row, 'account'),
        revision: numberOf(row, 'revision'),
        sealed: blobOf(row, 'sealed'),
      })),

  directoryKeys: (): readonly { id: Uint8Array; key: Uint8Array }[] =>
    database
      .all('SELECT id, key FROM directory_keys')
      .map((row) => ({ id: blobOf(row, 'id'), key: blobOf(row, 'key') })),
  directoryKey(id: Uint8Array): Uint8Array | undefined {
    const row = database.get('SELECT key FROM directory_keys WHERE id = ?', [id])
    return row === undefined ? undefined : blobOf(row, 'key')
  },
  addDirectoryKey: (id: Uint8Array, key: Uint8Array): void =>
    void database.run('INSERT OR IGNORE INTO directory_keys (id, key) VALUES (?, ?)', [id, key]),

  feedPosition(): number {
    const value = readMeta(database, 'feed')
    return value === undefined ? 0 : Number(new TextDecoder().decode(value))
  },
  setFeedPosition: (position: number): void => writeMeta(database, 'feed', new TextEncoder().encode(String(position))),
})

const toAccountRow = (row: SqlRow): AccountRow => ({
  account: blobOf(row, 'account'),
  standing: textOf(row, 'standing') as Standing['kind'],
  invite: maybeBlob(row, 'invite'),
  invitedBy: maybeBlob(row, 'invited_by'),
  lapsesAtMs: maybeNumber(row, 'lapses_ms'),
  name: maybeText(row, 'name') ?? maybeText(row, 'introduced') ?? '',
  joinedMs: numberOf(row, 'joined_ms'),
})

const invitedBy = (standing: Standing): Uint8Array | undefined =>
  'invitedBy' in standing ? standing.invitedBy : undefined
const lapsesAtMs = (standing: Standing): number | undefined =>
  standing.kind === 'waiting' ? standing.lapsesAtMs : undefined

const readSigned = (row: SqlRow, column: string): Signed => {
  const value = decode(signed, blobOf(row, column))
  assert(value !== undefined, `${column} does not decode`)
  return value
}
const maybeSigned = (row: SqlRow, column: string): Signed | undefined =>
  row[column] === undefined ? undefined : readSigned(row, column)
