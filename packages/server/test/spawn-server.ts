/** Starts `server-process.ts` and speaks with it. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { FromServer, ToServer } from './server-process.ts'

export interface ServerProcess {
  readonly url: string
  readonly port: number
  readonly setupToken: string | undefined
  readonly child: ChildProcess
  readonly errors: () => string
  /** Resolves when the process is gone, however it ended. */
  readonly ended: Promise<void>
  usage(): Promise<FromServer & { readonly kind: 'usage' }>
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>
  close(): Promise<void>
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })

export interface Launch {
  /** Options of Node, for the server's threads too. */
  readonly execArgv?: readonly string[]
  /** No file may grow beyond this: what a full disk looks like to SQLite. */
  readonly fileBytesMax?: number
}

/** The shell sets the limit and becomes Node. */
const withFileLimit = (execArgv: readonly string[], fileBytesMax: number) => ({
  execPath: '/bin/bash',
  execArgv: ['-c', `ulimit -f ${Math.ceil(fileBytesMax / 1024)}; exec "$0" "$@"`, process.execPath, ...execArgv],
})

export const spawnServer = async (
  dataFolder: string,
  port: number,
  level: 'quiet' | 'talkative' = 'quiet',
  environment: Readonly<Record<string, string>> = {},
  { execArgv = [], fileBytesMax }: Launch = {},
): Promise<ServerProcess> => {
  const child = fork(fileURLToPath(new URL('server-process.ts', import.meta.url)), [dataFolder, String(port), level], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    ...(fileBytesMax === undefined ? { execArgv: [...execArgv] } : withFileLimit(execArgv, fileBytesMax)),
    env: { ...process.env, ...environment },
  })
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8')
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const heard = <K extends FromServer['kind']>(kind: K): Promise<FromServer & { readonly kind: K }> =>
    new Promise((resolve, reject) => {
      const listen = (message: FromServer): void => {
        if (message.kind !== kind) return
        child.off('message', listen)
        resolve(message as FromServer & { readonly kind: K })
      }
      child.on('message', listen)
      void gone.then(() => reject(new Error(`the server ended: ${errors}`)))
    })
  const say = (message: ToServer): void => void child.send(message)
  const started = await heard('started')
  return {
    url: `http://localhost:${port}`,
    port,
    setupToken: started.setupLink?.split('#')[1],
    child,
    errors: () => errors,
    ended: gone,
    async usage() {
      const answer = heard('usage')
      say('usage')
      return answer
    },
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) say('close')
      await gone
    },
  }
}
