/**
 * The server as the attacker: the real core, and around it hooks on every frame of every connection, in both
 * directions. It has what an operator has (frames, the database, the clock) and no key of anybody.
 */
import {
  commands,
  decode,
  decodeFrame,
  encode,
  encodeFrame,
  events,
  isCommandName,
  isEventName,
} from '@halyard/protocol'
import type { Answer, CommandName, Event, EventName, Frame, RefusalCode, Request, Schema } from '@halyard/protocol'
import type { Server } from '@halyard/server'
import type { Between } from '../network.ts'

/** What becomes of something: it goes on (perhaps as something else), is dropped, or is answered at once. */
export type Fate<T, N extends CommandName = CommandName> =
  | { readonly pass: T }
  | { readonly refuse: RefusalCode }
  | { readonly answer: Answer<N> }
  | 'drop'

export interface EvilServer {
  readonly between: Between
  onRequest<N extends CommandName>(command: N, hook: (request: Request<N>, who: string) => Fate<Request<N>, N>): void
  onAnswer<N extends CommandName>(
    command: N,
    hook: (answer: Answer<N>, who: string, request: Request<N>) => Fate<Answer<N>, N>,
  ): void
  onEvent<N extends EventName>(name: N, hook: (value: Event<N>, who: string) => Fate<Event<N>>): void
  /** Says something unasked on somebody's connection. */
  tell<N extends EventName>(who: string, name: N, value: Event<N>): void
  /** Bytes of any kind. */
  tellRaw(who: string, frame: Uint8Array): void
  /** No more hooks. What was done stays done. */
  turnHonest(): void
  /** How often each command was asked by somebody. */
  asked(who: string, command: CommandName): number
}

type AnyFate = Fate<unknown>
type RequestHook = (request: unknown, who: string) => AnyFate
type AnswerHook = (answer: unknown, who: string, request: unknown) => AnyFate
type EventHook = (value: unknown, who: string) => AnyFate
interface Asked {
  readonly command: CommandName
  readonly request: unknown
}

export const createEvilServer = (): EvilServer => {
  const requests = new Map<string, RequestHook>()
  const answers = new Map<string, AnswerHook>()
  const told = new Map<string, EventHook>()
  const ways = new Map<string, (frame: Uint8Array) => void>()
  const counts = new Map<string, number>()

  const up = (
    frame: Uint8Array,
    who: string,
    asked: Map<number, Asked>,
    toServer: (frame: Uint8Array) => Promise<void>,
  ): Promise<void> => {
    const value = decodeFrame(frame)
    if (value?.kind !== 'request' || !isCommandName(value.command)) return toServer(frame)
    const { command, id } = value
    counts.set(`${who} ${command}`, (counts.get(`${who} ${command}`) ?? 0) + 1)
    const schema = commands[command]
    const request = decode<unknown>(schema.request, value.body)
    asked.set(id, { command, request })
    const fate = requests.get(command)?.(request, who) ?? { pass: request }
    if (fate === 'drop') return Promise.resolve()
    if ('pass' in fate)
      return toServer(encodeFrame({ kind: 'request', id, command, body: encode<unknown>(schema.request, fate.pass) }))
    ways.get(who)?.(fateFrame(fate, id, schema.answer))
    return Promise.resolve()
  }
  const down = (frame: Uint8Array, who: string, asked: Map<number, Asked>): Uint8Array | undefined => {
    const value = decodeFrame(frame)
    if (value?.kind === 'answer') return downAnswer(value, frame, who, asked)
    if (value?.kind !== 'event' || !isEventName(value.name)) return frame
    const schema = events[value.name]
    const hook = told.get(value.name)
    if (hook === undefined) return frame
    const fate = hook(decode<unknown>(schema, value.body), who)
    return fate === 'drop' || !('pass' in fate)
      ? undefined
      : encodeFrame({ kind: 'event', name: value.name, body: encode<unknown>(schema, fate.pass) })
  }
  const downAnswer = (
    value: Extract<Frame, { kind: 'answer' }>,
    frame: Uint8Array,
    who: string,
    asked: Map<number, Asked>,
  ): Uint8Array | undefined => {
    const question = asked.get(value.id)
    const hook = question === undefined ? undefined : answers.get(question.command)
    if (question === undefined || hook === undefined) return frame
    const schema: Schema<unknown> = commands[question.command].answer
    const fate = hook(decode(schema, value.body), who, question.request)
    return fate === 'drop'
      ? undefined
      : fateFrame('pass' in fate ? { answer: fate.pass as never } : fate, value.id, schema)
  }

  return {
    between: (server, who): Server => ({
      ...server,
      connect(outputs) {
        const asked = new Map<number, Asked>()
        ways.set(who, (frame) => outputs.send(frame))
        const connection = server.connect({
          ...outputs,
          send(frame) {
            const changed = down(frame, who, asked)
            if (changed !== undefined) outputs.send(changed)
          },
        })
        return { ...connection, receive: (frame) => up(frame, who, asked, (changed) => connection.receive(changed)) }
      },
    }),
    onRequest: (command, hook) => void requests.set(command, hook as unknown as RequestHook),
    onAnswer: (command, hook) => void answers.set(command, hook as unknown as AnswerHook),
    onEvent: (name, hook) => void told.set(name, hook as unknown as EventHook),
    tell: (who, name, value) =>
      ways.get(who)?.(encodeFrame({ kind: 'event', name, body: encode<unknown>(events[name], value) })),
    tellRaw: (who, frame) => ways.get(who)?.(frame),
    turnHonest() {
      for (const hooks of [requests, answers, told]) hooks.clear()
    },
    asked: (who, command) => counts.get(`${who} ${command}`) ?? 0,
  }
}

const fateFrame = (
  fate: { readonly refuse: RefusalCode } | { readonly answer: unknown },
  id: number,
  schema: Schema<unknown>,
): Uint8Array =>
  'refuse' in fate
    ? encodeFrame({ kind: 'refusal', id, code: fate.refuse, waitMs: undefined })
    : encodeFrame({ kind: 'answer', id, body: encode(schema, fate.answer) })
