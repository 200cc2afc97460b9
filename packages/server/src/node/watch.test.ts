import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commands, refusals } from '@halyard/protocol'
import { createInvite, random, text } from '../../test/people.ts'
import { people, signIn, talkTo } from '../../test/load/people-on-server.ts'
import { freePort } from '../../test/spawn-server.ts'
import { converse, createWorld } from '../../test/world.ts'
import { exposition } from './metrics/exposition.ts'
import type { Sample } from './metrics/exposition.ts'
import { metricList } from './metrics/metric-list.ts'
import { createReadiness } from './readiness.ts'
import { openThreadStore } from './sqlite/thread-store.ts'
import { startServer } from './start-server.ts'
import type { RunningServer, StartOptions } from './start-server.ts'

let folder: string
let server: RunningServer | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-watch-'))
})
afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(folder, { recursive: true })
})
const start = async (options: Partial<StartOptions> = {}): Promise<RunningServer> => {
  server = await startServer({ dataFolder: join(folder, 'data'), port: await freePort(), ...options })
  return server
}
interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}
const ask = (
  port: number,
  path: string,
  { host = '127.0.0.1', method = 'GET', headers = {} }: { host?: string; method?: string; headers?: object } = {},
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const asked = httpRequest({ port, host, path, method, headers: { ...headers } }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    asked.on('error', reject)
    asked.end()
  })

/** An independent reader of the text format: name, labels and value of each sample. */
const readText = (body: string) =>
  body
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('# '))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)$/.exec(line) ?? []
      const pairs = labels === '' ? [] : labels.split(',').map((pair) => /^([a-z]+)="([^"\\]*)"$/.exec(pair) ?? [])
      expect(Number.isFinite(Number(value)), line).toBe(true)
      expect(name, line).not.toBe('')
      return { name, labels: new Map(pairs.map(([, label = '', of = '']) => [label, of])), value: Number(value) }
    })
type Read = ReturnType<typeof readText>
const valueOf = (read: Read, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
  read.find(
    (one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels.get(label) === value),
  )?.value

/** All label names there may be, and what their values may look like: beside the list in the code, not from it. */
const labelPatterns: Readonly<Record<string, (value: string) => boolean>> = {
  version: (value) => /^\d+\.\d+\.\d+$/.test(value),
  protocol: (value) => /^\d+$/.test(value),
  quantile: (value) => ['0.5', '0.99', '1'].includes(value),
  outcome: (value) =>
    ['ok', 'opened', 'refused', 'slow', 'sent', 'skipped'].includes(value) || Object.hasOwn(refusals, value),
  direction: (value) => ['in', 'out'].includes(value),
  reason: (value) => ['malformed', 'too-large'].includes(value),
  command: (value) => value === 'unknown' || Object.hasOwn(commands, value),
  file: (value) => ['database', 'log'].includes(value),
  le: (value) => value === '+Inf' || /^\d+(?:\.\d+)?$/.test(value),
}

describe('metrics', () => {
  test('T-42: a busy server tells listed metrics with listed labels alone, and nothing of anybody', async () => {
    const { port, metricsPort = 0, setupLink } = await start({ metricsPort: 0 })
    const token = setupLink?.split('#')[1] ?? ''
    const stranger = await talkTo(port)
    await stranger.talk.request('preview-invite', { locator: random(16) })
    const { net, people: all } = await people(port, token, 2)
    const [ava, bob] = all
    if (ava === undefined || bob === undefined) throw new Error('two people')
    const [a, b] = [await signIn(port, ava), await signIn(port, bob)]
    const conversation = await converse(a.talk, ava, [bob])
    const entry = random(16)
    await a.talk.must('append', { conversation, entry, row: text(ava, conversation, 1) })
    await b.talk.next('row')
    const invite = createInvite(net, ava)
    await a.talk.must('create-invite', { locator: invite.locator, record: invite.record })
    stranger.talk.raw(new TextEncoder().encode('CANARY'))
    await stranger.talk.closeCode()

    const { status, headers, body } = await ask(metricsPort, '/metrics')
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    const read = readText(body)
    const known = new Set(Object.keys(metricList))
    for (const { name, labels } of read) {
      expect([...known]).toContain(name.replace(/_(?:bucket|sum|count)$/, ''))
      for (const [label, value] of labels) expect(labelPatterns[label]?.(value), `${label}="${value}"`).toBe(true)
    }
    const told = new Set(read.map((one) => one.name.replace(/_(?:bucket|sum|count)$/, '')))
    expect([...told].toSorted()).toEqual([...known].toSorted())
    const series = body
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(0, line.lastIndexOf(' ')))
    expect(new Set(series.filter((one) => !one.startsWith('#'))).size).toBe(read.length)

    expect(valueOf(read, 'halyard_ready')).toBe(1)
    expect(valueOf(read, 'halyard_commands_total', { command: 'set-up', outcome: 'ok' })).toBe(1)
    expect(valueOf(read, 'halyard_commands_total', { command: 'preview-invite', outcome: 'invite-unknown' })).toBe(
      undefined,
    )
    expect(valueOf(read, 'halyard_commands_total', { command: 'preview-invite', outcome: 'setup-missing' })).toBe(1)
    expect(valueOf(read, 'halyard_commands_total', { command: 'log-in', outcome: 'ok' })).toBe(3)
    expect(valueOf(read, 'halyard_rows_appended_total')).toBe(2)
    expect(valueOf(read, 'halyard_frames_refused_total', { reason: 'malformed' })).toBe(1)
    expect(valueOf(read, 'halyard_connections')).toBe(2)
    expect(valueOf(read, 'halyard_batch_writes_count')).toBeGreaterThan(5)
    expect(valueOf(read, 'halyard_batch_writes_bucket', { le: '+Inf' })).toBe(
      valueOf(read, 'halyard_batch_duration_seconds_count'),
    )
    expect(valueOf(read, 'halyard_disk_free_bytes')).toBeGreaterThan(0)
    expect(valueOf(read, 'halyard_database_bytes', { file: 'log' })).toBeGreaterThan(0)

    const ids = [ava.account, bob.account, ava.device.id, conversation, entry, invite.locator].flatMap((id) => {
      const bytes = Buffer.from(id)
      return [bytes.toString('hex'), bytes.toString('base64').slice(0, 20), bytes.toString('base64url').slice(0, 20)]
    })
    for (const canary of ['CANARY', '127.0.0.1', '::1', 'localhost', token, folder, ...ids])
      expect(body).not.toContain(canary)
    for (const one of [a, b]) one.close()
  })

  test('what waits is told, and what everybody has passed is told no more', async () => {
    const { store, founder, online, newcomer } = await createWorld()
    expect(store.totals()).toEqual({ rows: 0, mailboxItems: 0 })
    const bob = await newcomer()
    const [a, b] = [await online(founder), await online(bob)]
    const conversation = await converse(a, founder, [bob])
    const row = text(founder, conversation, 1)
    const { seq, chain } = await a.must('append', { conversation, entry: random(16), row })
    expect(store.totals()).toEqual({ rows: 2, mailboxItems: 1 })
    await b.must('pass-mailbox', { position: 1 })
    const cursor = { incarnation: store.incarnation(), seq, chain }
    for (const talk of [a, b]) await talk.must('pass', { conversation, cursor })
    expect(store.totals().mailboxItems).toBe(0)
    const { n } = store.database.prepare('SELECT count(*) AS n FROM entry').get() ?? {}
    expect(store.totals().rows).toBe(n)
  })

  test('a metric, label or value that is not listed stays out', () => {
    const samples = [
      { name: 'halyard_frames_total', labels: { direction: 'in' }, value: 1 },
      { name: 'halyard_frames_total', labels: { direction: 'CANARY' }, value: 1 },
      { name: 'halyard_frames_total', labels: { direction: 'in', who: 'CANARY' }, value: 1 },
      { name: 'halyard_frames_total', value: 1 },
      { name: 'halyard_canary', value: 1 },
      { name: 'halyard_commands_total', labels: { command: 'constructor', outcome: 'ok' }, value: 1 },
    ] as readonly Sample[]
    expect(exposition(samples)).toBe(
      '# HELP halyard_frames_total Frames received and sent.\n# TYPE halyard_frames_total counter\nhalyard_frames_total{direction="in"} 1\n',
    )
  })

  test('docs/operating/watch.md has every metric with its labels', () => {
    const page = readFileSync(new URL('../../../../docs/operating/watch.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (counter|gauge|histogram) \|([^|]*)\|/gm)].map(
      ([, name, type, labels]) => [name, type, labels?.trim()],
    )
    expect(rows).toEqual(
      Object.entries(metricList).map(([name, kind]) => [
        name,
        kind.type,
        ('labels' in kind ? Object.keys(kind.labels) : []).map((label) => `\`${label}\``).join(', '),
      ]),
    )
  })
})

describe('the port for metrics', () => {
  test('T-80: is on the loopback addresses alone, for who calls it by their names, and there only if asked for', async () => {
    const { port, metricsPort = 0 } = await start({ metricsPort: 0 })
    expect((await ask(metricsPort, '/healthz')).body).toBe('ok\n')
    expect((await ask(metricsPort, '/metrics', { headers: { host: 'evil.example' } })).status).toBe(403)
    expect((await ask(metricsPort, '/metrics', { headers: { host: '10.0.0.1:8421' } })).status).toBe(403)
    expect((await ask(metricsPort, '/metrics', { method: 'POST' })).status).toBe(405)
    for (const path of [
      '/',
      '/metrics/',
      '/metrics?a=b',
      '/debug/pprof',
      '/heapdump',
      '/chat',
      '/socket',
      '/../metrics',
    ])
      expect([path, (await ask(metricsPort, path)).status]).toEqual([path, 404])
    expect((await ask(metricsPort, '/metrics')).headers['access-control-allow-origin']).toBeUndefined()
    // Whoever listens there, it is not us: the same port on another address of this machine is free.
    const other = createServer()
    await new Promise<void>((resolve, reject) => {
      // A machine may lack that address; what it must not say is that the port is in use.
      other.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRNOTAVAIL' ? resolve() : reject(error),
      )
      other.listen(metricsPort, '127.0.0.2', resolve)
    })
    other.close()
    for (const path of ['/metrics', '/debug/pprof', '/heapdump'])
      expect((await ask(port, path, local(port))).status).toBe(404)
    await server?.close()
    expect((await start()).metricsPort).toBeUndefined()
  })

  test('one that is taken is refused in words, and the data folder is free again', async () => {
    const taken = createServer()
    const metricsPort = await freePort()
    await new Promise<void>((resolve) => taken.listen(metricsPort, '127.0.0.1', resolve))
    await expect(start({ metricsPort })).rejects.toThrow(/for metrics is taken by another program/)
    await new Promise((resolve) => taken.close(resolve))
    expect((await start({ metricsPort })).metricsPort).toBe(metricsPort)
  })
})
const local = (port: number) => ({ headers: { host: `localhost:${port}` } })

describe('health', () => {
  test('the public port answers by any name, and says two words', async () => {
    const { port } = await start()
    for (const options of [local(port), { headers: { host: '10.1.2.3' } }, { method: 'HEAD' }]) {
      for (const path of ['/healthz', '/readyz']) {
        const { status, body, headers } = await ask(port, path, options)
        expect([path, status, body]).toEqual([path, 200, 'method' in options ? '' : 'ok\n'])
        expect(headers['cache-control']).toBe('no-store')
        expect(headers['content-security-policy']).toContain("default-src 'none'")
      }
    }
    expect((await ask(port, '/readyz?verbose', { headers: { host: '10.1.2.3' } })).status).toBe(421)
  })

  test('a store without room is not ready, and is again when there is some', async () => {
    const path = join(folder, 'full.db')
    const store = await openThreadStore({ path, pagesMax: 70, failed: () => undefined })
    expect(await store.probeRoom({ bytes: 1000 })).toMatchObject({ ok: true })
    const readiness = (bytes: number) => createReadiness(async () => (await store.probeRoom({ bytes })).ok)
    expect(await readiness(1000).ready()).toBe(true)
    expect(await readiness(512 * 1024).ready()).toBe(false)
    expect(await readiness(1000).ready()).toBe(true)
    await store.close()
  })

  test('however many ask, the disk is written to once; one that hangs or dies is not ready', async () => {
    let probes = 0
    const counting = createReadiness(async () => {
      probes++
      return true
    })
    expect(await Promise.all(Array.from({ length: 50 }, () => counting.ready()))).not.toContain(false)
    expect(probes).toBe(1)
    const never = createReadiness(() => new Promise(() => undefined), { maxMs: 5 })
    expect(await never.ready()).toBe(false)
    expect(await createReadiness(() => Promise.reject(new Error('dead'))).ready()).toBe(false)
    let well = false
    const recovering = createReadiness(async () => well, { everyMs: 0 })
    expect(await recovering.ready()).toBe(false)
    well = true
    expect(await recovering.ready()).toBe(true)
    counting.stop()
    expect(await counting.ready()).toBe(false)
  })
})
