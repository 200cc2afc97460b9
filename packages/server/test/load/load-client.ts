/** One device under load: signed in, sending what was made beforehand, passing what it has. */
import { commands, decode, decodeFrame, encode, encodeFrame, events, protocolVersion } from '@halyard/protocol'
import type { CommandName, Request, Schema } from '@halyard/protocol'
import { proveLogin } from '../people.ts'
import type { Device, Person } from '../people.ts'
import { masked, openRawSocket } from './raw-socket.ts'
import { originOf } from './where.ts'
import type { Where } from './where.ts'

export const requestFrame = <N extends CommandName>(id: number, name: N, body: Request<N>): Uint8Array =>
  masked(
    encodeFrame({
      kind: 'request',
      id,
      command: name,
      body: encode(commands[name].request as unknown as Schema<Request<N>>, body),
    }),
  )

export interface LoadClient {
  readonly send: (frame: Uint8Array) => void
  readonly close: () => void
  readonly incarnation: Uint8Array
}
export interface Heard {
  /** The answer to the request with this id; the chain hash ends an answer to append. */
  answered(id: number, payload: Buffer): void
  /** A row; its chain hash ends the payload. */
  row(payload: Buffer): void
}

/** Kinds as the frame's encoding numbers them. */
const kinds = { answer: 1, refusal: 2, event: 3 } as const

export const loadClient = async (
  where: Where,
  person: Person,
  heard: Heard,
  device: Device = person.device,
): Promise<LoadClient> => {
  const hello = Promise.withResolvers<Uint8Array>()
  const login = Promise.withResolvers<Uint8Array>()
  let signedIn = false
  const socket = await openRawSocket(where, (payload) => {
    if (signedIn) return route(payload, heard)
    const frame = decodeFrame(payload)
    if (frame?.kind === 'event' && frame.name === 'hello')
      hello.resolve(decode(events.hello, frame.body)?.nonce ?? new Uint8Array(32))
    else if (frame?.kind === 'answer') {
      signedIn = true
      login.resolve(decode(commands['log-in'].answer, frame.body)?.incarnation ?? new Uint8Array(16))
    } else if (frame?.kind === 'refusal') login.reject(new Error(frame.code))
  })
  const nonce = await hello.promise
  socket.send(
    requestFrame(0, 'log-in', {
      version: protocolVersion,
      network: person.network,
      device: device.id,
      signature: proveLogin(person, originOf(where), nonce, device),
    }),
  )
  return { send: socket.send, close: socket.close, incarnation: await login.promise }
}

const route = (payload: Buffer, heard: Heard): void => {
  const kind = payload[1]
  // [3, [name, body]]: only rows have a name of three letters.
  if (kind === kinds.event) {
    if (payload[3] === 0x63) heard.row(payload)
    return
  }
  if (kind === kinds.refusal) {
    const frame = decodeFrame(payload)
    throw new Error(`refused under load: ${frame?.kind === 'refusal' ? frame.code : ''}`)
  }
  heard.answered(readUint(payload, 3), payload)
}

const readUint = (bytes: Buffer, at: number): number => {
  const low = (bytes[at] ?? 0) & 0x1f
  if (low < 24) return low
  return low === 24 ? bytes.readUInt8(at + 1) : low === 25 ? bytes.readUInt16BE(at + 1) : bytes.readUInt32BE(at + 1)
}
