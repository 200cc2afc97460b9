/** Two members in Node, a server process, a backup while it writes, kill -9, and the backup in the place of the data. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Member } from '@halyard/client'
import { openNodeMember } from '@halyard/client/node'
import type { NodeMember } from '@halyard/client/node'
import { backupData, restoreData } from '@halyard/server/node'
import { freePort, spawnServer } from '../../server/test/spawn-server.ts'
import type { ServerProcess } from '../../server/test/spawn-server.ts'

let folder: string
let server: ServerProcess
const opened: NodeMember[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-backup-'))
})
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  await server.kill()
  rmSync(folder, { recursive: true })
})

interface Someone {
  readonly member: Member
  readonly node: NodeMember
}
const open = async (name: string, begin: (node: NodeMember) => ReturnType<NodeMember['open']>): Promise<Someone> => {
  const key = new Uint8Array(randomBytes(32))
  const node = await openNodeMember({ folder: join(folder, name), key, url: server.url })
  opened.push(node)
  const begun = await begin(node)
  if (!begun.ok) throw new Error(begun.code)
  return { member: begun.value, node }
}
const chatOf = ({ member }: Someone): string =>
  member.query('chats', undefined).items.find(({ kind }) => kind === 'direct')?.chatId ?? ''
const send = (someone: Someone, text: string): void =>
  void someone.member.commands.send({ chatId: chatOf(someone), text, ranges: [] })

interface Shown {
  readonly text: string
  readonly state: string | undefined
}
const shown = (someone: Someone): readonly Shown[] =>
  someone.member
    .query('timeline', { chatId: chatOf(someone), around: 'end', limit: 500 })
    .rows.flatMap((row) => (row.kind === 'text' ? [{ text: row.text, state: row.own ? row.state : undefined }] : []))
const texts = (someone: Someone): readonly string[] => shown(someone).map(({ text }) => text)

/** Longer than a client may wait before it tries again to reach a server that was away for long. */
const patienceMs = 240_000
const until = (fact: () => boolean, what: string): Promise<void> =>
  expect.poll(fact, { timeout: patienceMs, message: what }).toBe(true)
const burst = (name: string): readonly string[] => Array.from({ length: 20 }, (_, at) => `${name} ${at}`)

test('a backup taken while it writes, more messages, kill -9, restored: both have all, once, in the order it was written', async () => {
  const port = await freePort()
  const data = join(folder, 'data')
  server = await spawnServer(data, port)
  const token = server.setupToken ?? ''
  const ava = await open('ava', (node) => node.setUp({ token, networkName: 'Northwind', name: 'Ava' }))
  const invite = await ava.member.commands.createInvite()
  if (!invite.ok) throw new Error(invite.code)
  const { pathname, hash } = new URL(invite.value.link)
  const ben = await open('ben', (node) => node.join({ path: pathname, fragment: hash.slice(1), name: 'Ben' }))
  await until(() => chatOf(ava) !== '' && chatOf(ben) !== '', 'a chat')
  const written = { ava: [] as string[], ben: [] as string[] }
  const writeBoth = (name: string): void => {
    for (const text of burst(`ava ${name}`)) {
      send(ava, text)
      written.ava.push(text)
    }
    for (const text of burst(`ben ${name}`)) {
      send(ben, text)
      written.ben.push(text)
    }
  }
  // Where both make the conversation at the same moment, what each wrote in their own stands first on their screen.
  send(ava, 'ava begins')
  written.ava.push('ava begins')
  await until(() => texts(ben).length === 1, 'they talk')
  const count = (): number => written.ava.length + written.ben.length
  const accepted = (): boolean => shown(ava).every(({ state }) => state !== 'waiting')

  writeBoth('before')
  await until(() => texts(ben).length > 25 && texts(ava).length > 25, 'some have arrived')
  backupData(data, join(folder, 'backup'))
  writeBoth('after')
  await until(() => texts(ava).length === count() && texts(ben).length === count() && accepted(), 'all have arrived')
  // These are on their way, and the server ends in their midst.
  writeBoth('last')
  await until(() => texts(ben).length > count() - 15, 'some of the last')
  await server.kill()
  restoreData(data, join(folder, 'backup'))
  server = await spawnServer(data, port)
  writeBoth('restored')

  await until(() => texts(ava).length >= count() && texts(ben).length >= count() && accepted(), 'all again')
  for (const one of [ava, ben]) {
    const all = texts(one)
    expect(all.filter((text) => text.startsWith('ava'))).toEqual(written.ava)
    expect(all.filter((text) => text.startsWith('ben'))).toEqual(written.ben)
    expect(one.member.query('alarms', undefined)).toMatchObject([{ kind: 'server-restored' }])
  }
  expect(texts(ava)).toEqual(texts(ben))
})
