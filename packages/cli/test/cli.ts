/** `halyard` run as a process, for the tests of its commands. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface Ran {
  readonly code: number | undefined
  readonly out: string
  readonly err: string
}
export interface Running {
  /** Resolves when the output so far has `words`. */
  says(words: string): Promise<string>
  signal(name: NodeJS.Signals): void
  readonly ended: Promise<Ran>
}
const launchIn = (
  home: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  as?: { readonly uid: number; readonly gid: number },
): Running => {
  const { HALYARD_PORT: _port, HALYARD_DATA: _data, HALYARD_URL: _url, ...rest } = process.env
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...rest, HOME: home, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...as,
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = new Promise<Ran>((resolve) =>
    child.on('close', (code) => resolve({ code: code ?? undefined, out, err })),
  )
  const says = async (words: string): Promise<string> => {
    while (!out.includes(words)) {
      const raced = await Promise.race([
        ended,
        new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 10)),
      ])
      if (raced !== undefined && !out.includes(words)) throw new Error(`ended with ${raced.code}: ${raced.err}`)
    }
    return out
  }
  return { says, signal: (name) => child.kill(name), ended }
}
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

/** One plain sentence on stderr, nothing on stdout, and a code that is not 0. */
export const refused = async (ran: Promise<Ran>, words: RegExp): Promise<void> => {
  const { code, out, err } = await ran
  expect(err).toMatch(words)
  expect(err.trim().split('\n')).toHaveLength(1)
  expect(err).not.toMatch(/Error|\bat \//)
  expect([code, out]).toEqual([1, ''])
}

export const incarnationOf = (data: string): string => {
  const database = new DatabaseSync(join(data, 'halyard.db'), { readOnly: true })
  const row = database.prepare("SELECT hex(value) AS h FROM meta WHERE name = 'incarnation'").get()
  database.close()
  return String(row?.['h'])
}

/** `home` is where it finds its default folders. */
export const cliIn = (home: () => string) => {
  const launch = (...parameters: Parameters<typeof launchIn> extends [string, ...infer Rest] ? Rest : never): Running =>
    launchIn(home(), ...parameters)
  const run = (args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ran> =>
    launch(args, environment).ended
  return { launch, run }
}
