/** Run by the kill test: a member without a screen, told what to write over IPC, and saying what it has shown. */
import { openNodeMember } from '@halyard/client/node'
import type { Member } from '@halyard/client'

export type ToNodePerson =
  | { readonly kind: 'join'; readonly link: string; readonly name: string }
  | { readonly kind: 'open' }
  | { readonly kind: 'send'; readonly texts: readonly string[] }
export interface FromNodePerson {
  readonly kind: 'ready' | 'rows'
  /** Text and state, as a screen would show them. */
  readonly rows: readonly (readonly [text: string, state: string])[]
}

const [, , folder = '', url = '', keyHex = ''] = process.argv
const opened = await openNodeMember({ folder, url, key: new Uint8Array(Buffer.from(keyHex, 'hex')) })
let member: Member | undefined

const say = (message: FromNodePerson): void => void process.send?.(message)

const chatOf = (one: Member): string =>
  one.query('chats', undefined).items.find(({ kind }) => kind === 'direct')?.chatId ?? ''

const rowsOf = (one: Member): FromNodePerson['rows'] =>
  one
    .query('timeline', { chatId: chatOf(one), around: 'end', limit: 500 })
    .rows.flatMap((row) => (row.kind === 'text' ? [[row.text, row.state ?? ''] as const] : []))

const begin = (one: Member): void => {
  member = one
  one.onChange((topics) => {
    if (topics.has(`timeline:${chatOf(one)}`)) say({ kind: 'rows', rows: rowsOf(one) })
  })
  say({ kind: 'ready', rows: rowsOf(one) })
}

const take = async (message: ToNodePerson): Promise<void> => {
  if (message.kind === 'send') {
    const one = member
    if (one === undefined) throw new Error('nobody is there to write')
    for (const text of message.texts) void one.commands.send({ chatId: chatOf(one), text, ranges: [] })
    return
  }
  const link = message.kind === 'join' ? new URL(message.link) : undefined
  const result =
    message.kind === 'join' && link !== undefined
      ? await opened.join({ path: link.pathname, fragment: link.hash.slice(1), name: message.name })
      : await opened.open()
  if (!result.ok) throw new Error(`refused: ${result.code}`)
  begin(result.value)
}

process.on('message', (message) => void take(message as ToNodePerson))
