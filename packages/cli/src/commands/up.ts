/** `halyard up`: start, say where to go, and stop cleanly when asked to. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startServer } from '@halyard/server/node'
import type { RunningServer } from '@halyard/server/node'
import type { Options } from '../options.ts'

/** The exit code. */
export const up = async (options: Options): Promise<number> => {
  const webFolder = fileURLToPath(new URL('../../../web/dist', import.meta.url))
  const built = existsSync(webFolder)
  // Asked to stop before it has started: it stops as soon as it has.
  const asked = askedToStop()
  const server = await startServer({
    dataFolder: options.data,
    trustProxy: options.trustProxy,
    log: { level: options.log, write: (line) => process.stderr.write(`${line}\n`) },
    ...(options.url !== undefined && { url: options.url }),
    ...(options.port !== undefined && { port: options.port }),
    ...(options.metricsPort !== undefined && { metricsPort: options.metricsPort }),
    ...(options.tls !== undefined && { tls: options.tls }),
    ...(built && { webFolder }),
  })
  say(server, built)
  const failed = await Promise.race([asked, server.failed])
  if (failed === undefined) {
    await server.close()
    return 0
  }
  process.stderr.write(`${failed.message}\n`)
  return 1
}

const say = (server: RunningServer, built: boolean): void => {
  const lines =
    server.setupLink === undefined
      ? [`Halyard runs at ${server.url}`]
      : ['Halyard runs. Open this link once to set it up:', '', `  ${server.setupLink}`, '']
  if (!built) lines.push('The page is not built: npm start does that, too.')
  process.stdout.write(`${[...lines, 'Ctrl-C stops it.'].join('\n')}\n`)
}

/** The first signal asks; a second one is the system's to handle. */
const askedToStop = (): Promise<undefined> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(undefined))
  })
