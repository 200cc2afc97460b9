/** The server as an operator runs it: a process of its own on a port and a data folder of its own. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const repository = join(import.meta.dirname, '../..')
const patienceMs = 20_000

export interface TestServer {
  readonly url: string
  readonly port: number
  readonly data: string
  /** Only before there is a network. */
  readonly setupLink: string | undefined
  output(): string
  processId(): number
  /** As Ctrl-C does. */
  stop(): Promise<void>
  /** As a power cut does. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends it and removes its data. */
  remove(): Promise<void>
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })

export const startServer = async (
  extra: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  /** The repository, or a copy of it with another page. */
  folder = repository,
): Promise<TestServer> => {
  const port = await freePort()
  const data = mkdtempSync(join(tmpdir(), 'halyard-server-'))
  const hasUrl = extra.indexOf('--url')
  const url =
    (hasUrl === -1 ? undefined : extra[hasUrl + 1]?.replace('PORT', String(port))) ?? `http://localhost:${port}`
  let child: ChildProcess | undefined
  let output = ''
  const start = async (): Promise<void> => {
    const before = output.length
    const started = spawn(
      process.execPath,
      [
        join(folder, 'packages/cli/src/main.ts'),
        'up',
        '--port',
        String(port),
        '--data',
        data,
        ...extra.map((one) => one.replace('PORT', String(port))),
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...environment },
      },
    )
    child = started
    started.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    started.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const untilMs = Date.now() + patienceMs
    while (!output.slice(before).includes(url)) {
      if (started.exitCode !== null || Date.now() > untilMs) throw new Error(`the server did not start: ${output}`)
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    await gone
  }
  await start()
  return {
    url,
    port,
    data,
    setupLink: /https?:\/\/\S+\/setup#\S+/.exec(output)?.[0],
    output: () => output,
    processId: () => child?.pid ?? 0,
    stop: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
    start,
    async remove() {
      await end('SIGKILL')
      rmSync(data, { recursive: true, force: true })
    },
  }
}
