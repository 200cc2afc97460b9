/** Frames over WebSockets (RFC 6455): the driver between sockets and the core. */
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { closeCodes, limits, socketPath, subprotocol } from '@halyard/protocol'
import type { Server } from '../core/index.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics/metrics.ts'

export interface SocketOptions {
  readonly url: string
  readonly core: Server
  readonly log: Log
  readonly metrics: Metrics
}
export interface Sockets {
  /** Says goodbye to everybody and takes nobody new. */
  close(): void
}

/** Output that a connection has not taken; a slower reader is dropped and finds everything in the log. */
const waitingMaxBytes = 8 * 1024 * 1024
/** All that may come in before a device has signed in. */
const beforeLoginMaxBytes = 8 * limits.frameBeforeLoginMaxBytes
const connectionsMax = 10_000
const strangersMax = 1_000
const pingEveryMs = 30_000

interface Guest {
  readonly socket: WebSocket
  readonly signedIn: () => boolean
  answered: boolean
}

export const attachSockets = (http: HttpServer, options: SocketOptions): Sockets => {
  const { url, core, log, metrics } = options
  const guests = new Set<Guest>()
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.frameMaxBytes,
    // A browser that speaks another version must hear so: its own protocol is taken, then closed with a reason.
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : (firstOf(offered) ?? false)),
  })
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const refusal =
      refusalOf(request, url) ?? (guests.size >= connectionsMax || strangers(guests) >= strangersMax ? 503 : undefined)
    if (refusal !== undefined) {
      metrics.connection('refused')
      log('connection-refused', { status: refusal })
      socket.end(
        `HTTP/1.1 ${refusal} ${refusal === 503 ? 'Service Unavailable' : 'Forbidden'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      )
      return
    }
    server.handleUpgrade(request, socket, head, (accepted) => {
      if (accepted.protocol !== subprotocol) return accepted.close(closeCodes.version)
      serve(accepted, socket, guests, options)
    })
  })
  const pings = setInterval(() => {
    for (const guest of guests) {
      if (!guest.answered) guest.socket.terminate()
      guest.answered = false
      guest.socket.ping()
    }
  }, pingEveryMs)
  pings.unref()
  return {
    close() {
      clearInterval(pings)
      core.close()
      for (const guest of guests) guest.socket.close(1001)
      setTimeout(() => {
        for (const guest of guests) guest.socket.terminate()
      }, 500).unref()
    },
  }
}

const serve = (socket: WebSocket, raw: Duplex, guests: Set<Guest>, options: SocketOptions): void => {
  const { core, log, metrics } = options
  // Frames of one turn of the loop leave in one write.
  let corked = false
  const uncork = (): void => {
    corked = false
    raw.uncork()
  }
  const connection = core.connect({
    send(frame) {
      if (socket.readyState !== WebSocket.OPEN) return
      if (socket.bufferedAmount > waitingMaxBytes) {
        metrics.connection('slow')
        log('connection-slow')
        socket.terminate()
        return
      }
      if (!corked) {
        corked = true
        raw.cork()
        process.nextTick(uncork)
      }
      metrics.frame('out', frame.length)
      socket.send(frame, sendOptions)
    },
    close: (code) => socket.close(code),
    waitingBytes: () => socket.bufferedAmount,
  })
  const guest: Guest = { socket, signedIn: connection.signedIn, answered: true }
  guests.add(guest)
  metrics.connection('opened')
  log('connection-opened', { connections: guests.size })
  watchStranger(socket, raw, connection.signedIn)
  socket.on('pong', () => {
    guest.answered = true
  })
  socket.on('message', (data, binary) => {
    if (!binary || !(data instanceof Buffer)) return socket.close(closeCodes.malformed)
    metrics.frame('in', data.length)
    void connection.receive(new Uint8Array(data.buffer, data.byteOffset, data.length))
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    guests.delete(guest)
    connection.closed()
    metrics.connection('closed')
    log('connection-closed', { connections: guests.size })
  })
}
const sendOptions = { binary: true, compress: false } as const

/** Who has not signed in may not make the server hold large frames: their bytes are counted as they arrive. */
const watchStranger = (socket: WebSocket, raw: Duplex, signedIn: () => boolean): void => {
  let bytes = 0
  const count = (chunk: Buffer): void => {
    if (signedIn()) return void raw.off('data', count)
    bytes += chunk.length
    if (bytes > beforeLoginMaxBytes) socket.terminate()
  }
  raw.on('data', count)
}

const strangers = (guests: ReadonlySet<Guest>): number => {
  if (guests.size < strangersMax) return 0
  let count = 0
  for (const guest of guests) if (!guest.signedIn()) count++
  return count
}

const firstOf = (offered: ReadonlySet<string>): string | undefined =>
  [...offered].find((name) => /^halyard\.\d{1,5}$/.test(name))

/** A status for whom the door stays shut: another path, another site's page, or a program that does not say our name. */
const refusalOf = (request: IncomingMessage, url: string): number | undefined => {
  if (request.url !== socketPath) return 404
  if (request.headers.origin !== url) return 403
  return request.headers['sec-websocket-protocol'] === undefined ? 400 : undefined
}
