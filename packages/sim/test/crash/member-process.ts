/** Run by a round: a member in Node that says over IPC what it shows, and ends itself at a commit when it is told to. */
import type { Member } from '@halyard/client'
import { openNodeMember } from '@halyard/client/node'

export type ToMember =
  | { readonly kind: 'join'; readonly link: string }
  | { readonly kind: 'open' }
  | { readonly kind: 'send'; readonly texts: readonly string[]; readonly dieAt: DieAt | undefined }
export interface DieAt {
  readonly boundary: 'before-commit' | 'after-commit'
  /** Counted from now. */
  readonly commits: number
}
export interface FromMember {
  readonly kind: 'ready' | 'rows'
  /** Text and state, as a screen would show them. */
  readonly rows: readonly (readonly [text: string, state: string])[]
}

const [, , folder = '', url = '', keyHex = ''] = process.argv
const opened = await openNodeMember({ folder, url, key: new Uint8Array(Buffer.from(keyHex, 'hex')) })
const { database } = opened.ports
let member: Member | undefined
let dying: { readonly boundary: DieAt['boundary']; left: number } | undefined

const commit = database.transaction.bind(database)
const die = (): void => void process.kill(process.pid, 'SIGKILL')
Object.assign(database, {
  transaction: <T>(work: () => T): T => {
    const isLast = dying !== undefined && --dying.left === 0
    const value = commit(() => {
      const done = work()
      if (isLast && dying?.boundary === 'before-commit') die()
      return done
    })
    if (isLast) die()
    return value
  },
} satisfies Partial<typeof database>)

const say = (message: FromMember): void => void process.send?.(message)
const chatOf = (one: Member): string =>
  one.query('chats', undefined).items.find(({ kind }) => kind === 'direct')?.chatId ?? ''
const rowsOf = (one: Member): FromMember['rows'] =>
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

const take = async (message: ToMember): Promise<void> => {
  if (message.kind === 'send') {
    const { dieAt } = message
    dying = dieAt === undefined ? undefined : { boundary: dieAt.boundary, left: dieAt.commits }
    for (const text of message.texts) void member?.commands.send({ chatId: chatOf(member), text, ranges: [] })
    return
  }
  const link = message.kind === 'join' ? new URL(message.link) : undefined
  const result = await (link === undefined
    ? opened.open()
    : opened.join({ path: link.pathname, fragment: link.hash.slice(1), name: 'Robin' }))
  if (!result.ok) throw new Error(`refused: ${result.code}`)
  begin(result.value)
}

process.on('message', (message) => void take(message as ToMember))
