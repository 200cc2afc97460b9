/** A running server: data folder, store, core, HTTP and sockets, put together and taken apart in order. */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { toBase64Url } from '@halyard/protocol'
import { createServer } from '../core/index.ts'
import { openDataFolder } from './data-folder.ts'
import type { DataFolder } from './data-folder.ts'
import { createHttp } from './http.ts'
import type { HttpOptions } from './http.ts'
import { createLog } from './log.ts'
import type { Log, LogLevel } from './log.ts'
import { createMetrics } from './metrics/metrics.ts'
import type { Metrics } from './metrics/metrics.ts'
import { createOutcomeLog } from './outcome-log.ts'
import { decideReach } from './public-url.ts'
import { createReadiness } from './readiness.ts'
import { createSecret } from './secret.ts'
import { attachSockets } from './socket.ts'
import { DatabaseDamagedError, DatabaseNewerError } from './sqlite/sql.ts'
import { openThreadStore } from './sqlite/thread-store.ts'
import type { ThreadStore } from './sqlite/thread-store.ts'
import { isLogDamaged } from './sqlite/write-ahead-log.ts'
import { StartRefusal, systemCode } from './start-refusal.ts'
import { createVerifier } from './verifier.ts'
import { openWatch } from './watch.ts'

export interface StartOptions {
  readonly dataFolder: string
  /** Decided at the first start and kept; another one is refused once there is a network. */
  readonly url?: string
  /** 0 lets the system choose (tests only: the public URL then names no port that answers). */
  readonly port?: number
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  readonly trustProxy?: boolean
  /** A port of the loopback addresses for health and metrics; 0 lets the system choose. Without one there is none. */
  readonly metricsPort?: number
  readonly webFolder?: string
  readonly log?: { readonly level: LogLevel; readonly write: (line: string) => void }
  readonly nowMs?: () => number
  readonly sabotageSecondFsync?: boolean
}
export interface RunningServer {
  readonly url: string
  readonly port: number
  readonly metricsPort: number | undefined
  /** With a fresh token, while there is no network. */
  readonly setupLink: string | undefined
  /** Resolves with the reason if the server cannot go on. It has stopped by then. */
  readonly failed: Promise<Error>
  counters(): Readonly<Record<string, number>>
  /** Ends when everything written is on the disk and the folder is free. */
  close(): Promise<void>
}

type Tls = HttpOptions['tls'] & {}
/** What a server that is ready has room for; most of what people write is smaller. */
const probeBytes = 64 * 1024

/** Throws StartRefusal, whose message is a plain sentence; the data is then as it was. */
export const startServer = async (options: StartOptions): Promise<RunningServer> => {
  const log =
    options.log === undefined ? createLog('quiet', () => undefined) : createLog(options.log.level, options.log.write)
  const tls = readTls(options.tls)
  const folder = openDataFolder(options.dataFolder)
  let store: ThreadStore | undefined
  try {
    const failing = Promise.withResolvers<Error>()
    const metrics = createMetrics()
    store = await openStore(folder, options, metrics, (error) => failing.resolve(inWords(error, folder)))
    return await run(options, log, metrics, tls, folder, store, failing)
  } catch (error) {
    await store?.close()
    folder.release()
    throw error
  }
}

const run = async (
  options: StartOptions,
  log: Log,
  metrics: Metrics,
  tls: Tls | undefined,
  folder: DataFolder,
  store: ThreadStore,
  failing: PromiseWithResolvers<Error>,
): Promise<RunningServer> => {
  const trustProxy = options.trustProxy ?? false
  const hasNetwork = store.hasNetwork()
  const kept = store.publicUrl()
  const wishes = {
    ...(options.url !== undefined && { url: options.url }),
    ...(options.port !== undefined && { port: options.port }),
  }
  const reach = decideReach({ ...wishes, tls: tls !== undefined, trustProxy }, kept, hasNetwork)
  const logOutcome = createOutcomeLog(log, hasNetwork)
  const readiness = createReadiness(async () => (await store.probeRoom({ bytes: probeBytes })).ok)
  const core = createServer({
    store,
    clock: { nowMs: options.nowMs ?? Date.now },
    random: (length) => new Uint8Array(randomBytes(length)),
    verifier: createVerifier(),
    origin: reach.url,
    fail: (error) => failing.resolve(inWords(error, folder)),
    outcome(command, outcome) {
      metrics.outcome(command, outcome)
      logOutcome(command, outcome)
    },
  })
  const watch = await openWatch(options.metricsPort, {
    databasePath: folder.databasePath,
    totals: () => store.totals(),
    readiness,
    metrics,
    counters: () => core.counters(),
  })
  const { ready } = readiness
  const http = await createHttp({ url: reach.url, tls, trustProxy, webFolder: options.webFolder, ready, log })
  const sockets = attachSockets(http.server, { url: reach.url, core, log, metrics })
  const port = await listen(http, reach.port).catch((error: unknown) => {
    watch.close()
    throw error
  })
  // Only a server that could start decides what it is called.
  if (!hasNetwork) await store.keepPublicUrl({ url: reach.url })
  const setupLink = hasNetwork ? undefined : await offerSetup(store, reach.url)
  const counting = setInterval(() => log('counters', core.counters()), 60_000)
  counting.unref()
  log('started', { port })
  let closing: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    log('stopping')
    readiness.stop()
    clearInterval(counting)
    sockets.close()
    await http.close()
    watch.close()
    await store.close()
    folder.release()
    log('stopped')
  }
  const close = (): Promise<void> => (closing ??= stop())
  return {
    url: reach.url,
    port,
    metricsPort: watch.port,
    setupLink,
    failed: failing.promise.then((error) => close().then(() => error)),
    counters: () => core.counters(),
    close,
  }
}

/** Only the hash of the token is kept; each start without a network prints another. */
const offerSetup = async (store: ThreadStore, url: string): Promise<string> => {
  const token = toBase64Url(new Uint8Array(randomBytes(32)))
  const offered = await store.offerSetup({
    tokenHash: new Uint8Array(createHash('sha256').update(token, 'utf8').digest()),
  })
  if (!offered.ok) throw new StartRefusal('The disk has no room for the server to start.')
  return `${url}/setup#${token}`
}

const openStore = async (
  folder: DataFolder,
  options: StartOptions,
  metrics: Metrics,
  failed: (error: Error) => void,
): Promise<ThreadStore> => {
  try {
    // Before anybody opens the database: opening it makes the loss final.
    if (isLogDamaged(`${folder.databasePath}-wal`)) throw new DatabaseDamagedError()
    return await openThreadStore({
      path: folder.databasePath,
      failed,
      committed: (writes, durationMs) => metrics.batch(writes, durationMs),
      ...(options.sabotageSecondFsync === true && { sabotageSecondFsync: true }),
    })
  } catch (error) {
    throw inWords(error, folder)
  }
}

const inWords = (error: unknown, folder: DataFolder): Error => {
  if (error instanceof DatabaseNewerError)
    return new StartRefusal(
      `The data in ${folder.path} was written by a newer Halyard; start that version, nothing was changed.`,
    )
  if (error instanceof DatabaseDamagedError) {
    return new StartRefusal(`The database ${folder.databasePath} is damaged; stop using it and restore a backup.`)
  }
  return error instanceof Error ? error : new Error('the server cannot go on')
}

const readTls = (tls: StartOptions['tls']): Tls | undefined => {
  if (tls === undefined) return undefined
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8')
    } catch {
      throw new StartRefusal(`The file ${file} cannot be read.`)
    }
  }
  return { cert: read(tls.certFile), key: createSecret(read(tls.keyFile)) }
}

const listen = async (http: Awaited<ReturnType<typeof createHttp>>, port: number): Promise<number> => {
  try {
    // All addresses, of both families where there are two: who comes by a wrong one is told the right one.
    await http.listen({ port, host: '::' }).catch((error: unknown) => {
      if (systemCode(error) !== 'EAFNOSUPPORT' && systemCode(error) !== 'EADDRNOTAVAIL') throw error
      return http.listen({ port, host: '0.0.0.0' })
    })
  } catch (error) {
    await http.close()
    const code = systemCode(error)
    if (code === 'EADDRINUSE')
      throw new StartRefusal(`Port ${port} is taken by another program; stop it, or choose another with --port.`)
    if (code === 'EACCES')
      throw new StartRefusal(`Port ${port} needs more rights than this user has; choose another with --port.`)
    throw error
  }
  const address = http.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
