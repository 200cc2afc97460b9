/** What only the machine itself may ask: health and metrics, on a port of the loopback addresses. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { expositionType } from './metrics/exposition.ts'
import { isLoopback } from './public-url.ts'
import { StartRefusal, systemCode } from './start-refusal.ts'

export interface WatchOptions {
  /** 0 lets the system choose (tests only). */
  readonly port: number
  readonly ready: () => Promise<boolean>
  /** The text for Prometheus. */
  readonly metrics: () => Promise<string>
}
export interface WatchPort {
  readonly port: number
  close(): void
}

/** Listens on 127.0.0.1, and on ::1 where the machine has it. Throws StartRefusal when the port cannot be had. */
export const openWatchPort = async (options: WatchOptions): Promise<WatchPort> => {
  const servers = [createWatchServer(options)]
  const close = (): void => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  }
  try {
    const port = await listen(servers[0], options.port, '127.0.0.1')
    const other = createWatchServer(options)
    await listen(other, port, '::1').then(
      () => servers.push(other),
      (error: unknown) => {
        if (systemCode(error) !== 'EAFNOSUPPORT' && systemCode(error) !== 'EADDRNOTAVAIL') throw error
      },
    )
    return { port, close }
  } catch (error) {
    close()
    const code = systemCode(error)
    if (code === 'EADDRINUSE')
      throw new StartRefusal(
        `Port ${options.port} for metrics is taken by another program; choose another with --metrics-port.`,
      )
    if (code === 'EACCES')
      throw new StartRefusal(
        `Port ${options.port} for metrics needs more rights than this user has; choose another with --metrics-port.`,
      )
    throw error
  }
}

const createWatchServer = (options: WatchOptions): Server => {
  const server = createServer(
    { maxHeaderSize: 8 * 1024, requestTimeout: 10_000, headersTimeout: 5000 },
    (request, response) => {
      void answer(options, request, response)
    },
  )
  server.maxConnections = 32
  return server
}

const answer = async (options: WatchOptions, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  // A disk that cannot be asked fails the question, not the server.
  const [status, type, body] = await answerTo(options, request).catch(() => words(500, 'This did not work.'))
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': "default-src 'none'",
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

type Answer = readonly [status: number, type: string, body: string]
const words = (status: number, text: string): Answer => [status, 'text/plain; charset=utf-8', `${text}\n`]

const answerTo = async ({ ready, metrics }: WatchOptions, request: IncomingMessage): Promise<Answer> => {
  // A page in a browser on this machine could have its own name lead here: it then still says its own name.
  if (!isLoopback(hostOf(request))) return words(403, 'This answers to localhost only.')
  if (request.method !== 'GET' && request.method !== 'HEAD') return words(405, 'This can only be read.')
  if (request.url === '/healthz') return words(200, 'ok')
  if (request.url === '/readyz') return (await ready()) ? words(200, 'ok') : words(503, 'not ready')
  if (request.url === '/metrics') return [200, expositionType, await metrics()]
  return words(404, 'There is nothing here.')
}

const hostOf = (request: IncomingMessage): string => {
  const url = `http://${request.headers.host ?? ''}`
  return URL.canParse(url) ? new URL(url).hostname : ''
}

const listen = (server: Server | undefined, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server?.once('error', reject)
    server?.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
