/** A connection without a client: whoever holds a device's keys speaks the protocol by hand. */
import {
  commands,
  decode,
  decodeFrame,
  encode,
  encodeFrame,
  events,
  isRefusalCode,
  protocolVersion,
  refuse,
} from '@halyard/protocol'
import type { Answer, CommandName, Request, Result, Schema } from '@halyard/protocol'
import { signLogin } from '@halyard/crypto'
import type { DeviceKeys } from '@halyard/crypto'
import type { Provider } from '@halyard/mls'
import type { Server } from '@halyard/server'

export interface RawClient {
  ask<N extends CommandName>(command: N, request: Request<N>): Promise<Result<Answer<N>>>
  logIn(keys: DeviceKeys, network: Uint8Array, origin: string): Promise<Result<Answer<'log-in'>>>
  close(): void
}

export const createRawClient = (server: Server, provider: Provider): RawClient => {
  const waiting = new Map<
    number,
    { readonly schema: Schema<unknown>; readonly done: (result: Result<unknown>) => void }
  >()
  let nonce = new Uint8Array(32)
  let nextId = 1
  const connection = server.connect({
    send(bytes) {
      const frame = decodeFrame(bytes)
      if (frame?.kind === 'event' && frame.name === 'hello')
        nonce = decode(events.hello, frame.body)?.nonce.slice() ?? nonce
      if (frame?.kind !== 'answer' && frame?.kind !== 'refusal') return
      const asked = waiting.get(frame.id)
      if (asked === undefined) return
      waiting.delete(frame.id)
      if (frame.kind === 'refusal')
        return asked.done(refuse(isRefusalCode(frame.code) ? frame.code : 'frame-malformed'))
      asked.done({ ok: true, value: decode(asked.schema, frame.body) })
    },
    close() {
      for (const { done } of waiting.values()) done(refuse('offline'))
    },
  })
  const ask = <N extends CommandName>(command: N, request: Request<N>): Promise<Result<Answer<N>>> =>
    new Promise((resolve) => {
      const id = nextId++
      waiting.set(id, { schema: commands[command].answer, done: (result) => resolve(result as Result<Answer<N>>) })
      void connection.receive(
        encodeFrame({ kind: 'request', id, command, body: encode<unknown>(commands[command].request, request) }),
      )
    })
  return {
    ask,
    async logIn(keys, network, origin) {
      const proof = { version: protocolVersion, origin, network, device: keys.device, nonce }
      return ask('log-in', {
        version: protocolVersion,
        network,
        device: keys.device,
        signature: await signLogin(provider, keys.transport, proof),
      })
    },
    close: () => connection.closed(),
  }
}
