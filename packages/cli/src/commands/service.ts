/** `halyard service install|uninstall|status`: the server as a systemd service of this user. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartRefusal } from '@halyard/server/node'
import type { Options, ServiceAction } from '../options.ts'
import { serviceUnit, unitName, unitPath } from './service-unit.ts'

/** Whose service it is. */
export interface ServiceUser {
  readonly home: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly write: (text: string) => void
}

/** The exit code; of `status` 0 while it runs, else 3 as systemctl has it. Throws StartRefusal. */
export const service = (action: ServiceAction, options: Options, user: ServiceUser): number => {
  const path = unitPath(user.environment, user.home)
  if (action === 'install') return install(path, options, user)
  if (action === 'uninstall') return uninstall(path, user)
  return status(path, user)
}

const install = (path: string, options: Options, user: ServiceUser): number => {
  const { say, systemctl } = voiceOf(user)
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const unit = serviceUnit({ node: process.execPath, main }, options)
  const data = resolve(options.data)
  inWords(`The data folder ${data}`, () => mkdirSync(data, { recursive: true, mode: 0o700 }))
  inWords(`The file ${path}`, () => {
    mkdirSync(dirname(path), { recursive: true })
    // Whole or not at all: systemd may read it at any moment.
    writeFileSync(`${path}.new`, unit, { mode: 0o644 })
    renameSync(`${path}.new`, path)
  })
  say(`The service is written to ${path}.`)
  if (!existsSync(fileURLToPath(new URL('../../../web/dist', import.meta.url))))
    say('The page is not built: run npm run build before the service starts.')
  const started = systemctl('daemon-reload') === 0 && systemctl('enable', unitName) === 0
  if (!started || systemctl('restart', unitName) !== 0) {
    say('systemd did not start it. Where it runs for you, ask it yourself:', '', ...byHand, '')
  } else {
    say('It runs, and starts again with you. Its setup link, while there is no network, is in its journal:', '')
    say(`  journalctl --user -u ${unitName} -n 20`, '')
  }
  say('To have it run while you are logged out, and from the start of the machine: loginctl enable-linger')
  return 0
}
const byHand = [
  '  systemctl --user daemon-reload',
  `  systemctl --user enable ${unitName}`,
  `  systemctl --user restart ${unitName}`,
]

const uninstall = (path: string, user: ServiceUser): number => {
  const { say, systemctl } = voiceOf(user)
  if (!existsSync(path)) {
    say(`There is no service at ${path}.`)
    return 0
  }
  const stopped = systemctl('disable', '--now', unitName) === 0
  inWords(`The file ${path}`, () => rmSync(path))
  if (stopped) systemctl('daemon-reload')
  else say(`systemd did not stop it; if it runs: systemctl --user stop ${unitName}`)
  say('The service is gone. The data is where it was.')
  return 0
}

const status = (path: string, user: ServiceUser): number => {
  const { say } = voiceOf(user)
  if (!existsSync(path)) {
    say(`There is no service at ${path}; halyard service install writes one.`)
    return 3
  }
  const { status: code, stdout } = spawnSync('systemctl', ['--user', 'is-active', unitName], {
    encoding: 'utf8',
    env: user.environment,
  })
  const word = (stdout ?? '').trim()
  if (word === '') say(`The service is written to ${path}; systemd could not be asked whether it runs.`)
  else say(`The service is ${word}. More: systemctl --user status ${unitName}`)
  return code === 0 ? 0 : 3
}

const voiceOf = ({ write, environment }: ServiceUser) => ({
  say: (...lines: readonly string[]): void => write(`${lines.join('\n')}\n`),
  /** Its exit code; undefined where there is none. Its own words are not repeated. */
  systemctl: (...words: readonly string[]): number | undefined =>
    spawnSync('systemctl', ['--user', ...words], { stdio: 'ignore', env: environment }).status ?? undefined,
})

const inWords = (what: string, work: () => void): void => {
  try {
    work()
  } catch {
    throw new StartRefusal(`${what} cannot be written.`)
  }
}
