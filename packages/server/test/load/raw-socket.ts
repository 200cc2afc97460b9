/**
 * A WebSocket client that costs next to nothing, so that a load comes from one core: frames are made beforehand, and
 * of what comes in only the kind is looked at. Client frames are masked (RFC 6455 §5.3), with the key zero.
 */
import type { Socket } from 'node:net'
import { subprotocol, socketPath } from '@halyard/protocol'
import { connectTo, originOf } from './where.ts'
import type { Where } from './where.ts'

export interface RawSocket {
  readonly send: (masked: Uint8Array) => void
  readonly close: () => void
}

/** RFC 6455 §5.2. */
const opcodes = { binary: 2, ping: 9, pong: 10 } as const

/** A whole client frame around a payload. */
export const masked = (payload: Uint8Array, kind: number = opcodes.binary): Uint8Array => {
  const extended = payload.length > 65_535 ? 8 : payload.length > 125 ? 2 : 0
  const frame = Buffer.alloc(2 + extended + 4 + payload.length)
  frame[0] = 0x80 | kind
  frame[1] = 0x80 | (extended === 0 ? payload.length : extended === 2 ? 126 : 127)
  if (extended === 2) frame.writeUInt16BE(payload.length, 2)
  else if (extended === 8) frame.writeBigUInt64BE(BigInt(payload.length), 2)
  frame.set(payload, 2 + extended + 4)
  return frame
}

/** Answers pings, as a server expects of who is still there. Throws into the process when the server ends it: a load that goes on without would measure nothing. */
export const openRawSocket = (where: Where, received: (payload: Buffer) => void): Promise<RawSocket> =>
  new Promise((resolve, reject) => {
    const socket = connectTo(where)
    const origin = originOf(where)
    socket.once('error', reject)
    socket.write(
      `GET ${socketPath} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`,
    )
    let head = Buffer.alloc(0)
    const shake = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      if (!head.subarray(0, end).toString('latin1').startsWith('HTTP/1.1 101')) return reject(new Error('no upgrade'))
      socket.off('data', shake)
      socket.once('close', ended)
      resolve({
        send: (frame) => void socket.write(frame),
        close() {
          socket.off('close', ended)
          socket.destroy()
        },
      })
      readFrames(socket, head.subarray(end + 4), received)
    }
    socket.on('data', shake)
  })

const ended = (): never => {
  throw new Error('the server ended a connection that was under load')
}

const readFrames = (socket: Socket, first: Buffer, received: (payload: Buffer) => void): void => {
  let held = first
  const take = (): void => {
    for (;;) {
      const short = (held[1] ?? 0) & 0x7f
      const start = short === 126 ? 4 : short === 127 ? 10 : 2
      if (held.length < start) return
      const length = short === 126 ? held.readUInt16BE(2) : short === 127 ? Number(held.readBigUInt64BE(2)) : short
      if (held.length < start + length) return
      const [opcode, payload] = [(held[0] ?? 0) & 0x0f, held.subarray(start, start + length)]
      if (opcode === opcodes.binary) received(payload)
      else if (opcode === opcodes.ping) socket.write(masked(payload, opcodes.pong))
      held = held.subarray(start + length)
    }
  }
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    take()
  })
  take()
}
