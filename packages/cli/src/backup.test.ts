import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLocalStore } from '@halyard/server/node'
import { cliIn, freePort, incarnationOf, refused } from '../test/cli.ts'

let [folder, data, copy] = ['', '', '']
const { launch, run } = cliIn(() => folder)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-backup-'))
  ;[data, copy] = [join(folder, 'data'), join(folder, 'copies', 'first')]
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A data folder of a server that has run, with this public URL in it. */
const keepData = (url: string): void => {
  mkdirSync(data, { recursive: true })
  const store = openLocalStore(join(data, 'halyard.db'))
  store.keepPublicUrl({ url })
  store.close()
}
const urlIn = (of: string): string | undefined => {
  const path = join(folder, 'looked-at.db')
  copyFileSync(join(of, 'halyard.db'), path)
  const store = openLocalStore(path)
  const url = store.publicUrl()
  store.close()
  return url
}
const modeOf = (path: string): number => statSync(path).mode & 0o777
const copies = (): readonly string[] => readdirSync(join(folder, 'copies'))

test('a backup of a running server is whole, for its owner only, and comes back as another incarnation', async () => {
  const port = String(await freePort())
  const server = launch(['up', '--data', data, '--port', port])
  await server.says('Ctrl-C')
  const taken = await run(['backup', copy, '--data', data])
  expect(taken).toMatchObject({ code: 0, err: '' })
  expect(taken.out).toMatch(
    /^Backed up to .+first: \d+\.\d MB, 0 rows, taken \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, checked\./,
  )
  expect([copy, join(copy, 'halyard.db'), join(copy, 'backup.json')].map(modeOf)).toEqual([0o700, 0o600, 0o600])
  expect([copies(), readdirSync(copy).toSorted()]).toEqual([['first'], ['backup.json', 'halyard.db']])
  await refused(run(['restore', copy, '--data', data]), /^Another Halyard is running on the data folder/)
  server.signal('SIGTERM')
  await server.ended
  const before = incarnationOf(data)
  const restored = await run(['restore', copy, '--data', data])
  expect(restored).toMatchObject({ code: 0, err: '' })
  const kept = /What was there before is in (.+)\./.exec(restored.out)?.[1] ?? ''
  expect(readdirSync(data).toSorted()).toEqual([kept.slice(data.length + 1), 'halyard.db', 'lock.db'])
  expect(incarnationOf(kept)).toBe(before)
  expect(incarnationOf(data)).not.toBe(before)
  expect([modeOf(kept), modeOf(join(data, 'halyard.db'))]).toEqual([0o700, 0o600])
  const again = launch(['up', '--data', data, '--port', port])
  await again.says(`http://localhost:${port}/setup`)
  again.signal('SIGTERM')
  expect((await again.ended).code).toBe(0)
})

test('a restore where nothing was, twice from one backup', async () => {
  keepData('http://localhost:1')
  await run(['backup', copy, '--data', data])
  const elsewhere = join(folder, 'elsewhere')
  expect((await run(['restore', copy, '--data', elsewhere])).out).toContain('There were no data before.')
  expect(urlIn(elsewhere)).toBe('http://localhost:1')
  const first = incarnationOf(elsewhere)
  await run(['restore', copy, '--data', elsewhere])
  expect(incarnationOf(elsewhere)).not.toBe(first)
})

test('a backup goes into a new folder or an empty one, and into no other', async () => {
  keepData('http://localhost:1')
  mkdirSync(copy, { recursive: true })
  expect((await run(['backup', copy, '--data', data])).code).toBe(0)
  const before = readFileSync(join(copy, 'backup.json'))
  await refused(run(['backup', copy, '--data', data]), /first is there and not empty; say another folder\.$/m)
  expect(readFileSync(join(copy, 'backup.json'))).toEqual(before)
  await refused(run(['backup', data, '--data', data]), /is there and not empty/)
  writeFileSync(join(folder, 'file'), '')
  await refused(run(['backup', join(folder, 'file', 'deep'), '--data', data]), /deep cannot be made; say another\.$/m)
  await refused(run(['backup', join(folder, 'file'), '--data', data]), /is there and not empty/)
  await refused(run(['backup', join(folder, 'x'), '--data', join(folder, 'none')]), /^There is nothing to back up in/)
  await refused(run(['backup']), /^Say where to: halyard backup DIR/)
  await refused(run(['restore']), /^Say which backup: halyard restore DIR/)
  await refused(run(['backup', 'one', 'two']), /^Too many words/)
})

test('damaged and newer data are not backed up, and leave nothing behind', async () => {
  keepData('http://localhost:1')
  mkdirSync(join(folder, 'copies'))
  const path = join(data, 'halyard.db')
  const whole = readFileSync(path)
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 4711')
  database.close()
  await refused(run(['backup', copy, '--data', data]), /written by a newer Halyard; back it up with that version/)
  writeFileSync(path, whole.fill(7, 4096, 8192))
  await refused(run(['backup', copy, '--data', data]), /is damaged; there is no backup of it/)
  expect(copies()).toEqual([])
})

test('a backup that is altered, cut short, newer or none at all is refused, and the data stay as they are', async () => {
  keepData('http://localhost:1')
  await run(['backup', copy, '--data', data])
  keepData('http://localhost:2')
  const before = readFileSync(join(data, 'halyard.db'))
  const path = join(copy, 'halyard.db')
  const whole = readFileSync(path)
  const spoilt = [
    Buffer.from(whole.toString('latin1').replace('localhost:1', 'localhost:3'), 'latin1'),
    whole.subarray(0, 4096),
    Buffer.alloc(0),
  ]
  for (const bytes of spoilt) {
    writeFileSync(path, bytes)
    await refused(run(['restore', copy, '--data', data]), /first is damaged; nothing was changed/)
  }
  writeFileSync(path, whole)
  const record = readFileSync(join(copy, 'backup.json'), 'utf8')
  for (const text of [
    '',
    'none',
    '[]',
    '{"takenMs":1}',
    record.replace(/"takenMs":\d+/, '"takenMs":9e99'),
    ' '.repeat(2000),
  ]) {
    writeFileSync(join(copy, 'backup.json'), text)
    await refused(run(['restore', copy, '--data', data]), /first holds no backup: halyard backup makes one/)
  }
  await refused(run(['restore', join(folder, 'nowhere'), '--data', data]), /nowhere holds no backup/)
  expect(readFileSync(join(data, 'halyard.db'))).toEqual(before)
  expect(readdirSync(data)).not.toContain('restored.db')
})

test('after a restore that was cut short nobody starts until it is run again', async () => {
  keepData('http://localhost:1')
  await run(['backup', copy, '--data', data])
  // The last moment before the copy gets its name: what was there has been moved away.
  copyFileSync(join(data, 'halyard.db'), join(data, 'restored.db'))
  rmSync(join(data, 'halyard.db'))
  await refused(
    run(['--data', data, '--port', String(await freePort())]),
    /^A restore into .+ was cut short; run halyard restore again\./,
  )
  await refused(run(['restored', '--data', data]), /was cut short/)
  expect((await run(['restore', copy, '--data', data])).code).toBe(0)
  expect(urlIn(data)).toBe('http://localhost:1')
  expect(readdirSync(data)).not.toContain('restored.db')
})
