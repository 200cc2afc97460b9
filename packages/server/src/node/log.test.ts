import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDevice, createInvite, extendAccount, random, text } from '../../test/people.ts'
import { people, signIn, talkTo } from '../../test/load/people-on-server.ts'
import { freePort, spawnServer } from '../../test/spawn-server.ts'
import { converse } from '../../test/world.ts'
import { createLog, logEvents } from './log.ts'
import type { Log } from './log.ts'
import { createOutcomeLog } from './outcome-log.ts'
import { createSecret } from './secret.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-log-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const listed: ReadonlyMap<string, { readonly level: string; readonly fields: readonly string[] }> = new Map(
  Object.entries(logEvents),
)
/** Throws unless the line is one of a listed event, and has that event's fields alone. */
const check = (line: string): string => {
  const { time, level, event, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const kind = listed.get(String(event))
  expect(level, line).toBe(kind?.level)
  for (const [name, value] of Object.entries(fields)) {
    expect(kind?.fields, line).toContain(name)
    expect(Number.isSafeInteger(value), line).toBe(true)
  }
  return String(event)
}

test('only listed fields and whole numbers get through', () => {
  const lines: string[] = []
  const log = createLog('talkative', (line) => lines.push(line))
  // As somebody might who is not held by the types.
  const loose = log as (event: keyof typeof logEvents, fields?: Readonly<Record<string, unknown>>) => void
  loose('started', { port: 8420, host: 'chat.example.org' })
  loose('started', { port: 'CANARY' })
  loose('started', { port: 0.5 })
  loose('connection-refused', { status: 403, toString: () => 'CANARY', toJSON: () => 'CANARY' })
  loose('stopped', { time: 'CANARY', event: 'CANARY' })
  expect(lines.map((line) => line.replace(/"time":"[^"]*",/, ''))).toEqual([
    '{"level":"normal","event":"started","port":8420}',
    '{"level":"normal","event":"started"}',
    '{"level":"normal","event":"started"}',
    '{"level":"talkative","event":"connection-refused","status":403}',
    '{"level":"normal","event":"stopped"}',
  ])
})

test('each level says what it should', () => {
  const said = (level: Parameters<typeof createLog>[0]): string[] => {
    const lines: string[] = []
    const log: Log = createLog(level, (line) => lines.push(check(line)))
    for (const event of Object.keys(logEvents)) log(event as keyof typeof logEvents)
    return lines
  }
  expect(said('quiet')).toEqual([])
  expect(said('normal')).toEqual(['started', 'stopping', 'stopped', 'network-made', 'disk-full'])
  expect(said('talkative')).toEqual(Object.keys(logEvents))
})

test('a full disk is said once a minute, a new network once, however often it is answered', () => {
  const lines: string[] = []
  let nowMs = 0
  const outcome = createOutcomeLog(
    createLog('normal', (line) => lines.push(check(line))),
    false,
    () => nowMs,
  )
  outcome('append', 'ok')
  outcome('set-up', 'setup-token-unknown')
  expect(lines).toEqual([])
  for (let times = 0; times < 3; times++) outcome('set-up', 'ok')
  expect(lines).toEqual(['network-made'])
  createOutcomeLog(
    createLog('normal', (line) => lines.push(check(line))),
    true,
  )('set-up', 'ok')
  expect(lines).toEqual(['network-made'])
  for (nowMs = 0; nowMs < 120_000; nowMs += 10_000) outcome('append', 'server-full')
  expect(lines.slice(1)).toEqual(['disk-full', 'disk-full'])
})

test('docs/operating/watch.md has every event, its level and its numbers', () => {
  const page = readFileSync(new URL('../../../../docs/operating/watch.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (normal|talkative) \|([^|]*)\|/gm)].map(
    ([, event, level, fields]) => [event, level, fields?.trim() ?? ''],
  )
  expect(rows).toEqual(
    Object.entries(logEvents).map(([event, { level, fields }]) => [
      event,
      level,
      event === 'counters' ? 'one for each thing that is counted' : fields.map((name) => `\`${name}\``).join(', '),
    ]),
  )
})

test('T-42: however a secret is printed, it says [secret]', () => {
  const secret = createSecret('CANARY')
  for (const printed of [
    String(secret),
    `${secret.toString()}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [{ secret }] }, { depth: 9, showHidden: true }),
  ]) {
    expect(printed).toContain('[secret]')
    expect(printed).not.toContain('CANARY')
  }
  expect(secret.reveal()).toBe('CANARY')
})

test('T-42: the most talkative log of a busy server has listed fields alone, and no canary', async () => {
  const port = await freePort()
  const server = await spawnServer(folder, port, 'talkative')
  const setupToken = server.setupToken ?? ''
  const strange = await talkTo(port)
  await strange.talk.request('preview-invite', { locator: random(16) })
  const { net, people: all } = await people(port, setupToken, 2)
  const [ava, bob] = all
  if (ava === undefined || bob === undefined) throw new Error('two people')
  const [a, b] = [await signIn(port, ava), await signIn(port, bob)]
  const conversation = await converse(a.talk, ava, [bob])
  const entries = [random(16), random(16)]
  for (const entry of entries) await a.talk.must('append', { conversation, entry, row: text(ava, conversation, 1) })
  await b.talk.must('append', { conversation, entry: random(16), row: text(bob, conversation, 1) })
  const invite = createInvite(net, ava)
  await a.talk.must('create-invite', { locator: invite.locator, record: invite.record })
  const second = createDevice()
  await b.talk.must('append-account-link', {
    link: extendAccount(bob, { kind: 'add-device', atMs: Date.now(), entry: second.entry }),
  })
  const other = await talkTo(port)
  await other.talk.logIn(bob, `http://localhost:${port}`, second)
  await b.talk.must('append-account-link', {
    link: extendAccount(bob, { kind: 'remove-device', atMs: Date.now(), device: second.id }),
  })
  await other.talk.closeCode()
  await fetch(`http://localhost:${port}/join/CANARY-IN-THE-PATH?CANARY`, {
    headers: { 'user-agent': 'CANARY-USER-AGENT', 'x-forwarded-for': '203.0.113.77', cookie: 'CANARY' },
  })
  strange.talk.raw(new TextEncoder().encode('CANARY-IN-A-FRAME'))
  await strange.talk.closeCode()
  for (const one of [a, b]) one.close()
  await server.close()

  const events = new Set(server.errors().trim().split('\n').map(check))
  for (const event of ['started', 'network-made', 'connection-opened', 'connection-closed', 'stopping', 'stopped'])
    expect([...events]).toContain(event)
  const ids = [ava.account, bob.account, ava.device.id, second.id, conversation, invite.locator, ...entries].map(
    (one) => Buffer.from(one),
  )
  const forms = ids.flatMap((id) => [id.toString('hex'), id.toString('base64').slice(0, 20), id.toString('base64url')])
  for (const canary of ['CANARY', '127.0.0.1', '::1', '203.0.113', 'localhost', setupToken, ...forms])
    expect(server.errors()).not.toContain(canary)
  const data = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))))
  for (const canary of ['CANARY', '127.0.0.1', '203.0.113', setupToken]) expect(data.includes(canary)).toBe(false)
})
