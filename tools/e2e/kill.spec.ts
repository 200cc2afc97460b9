/**
 * Power cuts: server, browser and a member in Node, each killed with messages on the way. Whatever was shown is there
 * afterwards and arrives, nothing twice, all in order. HALYARD_ROUNDS=10 makes it ten rounds each.
 */
import { expect, test } from '@playwright/test'
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodePeer } from './node-peer.ts'
import type { NodePeer } from './node-peer.ts'
import type { FromNodePerson, ToNodePerson } from './node-person.ts'
import { Person } from './person.ts'
import { startServer } from './server.ts'
import type { TestServer } from './server.ts'

const rounds = Number(process.env['HALYARD_ROUNDS'] ?? 4)
/** Of three rounds two have the server stopped, so that nothing has left; in the third the kill falls at any moment. */
const roundsWithRandom = Math.ceil(rounds * 1.5)
const isStillRound = (round: number): boolean => round % 3 !== 2
const inFlightMin = 20
const burstSize = 24

let server: TestServer
let peer: NodePeer
const people: Person[] = []

test.beforeEach(async () => {
  server = await startServer()
  peer = await createNodePeer(server)
})
test.afterEach(async () => {
  for (const one of people.splice(0)) await one.remove()
  await peer.remove()
  await server.remove()
})

const textsAtPeer = (own: boolean): readonly string[] => peer.texts(own)

const burst = (name: string, size = burstSize): readonly string[] =>
  Array.from({ length: size }, (_, at) => `${name} ${String(at).padStart(2, '0')}`)

/** All that was shown is there, each once, and what is there stands in the order it was written. */
const expectOrder = (arrived: readonly string[], written: readonly string[], shown: ReadonlySet<string>): void => {
  expect(new Set(arrived).size, 'nothing twice').toBe(arrived.length)
  expect(arrived, 'in order').toEqual(written.filter((text) => arrived.includes(text)))
  expect(
    [...shown].filter((text) => !arrived.includes(text)),
    'all that was shown',
  ).toEqual([])
}

/** Enter is pressed for each within one turn of the page's loop: all of them are on the way together. */
const writeAtOnce = (person: Person, texts: readonly string[]): Promise<void> =>
  person.page.getByRole('textbox', { name: 'Message' }).evaluate((box, all) => {
    if (!(box instanceof HTMLTextAreaElement)) throw new Error('no text area')
    for (const text of all) {
      box.value = text
      box.dispatchEvent(new Event('input', { bubbles: true }))
      box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
    }
  }, texts)

interface Bubbles {
  readonly shown: Set<string>
  readonly sent: Set<string>
}
/** What the screen shows now, added to what it has ever shown. */
const look = async (person: Person, written: ReadonlySet<string>, into: Bubbles): Promise<void> => {
  const texts = await person.messages.evaluateAll((articles) =>
    articles.map((article) => [
      article.querySelector('bdi')?.textContent ?? '',
      /(?:Waiting|Sent|Delivered|Read|Failed)$/.exec(article.textContent ?? '')?.[0] ?? '',
    ]),
  )
  for (const [text = '', state = ''] of texts) {
    if (!written.has(text)) continue
    into.shown.add(text)
    if (/^(?:Sent|Delivered|Read)$/.test(state)) into.sent.add(text)
  }
}
const lookFor = async (person: Person, written: ReadonlySet<string>, into: Bubbles, ms: number): Promise<void> => {
  const untilMs = Date.now() + ms
  do await look(person, written, into)
  while (Date.now() < untilMs)
}
/** Until most of them are on the screen; the server says nothing, so none of them can have left. */
const lookUntilShown = (person: Person, written: ReadonlySet<string>, into: Bubbles): Promise<void> =>
  expect
    .poll(
      async () => {
        await look(person, written, into)
        return into.shown.size
      },
      { intervals: [20] },
    )
    .toBeGreaterThanOrEqual(inFlightMin)

const joined = async (name: string): Promise<Person> => {
  const person = new Person(name, { unlock: 'passkey' })
  people.push(person)
  await person.openBrowser()
  await person.join(await peer.inviteLink())
  await person.open('Peer')
  await person.say('here I am')
  await expect.poll(() => textsAtPeer(false)).toEqual(['here I am'])
  return person
}

test(`the server is killed ${rounds} times with messages on the way from both sides`, async () => {
  test.setTimeout(60_000 + rounds * 20_000)
  const sara = await joined('Sara Kowalski')
  const written: string[] = ['here I am']
  const answered: string[] = []
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const texts = burst(`round ${round} out`)
    const answers = burst(`round ${round} back`)
    const seen: Bubbles = { shown: new Set(), sent: new Set() }
    // Every second time the server is stopped first, so that nothing at all has been answered when it dies.
    const isStill = round % 2 === 0
    if (isStill) process.kill(server.processId(), 'SIGSTOP')
    await writeAtOnce(sara, texts)
    for (const text of answers) void peer.send(text)
    if (isStill) await lookUntilShown(sara, new Set(texts), seen)
    else await lookFor(sara, new Set(texts), seen, randomInt(120))
    await server.kill()
    await look(sara, new Set(texts), seen)
    least = Math.min(least, texts.length - seen.sent.size + answers.length)
    written.push(...texts)
    answered.push(...answers)
    await server.start()
    await expect.poll(() => textsAtPeer(false).length, { timeout: 40_000 }).toBe(written.length)
    await sara.sees(answers.at(-1) ?? '')
    // The peer reads nothing.
    await sara.seesOwn(texts.at(-1) ?? '', 'Delivered')
    expectOrder(textsAtPeer(false), written, new Set(written))
  }
  expect(textsAtPeer(false)).toEqual(written)
  expect(textsAtPeer(true)).toEqual(answered)
  expect(least).toBeGreaterThanOrEqual(inFlightMin)
  console.log(`  ${written.length + answered.length} messages, at least ${least} not yet accepted at each kill`)
})

test(`the browser is killed ${roundsWithRandom} times with messages on the way`, async () => {
  test.setTimeout(60_000 + roundsWithRandom * 30_000)
  const sara = await joined('Sara Kowalski')
  const written: string[] = ['here I am']
  const shown = new Set(written)
  let sentCount = 0
  for (let round = 0; round < roundsWithRandom; round++) {
    const texts = burst(`round ${round}`)
    const seen: Bubbles = { shown: new Set(), sent: new Set() }
    const isStill = isStillRound(round)
    if (isStill) process.kill(server.processId(), 'SIGSTOP')
    written.push(...texts)
    await writeAtOnce(sara, texts)
    if (isStill) await lookUntilShown(sara, new Set(texts), seen)
    else await lookFor(sara, new Set(texts), seen, randomInt(1_500))
    await sara.killBrowser()
    if (isStill) {
      process.kill(server.processId(), 'SIGCONT')
      expect(seen.shown.size - seen.sent.size, 'in flight at the kill').toBeGreaterThanOrEqual(inFlightMin)
    }
    for (const text of seen.shown) shown.add(text)
    sentCount += seen.sent.size
    await sara.openBrowser()
    await sara.page.goto(server.url)
    await sara.unlock()
    await sara.open('Peer')
    for (const text of seen.shown) await sara.sees(text)
    await expect
      .poll(() => [...shown].filter((text) => !textsAtPeer(false).includes(text)), { timeout: 30_000 })
      .toEqual([])
    const own = (await sara.messages.locator('bdi').allInnerTexts()).filter((text) => texts.includes(text))
    expectOrder(own, texts, seen.shown)
  }
  expectOrder(textsAtPeer(false), written, shown)
  console.log(
    `  ${shown.size} shown and ${sentCount} sent of ${written.length} when killed; ${textsAtPeer(false).length} arrived`,
  )
})

test(`a member in Node is killed ${roundsWithRandom} times with messages on the way`, async () => {
  test.setTimeout(60_000 + roundsWithRandom * 15_000)
  const keyHex = randomBytes(32).toString('hex')
  const link = await peer.inviteLink()
  const written: string[] = []
  const shown = new Set<string>()
  let sentCount = 0
  const folder = mkdtempSync(join(tmpdir(), 'halyard-killed-'))
  let child: ChildProcess | undefined
  let rows: FromNodePerson['rows'] = []
  const start = async (first: boolean): Promise<void> => {
    const started = fork(join(import.meta.dirname, 'node-person.ts'), [folder, server.url, keyHex])
    child = started
    const ready = new Promise<void>((resolve, reject) => {
      started.on('message', (message: FromNodePerson) => {
        rows = message.rows
        if (message.kind === 'ready') resolve()
      })
      started.once('exit', () => reject(new Error('the member ended')))
    })
    const order: ToNodePerson = first ? { kind: 'join', link, name: 'Robin Node' } : { kind: 'open' }
    started.send(order)
    await ready
  }
  const kill = async (): Promise<void> => {
    const dying = child
    child = undefined
    if (dying === undefined) return
    const gone = new Promise((resolve) => dying.once('exit', resolve))
    dying.kill('SIGKILL')
    await gone
  }
  try {
    for (let round = 0; round < roundsWithRandom; round++) {
      await start(round === 0)
      const there = rows.map(([text]) => text)
      expectOrder(
        there,
        written.filter((text) => there.includes(text)),
        new Set(),
      )
      expect(
        [...shown].slice(-400).filter((text) => !there.includes(text)),
        'shown before the kill',
      ).toEqual([])
      const texts = burst(`round ${round}`)
      written.push(...texts)
      const isStill = isStillRound(round)
      if (isStill) process.kill(server.processId(), 'SIGSTOP')
      const order: ToNodePerson = { kind: 'send', texts }
      child?.send(order)
      if (isStill)
        await expect
          .poll(() => rows.filter(([text]) => texts.includes(text)).length, { intervals: [20] })
          .toBeGreaterThanOrEqual(inFlightMin)
      else await new Promise((resolve) => setTimeout(resolve, randomInt(800)))
      await kill()
      if (isStill) {
        process.kill(server.processId(), 'SIGCONT')
        const inFlight = rows.filter(([text, state]) => texts.includes(text) && state === 'waiting').length
        expect(inFlight, 'in flight at the kill').toBeGreaterThanOrEqual(inFlightMin)
      }
      for (const [text, state] of rows) {
        shown.add(text)
        if (texts.includes(text) && state !== 'waiting') sentCount++
      }
    }
    await start(false)
    await expect
      .poll(() => [...shown].filter((text) => !textsAtPeer(false).includes(text)), { timeout: 30_000 })
      .toEqual([])
    await expect.poll(() => rows.filter(([, state]) => state === 'waiting').length, { timeout: 30_000 }).toBe(0)
    expectOrder(textsAtPeer(false), written, shown)
    console.log(
      `  ${shown.size} shown and ${sentCount} sent of ${written.length} when killed; ${textsAtPeer(false).length} arrived`,
    )
  } finally {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  }
})
