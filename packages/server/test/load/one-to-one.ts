/** Pairs that write to each other: every message acknowledged as durable, received by the other, and passed by both. */
import { random, signRow } from '../people.ts'
import type { Person } from '../people.ts'
import { commit } from '../people.ts'
import { welcomeFor } from '../world.ts'
import { loadClient, requestFrame } from './load-client.ts'
import type { LoadClient } from './load-client.ts'
import { signIn } from './people-on-server.ts'
import type { Stage } from './scenario.ts'

export interface Pair {
  readonly conversation: Uint8Array
  readonly sides: readonly [Side, Side]
}
export interface Side {
  readonly person: Person
  readonly client: LoadClient
  /** What is said next. */
  readonly message: Message
  /** Sends a request made beforehand. */
  send(frame: Uint8Array): void
  onAnswer: (id: number) => void
  onRow: () => void
}

type Message = () => Promise<Uint8Array> | Uint8Array
/** Nobody but its readers can tell a sealed message from this. */
const opaque: Message = () => random(300)

/** Rows that a device takes before it passes them. */
const passEvery = 64

export const openPair = async ({ where, sealing }: Stage, a: Person, b: Person): Promise<Pair> => {
  const conversation = random(16)
  const [first, second] = (await sealing?.(2, 2)) ?? []
  const { talk, close } = await signIn(where, a)
  await talk.must('create-conversation', {
    conversation,
    entry: random(16),
    row: commit(a, conversation, 0, [b.device.id]),
    welcomes: [welcomeFor(b)],
  })
  close()
  return {
    conversation,
    sides: [await openSide(where, a, conversation, first), await openSide(where, b, conversation, second)],
  }
}

/** Somebody in a conversation, connected; what came is passed now and then. */
export const openSide = async (
  where: Stage['where'],
  person: Person,
  conversation: Uint8Array,
  message: Message = opaque,
): Promise<Side> => {
  let seq = 1
  let chain: Uint8Array = new Uint8Array(32)
  let unpassed = 0
  let passId = 0x4000_0000
  const took = (at: number, payload: Buffer): void => {
    if (at <= seq) return
    seq = at
    chain = payload.subarray(payload.length - 32)
    if (++unpassed < passEvery) return
    unpassed = 0
    client.send(
      requestFrame(++passId, 'pass', { conversation, cursor: { incarnation: client.incarnation, seq, chain } }),
    )
  }
  const client: LoadClient = await loadClient(where, person, {
    answered(id, payload) {
      if (id >= 0x4000_0000) return
      took(seqInAnswer(payload), payload)
      side.onAnswer(id)
    },
    row(payload) {
      took(seqInRow(payload), payload)
      side.onRow()
    },
  })
  const side: Side = {
    person,
    client,
    message,
    send: (frame) => client.send(frame),
    onAnswer: () => undefined,
    onRow: () => undefined,
  }
  return side
}

/** An answer to append ends in [seq, timeMs, chain]: 1 + 9 + 34 bytes after the sequence number. */
const seqInAnswer = (payload: Buffer): number => backwards(payload, payload.length - 34 - 9)
/** A row event carries [conversation, [seq, …]] behind its name: the sequence number stands right after the conversation. */
const seqInRow = (payload: Buffer): number => {
  const body = payload[7] === 0x58 ? 9 : payload[7] === 0x59 ? 10 : 12
  return forwards(payload, body + 1 + 17 + 1)
}
const forwards = (bytes: Buffer, at: number): number => {
  const low = (bytes[at] ?? 0) & 0x1f
  return low < 24
    ? low
    : low === 24
      ? bytes.readUInt8(at + 1)
      : low === 25
        ? bytes.readUInt16BE(at + 1)
        : bytes.readUInt32BE(at + 1)
}
/** The unsigned integer that ends before `end`. */
const backwards = (bytes: Buffer, end: number): number => {
  if (bytes[end - 5] === 0x1a) return bytes.readUInt32BE(end - 4)
  if (bytes[end - 3] === 0x19) return bytes.readUInt16BE(end - 2)
  if (bytes[end - 2] === 0x18) return bytes.readUInt8(end - 1)
  return bytes[end - 1] ?? 0
}

export const prepare = async (side: Side, conversation: Uint8Array, count: number): Promise<readonly Uint8Array[]> => {
  const frames: Uint8Array[] = []
  for (let id = 1; id <= count; id++) {
    const row = signRow(side.person, conversation, 1, { kind: 'application', message: await side.message() })
    frames.push(requestFrame(id, 'append', { conversation, entry: random(16), row }))
  }
  return frames
}

/** Sends all prepared frames with `window` under way on each side; resolves when every one is acknowledged and received. */
export const runFlat = (
  pairs: readonly Pair[],
  frames: ReadonlyMap<Side, readonly Uint8Array[]>,
  window: number,
): Promise<void> =>
  new Promise((resolve) => {
    let waiting = 0
    for (const [side, list] of frames) {
      waiting += list.length * 2
      let next = 0
      const more = (): void => {
        const frame = list[next]
        if (frame === undefined) return
        next++
        side.send(frame)
      }
      const one = (): void => {
        if (--waiting === 0) resolve()
      }
      side.onAnswer = () => {
        one()
        more()
      }
      const other = otherOf(pairs, side)
      other.onRow = one
      for (let count = 0; count < window; count++) more()
    }
  })

export const otherOf = (pairs: readonly Pair[], side: Side): Side => {
  for (const { sides } of pairs) {
    if (sides[0] === side) return sides[1]
    if (sides[1] === side) return sides[0]
  }
  throw new Error('a side without a pair')
}

/** Sends at a steady rate, whatever the answers do; milliseconds from sending to the other's receipt. */
export const runPaced = (
  pairs: readonly Pair[],
  frames: ReadonlyMap<Side, readonly Uint8Array[]>,
  everyMs: number,
): Promise<readonly number[]> =>
  new Promise((resolve) => {
    const times: number[] = []
    const queue = [...frames].flatMap(([side, list]) => list.map((frame, index) => ({ side, frame, index })))
    queue.sort((a, b) => a.index - b.index)
    const total = queue.length
    for (const side of frames.keys()) {
      side.onAnswer = () => undefined
      const sentMs: number[] = []
      otherOf(pairs, side).onRow = () => {
        times.push(performance.now() - (sentMs.shift() ?? 0))
        if (times.length === total) resolve(times)
      }
      side.send = (frame) => {
        sentMs.push(performance.now())
        side.client.send(frame)
      }
    }
    const startMs = performance.now()
    let sent = 0
    const tick = setInterval(() => {
      while (sent < total && performance.now() - startMs >= sent * everyMs) {
        const next = queue[sent++]
        if (next !== undefined) next.side.send(next.frame)
      }
      if (sent >= total) clearInterval(tick)
    }, 1)
  })
