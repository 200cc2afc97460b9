/**
 * Nothing that people write and no key is ever written down in the clear: not at the server, not in its memory, not in
 * the profile of a browser that runs, is locked, or is closed. And the search would find it.
 */
import { expect, test } from '@playwright/test'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNodeMember } from '@halyard/client/node'
import { root } from '../process.ts'
import { byteForms, createByteSearch, textForms } from './byte-search.ts'
import type { Find, Needle } from './byte-search.ts'
import { createCanaries, needleOf } from './canaries.ts'
import type { Canaries } from './canaries.ts'
import { copyInTheClear, copyThatShowsKeys } from './page-copy.ts'
import { Person } from './person.ts'
import { startServer } from './server.ts'
import type { TestServer } from './server.ts'

/** What Chromium writes by itself a while after it happened. */
const browserWritesAfterMs = 4_000
const talkative = ['--log', 'talkative']

/** Where a browser keeps the addresses that were visited; a link's one-time secret stays there, spent. */
const historyFiles =
  /^(?:Default\/(?:(?:History|Top Sites|Favicons|Shortcuts|Network Action Predictor)(?:-journal)?|Sessions\/(?:Session|Tabs)_\d+)|segmentation_platform\/ukm_db(?:-wal)?)$/
/**
 * The secret of the device is half of what unlocks, and lies where the browser keeps a key that no page can read: there
 * Chromium does not encrypt it. Alone it opens nothing; what is made of it and of the person's half is nowhere.
 */
const deviceSecretFiles = /^Default\/IndexedDB\/[^/]+\.indexeddb\.leveldb\/\d{6}\.(?:log|ldb)$/

interface Left {
  readonly sara: Person
  readonly marcus: Person
  readonly setupSecret: string
  readonly inviteSecret: string
}

/** Two people write every canary somewhere. */
const leaveCanaries = async (server: TestServer, canaries: Canaries, people: Person[]): Promise<Left> => {
  const passphrase = `velvet ${randomBytes(9).toString('base64url')} harbour quince 58`
  const sara = new Person(canaries.owner.text, { passphrase })
  const marcus = new Person(canaries.guest.text, { unlock: 'passkey' })
  people.push(sara, marcus)
  await sara.openBrowser()
  await marcus.openBrowser()
  const setupLink = server.setupLink ?? ''
  await sara.setUp(setupLink, canaries.network.text)
  await sara.open('Me')
  for (const note of canaries.notes) await sara.say(note.text)
  await expect(sara.messages).toHaveCount(canaries.notes.length)
  const invite = await sara.invite()
  await marcus.join(invite)
  await sara.open(canaries.guest.core)
  await marcus.open(canaries.owner.core)
  for (const { text } of canaries.direct) await sara.say(text)
  for (const { core } of canaries.direct) await marcus.sees(core)
  for (const { text } of canaries.answers) await marcus.say(text)
  for (const { core } of canaries.answers) await sara.sees(core)
  await sara.context.setOffline(true)
  await sara.say(canaries.offline.text)
  await sara.seesOwn(canaries.offline.core, 'Waiting')
  await sara.context.setOffline(false)
  const field = sara.page.getByRole('textbox', { name: 'Message' })
  // Too long, refused, corrected and sent.
  await field.fill(`${canaries.corrected.text}${' much'.repeat(5_000)}`)
  await field.press('Enter')
  await expect(sara.page.getByRole('alert').filter({ hasText: 'too many' })).toBeVisible()
  await sara.say(canaries.corrected.text)
  await marcus.sees(canaries.offline.core)
  await marcus.sees(canaries.corrected.core)
  await field.fill(canaries.drafts[0].text)
  await sara.page.waitForTimeout(500)
  await sara.open('Me')
  await field.fill(canaries.cleared.text)
  await field.fill(canaries.drafts[1].text)
  await sara.page.waitForTimeout(500)
  await marcus.page.getByRole('textbox', { name: 'Message' }).pressSequentially(canaries.neverSent.text)
  return {
    sara,
    marcus,
    setupSecret: setupLink.split('#')[1] ?? '',
    inviteSecret: invite.split('#')[1] ?? '',
  }
}

const secretNeedles = ({ sara, setupSecret, inviteSecret }: Left): readonly Needle[] => [
  { name: 'passphrase', forms: textForms(sara.options.passphrase ?? '') },
  { name: 'setup secret', forms: textForms(setupSecret) },
  { name: 'invite secret', forms: [...textForms(inviteSecret), ...byteForms(Buffer.from(inviteSecret, 'base64url'))] },
]

/** What the hook has seen in all workers of a browser. */
const keysOf = async (person: Person): Promise<readonly string[]> => {
  const lists = await Promise.all(
    person.page
      .workers()
      .map((worker) =>
        worker.evaluate(() => [...((globalThis as { halyardKeys?: ReadonlySet<string> }).halyardKeys ?? [])]),
      ),
  )
  return lists.flat()
}
const keyNeedle = (line: string): Needle => {
  const [name = '', hex = ''] = line.split(' ')
  return { name: `key ${name} ${hex.slice(0, 8)}`, forms: byteForms(Buffer.from(hex, 'hex')) }
}

/** A spent secret may be in the one browser that was opened with it, where that keeps its history. */
const unexpected = (finds: readonly Find[], spent: string | undefined): readonly string[] =>
  finds
    .filter(({ name, place }) => !(name === spent && historyFiles.test(place)))
    .filter(({ name, place }) => !(name.startsWith('key device-secret ') && deviceSecretFiles.test(place)))
    .map(({ name, place }) => `${name} in ${place}`)

const atServer = (server: TestServer, search: ReturnType<typeof createByteSearch>): readonly Find[] => [
  ...search.folder(server.data),
  ...search.text(server.output(), 'what the server wrote'),
]

let server: TestServer
const people: Person[] = []
test.afterEach(async () => {
  for (const one of people.splice(0)) await one.remove()
  await server.remove()
})

test('T-18 T-38 T-42 T-78 thirty canaries and every key: none at the server, none in a profile', async () => {
  test.setTimeout(240_000)
  const folder = copyThatShowsKeys()
  server = await startServer(talkative, {}, folder)
  const canaries = createCanaries()
  expect(canaries.all).toHaveLength(30)
  const left = await leaveCanaries(server, canaries, people)
  const { sara, marcus } = left
  const keys = [...new Set([...(await keysOf(sara)), ...(await keysOf(marcus))])]
  for (const name of [
    'database',
    'device-secret',
    'unlock-wrapping',
    'aead',
    'secret',
    'dh-private',
    'signature-private',
  ])
    expect(keys.filter((key) => key.startsWith(`${name} `)).length, name).toBeGreaterThan(0)
  const secrets = secretNeedles(left)
  const needles = [...canaries.all.map(needleOf), ...secrets, ...keys.map(keyNeedle)]
  const search = createByteSearch(needles)
  console.log(`  ${keys.length} keys, ${search.formCount} forms`)

  // The server prints the setup link itself, once; it never sees the invite's secret.
  const server1 = atServer(server, search)
  expect(server1.filter(({ name }) => name !== 'setup secret')).toEqual([])
  expect(server1.filter(({ place }) => place !== 'what the server wrote')).toEqual([])
  expect(server.output()).toContain('page-served')
  if (existsSync('/proc/self/mem')) {
    const { finds, bytes } = search.memory(server.processId())
    console.log(`  ${Math.round(bytes / 1e6)} MB of the server's memory`)
    expect(bytes).toBeGreaterThan(30e6)
    expect(finds.filter(({ name }) => name !== 'setup secret')).toEqual([])
    // The same search sees what is there: the address that the server answers at.
    const known = createByteSearch([{ name: 'address', forms: textForms(`localhost:${new URL(server.url).port}`) }])
    expect(known.memory(server.processId()).finds.length).toBeGreaterThan(0)
  }

  await sara.page.waitForTimeout(browserWritesAfterMs)
  expect(unexpected(search.folder(sara.profile), 'setup secret'), 'running').toEqual([])
  expect(unexpected(search.folder(marcus.profile), 'invite secret'), 'running').toEqual([])

  // Locked: another worker, which has met no key, and nothing left on the page.
  await sara.lock()
  await expect.poll(() => keysOf(sara).catch(() => 'a worker was just ending')).toEqual([])
  expect(sara.page.workers().length).toBeGreaterThan(0)
  const page = createByteSearch(needles).text(await sara.page.content(), 'the locked page')
  expect(page).toEqual([])
  await sara.page.waitForTimeout(browserWritesAfterMs)
  expect(unexpected(search.folder(sara.profile), 'setup secret'), 'locked').toEqual([])

  // Unlocked again with the passphrase readable on the screen, as people do who mistype.
  await sara.page.getByRole('button', { name: /^show/i }).click()
  await sara.unlock()
  await sara.closeBrowser()
  await marcus.closeBrowser()
  const closed = [search.folder(sara.profile), search.folder(marcus.profile)] as const
  expect(unexpected(closed[0], 'setup secret'), 'closed').toEqual([])
  expect(unexpected(closed[1], 'invite secret'), 'closed').toEqual([])
  const places = [
    ...new Set(closed.flat().map(({ name, place }) => `${name.replace(/ [0-9a-f]{8}$/, '')} in ${place}`)),
  ]
  console.log(places.map((place) => `  expected: ${place}`).join('\n'))
  expect(existsSync(join(sara.profile, 'Default/File System'))).toBe(true)
  await server.stop()
  expect(atServer(server, search).filter(({ name }) => name !== 'setup secret')).toEqual([])
})

test('sabotaged to store in the clear, at least 28 of 30 are found, and the texts at the server', async () => {
  test.setTimeout(180_000)
  server = await startServer(talkative, {}, copyInTheClear())
  const canaries = createCanaries()
  const { sara, marcus } = await leaveCanaries(server, canaries, people)
  await sara.page.waitForTimeout(500)
  const search = createByteSearch(canaries.all.map(needleOf))
  const found = (finds: readonly Find[]): readonly string[] => [...new Set(finds.map(({ name }) => name))]
  const running = found([...search.folder(sara.profile), ...search.folder(marcus.profile)])
  const stored = found(search.folder(server.data))
  await sara.closeBrowser()
  await marcus.closeBrowser()
  const closed = found([...search.folder(sara.profile), ...search.folder(marcus.profile)])
  console.log(`  found: ${running.length} running, ${closed.length} closed, ${stored.length} at the server`)
  expect(running.length).toBeGreaterThanOrEqual(28)
  expect(closed.length).toBeGreaterThanOrEqual(28)
  // All but what never left the browser: drafts, what was taken back, what was never sent.
  expect(stored.length).toBeGreaterThanOrEqual(26)
  if (existsSync('/proc/self/mem')) expect(search.memory(server.processId()).finds.length).toBeGreaterThan(0)
})

test('the page that people run has no trace of the hook for keys', () => {
  const words = ['registerKey', 'halyardKeys', 'halyardRegistersKeys', 'unlock-wrapping', 'mlkem-shared']
  const traces = (folder: string): readonly string[] => {
    const code = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.js'))
      .map((path) => readFileSync(join(folder, path), 'utf8'))
    expect(code.length).toBeGreaterThan(3)
    return words.filter((word) => code.some((text) => text.includes(word)))
  }
  expect(traces(join(root, 'packages/web/dist'))).toEqual([])
  expect(traces(join(copyThatShowsKeys(), 'packages/web/dist'))).toEqual(
    expect.arrayContaining(['registerKey', 'halyardKeys', 'mlkem-shared']),
  )
})

test('T-18 T-42 a member in Node: no canary and no key in its folder, nor at the server', async () => {
  server = await startServer(talkative)
  const canaries = createCanaries()
  const folder = mkdtempSync(join(tmpdir(), 'halyard-node-'))
  const keys = new Set<string>()
  const registerKey = (name: string, bytes: Uint8Array): void =>
    void keys.add(`${name} ${Buffer.from(bytes).toString('hex')}`)
  const open = (name: string) =>
    openNodeMember({ folder: join(folder, name), key: new Uint8Array(randomBytes(32)), url: server.url, registerKey })
  const one = await open('one')
  const two = await open('two')
  try {
    const owner = await one.setUp({
      token: server.setupLink?.split('#')[1] ?? '',
      networkName: canaries.network.text,
      name: canaries.owner.text,
    })
    if (!owner.ok) throw new Error(owner.code)
    const invite = await owner.value.commands.createInvite()
    if (!invite.ok) throw new Error(invite.code)
    const link = new URL(invite.value.link)
    const guest = await two.join({ path: link.pathname, fragment: link.hash.slice(1), name: canaries.guest.text })
    if (!guest.ok) throw new Error(guest.code)
    const { items } = guest.value.query('chats', undefined)
    const chatId = items.find(({ kind }) => kind === 'direct')?.chatId ?? ''
    for (const { text } of [...canaries.direct, ...canaries.answers])
      await guest.value.commands.send({ chatId, text, ranges: [] })
    for (const { text } of canaries.notes) await guest.value.commands.send({ chatId: 'me', text, ranges: [] })
    await guest.value.commands.setDraft({ chatId, text: canaries.drafts[0].text })
    await expect
      .poll(() => owner.value.query('chats', undefined).unreadTotal, { timeout: 15_000 })
      .toBe(canaries.direct.length + canaries.answers.length)
    expect(keys.size).toBeGreaterThan(100)
    const search = createByteSearch([...canaries.all.map(needleOf), ...[...keys].map(keyNeedle)])
    expect(search.folder(folder), 'running').toEqual([])
    expect(atServer(server, search)).toEqual([])
    await one.close()
    await two.close()
    expect(search.folder(folder), 'closed').toEqual([])
  } finally {
    await one.close()
    await two.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
