/** The people of the benchmark: two at browsers, the others as members without a screen, and one server between them. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNodeMember } from '@halyard/client/node'
import type { NodeMember } from '@halyard/client/node'
import type { Member } from '@halyard/client'
import { Person } from '../../../../tools/e2e/person.ts'
import { startServer } from '../../../../tools/e2e/server.ts'
import type { TestServer } from '../../../../tools/e2e/server.ts'
import { historySizes } from './fill-database.ts'
import { installClock } from './page-clock.ts'
import type { ClockOptions } from './page-clock.ts'
import { fillingCopy } from './worker-copies.ts'

/** A member without a screen, in a folder of its own. */
export interface Screenless {
  readonly name: string
  readonly member: Member
  /** Its conversation with the first person. */
  readonly chatId: string
  close(): Promise<void>
}

export interface World {
  readonly server: TestServer
  readonly ana: Person
  readonly ben: Person
  /** Writes to Ana on demand. */
  readonly nora: Screenless
  /** Opens a browser that the clock watches. */
  open(person: Person, options: ClockOptions): Promise<void>
  remove(): Promise<void>
}

/** In the order of joining, which is the order of `historySizes`. */
const screenless = ['Nora', 'Cleo', 'Dan', 'Eve'] as const
export const patienceMs = 120_000

/**
 * Ana has conversations with all, and `historySizes` messages in them. `copy`: the folder of a changed
 * product; undefined is the product itself.
 */
export const createWorld = async (copy: string | undefined): Promise<World> => {
  const server = await startServer([], {}, copy)
  const ana = new Person('Ana', { unlock: 'passkey' })
  const ben = new Person('Ben', { unlock: 'passkey' })
  const members: Screenless[] = []
  const folders: string[] = []
  const open: World['open'] = async (person, options) => {
    await person.openBrowser()
    await installClock(person.context, options)
  }
  await open(ana, { pressesUnlock: false, keepsServiceWorker: false })
  await ana.setUp(server.setupLink ?? '', 'Speed')
  await open(ben, { pressesUnlock: false, keepsServiceWorker: false })
  await ben.join(await ana.invite())
  await ben.open('Ana')
  for (const name of screenless) {
    const folder = mkdtempSync(join(tmpdir(), 'halyard-member-'))
    folders.push(folder)
    members.push(await joinAs(name, folder, server.url, await ana.invite()))
  }
  const [nora] = members
  if (nora === undefined) throw new Error('nobody has joined')
  await ana.open('Ben')
  await ana.say('⟨begin⟩')
  await ben.sees('⟨begin⟩')
  await ana.closeBrowser()
  await ben.closeBrowser()
  for (const other of members.slice(1)) await other.close()
  await fillHistory(ana, server)
  return {
    server,
    ana,
    ben,
    nora,
    open,
    async remove() {
      await nora.close().catch(() => undefined)
      await Promise.all([ana.remove(), ben.remove()])
      await server.remove()
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}

const joinAs = async (name: string, folder: string, url: string, link: string): Promise<Screenless> => {
  const node: NodeMember = await openNodeMember({ folder, key: new Uint8Array(32).fill(7), url })
  const { pathname, hash } = new URL(link)
  const joined = await node.join({ path: pathname, fragment: hash.slice(1), name })
  if (!joined.ok) throw new Error(`${name} could not join: ${joined.code}`)
  const member = joined.value
  const findAna = () =>
    member.query('chats', undefined).items.find((item) => item.kind === 'direct' && item.person.name === 'Ana')
  await until(`${name} knows Ana`, () => findAna() !== undefined)
  const chatId = findAna()?.chatId ?? ''
  await member.commands.open(chatId)
  await member.commands.send({ chatId, text: `I am ${name}.`, ranges: [] })
  // Ana's device has confirmed, joined and answered.
  await until(`${name} has talked to Ana`, () => {
    const page = member.query('timeline', { chatId, around: 'end', limit: 20 })
    return page.rows.some((row) => row.kind === 'text' && row.own && row.state === 'delivered')
  })
  return { name, member, chatId, close: () => node.close() }
}

/** For a while the filling copy runs on the server's data and port. */
const fillHistory = async (ana: Person, server: TestServer): Promise<void> => {
  await server.stop()
  const extra = ['--url', server.url, '--port', new URL(server.url).port, '--data', server.data]
  const filling = await startServer(extra, {}, fillingCopy())
  await ana.openBrowser()
  await installClock(ana.context, { pressesUnlock: true, keepsServiceWorker: false })
  await ana.page.goto(server.url)
  await ana.page.waitForFunction(() => Number.isFinite(globalThis.halyardClock.chatsShown), undefined, {
    timeout: patienceMs,
  })
  await ana.open('Dan')
  await ana.page
    .getByText(`[${historySizes.length - 2}]`)
    .first()
    .waitFor()
  await ana.closeBrowser()
  await filling.stop()
  await filling.remove()
  await server.start()
}

export const until = async (what: string, holds: () => boolean, maxMs = patienceMs): Promise<void> => {
  const giveUpMs = performance.now() + maxMs
  while (!holds()) {
    if (performance.now() > giveUpMs) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A profile or a data folder as it is now, to be put back as often as wanted; nothing may have it open. */
export const keepFolder = (folder: string): { putBack(): void; forget(): void } => {
  const kept = mkdtempSync(join(tmpdir(), 'halyard-kept-'))
  cpSync(folder, kept, { recursive: true, filter: (path) => !/Singleton/.test(path) })
  return {
    putBack() {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      cpSync(kept, folder, { recursive: true })
    },
    forget: () => rmSync(kept, { recursive: true, force: true }),
  }
}
