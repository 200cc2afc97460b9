import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { limits, socketPath, subprotocol } from '@halyard/protocol'
import { random, text } from '../../test/people.ts'
import { converse } from '../../test/world.ts'
import { people, signIn, talkTo } from '../../test/load/people-on-server.ts'
import { freePort } from '../../test/spawn-server.ts'
import { startServer } from './start-server.ts'
import type { RunningServer, StartOptions } from './start-server.ts'
import { StartRefusal } from './start-refusal.ts'

let folder: string
let webFolder: string
let server: RunningServer | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-start-'))
  webFolder = join(folder, 'web')
  mkdirSync(join(webFolder, 'assets'), { recursive: true })
  for (const name of ['chat.html', 'sw.js', 'assets/chat-0123abcd.js', 'assets/worker-0123abcd.js'])
    writeFileSync(join(webFolder, name), `// ${name}`)
  writeFileSync(join(folder, 'secret.txt'), 'secret')
})
afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(folder, { recursive: true })
})
const start = async (options: Partial<StartOptions> = {}): Promise<RunningServer> => {
  const port = options.port ?? (await freePort())
  server = await startServer({ dataFolder: join(folder, 'data'), port, webFolder, ...options })
  return server
}
interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}
const get = (
  port: number,
  path: string,
  host = `localhost:${port}`,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const asked = httpRequest({ port, host: '127.0.0.1', path, headers: { host, ...headers } }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
const closing = (
  url: string,
  protocol: string | readonly string[] | undefined,
  origin: string | undefined,
): Promise<string> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url, protocol === undefined ? undefined : [protocol].flat(), {
      headers: origin === undefined ? {} : { origin },
    })
    socket.on('unexpected-response', (_request, response) => resolve(`status ${response.statusCode}`))
    socket.on('error', () => undefined)
    socket.on('close', (code) => resolve(`closed ${code}`))
    socket.on('message', () => resolve('hello'))
  })

describe('the page', () => {
  test('T-76 has exactly the headers that bound it', async () => {
    const { port } = await start()
    const csp =
      "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' blob:; media-src blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types app default"
    for (const path of [
      '/',
      '/setup',
      '/join/abc',
      '/chat/abc',
      '/sw.js',
      '/assets/chat-0123abcd.js',
      '/assets/worker-0123abcd.js',
    ]) {
      const { status, headers, body } = await get(port, path)
      expect(status).toBe(200)
      const worker = path.includes('worker')
      expect(headers['content-security-policy']).toBe(
        worker ? csp.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'") : csp,
      )
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': expect.stringContaining('camera=()') as string,
        'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      })
      expect(headers['x-powered-by']).toBeUndefined()
      expect(headers['server']).toBeUndefined()
      expect(body).toBe(path.includes('.') ? `// ${path.slice(1)}` : '// chat.html')
    }
  })

  test('T-80 nothing else is there, and nothing outside the folder', async () => {
    const { port } = await start()
    for (const path of [
      '/admin',
      '/assets/none.js',
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/halyard.db',
    ]) {
      const { status, body, headers } = await get(port, path)
      expect([400, 403, 404]).toContain(status)
      expect(body).not.toContain('secret')
      expect(headers['content-security-policy']).toBeDefined()
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
  })

  test('another origin is sent to the public URL; without a secure context there is a page that explains', async () => {
    const { port } = await start()
    expect(await get(port, '/join/x?y=1', `127.0.0.1:${port}`)).toMatchObject({
      status: 308,
      headers: { location: `http://localhost:${port}/join/x?y=1` },
    })
    const lan = await get(port, '/', `chat.lan:${port}`)
    expect(lan.status).toBe(421)
    expect(lan.body).toContain(`http://localhost:${port}`)
    expect(lan.body).not.toMatch(/<script|src=|href=/)
    const odd = await get(port, '//evil.example/%0d%0aset-cookie:a', `127.0.0.1:${port}`)
    expect(odd.headers['location'] ?? '').toMatch(new RegExp(`^http://localhost:${port}/`))
  })

  test('behind a proxy the forwarded names count', async () => {
    const { port } = await start({ url: 'https://chat.example.org', trustProxy: true })
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'chat.example.org' }
    expect(await get(port, '/', '10.0.0.1', forwarded)).toMatchObject({
      status: 200,
      headers: { 'strict-transport-security': 'max-age=31536000' },
    })
    expect(await get(port, '/', 'chat.example.org', { 'x-forwarded-proto': 'http' })).toMatchObject({
      status: 308,
      headers: { location: 'https://chat.example.org/' },
    })
  })
})

describe('the socket', () => {
  test('opens for the own page and protocol only', async () => {
    const { port, url } = await start()
    const at = `ws://127.0.0.1:${port}${socketPath}`
    expect(await closing(at, subprotocol, url)).toBe('hello')
    expect(await closing(at, subprotocol, 'https://evil.example')).toBe('status 403')
    expect(await closing(at, subprotocol, undefined)).toBe('status 403')
    expect(await closing(`ws://127.0.0.1:${port}/other`, subprotocol, url)).toBe('status 404')
    expect(await closing(at, undefined, url)).toBe('status 400')
    expect(await closing(at, 'halyard.2', url)).toBe('closed 4001')
    expect((await get(port, socketPath)).status).toBe(426)
  })

  test('large and text frames before signing in end the connection', async () => {
    const { port } = await start()
    const large = await talkTo(port)
    large.talk.raw(random(limits.frameBeforeLoginMaxBytes + 1))
    expect(await large.talk.closeCode()).toBe(4002)
    const huge = await talkTo(port)
    huge.talk.raw(random(1024 * 1024))
    expect([1006, 4002]).toContain(await huge.talk.closeCode())
    const over = await talkTo(port)
    over.talk.raw(random(limits.frameMaxBytes + 1))
    expect([1006, 1009]).toContain(await over.talk.closeCode())
  })

  test('half a request is not waited for long, nor is a slow one a burden', async () => {
    const { port } = await start()
    const socket = connect(port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ')
    socket.write('a'.repeat(20_000))
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    )
    expect(answer).toContain('431')
    socket.destroy()
  })

  test('T-86 a reader that is too slow is dropped and finds everything afterwards', async () => {
    const { port, setupLink } = await start()
    const { people: all } = await people(port, setupLink?.split('#')[1] ?? '', 2)
    const [ava, bob] = all
    if (ava === undefined || bob === undefined) throw new Error('two people')
    const a = await signIn(port, ava)
    const conversation = await converse(a.talk, ava, [bob])
    for (let count = 0; count < 6; count++)
      await a.talk.must('append', { conversation, entry: random(16), row: text(ava, conversation, 1, 250_000) })
    const slow = await signIn(port, bob)
    slow.pause()
    // Asks for far more than the socket's buffers hold, and reads none of it.
    for (let count = 0; count < 120; count++)
      void slow.talk.request('fetch-rows', { conversation, after: 0, limit: 10 })
    expect(await slow.dropped()).toBe(true)
    const b = await signIn(port, bob)
    const fetched = await b.talk.must('fetch-rows', { conversation, after: 0, limit: 10 })
    expect(fetched.entries.map((one) => one.seq)).toEqual([1, 2, 3, 4, 5])
    for (const one of [a, b]) one.close()
  })
})

describe('starting', () => {
  test('a setup link until there is a network, each with a fresh token; then none', async () => {
    const first = await start()
    const { port } = first
    expect(first.setupLink).toMatch(new RegExp(`^http://localhost:${port}/setup#[A-Za-z0-9_-]{43}$`))
    const bytes = (): Buffer =>
      Buffer.concat(readdirSync(join(folder, 'data')).map((name) => readFileSync(join(folder, 'data', name))))
    expect(bytes().includes(first.setupLink?.split('#')[1] ?? '')).toBe(false)
    await first.close()
    const second = await start({ port })
    expect(second.setupLink).not.toBe(first.setupLink)
    const stranger = await talkTo(port)
    stranger.close()
    await people(port, second.setupLink?.split('#')[1] ?? '', 1)
    await second.close()
    const third = await start({ port })
    expect(third.setupLink).toBeUndefined()
    await third.close()
    await expect(start({ port, url: 'https://chat.example.org', trustProxy: true })).rejects.toThrow(
      /halyard url https:\/\/chat\.example\.org/,
    )
    await expect(start({ port: port === 65_535 ? 65_534 : port + 1 })).rejects.toThrow(/which port/)
  })

  test('T-43 two installs have nothing secret in common', async () => {
    const links: (string | undefined)[] = []
    const nonces: string[] = []
    for (const name of ['one', 'two']) {
      const one = await start({ dataFolder: join(folder, name) })
      links.push(one.setupLink?.split('#')[1])
      const there = await talkTo(one.port)
      nonces.push((await there.talk.next('hello')).nonce.toHex())
      there.close()
      await one.close()
    }
    expect(new Set(links).size).toBe(2)
    expect(new Set(nonces).size).toBe(2)
  })

  test('T-43 the folder is for this user only, and for one process at a time', async () => {
    mkdirSync(join(folder, 'data'), { mode: 0o755 })
    chmodSync(join(folder, 'data'), 0o755)
    await start()
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(join(folder, 'data')))
      expect([name, statSync(join(folder, 'data', name)).mode & 0o777]).toEqual([name, 0o600])
    await expect(startServer({ dataFolder: join(folder, 'data'), port: await freePort() })).rejects.toThrow(
      /Another Halyard is running/,
    )
  })

  test('what is not safe is refused before anything is made', async () => {
    const refused = async (options: Partial<StartOptions>): Promise<string> => {
      const error: unknown = await start(options).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(StartRefusal)
      return error instanceof Error ? error.message : ''
    }
    expect(await refused({ url: 'http://chat.lan' })).toContain('must be https')
    expect(await refused({ url: 'https://chat.example.org' })).toContain('--tls-cert')
    expect(await refused({ url: 'https://chat.example.org/path', trustProxy: true })).toContain(
      'scheme, host and port only',
    )
    expect(await refused({ url: 'chat.example.org' })).toContain('not a URL')
    expect(await refused({ tls: { certFile: join(folder, 'none.pem'), keyFile: join(folder, 'none.key') } })).toContain(
      'cannot be read',
    )
    const busy = await start()
    const other = startServer({
      dataFolder: join(folder, 'other'),
      port: busy.port,
      url: `http://localhost:${busy.port}`,
    })
    await expect(other).rejects.toThrow(/is taken by another program/)
  })
})
