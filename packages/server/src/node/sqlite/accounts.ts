/** AccountStore in SQL. Each write checks first and writes after, so that a refusal leaves nothing behind. */
import { accept, equal, limits, refuse } from '@halyard/protocol'
import { bounds } from '../../core/bounds.ts'
import type { AccountStore, FeedKept, InviteKept, NewAccount, NewDevice, StateKept } from '../../core/accounts/store.ts'
import type { Sync } from './sync.ts'
import { bytesOf, maybeBytes, numberOf } from './sql.ts'
import type { Sql, SqlRow } from './sql.ts'

export const accountReads = (sql: Sql) =>
  ({
    accountState: (account) => stateOf(sql, account),
    incarnation: () => bytesOf(sql.get("SELECT value FROM meta WHERE name = 'incarnation'")?.['value']),
    restoredMs() {
      const value = meta(sql, 'restored-ms')
      return value === undefined ? undefined : Number(new TextDecoder().decode(value))
    },
    setupTokenHash: () => meta(sql, 'setup-token-hash'),
    networkLinks: () => sql.all('SELECT link FROM network_link ORDER BY seq').map((row) => bytesOf(row['link'])),
    accountLinks: (account) =>
      sql
        .all('SELECT link FROM account_link WHERE account = ? ORDER BY seq', account)
        .map((row) => bytesOf(row['link'])),
    device(device) {
      const row = sql.get(
        `SELECT d.*, d.removed OR a.removed AS gone FROM device d JOIN account a ON a.account = d.account WHERE d.device = ?`,
        device,
      )
      if (row === undefined) return undefined
      return {
        device,
        account: bytesOf(row['account']),
        mlsKey: bytesOf(row['mls_key']),
        transportKey: bytesOf(row['transport_key']),
        notBeforeMs: numberOf(row['not_before_ms']),
        notAfterMs: numberOf(row['not_after_ms']),
        removed: numberOf(row['gone']) !== 0,
      }
    },
    recoveryAt(locator) {
      const row = sql.get('SELECT account, sealed FROM recovery WHERE locator = ?', locator)
      return row === undefined ? undefined : { account: bytesOf(row['account']), sealed: maybeBytes(row['sealed']) }
    },
    inviteAt: (locator) => inviteFrom(sql.get('SELECT * FROM invite WHERE locator = ?', locator)),
    inviteOf: (hash) => inviteFrom(sql.get('SELECT * FROM invite WHERE hash = ?', hash)),
    admissionOf: (account) =>
      sql.all('SELECT position, item FROM feed WHERE account = ? ORDER BY position', account).map(feedFrom),
  }) satisfies Partial<Sync<AccountStore>>

export const accountWrites = (sql: Sql) =>
  ({
    offerSetup({ tokenHash }) {
      if (hasNetwork(sql)) return refuse('setup-done')
      setMeta(sql, 'setup-token-hash', tokenHash)
      return accept(undefined)
    },
    setUp({ tokenHash, networkLinks, founder }) {
      if (hasNetwork(sql)) return refuse('setup-done')
      const expected = meta(sql, 'setup-token-hash')
      if (expected === undefined || !equal(expected, tokenHash)) return refuse('setup-token-unknown')
      let position = 0
      for (const [seq, { link, item }] of networkLinks.entries()) {
        sql.run('INSERT INTO network_link (seq, link) VALUES (?, ?)', seq, link)
        position = growFeed(sql, undefined, item)
      }
      insertAccount(sql, founder)
      position = growFeed(sql, founder.account, founder.item)
      return accept({ position })
    },
    admit({ locator, newcomer, nowMs }) {
      const invite = inviteFrom(sql.get('SELECT * FROM invite WHERE locator = ?', locator))
      if (invite === undefined) return refuse('invite-unknown')
      if (invite.usedBy !== undefined)
        return equal(invite.usedBy, newcomer.account) ? accept({ position: feedPosition(sql) }) : refuse('invite-used')
      if (invite.notAfterMs < nowMs) return refuse('invite-expired')
      if (deviceTaken(sql, newcomer.device.device) || accountTaken(sql, newcomer.account))
        return refuse('admission-refused')
      sql.run('UPDATE invite SET used_by = ? WHERE locator = ?', newcomer.account, locator)
      insertAccount(sql, newcomer)
      return accept({ position: growFeed(sql, newcomer.account, newcomer.item) })
    },
    createInvite({ locator, hash, record, inviter, notAfterMs, nowMs }) {
      const there = sql.get('SELECT hash FROM invite WHERE locator = ? OR hash = ?', locator, hash)
      if (there !== undefined) return equal(bytesOf(there['hash']), hash) ? accept(undefined) : refuse('invite-altered')
      const open = sql.get(
        'SELECT count(*) AS open FROM invite WHERE inviter = ? AND used_by IS NULL AND not_after_ms >= ?',
        inviter,
        nowMs,
      )
      if (numberOf(open?.['open']) >= limits.openInvitesPerAccountMax) return refuse('invite-limit')
      sql.run(
        'DELETE FROM invite WHERE inviter = ? AND used_by IS NULL AND not_after_ms < ?',
        inviter,
        nowMs - bounds.expiredInviteKeptMs,
      )
      sql.run(
        'INSERT INTO invite (locator, hash, record, inviter, not_after_ms) VALUES (?, ?, ?, ?, ?)',
        locator,
        hash,
        record,
        inviter,
        notAfterMs,
      )
      return accept(undefined)
    },
    putRecoveryKey({ account, seq, link, item, locator, sealed }) {
      if (newestLink(sql, account) + 1 !== seq) return refuse('chain-conflict')
      if (sql.get('SELECT 1 FROM recovery WHERE locator = ?', locator) !== undefined) return refuse('chain-refused')
      sql.run('INSERT INTO account_link (account, seq, link) VALUES (?, ?, ?)', account, seq, link)
      sql.run('UPDATE recovery SET sealed = NULL WHERE account = ?', account)
      sql.run('INSERT INTO recovery (locator, account, sealed) VALUES (?, ?, ?)', locator, account, sealed)
      return accept({ position: growFeed(sql, account, item) })
    },
    putAccountState({ account, base, hash, state }) {
      const there = stateOf(sql, account)
      if (there !== undefined && equal(there.hash, hash)) return accept(undefined)
      const follows = there === undefined ? base === undefined : base !== undefined && equal(there.hash, base)
      if (!follows) return refuse('state-changed')
      sql.run(
        `INSERT INTO account_state (account, hash, state) VALUES (?, ?, ?)
         ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, state = excluded.state`,
        account,
        hash,
        state,
      )
      return accept(undefined)
    },
    confirm({ invite, admission, statement, item }) {
      const there = sql.get('SELECT statement FROM confirmation WHERE invite = ?', invite)
      if (there !== undefined) {
        return equal(bytesOf(there['statement']), statement)
          ? accept({ position: feedPosition(sql) })
          : refuse('confirmation-refused')
      }
      const used = inviteFrom(sql.get('SELECT * FROM invite WHERE hash = ?', invite))
      if (used?.usedBy === undefined || !equal(used.usedBy, admission)) return refuse('confirmation-refused')
      sql.run('INSERT INTO confirmation (invite, statement) VALUES (?, ?)', invite, statement)
      return accept({ position: growFeed(sql, admission, item) })
    },
  }) satisfies Partial<Sync<AccountStore>>

const stateOf = (sql: Sql, account: Uint8Array): StateKept | undefined => {
  const row = sql.get('SELECT hash, state FROM account_state WHERE account = ?', account)
  return row === undefined ? undefined : { hash: bytesOf(row['hash']), state: bytesOf(row['state']) }
}

/** The number of an account's newest link; -1 without any. */
export const newestLink = (sql: Sql, account: Uint8Array): number =>
  numberOf(sql.get('SELECT coalesce(max(seq), -1) AS newest FROM account_link WHERE account = ?', account)?.['newest'])

export const meta = (sql: Sql, name: string): Uint8Array | undefined =>
  maybeBytes(sql.get('SELECT value FROM meta WHERE name = ?', name)?.['value'])
export const setMeta = (sql: Sql, name: string, value: Uint8Array): void => {
  sql.run(
    'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    name,
    value,
  )
}
export const hasNetwork = (sql: Sql): boolean => sql.get('SELECT 1 FROM network_link WHERE seq = 0') !== undefined
export const feedPosition = (sql: Sql): number =>
  numberOf(sql.get('SELECT coalesce(max(position), 0) AS newest FROM feed')?.['newest'])

/** Positions grow by one. `account` is kept for what proves an admission only. */
export const growFeed = (sql: Sql, account: Uint8Array | undefined, item: Uint8Array): number => {
  const position = feedPosition(sql) + 1
  sql.run('INSERT INTO feed (position, account, item) VALUES (?, ?, ?)', position, account ?? null, item)
  return position
}
export const feedFrom = (row: SqlRow): FeedKept => ({ position: numberOf(row['position']), item: bytesOf(row['item']) })
export const deviceTaken = (sql: Sql, device: Uint8Array): boolean =>
  sql.get('SELECT 1 FROM device WHERE device = ?', device) !== undefined
export const insertDevice = (sql: Sql, account: Uint8Array, device: NewDevice): void => {
  sql.run(
    'INSERT INTO device (device, account, mls_key, transport_key, not_before_ms, not_after_ms) VALUES (?, ?, ?, ?, ?, ?)',
    device.device,
    account,
    device.mlsKey,
    device.transportKey,
    device.notBeforeMs,
    device.notAfterMs,
  )
}

const accountTaken = (sql: Sql, account: Uint8Array): boolean =>
  sql.get('SELECT 1 FROM account WHERE account = ?', account) !== undefined
const insertAccount = (sql: Sql, newcomer: NewAccount): void => {
  sql.run('INSERT INTO account (account) VALUES (?)', newcomer.account)
  sql.run('INSERT INTO account_link (account, seq, link) VALUES (?, 0, ?)', newcomer.account, newcomer.link)
  insertDevice(sql, newcomer.account, newcomer.device)
}
const inviteFrom = (row: SqlRow | undefined): InviteKept | undefined =>
  row === undefined
    ? undefined
    : {
        hash: bytesOf(row['hash']),
        record: bytesOf(row['record']),
        inviter: bytesOf(row['inviter']),
        notAfterMs: numberOf(row['not_after_ms']),
        usedBy: maybeBytes(row['used_by']),
      }
