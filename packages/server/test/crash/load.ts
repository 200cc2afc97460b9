/** Somebody who writes with many appends on the way, and what the server has acknowledged; somebody else who reads. */
import type { Entry, Request } from '@halyard/protocol'
import { chainStep } from '@halyard/crypto/verify'
import { people, signIn, talkTo } from '../load/people-on-server.ts'
import { random, text, zeroHash } from '../people.ts'
import type { Person } from '../people.ts'
import { converse } from '../world.ts'

export interface Pair {
  readonly ava: Person
  readonly bob: Person
  readonly conversation: Uint8Array
  /** By entry id in hex: what was sent, and the place once it was acknowledged. */
  readonly sent: Map<string, Sent>
}
interface Sent {
  readonly entry: Uint8Array
  readonly row: ReturnType<typeof text>
  seq: number | undefined
}
const inFlight = 25

export const meet = async (port: number, setupToken: string): Promise<Pair> => {
  const [ava, bob] = (await people(port, setupToken, 2)).people
  if (ava === undefined || bob === undefined) throw new Error('two people')
  const { talk, close } = await signIn(port, ava)
  const conversation = await converse(talk, ava, [bob])
  close()
  return { ava, bob, conversation, sent: new Map() }
}

export const acknowledgedOf = (pair: Pair): number =>
  [...pair.sent.values()].filter(({ seq }) => seq !== undefined).length

export interface Writing {
  /** Resolves when this many more have been acknowledged, or the server has answered with a refusal. */
  reached(count: number): Promise<'acknowledged' | 'refused'>
  stop(): void
}

/** Goes on until the server does not answer any more. */
export const write = async (port: number, pair: Pair): Promise<Writing> => {
  const { talk, close } = await signIn(port, pair.ava)
  const begun = acknowledgedOf(pair)
  let wanted = Number.POSITIVE_INFINITY
  let done = 0
  const reaching = Promise.withResolvers<'acknowledged' | 'refused'>()
  const more = async (): Promise<void> => {
    for (;;) {
      const one: Sent = { entry: random(16), row: text(pair.ava, pair.conversation, 1), seq: undefined }
      pair.sent.set(one.entry.toHex(), one)
      const answer = await talk.request('append', { conversation: pair.conversation, entry: one.entry, row: one.row })
      if (!answer.ok) return reaching.resolve('refused')
      one.seq = answer.value.seq
      done = acknowledgedOf(pair) - begun
      if (done >= wanted) reaching.resolve('acknowledged')
    }
  }
  for (let count = 0; count < inFlight; count++) void more()
  return {
    reached(count) {
      wanted = count
      if (done >= wanted) reaching.resolve('acknowledged')
      return reaching.promise
    },
    stop: close,
  }
}

/** As a client does after a restore: everything that was sent is sent again, under the entry it had. */
export const sendAgain = async (port: number, pair: Pair): Promise<void> => {
  const { talk, close } = await signIn(port, pair.ava)
  for (const one of pair.sent.values()) {
    const { conversation } = pair
    one.seq = (await talk.must('append', { conversation, entry: one.entry, row: one.row })).seq
  }
  close()
}

export interface Read {
  /** Acknowledged rows that are not there, or not at their place. */
  readonly lost: number
  readonly rows: number
  /** Whether every row follows from the one before it, each entry stands once, and numbers have no hole. */
  readonly isChained: boolean
  readonly end: Entry | undefined
}

/** Reads the whole log as the other member. Rejects when the server ends meanwhile. */
export const readAll = (port: number, pair: Pair, gone: Promise<unknown>): Promise<Read> =>
  Promise.race([
    read(port, pair),
    gone.then(() => {
      throw new Error('the server ended')
    }),
  ])

const read = async (port: number, pair: Pair): Promise<Read> => {
  const { talk, close } = await signIn(port, pair.bob)
  const log: Entry[] = []
  for (let more = true; more;) {
    const page = { conversation: pair.conversation, after: log.length, limit: 500 }
    const answer = await talk.must('fetch-rows', page)
    log.push(...answer.entries)
    more = answer.more && answer.entries.length > 0
  }
  close()
  const places = new Map(log.map((one) => [one.entry.toHex(), one.seq]))
  const lost = [...pair.sent].filter(([name, { seq }]) => seq !== undefined && places.get(name) !== seq).length
  const isChained = places.size === log.length && isChain(log, pair.conversation)
  return { lost, rows: log.length, isChained, end: log.at(-1) }
}

const isChain = (log: readonly Entry[], conversation: Uint8Array): boolean => {
  let chain: Uint8Array = zeroHash
  return log.every((one, index) => {
    chain = chainStep(chain, { ...one, conversation })
    return one.seq === index + 1 && Buffer.compare(chain, one.chain) === 0
  })
}

/** Which life of its data the server says it is. */
export const incarnationAt = async (port: number, pair: Pair): Promise<Uint8Array> => {
  const { talk, close } = await talkTo(port)
  const answer = await talk.logIn(pair.bob, `http://localhost:${port}`)
  close()
  if (!answer.ok) throw new Error(`log-in was refused: ${answer.code}`)
  return answer.value.incarnation
}

export type Cursor = Request<'pass'>['cursor']

/** What the server says to a reader who has read to this place of the log. */
export const pass = async (port: number, pair: Pair, cursor: Cursor): Promise<string> => {
  const { talk, close } = await signIn(port, pair.bob)
  const answer = await talk.request('pass', { conversation: pair.conversation, cursor })
  close()
  return answer.ok ? 'accepted' : answer.code
}
