/** A server in a process of its own, for tests that kill it and for the benchmark. Talks over IPC. */
import { startServer } from '../src/node/index.ts'

export type ToServer = 'usage' | 'close'
export type FromServer =
  | { readonly kind: 'started'; readonly port: number; readonly setupLink: string | undefined }
  | {
      readonly kind: 'usage'
      readonly cpuMs: number
      readonly rssBytes: number
      readonly counters: Readonly<Record<string, number>>
    }

const [dataFolder = '', port = '0', level = 'quiet'] = process.argv.slice(2)
const say = (message: FromServer): void => void process.send?.(message)

const server = await startServer({
  dataFolder,
  port: Number(port),
  url: `http://localhost:${port}`,
  log: { level: level === 'talkative' ? 'talkative' : 'quiet', write: (line) => process.stderr.write(`${line}\n`) },
  sabotageSecondFsync: process.env['HALYARD_SABOTAGE'] === 'second-fsync',
})
process.on('message', (message: ToServer) => {
  if (message === 'close') return void server.close().then(() => process.disconnect?.())
  const { user, system } = process.cpuUsage()
  say({
    kind: 'usage',
    cpuMs: (user + system) / 1000,
    rssBytes: process.memoryUsage.rss(),
    counters: server.counters(),
  })
})
void server.failed.then((error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
say({ kind: 'started', port: server.port, setupLink: server.setupLink })
