import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DatabaseDamagedError } from '../core/ports.ts'
import { lockFolder, openNodeMember } from './member.ts'

const folder = mkdtempSync(join(tmpdir(), 'halyard-member-'))
afterAll(() => rmSync(folder, { recursive: true }))
const url = 'http://localhost:1/'

describe('a member in a folder', () => {
  test('has no account at first, keeps its database, for its owner only', async () => {
    const place = join(folder, 'new', 'deep')
    const key = new Uint8Array(32).fill(3)
    const first = await openNodeMember({ folder: place, key, url })
    expect(key).toEqual(new Uint8Array(32))
    expect(statSync(place).mode & 0o077).toBe(0)
    expect(first.hasAccount()).toBe(false)
    expect(first.ports.origin).toBe('http://localhost:1')
    first.ports.database.run('CREATE TABLE item (body TEXT)')
    await first.close()
    const again = await openNodeMember({ folder: place, key: new Uint8Array(32).fill(3), url })
    expect(again.ports.database.all('SELECT * FROM item')).toEqual([])
    await again.close()
  })

  test('another key opens nothing and leaves the folder free', async () => {
    const place = join(folder, 'keyed')
    await (await openNodeMember({ folder: place, key: new Uint8Array(32).fill(1), url })).close()
    const wrong = openNodeMember({ folder: place, key: new Uint8Array(32).fill(2), url })
    await expect(wrong).rejects.toBeInstanceOf(DatabaseDamagedError)
    await (await openNodeMember({ folder: place, key: new Uint8Array(32).fill(1), url })).close()
  })
})

describe('the lock of a folder', () => {
  const place = mkdtempSync(join(folder, 'lock-'))
  test('keeps another running process out, and is gone afterwards', () => {
    writeFileSync(join(place, 'in-use'), String(process.ppid))
    expect(() => lockFolder(place)).toThrow(/in use by process/)
    rmSync(join(place, 'in-use'))
    lockFolder(place)()
    expect(existsSync(join(place, 'in-use'))).toBe(false)
  })
  test('of a process that was killed, or that makes no sense, is taken over', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    for (const content of [String(pid), '', 'x', '-1', '0']) {
      writeFileSync(join(place, 'in-use'), content)
      lockFolder(place)()
    }
  })
})
