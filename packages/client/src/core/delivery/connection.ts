/** One conversation with the server at a time: hello, proof, requests and their answers, events; and trying again. */
import {
  commands,
  decode,
  decodeFrame,
  encode,
  encodeFrame,
  events,
  isEventName,
  isRefusalCode,
  protocolVersion,
  refuse,
} from '@halyard/protocol'
import type { Answer, CommandName, Event, EventName, Frame, Request, Result, Schema } from '@halyard/protocol'
import type { Connection as Socket } from '../ports.ts'
import type { MemberPorts } from '../member.ts'

export type Link = Pick<MemberPorts, 'clock' | 'random' | 'connect'>

export interface ConnectionHandlers {
  /** The server has said hello; the handler signs in and fetches. Requests work from here on. */
  opened(hello: Event<'hello'>): void
  event<N extends Exclude<EventName, 'hello'>>(name: N, value: Event<N>): void
  changed(): void
  /** The server speaks another version: this program must be replaced. */
  outdated(): void
  hostile(what: string): void
}

export interface Connection {
  readonly state: () => 'offline' | 'connecting' | 'online'
  readonly nextTryAtMs: () => number | undefined
  /** Resolves with the answer, or with a refusal (`offline` when the connection ends before the answer). */
  request<N extends CommandName>(command: N, request: Request<N>): Promise<Result<Answer<N>>>
  /** Says that signing in and fetching have gone well: later failures start again with short waits. */
  settled(): void
  start(): void
  /** Drops the connection and tries again after a pause. */
  retry(): void
  stop(): void
}

const answerPatienceMs = 30_000
/** What goes out before an answer can come takes its time on a slow line (256 kbit/s): a commit of a large group is megabytes. */
const slowestBytesPerMs = 32
const firstWaitMs = 500
const longestWaitMs = 60_000

interface Waiting {
  readonly bytes: number
  readonly answer: Schema<unknown>
  readonly done: (result: Result<unknown>) => void
  readonly cancelTimer: () => void
}

export const createConnection = ({ clock, random, connect }: Link, handlers: ConnectionHandlers): Connection => {
  let socket: Socket | undefined
  let greeted = false
  let failures = 0
  let nextId = 1
  let retryAtMs: number | undefined
  let cancelRetry: (() => void) | undefined
  let running = false
  const waiting = new Map<number, Waiting>()

  const dropWaiting = (): void => {
    const dropped = [...waiting.values()]
    waiting.clear()
    for (const { done, cancelTimer } of dropped) {
      cancelTimer()
      done(refuse('offline'))
    }
  }
  /** Waits grow and are spread, so that a server that comes back is not run over. */
  const waitMs = (): number => {
    const longest = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(failures, 10))
    const [a = 0, b = 0] = random(2)
    return Math.round(longest * (0.5 + (a * 256 + b) / 131_072))
  }
  const ended = (reason: 'lost' | 'version' | 'refused'): void => {
    socket = undefined
    greeted = false
    dropWaiting()
    if (!running) return
    if (reason === 'version') {
      running = false
      handlers.outdated()
      return
    }
    const wait = waitMs()
    failures++
    retryAtMs = clock.nowMs() + wait
    cancelRetry = clock.setTimer(wait, open)
    handlers.changed()
  }
  const open = (): void => {
    cancelRetry = undefined
    retryAtMs = undefined
    if (!running || socket !== undefined) return
    const mine: Socket = connect({
      opened: () => undefined,
      received: (bytes) => {
        if (socket === mine) receive(bytes)
      },
      closed: (reason) => {
        if (socket === mine) ended(reason)
      },
    })
    socket = mine
    // A way that is open and says nothing is as good as none.
    clock.setTimer(answerPatienceMs, () => (socket === mine && !greeted ? close() : undefined))
    handlers.changed()
  }
  const close = (): void => {
    const old = socket
    if (old === undefined) return
    ended('lost')
    old.close()
  }
  const receive = (bytes: Uint8Array): void => {
    const frame = decodeFrame(bytes)
    if (frame === undefined || frame.kind === 'request') return handlers.hostile('frame')
    if (frame.kind === 'event') return receiveEvent(frame)
    const asked = waiting.get(frame.id)
    if (asked === undefined) return handlers.hostile('answer')
    waiting.delete(frame.id)
    asked.cancelTimer()
    asked.done(resultOf(frame, asked.answer, handlers))
  }
  const receiveEvent = (frame: Extract<Frame, { kind: 'event' }>): void => {
    if (!isEventName(frame.name)) return handlers.hostile('event')
    const value = decode<unknown>(events[frame.name], frame.body)
    if (value === undefined) return handlers.hostile('event')
    if (frame.name !== 'hello') return handlers.event(frame.name, value as never)
    const hello = value as Event<'hello'>
    if (greeted) return handlers.hostile('hello')
    if (hello.version !== protocolVersion) {
      running = false
      socket?.close()
      return handlers.outdated()
    }
    greeted = true
    handlers.changed()
    handlers.opened(hello)
  }

  return {
    state: () => (greeted ? 'online' : socket === undefined ? 'offline' : 'connecting'),
    nextTryAtMs: () => retryAtMs,
    request: <N extends CommandName>(command: N, request: Request<N>) =>
      new Promise<Result<Answer<N>>>((resolve) => {
        if (socket === undefined || !greeted) return resolve(refuse('offline'))
        const id = nextId
        nextId = nextId === 0xffff_ffff ? 1 : nextId + 1
        const body = encode<unknown>(commands[command].request, request)
        const ahead = [...waiting.values()].reduce((sum, { bytes }) => sum + bytes, body.length)
        waiting.set(id, {
          bytes: body.length,
          answer: commands[command].answer,
          done: (result) => resolve(result as Result<Answer<N>>),
          cancelTimer: clock.setTimer(answerPatienceMs + Math.floor(ahead / slowestBytesPerMs), close),
        })
        socket.send(encodeFrame({ kind: 'request', id, command, body }))
      }),
    settled: () => void (failures = 0),
    start() {
      running = true
      open()
    },
    retry: close,
    stop() {
      running = false
      cancelRetry?.()
      const old = socket
      socket = undefined
      greeted = false
      dropWaiting()
      old?.close()
    },
  }
}

const resultOf = (
  frame: Extract<Frame, { kind: 'answer' | 'refusal' }>,
  answer: Schema<unknown>,
  handlers: ConnectionHandlers,
): Result<unknown> => {
  if (frame.kind === 'refusal') return refuse(isRefusalCode(frame.code) ? frame.code : 'frame-malformed', frame.waitMs)
  const value = decode(answer, frame.body)
  if (value !== undefined) return { ok: true, value }
  handlers.hostile('answer')
  return refuse('frame-malformed')
}
