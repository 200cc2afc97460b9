/** DirectoryStore in SQL. */
import { accept, equal, limits, refuse } from '@halyard/protocol'
import { bounds } from '../../core/bounds.ts'
import type { FeedKept } from '../../core/accounts/store.ts'
import type { DirectoryStore } from '../../core/directory/store.ts'
import { deviceTaken, feedFrom, feedPosition, growFeed, insertDevice, newestLink } from './accounts.ts'
import { removeMailbox } from './mailbox.ts'
import { leaveConversations } from './routing.ts'
import { bytesOf, numberOf } from './sql.ts'
import type { Sql } from './sql.ts'
import type { Sync } from './sync.ts'

export const directoryReads = (sql: Sql) =>
  ({
    feedPosition: () => feedPosition(sql),
    feedAfter(after, limit, maxBytes) {
      const items: FeedKept[] = []
      let bytes = 0
      for (const row of sql.each(
        'SELECT position, item FROM feed WHERE position > ? ORDER BY position LIMIT ?',
        after,
        limit + 1,
      )) {
        const kept = feedFrom(row)
        bytes += kept.item.length
        if (items.length >= limit || (items.length > 0 && bytes > maxBytes)) return { items, more: true }
        items.push(kept)
      }
      return { items, more: false }
    },
    devicesOf: (account) => devicesOf(sql, account),
    keyPackagesOf(device) {
      const pool = sql.get('SELECT count(*) AS count FROM key_package WHERE device = ? AND package IS NOT NULL', device)
      const last = sql.get('SELECT not_after_ms FROM last_resort WHERE device = ?', device)
      return {
        count: numberOf(pool?.['count']),
        lastResortNotAfterMs: last === undefined ? undefined : numberOf(last['not_after_ms']),
      }
    },
  }) satisfies Partial<Sync<DirectoryStore>>

export const directoryWrites = (sql: Sql) =>
  ({
    appendNetworkLink({ seq, link, item, removed, reinstated }) {
      const newest = numberOf(sql.get('SELECT coalesce(max(seq), -1) AS newest FROM network_link')?.['newest'])
      if (newest + 1 !== seq) return refuse('chain-conflict')
      sql.run('INSERT INTO network_link (seq, link) VALUES (?, ?)', seq, link)
      for (const account of reinstated) sql.run('UPDATE account SET removed = 0 WHERE account = ?', account)
      for (const account of removed) {
        for (const device of devicesOf(sql, account)) forgetDevice(sql, device)
        sql.run('UPDATE account SET removed = 1 WHERE account = ?', account)
        sql.run('DELETE FROM invite WHERE inviter = ? AND used_by IS NULL', account)
      }
      return accept({ position: growFeed(sql, undefined, item) })
    },
    appendAccountLink({ account, seq, link, item, added, removed }) {
      if (newestLink(sql, account) + 1 !== seq) return refuse('chain-conflict')
      if (added !== undefined && deviceTaken(sql, added.device)) return refuse('chain-refused')
      sql.run('INSERT INTO account_link (account, seq, link) VALUES (?, ?, ?)', account, seq, link)
      if (added !== undefined) insertDevice(sql, account, added)
      if (removed !== undefined) {
        sql.run('UPDATE device SET removed = 1 WHERE device = ? AND account = ?', removed, account)
        forgetDevice(sql, removed)
      }
      return accept({ position: growFeed(sql, account, item) })
    },
    putProfile({ account, field, revision, statementHash, item }) {
      const there = sql.get('SELECT revision, hash FROM profile WHERE account = ? AND field = ?', account, field)
      if (there !== undefined) {
        if (equal(bytesOf(there['hash']), statementHash)) return accept({ position: feedPosition(sql) })
        if (numberOf(there['revision']) >= revision) return refuse('chain-conflict')
      }
      sql.run(
        `INSERT INTO profile (account, field, revision, hash) VALUES (?, ?, ?, ?)
         ON CONFLICT (account, field) DO UPDATE SET revision = excluded.revision, hash = excluded.hash`,
        account,
        field,
        revision,
        statementHash,
      )
      return accept({ position: growFeed(sql, undefined, item) })
    },
    publishKeyPackages({ device, packages, lastResort }) {
      let number = numberOf(
        sql.get('SELECT coalesce(max(number), 0) AS newest FROM key_package WHERE device = ?', device)?.['newest'],
      )
      for (const one of packages) {
        number++
        sql.run(
          'INSERT INTO key_package (device, number, hash, package) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          device,
          number,
          one.hash,
          one.package,
        )
      }
      sql.run(
        `UPDATE key_package SET package = NULL WHERE device = ?1 AND package IS NOT NULL AND number NOT IN (
           SELECT number FROM key_package WHERE device = ?1 AND package IS NOT NULL ORDER BY number DESC LIMIT ?2)`,
        device,
        limits.keyPackagePoolMax,
      )
      sql.run(
        'DELETE FROM key_package WHERE device = ? AND package IS NULL AND number < ?',
        device,
        number - bounds.claimedKeyPackagesKept,
      )
      if (lastResort !== undefined) {
        sql.run(
          `INSERT INTO last_resort (device, package, not_after_ms) VALUES (?, ?, ?)
           ON CONFLICT (device) DO UPDATE SET package = excluded.package, not_after_ms = excluded.not_after_ms`,
          device,
          lastResort.package,
          lastResort.notAfterMs,
        )
      }
      return accept(undefined)
    },
    claimKeyPackages({ account, except, nowMs }) {
      const claimed: { device: Uint8Array; package: Uint8Array; lastResort: boolean }[] = []
      for (const device of devicesOf(sql, account)) {
        if (equal(device, except)) continue
        const pooled = sql.get(
          'SELECT number, package FROM key_package WHERE device = ? AND package IS NOT NULL ORDER BY number LIMIT 1',
          device,
        )
        if (pooled !== undefined) {
          sql.run(
            'UPDATE key_package SET package = NULL WHERE device = ? AND number = ?',
            device,
            numberOf(pooled['number']),
          )
          claimed.push({ device, package: bytesOf(pooled['package']), lastResort: false })
          continue
        }
        const last = sql.get('SELECT package FROM last_resort WHERE device = ? AND not_after_ms > ?', device, nowMs)
        if (last !== undefined) claimed.push({ device, package: bytesOf(last['package']), lastResort: true })
      }
      return claimed.length === 0 ? refuse('key-packages-missing') : accept(claimed)
    },
  }) satisfies Partial<Sync<DirectoryStore>>

const devicesOf = (sql: Sql, account: Uint8Array): readonly Uint8Array[] =>
  sql
    .all(
      `SELECT d.device FROM device d JOIN account a ON a.account = d.account
       WHERE d.account = ? AND d.removed = 0 AND a.removed = 0 ORDER BY d.device`,
      account,
    )
    .map((row) => bytesOf(row['device']))

/** A device that is gone reads nothing any more and holds up nobody's log. */
const forgetDevice = (sql: Sql, device: Uint8Array): void => {
  sql.run('DELETE FROM key_package WHERE device = ?', device)
  sql.run('DELETE FROM last_resort WHERE device = ?', device)
  removeMailbox(sql, device)
  leaveConversations(sql, device)
}
