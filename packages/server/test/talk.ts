/** The other end of a connection in tests: requests with their answers, and events as they came. */
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
} from '@halyard/protocol'
import type { Answer, CommandName, Event, EventName, Request, Result, Schema } from '@halyard/protocol'
import { proveLogin } from './people.ts'
import type { Device, Person } from './people.ts'

export interface Talk {
  request<N extends CommandName>(name: N, body: Request<N>): Promise<Result<Answer<N>>>
  /** As above; throws unless it was accepted. */
  must<N extends CommandName>(name: N, body: Request<N>): Promise<Answer<N>>
  /** All events of a kind so far. */
  events<N extends EventName>(name: N): readonly Event<N>[]
  /** The next event of a kind that has not been waited for yet. */
  next<N extends EventName>(name: N): Promise<Event<N>>
  raw(frame: Uint8Array): void
  closeCode(): Promise<number>
  logIn(person: Person, origin: string, device?: Device): Promise<Result<Answer<'log-in'>>>
}
/** How frames get out, and the two ways in that the driver calls. */
export interface Pipe {
  readonly talk: Talk
  readonly receive: (frame: Uint8Array) => void
  readonly closed: (code: number) => void
}

interface Waiter {
  readonly name: EventName
  readonly resolve: (event: unknown) => void
}

export const createTalk = (send: (frame: Uint8Array) => void): Pipe => {
  const answers = new Map<number, { readonly name: CommandName; readonly resolve: (result: Result<unknown>) => void }>()
  const seen: { readonly name: EventName; readonly event: unknown; taken: boolean }[] = []
  const waiters: Waiter[] = []
  const ending = Promise.withResolvers<number>()
  let id = 0
  const request = <N extends CommandName>(name: N, body: Request<N>): Promise<Result<Answer<N>>> => {
    const own = ++id
    return new Promise((resolve) => {
      answers.set(own, { name, resolve: resolve as (result: Result<unknown>) => void })
      send(
        encodeFrame({
          kind: 'request',
          id: own,
          command: name,
          body: encode(commands[name].request as unknown as Schema<Request<N>>, body),
        }),
      )
    })
  }
  const next = <N extends EventName>(name: N): Promise<Event<N>> => {
    const there = seen.find((one) => one.name === name && !one.taken)
    if (there !== undefined) {
      there.taken = true
      return Promise.resolve(there.event as Event<N>)
    }
    return new Promise((resolve) => waiters.push({ name, resolve: resolve as (event: unknown) => void }))
  }
  const talk: Talk = {
    request,
    async must(name, body) {
      const result = await request(name, body)
      if (!result.ok) throw new Error(`${name} was refused: ${result.code}`)
      return result.value
    },
    events: <N extends EventName>(name: N) =>
      seen.filter((one) => one.name === name).map((one) => one.event as Event<N>),
    next,
    raw: send,
    closeCode: () => ending.promise,
    async logIn(person, origin, device = person.device) {
      const [hello] = talk.events('hello')
      const { nonce } = hello ?? (await next('hello'))
      return request('log-in', {
        version: protocolVersion,
        network: person.network,
        device: device.id,
        signature: proveLogin(person, origin, nonce, device),
      })
    },
  }
  return {
    talk,
    receive(bytes) {
      const frame = decodeFrame(bytes)
      if (frame === undefined || frame.kind === 'request')
        throw new Error('the server said something that is not in the protocol')
      if (frame.kind === 'event') {
        if (!isEventName(frame.name)) throw new Error(`unknown event ${frame.name}`)
        const event = decode(events[frame.name] as Schema<unknown>, frame.body)
        if (event === undefined) throw new Error(`malformed event ${frame.name}`)
        const at = waiters.findIndex((one) => one.name === frame.name)
        seen.push({ name: frame.name, event, taken: at >= 0 })
        if (at >= 0) waiters.splice(at, 1)[0]?.resolve(event)
        return
      }
      const waiting = answers.get(frame.id)
      if (waiting === undefined) throw new Error('an answer to nothing')
      answers.delete(frame.id)
      if (frame.kind === 'refusal') {
        if (!isRefusalCode(frame.code)) throw new Error(`unknown refusal ${frame.code}`)
        return waiting.resolve({
          ok: false,
          code: frame.code,
          ...(frame.waitMs !== undefined && { waitMs: frame.waitMs }),
        })
      }
      const value = decode(commands[waiting.name].answer as Schema<unknown>, frame.body)
      if (value === undefined) throw new Error(`malformed answer of ${waiting.name}`)
      waiting.resolve({ ok: true, value })
    },
    closed: (code) => ending.resolve(code),
  }
}
