/** Finds a Chromium for the tests, or installs one. */
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from '@playwright/test'
import { bin, run } from './process.ts'

/** What the search touches; lent, so that it can be tested. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly root: boolean
  /** Where Playwright would have put its own. */
  readonly playwrightPath: string
  executable(path: string): boolean
  /** Whether the program ended well. */
  run(command: string, args: readonly string[]): Promise<boolean>
  say(line: string): void
}
export type Found = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly words: string }

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  ],
}

/** HALYARD_BROWSER, then Playwright's own, then the system's, then an installation. */
export const findBrowser = async (machine: Machine): Promise<Found> => {
  const named = machine.env['HALYARD_BROWSER']
  if (named !== undefined && named !== '') {
    return machine.executable(named)
      ? { ok: true, path: named }
      : { ok: false, words: `HALYARD_BROWSER names ${named}, which is not a program that can be run.` }
  }
  const there = installed(machine)
  if (there !== undefined) return { ok: true, path: there }
  await installOne(machine)
  const path = installed(machine)
  return path === undefined ? { ok: false, words: help } : { ok: true, path }
}

const installed = (machine: Machine): string | undefined => {
  const folders = (machine.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  return [machine.playwrightPath, ...onPath, ...(elsewhere[machine.platform] ?? [])].find((path) =>
    machine.executable(path),
  )
}

const installOne = async (machine: Machine): Promise<void> => {
  if (machine.root && machine.platform === 'linux') {
    machine.say('No Chromium here: installing it with apt-get (about a minute) …')
    const update = await machine.run('apt-get', ['update', '-qq'])
    if (update && (await machine.run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'])))
      return
    machine.say('apt-get did not do it.')
  }
  machine.say('No Chromium here: fetching one with Playwright …')
  await machine.run(bin('playwright'), ['install', 'chromium'])
}

const help = `No browser was found, and none could be installed. Any one of these helps:
  sudo apt-get install chromium            (Debian, Ubuntu)
  npx playwright install chromium          (a browser of Playwright's own)
  HALYARD_BROWSER=/path/to/chrome npm test (one that is already here)
  npm test -- --no-browser                 (leaves the browser tests out, and says so)`

/** The machine this runs on. */
export const thisMachine = (): Machine => ({
  env: process.env,
  platform: process.platform,
  root: process.getuid?.() === 0,
  playwrightPath: chromium.executablePath(),
  executable: (path) => {
    try {
      accessSync(path, constants.X_OK)
      return existsSync(path)
    } catch {
      return false
    }
  },
  run: async (command, args) => (await run(command, args, { env: { DEBIAN_FRONTEND: 'noninteractive' } })).code === 0,
  say: (line) => console.log(line),
})
