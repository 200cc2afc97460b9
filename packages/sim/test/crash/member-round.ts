/** One round of a member in a process of its own: it ends, comes back, and all it has shown arrives, once, in order. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Member } from '@halyard/client'
import { openNodeMember } from '@halyard/client/node'
import { freePort, spawnServer } from '../../../server/test/spawn-server.ts'
import type { DieAt, FromMember, ToMember } from './member-process.ts'

export interface Outcome {
  /** Messages that were shown before it ended. */
  readonly acknowledged: number
  readonly lost: number
  readonly faults: readonly string[]
  readonly words: string
}
type Ending = 'any-moment' | DieAt['boundary']
const patienceMs = 120_000

export const runMemberRound = async (ending: Ending): Promise<Outcome> => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-member-'))
  const server = await spawnServer(join(folder, 'server'), await freePort())
  const key = new Uint8Array(randomBytes(32))
  const peer = await openNodeMember({ folder: join(folder, 'peer'), key, url: server.url })
  const own = new Own(join(folder, 'own'), server.url)
  try {
    const token = server.setupToken ?? ''
    const made = await peer.setUp({ token, networkName: 'Northwind', name: 'Peer' })
    if (!made.ok) throw new Error(made.code)
    const invite = await made.value.commands.createInvite()
    if (!invite.ok) throw new Error(invite.code)
    await own.start({ kind: 'join', link: invite.value.link })
    const texts = Array.from({ length: 24 }, (_, at) => `text ${String(at).padStart(2, '0')}`)
    await own.sendAndEnd(texts, ending)
    const shown = new Set(own.shown)
    const sent = own.sent.size
    await own.start({ kind: 'open' })
    const after = own.rows.map(([text]) => text)
    await until(() => own.rows.every(([, state]) => state !== 'waiting'))
    await until(() => [...shown].every((text) => textsAt(made.value).includes(text)))
    const arrived = textsAt(made.value)
    const faults = [
      ...(new Set(arrived).size === arrived.length ? [] : ['something arrived twice']),
      ...(arrived.join() === texts.filter((text) => arrived.includes(text)).join() ? [] : ['out of order']),
      ...[...shown].filter((text) => !after.includes(text)).map((text) => `${text} was shown and is gone`),
    ]
    const lost = [...shown].filter((text) => !arrived.includes(text)).length
    return { acknowledged: shown.size, lost, faults, words: `${sent} of them sent, ${arrived.length} arrived` }
  } finally {
    await own.kill()
    await peer.close()
    await server.kill()
    rmSync(folder, { recursive: true })
  }
}

const until = async (fact: () => boolean): Promise<void> => {
  const untilMs = performance.now() + patienceMs
  while (!fact()) {
    if (performance.now() > untilMs) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const textsAt = (member: Member): readonly string[] => {
  const chatId = member.query('chats', undefined).items.find(({ kind }) => kind === 'direct')?.chatId ?? ''
  const { rows } = member.query('timeline', { chatId, around: 'end', limit: 500 })
  return rows.flatMap((row) => (row.kind === 'text' ? [row.text] : []))
}

/** The member's process, as often as it starts. */
class Own {
  rows: FromMember['rows'] = []
  /** Texts that a screen has shown, and those that it has called sent. */
  readonly shown = new Set<string>()
  readonly sent = new Set<string>()
  readonly #args: readonly string[]
  #child: ChildProcess | undefined

  constructor(folder: string, url: string) {
    this.#args = [folder, url, randomBytes(32).toString('hex')]
  }
  async start(order: ToMember): Promise<void> {
    const child = fork(join(import.meta.dirname, 'member-process.ts'), this.#args)
    this.#child = child
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message: FromMember) => {
        this.rows = message.rows
        for (const [text, state] of message.rows) {
          this.shown.add(text)
          if (state !== 'waiting' && state !== 'failed') this.sent.add(text)
        }
        if (message.kind === 'ready') resolve()
      })
      child.once('exit', () => reject(new Error('the member ended')))
    })
    child.send(order)
    await ready
  }
  async sendAndEnd(texts: readonly string[], ending: Ending): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    const dieAt = ending === 'any-moment' ? undefined : { boundary: ending, commits: randomInt(3, 50) }
    child.send({ kind: 'send', texts, dieAt } satisfies ToMember)
    // One that has nothing left to commit ends all the same.
    const waitMs = dieAt === undefined ? randomInt(1500) : 5000
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, waitMs))])
    child.kill('SIGKILL')
    await gone
  }
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
}
