/** What this device keeps of the account's devices: their names, and key packages they handed over. */
import type { Database } from '../ports.ts'
import { blobOf, maybeText, numberOf } from '../store/values.ts'

export const deviceName = (database: Database, device: Uint8Array): string | undefined => {
  const row = database.get('SELECT name FROM devices WHERE device = ?', [device])
  return row === undefined ? undefined : maybeText(row, 'name')
}
/** The later stamp (ms) counts, and of two with one stamp the greater name: the same on all devices. */
export const nameDevice = (database: Database, device: Uint8Array, name: string, stamp: number): void =>
  void database.run(
    `INSERT INTO devices (device, name, stamp) VALUES (?, ?, ?)
     ON CONFLICT (device) DO UPDATE SET name = excluded.name, stamp = excluded.stamp
     WHERE excluded.stamp > stamp OR (excluded.stamp = stamp AND excluded.name > name)`,
    [device, name, stamp],
  )

export const keepHanded = (database: Database, device: Uint8Array, packages: readonly Uint8Array[]): void => {
  for (const one of packages)
    database.run('INSERT OR IGNORE INTO handed_packages (device, package) VALUES (?, ?)', [device, one])
}
/** Takes one that was handed over, for good: none is used twice. */
export const takeHanded = (database: Database, device: Uint8Array): Uint8Array | undefined => {
  const row = database.get('SELECT ordinal, package FROM handed_packages WHERE device = ? ORDER BY ordinal LIMIT 1', [
    device,
  ])
  if (row === undefined) return undefined
  database.run('DELETE FROM handed_packages WHERE ordinal = ?', [numberOf(row, 'ordinal')])
  return blobOf(row, 'package')
}
