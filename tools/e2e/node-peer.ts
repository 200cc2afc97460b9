/** A member in the test's own process, the first of its network: never killed, and able to say what no client would. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { content, encode } from '@halyard/protocol'
import type { Content } from '@halyard/protocol'
import { openNodeMember } from '@halyard/client/node'
import type { Member, TimelinePage } from '@halyard/client'
import type { TestServer } from './server.ts'

export interface NodePeer {
  readonly member: Member
  inviteLink(): Promise<string>
  chatId(): string
  send(text: string): Promise<void>
  /** Past the checks of the own client: the content as given is what is sealed. */
  sendRaw(value: Content): Promise<void>
  /** Every text of one side, oldest first. */
  texts(own: boolean): readonly string[]
  remove(): Promise<void>
}

export const createNodePeer = async (
  server: TestServer,
  names: { readonly network: string; readonly own: string } = { network: 'Northwind Relief', own: 'Peer' },
): Promise<NodePeer> => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-peer-'))
  const opened = await openNodeMember({ folder, key: new Uint8Array(randomBytes(32)), url: server.url })
  const token = server.setupLink?.split('#')[1] ?? ''
  const made = await opened.setUp({ token, networkName: names.network, name: names.own })
  if (!made.ok) throw new Error(made.code)
  const member = made.value
  const chatId = (): string =>
    member.query('chats', undefined).items.find(({ kind }) => kind === 'direct')?.chatId ?? ''
  const send = async (text: string): Promise<void> => {
    const sent = await member.commands.send({ chatId: chatId(), text, ranges: [] })
    if (!sent.ok) throw new Error(sent.code)
  }
  return {
    member,
    chatId,
    send,
    async inviteLink() {
      const invite = await member.commands.createInvite()
      if (!invite.ok) throw new Error(invite.code)
      return invite.value.link
    },
    async sendRaw(value) {
      // The command writes its row before it first waits for anything, and sealing comes later.
      const sending = send('to be replaced')
      const { changes } = opened.ports.database.run(
        `UPDATE outbox SET content = ? WHERE state = 'queued' AND ordinal = (SELECT max(ordinal) FROM outbox)`,
        [encode(content, value)],
      )
      if (changes !== 1) throw new Error('the text was sealed already')
      await sending
    },
    texts(own) {
      const rows = new Map<string, { readonly position: number; readonly text: string }>()
      let around: number | 'end' = 'end'
      for (;;) {
        const page: TimelinePage = member.query('timeline', { chatId: chatId(), around, limit: 500 })
        const before = rows.size
        for (const row of page.rows)
          if (row.kind === 'text' && row.own === own) rows.set(row.key, { position: row.position, text: row.text })
        const first = page.rows[0]
        if (!page.hasOlder || first === undefined || (rows.size === before && around !== 'end')) break
        around = first.position
      }
      return [...rows.values()].sort((a, b) => a.position - b.position).map(({ text }) => text)
    },
    async remove() {
      await opened.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
