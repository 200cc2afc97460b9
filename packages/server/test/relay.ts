/** A relay in front of a real server: pages and files pass as they are, every frame of a socket passes through whoever stands between. */
import { createServer, request as ask } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'
import type { Server } from '../src/core/index.ts'

export interface RelayParts {
  /** Where browsers come, though they ask for the server. */
  readonly port: number
  /** Where the server listens. */
  readonly to: number
  /** Whose connection it is: the browser's own word for itself (User-Agent). */
  readonly between: (server: Server, who: string) => Server
}

/** Answers how to end it; all connections go with it. */
export const startRelay = async ({ port, to, between }: RelayParts): Promise<() => Promise<void>> => {
  const http = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming
    const onward = ask({ host: '127.0.0.1', port: to, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: ([first]) => first ?? false })
  http.on('upgrade', (incoming, socket, head) => {
    const { host = '', origin = '' } = incoming.headers
    const path = incoming.url ?? '/'
    sockets.handleUpgrade(incoming, socket, head, (browser) => {
      const far = { path, protocol: browser.protocol, headers: { host, origin } }
      const server = between(farServer(to, far), incoming.headers['user-agent'] ?? '')
      const connection = server.connect({
        send: (frame) => browser.send(frame),
        close: (code) => browser.close(code === 1005 || code === 1006 ? 1011 : code),
      })
      browser.on('message', (data: Buffer) => void connection.receive(new Uint8Array(data)))
      browser.on('close', () => connection.closed())
      browser.on('error', () => browser.terminate())
    })
  })
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
  return () =>
    new Promise((resolve) => {
      for (const one of sockets.clients) one.terminate()
      http.close(() => resolve())
      http.closeAllConnections()
    })
}

interface Far {
  readonly path: string
  readonly protocol: string
  readonly headers: { readonly host: string; readonly origin: string }
}

/** A server elsewhere, as one that is here. */
const farServer = (port: number, { path, protocol, headers }: Far): Server => ({
  connect(outputs) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol, { headers })
    const opened = new Promise<void>((resolve) => socket.once('open', resolve))
    socket.on('message', (data: Buffer) => outputs.send(new Uint8Array(data)))
    socket.on('close', (code) => outputs.close(code))
    socket.on('error', () => socket.terminate())
    return {
      async receive(frame) {
        await opened
        socket.send(frame)
      },
      closed: () => socket.terminate(),
      signedIn: () => false,
    }
  },
  counters: () => ({}),
  close: () => undefined,
})
