import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cliIn, freePort, incarnationOf, refused } from '../test/cli.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-cli-'))
})
afterEach(() => {
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true })
})

const { launch, run } = cliIn(() => folder)

describe('halyard', () => {
  test('--help says all', async () => {
    const { code, out, err } = await run(['--help'])
    expect([code, err]).toEqual([0, ''])
    for (const word of [
      '--port',
      '--url',
      '--data',
      '--tls-cert',
      '--tls-key',
      '--trust-proxy',
      'HALYARD_PORT',
      'HALYARD_URL',
      'HALYARD_DATA',
      'HALYARD_TLS_CERT',
      'HALYARD_TLS_KEY',
      'HALYARD_TRUST_PROXY',
      '--metrics-port',
      'HALYARD_METRICS_PORT',
      'halyard url',
      'halyard service',
      'halyard backup',
      'halyard restore',
    ]) {
      expect(out).toContain(word)
    }
  })

  test('up prints one setup link, keeps its data where it should, and stops cleanly', async () => {
    const port = await freePort()
    const link = (out: string): string | undefined =>
      new RegExp(`http://localhost:${port}/setup#([A-Za-z0-9_-]{43})\n`).exec(out)?.[1]
    const environment = { XDG_DATA_HOME: join(folder, 'share'), HALYARD_PORT: String(port) }
    const links: (string | undefined)[] = []
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const running = launch(['up'], environment)
      links.push(link(await running.says('Ctrl-C stops it.')))
      expect((await fetch(`http://localhost:${port}/socket`)).status).toBe(426)
      running.signal(signal)
      expect(await running.ended).toMatchObject({ code: 0, err: '' })
    }
    expect(links[0]).toBeDefined()
    expect(links[1]).toBeDefined()
    expect(links[0]).not.toBe(links[1])
    expect(existsSync(join(folder, 'share', 'halyard', 'halyard.db'))).toBe(true)
    expect(existsSync(join(folder, 'share', 'halyard', 'halyard.db-wal'))).toBe(false)
  })

  test('a second one on the same data is refused, the first goes on; after kill -9 the data is free', async () => {
    const [port, data] = [String(await freePort()), join(folder, 'data')]
    const first = launch(['--data', data, '--port', port])
    await first.says('Ctrl-C')
    await refused(
      run(['--data', data, '--port', String(await freePort())]),
      /^Another Halyard is running on the data folder .+\.\n$/,
    )
    expect((await fetch(`http://localhost:${port}/socket`)).status).toBe(426)
    first.signal('SIGKILL')
    await first.ended
    const again = launch(['--data', data, '--port', port])
    await again.says('Ctrl-C')
    again.signal('SIGTERM')
    expect((await again.ended).code).toBe(0)
  })

  test('a port that is taken', async () => {
    const taken = createServer()
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '::', () => resolve((taken.address() as { port: number }).port)),
    )
    await refused(
      run(['--data', join(folder, 'data'), '--port', String(port)]),
      /^Port \d+ is taken by another program/,
    )
    taken.close()
  })

  test('a folder that cannot be written to', async () => {
    writeFileSync(join(folder, 'file'), '')
    await refused(run(['--data', join(folder, 'file', 'data')]), /^The data folder .+ cannot be made/)
    if (process.getuid?.() === 0) {
      chmodSync(folder, 0o755)
      const ordinary = launch(['--data', join(folder, 'data')], {}, { uid: 65_534, gid: 65_534 })
      const { code, err } = await ordinary.ended
      expect([code, err]).toEqual([1, expect.stringMatching(/^The data folder .+ cannot be written to/)])
    } else {
      chmodSync(folder, 0o500)
      await refused(run(['--data', join(folder, 'data')]), /^The data folder .+ cannot be written to/)
    }
  })

  test('a public URL that is not safe', async () => {
    await refused(run(['--data', join(folder, 'data'), '--url', 'http://chat.example.org']), /must be https/)
    await refused(
      run(['--data', join(folder, 'data')], { HALYARD_URL: 'https://chat.example.org' }),
      /--tls-cert and --tls-key, or --trust-proxy/,
    )
    await refused(run(['--data', join(folder, 'data'), '--tls-cert', 'a.pem']), /belong together/)
    await refused(
      run([
        '--data',
        join(folder, 'data'),
        '--url',
        'https://chat.example.org',
        '--tls-cert',
        'none.pem',
        '--tls-key',
        'none.key',
      ]),
      /cannot be read/,
    )
  })

  test('data of a newer version, unchanged', async () => {
    const data = join(folder, 'data')
    const port = String(await freePort())
    const first = launch(['--data', data, '--port', port])
    await first.says('Ctrl-C')
    first.signal('SIGTERM')
    await first.ended
    const path = join(data, 'halyard.db')
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 4711')
    database.close()
    const before = readFileSync(path)
    await refused(run(['--data', data, '--port', port]), /^The data in .+ was written by a newer Halyard/)
    expect(readFileSync(path)).toEqual(before)
    writeFileSync(
      path,
      'this is no database, and it is long enough to be looked at as one, as far as SQLite is concerned with it',
    )
    await refused(run(['--data', data, '--port', port]), /^The database .+ is damaged/)
  })

  test('words that mean nothing', async () => {
    await refused(run(['--colour']), /see halyard --help/)
    await refused(run(['down']), /There is no command down/)
    await refused(run(['--port', 'eighty']), /is not a port/)
    await refused(run(['--log', 'loud']), /no log level/)
    await refused(run(['--metrics-port', '0']), /is not a port/)
    await refused(run(['url']), /Say the new URL/)
    await refused(run([], { HALYARD_TRUST_PROXY: 'perhaps' }), /must be 1 or 0/)
  })

  test('url gives a stopped server another public URL', async () => {
    const data = join(folder, 'data')
    const { code, out } = await run(['url', 'https://chat.example.org', '--data', data])
    expect([code, out]).toEqual([0, expect.stringContaining('is now https://chat.example.org')])
    expect((await run(['url', 'https://chat.example.org', '--data', data])).out).toContain('already')
    await refused(run(['url', 'http://chat.example.org', '--data', data]), /must be https/)
  })
})

test('restored: gives the data another incarnation, and only while nobody runs on it', async () => {
  const data = join(folder, 'data')
  const port = String(await freePort())
  const incarnation = (): string => incarnationOf(data)
  const server = launch(['up', '--data', data, '--port', port])
  await server.says('Ctrl-C')
  expect((await launch(['restored', '--data', data]).ended).code).not.toBe(0)
  server.signal('SIGINT')
  await server.ended
  const before = incarnation()
  expect(await launch(['restored', '--data', data]).ended).toMatchObject({ code: 0, err: '' })
  expect(incarnation()).not.toBe(before)
  expect(incarnation()).toHaveLength(32)
})
