/** The page over HTTP: files of the build, one entry for the paths of the app, and the way to the public URL. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { fastify } from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { socketPath } from '@halyard/protocol'
import { cachingOf, isWorkerScript, pagePolicy, setAlways, wordsPolicy, workerPolicy } from './headers.ts'
import { insecurePage } from './insecure-page.ts'
import type { Log } from './log.ts'
import { isLoopback } from './public-url.ts'
import type { Secret } from './secret.ts'

export interface HttpOptions {
  readonly url: string
  readonly tls: { readonly cert: string; readonly key: Secret } | undefined
  readonly trustProxy: boolean
  /** The built page; without one the server still answers the socket. */
  readonly webFolder: string | undefined
  readonly ready: () => Promise<boolean>
  readonly log: Log
}

/** Paths of the app that are no files. */
const appPaths = ['/', '/setup', '/join/*', '/chat', '/chat/*'] as const
const healthPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

export const createHttp = async (options: HttpOptions): Promise<FastifyInstance> => {
  const limits = { maxHeaderSize: 16 * 1024 }
  const common = {
    logger: false,
    bodyLimit: 1024,
    connectionTimeout: 0,
    requestTimeout: 15_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: true,
    trustProxy: false,
    routerOptions: { maxParamLength: 500 },
    http: limits,
  } as const
  const app = (options.tls === undefined
    ? fastify(common)
    : fastify({
        ...common,
        https: { cert: options.tls.cert, key: options.tls.key.reveal(), ...limits },
      })) as unknown as FastifyInstance
  app.server.headersTimeout = 10_000
  app.server.maxHeadersCount = 60
  app.server.maxConnections = 20_000
  const place = placeOf(options)
  app.addHook('onRequest', async (request, reply) => {
    setAlways(reply.raw, options.url.startsWith('https:'))
    // A load balancer asks by whatever address it has.
    if (healthPaths.has(request.url)) return
    const elsewhere = place(request)
    if (elsewhere === undefined) return
    if (elsewhere === 'insecure') return sayInsecure(reply, options.url)
    return reply.code(308).header('cache-control', 'no-store').redirect(elsewhere, 308)
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).header('content-security-policy', wordsPolicy).type('text/plain').send('There is nothing here.\n'),
  )
  // What goes wrong is answered without a word of what was asked.
  app.setErrorHandler((error: { readonly statusCode?: number }, _request, reply) =>
    reply
      .code(error.statusCode ?? 500)
      .header('content-security-policy', wordsPolicy)
      .type('text/plain')
      .send('This did not work.\n'),
  )
  app.get(socketPath, (_request, reply) =>
    reply.code(426).header('upgrade', 'websocket').type('text/plain').send('This is a WebSocket.\n'),
  )
  answerHealth(app, options.ready)
  if (options.webFolder !== undefined) await servePage(app, options.webFolder, options.log)
  return app
}

/** Two words, to anybody: why it is not ready is the operator's to know. */
const answerHealth = (app: FastifyInstance, ready: () => Promise<boolean>): void => {
  const say = (reply: FastifyReply, status: 200 | 503): FastifyReply =>
    reply
      .code(status)
      .header('content-security-policy', wordsPolicy)
      .header('cache-control', 'no-store')
      .type('text/plain')
      .send(status === 200 ? 'ok\n' : 'not ready\n')
  app.get('/healthz', (_request, reply) => say(reply, 200))
  app.get('/readyz', async (_request, reply) => say(reply, (await ready()) ? 200 : 503))
}

const servePage = async (app: FastifyInstance, folder: string, log: Log): Promise<void> => {
  const entry = existsSync(join(folder, 'index.html')) ? 'index.html' : 'chat.html'
  await app.register(fastifyStatic, {
    root: folder,
    index: false,
    wildcard: true,
    dotfiles: 'ignore',
    preCompressed: true,
    cacheControl: false,
    setHeaders(reply, path) {
      const name = path.replaceAll('\\', '/').replace(/\.(?:br|gz)$/, '')
      reply.header('cache-control', cachingOf(name))
      reply.header('content-security-policy', isWorkerScript(name) ? workerPolicy : pagePolicy)
      log('page-served')
    },
  })
  for (const path of appPaths) app.get(path, (_request, reply) => reply.sendFile(entry))
}

/** Where a request should have gone: undefined here, another URL, or `insecure`: nowhere that a browser would work with. */
const placeOf = ({ url, trustProxy }: HttpOptions) => {
  const home = new URL(url)
  return (request: FastifyRequest): string | undefined => {
    const header = (name: string): string | undefined => {
      const value = request.headers[name]
      return trustProxy && typeof value === 'string' ? value.split(',')[0]?.trim() : undefined
    }
    const host = header('x-forwarded-host') ?? request.headers.host ?? ''
    const scheme = header('x-forwarded-proto') ?? (trustProxy ? home.protocol.slice(0, -1) : request.protocol)
    if (host === home.host && `${scheme}:` === home.protocol) return undefined
    const asked = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : ''
    if (isLoopback(home.hostname) && !isLoopback(asked)) return 'insecure'
    return `${home.origin}${request.url.startsWith('/') ? request.url : '/'}`
  }
}

const sayInsecure = (reply: FastifyReply, url: string): FastifyReply =>
  reply
    .code(421)
    .header('content-security-policy', wordsPolicy)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(insecurePage(url))
