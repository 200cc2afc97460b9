/**
 * Puts history into the chats of a profile, with the product's own function for a text row and in its tables, as if the
 * messages had come long ago and been read. Runs inside a copy of the worker; the log and the MLS state stay as they are.
 */
type Value = string | number | Uint8Array | undefined
interface Database {
  run(sql: string, parameters?: readonly Value[]): unknown
  all(sql: string, parameters?: readonly Value[]): readonly Readonly<Record<string, Value>>[]
  transaction<T>(work: () => T): T
}
type AddText = (
  database: never,
  row: {
    readonly key: string
    readonly chat: string
    readonly position: number
    readonly atMs: number
    readonly own: boolean
    readonly author: Uint8Array
    readonly conversation: Uint8Array | undefined
    readonly id: Uint8Array
    readonly text: string
    readonly ranges: readonly never[]
    readonly late: boolean
  },
) => void

/** Messages per chat, the chats in the order of when their people joined: 100,000 in all. */
export const historySizes = [20_000, 20_000, 40_000, 10_000, 10_000] as const
const stride = 8
const slice = 1_000
const words = 'pumps trucks water north bridge ten crews rain list tomorrow school road fuel ready second call'.split(
  ' ',
)

export const fillDatabase = (database: Database, addText: AddText): void => {
  const chats = database.all(
    `SELECT c.chat, c.account, g.conversation FROM chats c JOIN accounts a ON a.account = c.account
     JOIN conversations g ON g.chat = c.chat WHERE g.kind = 'direct' ORDER BY a.joined_ms`,
  )
  if (chats.length < historySizes.length) throw new Error(`only ${chats.length} conversations to fill`)
  const [me] = database.all(
    `SELECT chat, account FROM chats WHERE chat NOT IN (SELECT chat FROM conversations WHERE kind = 'direct')`,
  )
  for (const [index, size] of historySizes.entries()) {
    const row = chats[index]
    if (row === undefined) continue
    const chat = String(row['chat'])
    makeRoom(database, chat, size)
    for (let from = 0; from < size; from += slice) {
      database.transaction(() => {
        for (let at = from; at < from + slice; at++)
          addOne(database, addText, {
            index,
            at,
            size,
            chat,
            author: bytes(row['account']),
            conversation: bytes(row['conversation']),
            own: bytes(me?.['account']),
          })
      })
    }
    database.transaction(() => {
      database.run('UPDATE chats SET unread = 0, read_position = ? WHERE chat = ?', [(size + 1) * stride, chat])
    })
  }
}

const bytes = (value: Value): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw new Error('no bytes')
  return value
}

/** What is there already stays behind what is put in front of it. */
const makeRoom = (database: Database, chat: string, size: number): void =>
  database.transaction(() => {
    const shift = (size + 2) * stride
    // In two steps, so that no two rows meet on the way.
    database.run('UPDATE timeline SET position = -position - ? WHERE chat = ?', [shift, chat])
    database.run('UPDATE timeline SET position = -position WHERE chat = ?', [chat])
    database.run('UPDATE conversations SET base = base + ? WHERE chat = ?', [shift, chat])
  })

interface Place {
  readonly index: number
  readonly at: number
  readonly size: number
  readonly chat: string
  readonly author: Uint8Array
  readonly conversation: Uint8Array
  readonly own: Uint8Array
}

const addOne = (database: Database, addText: AddText, place: Place): void => {
  const { index, at, size, chat } = place
  const id = crypto.getRandomValues(new Uint8Array(16))
  const key = Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const isOwn = at % 3 === 0
  const length = 4 + ((at * 7) % 23)
  const text = Array.from({ length }, (_, word) => words[(at * 5 + word * 3 + index) % words.length]).join(' ')
  addText(database as never, {
    key,
    chat,
    position: (at + 1) * stride,
    atMs: Date.now() - (size - at) * 60_000,
    own: isOwn,
    author: isOwn ? place.own : place.author,
    conversation: place.conversation,
    id,
    text: `[${index}] ${text}`,
    ranges: [],
    late: false,
  })
  if (isOwn) database.run(`UPDATE timeline SET state = 'read' WHERE key = ?`, [key])
  else database.run('INSERT OR IGNORE INTO seen (id, at_ms) VALUES (?, ?)', [id, Date.now()])
}
