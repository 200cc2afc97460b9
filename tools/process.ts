/** Starting other programs from the tools, and finding files. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of the repository. */
export const root = join(import.meta.dirname, '..')
/** Where the tools keep what they write: reports, hashes of what was built. Never committed. */
export const cacheFolder = join(root, '.cache')

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Kept back and handed over instead of shown. */
  readonly quiet?: boolean
}
export interface Outcome {
  readonly code: number
  /** Both streams; empty unless `quiet`. */
  readonly output: string
}

/** Runs a program to its end. A program that cannot be started ends with code 127. */
export const run = (command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: options.quiet === true ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: process.platform === 'win32',
    })
    let output = ''
    child.stdout?.on('data', (data: Buffer) => (output += data.toString()))
    child.stderr?.on('data', (data: Buffer) => (output += data.toString()))
    child.on('error', (error) => resolve({ code: 127, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })

/** A program of the repository's own packages. */
export const bin = (name: string): string => join(root, 'node_modules', '.bin', name)
export const lintBin = (name: string): string => join(root, 'tools', 'lint', 'node_modules', '.bin', name)

const leftOut = new Set(['node_modules', 'dist', '.git', '.cache', 'test-results', 'playwright-report'])

/** Every file under `folder`, with `/` between names, relative to it, in order. */
export const filesUnder = (folder: string, under = ''): readonly string[] =>
  readdirSync(join(folder, under), { withFileTypes: true })
    .filter((one) => !leftOut.has(one.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((one) => {
      const path = under === '' ? one.name : `${under}/${one.name}`
      return one.isDirectory() ? filesUnder(folder, path) : one.isFile() ? [path] : []
    })

/** Seconds with one digit. */
export const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`
