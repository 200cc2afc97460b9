/** What the operator asked for, on the command line or else in the environment. */
import { parseArgs } from 'node:util'
import { StartRefusal, defaultDataFolder } from '@halyard/server/node'
import type { LogLevel } from '@halyard/server/node'

export interface Options {
  readonly command: 'up' | 'help' | keyof typeof asksFor
  /** The word after the command, for one that takes it; else empty. */
  readonly word: string
  /** The word after `service`. */
  readonly action: ServiceAction | undefined
  readonly data: string
  readonly url: string | undefined
  readonly port: number | undefined
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  readonly trustProxy: boolean
  readonly metricsPort: number | undefined
  readonly log: LogLevel
}
const actions = ['install', 'uninstall', 'status'] as const
export type ServiceAction = (typeof actions)[number]
/** The commands beside `up`, and what is said when the word is missing that one needs. */
const asksFor = {
  url: 'Say the new URL: halyard url https://chat.example.org',
  backup: 'Say where to: halyard backup DIR',
  restore: 'Say which backup: halyard restore DIR',
  restored: undefined,
  service: 'Say what about the service: halyard service install, uninstall or status.',
} as const

type Environment = Readonly<Record<string, string | undefined>>

/** Throws StartRefusal with a plain sentence. */
export const readOptions = (words: readonly string[], environment: Environment): Options => {
  const { values, positionals } = parse(words)
  const said = (
    option: 'data' | 'url' | 'port' | 'tls-cert' | 'tls-key' | 'metrics-port' | 'log',
  ): string | undefined => {
    const value = values[option] ?? environment[`HALYARD_${option.toUpperCase().replace('-', '_')}`]
    return value === '' ? undefined : value
  }
  const [command = 'up', word = '', ...rest] = positionals
  if (values.help === true) return { ...readUp(said, environment, false), command: 'help', word: '', action: undefined }
  if (command !== 'up' && !isOther(command))
    throw new StartRefusal(`There is no command ${command}; see halyard --help.`)
  const missing = command === 'up' ? undefined : asksFor[command]
  const isService = command === 'service'
  if (!isService && (rest.length > 0 || (missing === undefined && word !== '')))
    throw new StartRefusal('Too many words; see halyard --help.')
  const action = actions.find((one) => one === word)
  if (missing !== undefined && (word === '' || (isService && (action === undefined || rest.length > 0))))
    throw new StartRefusal(missing)
  return {
    ...readUp(said, environment, values['trust-proxy'] === true),
    command,
    word: isService ? '' : word,
    action: isService ? action : undefined,
  }
}

const isOther = (command: string): command is keyof typeof asksFor => Object.hasOwn(asksFor, command)

const parse = (words: readonly string[]) => {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        url: { type: 'string' },
        port: { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'trust-proxy': { type: 'boolean' },
        'metrics-port': { type: 'string' },
        log: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    const [sentence] = error instanceof Error ? error.message.split('. ') : []
    throw new StartRefusal(`${sentence ?? 'The options cannot be read'}; see halyard --help.`)
  }
}

type Said = (option: 'data' | 'url' | 'port' | 'tls-cert' | 'tls-key' | 'metrics-port' | 'log') => string | undefined

const readUp = (
  said: Said,
  environment: Environment,
  trustProxy: boolean,
): Omit<Options, 'command' | 'word' | 'action'> => ({
  data: said('data') ?? defaultDataFolder(environment),
  url: said('url'),
  port: readPort(said('port')),
  tls: readTls(said('tls-cert'), said('tls-key')),
  trustProxy: trustProxy || readFlag(environment['HALYARD_TRUST_PROXY']),
  metricsPort: readPort(said('metrics-port')),
  log: readLevel(said('log')),
})

const readPort = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new StartRefusal(`${text} is not a port; choose one from 1 to 65535.`)
  return port
}
const readTls = (certFile: string | undefined, keyFile: string | undefined): Options['tls'] => {
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile === undefined || keyFile === undefined)
    throw new StartRefusal('--tls-cert and --tls-key belong together: give both or none.')
  return { certFile, keyFile }
}
const readFlag = (text: string | undefined): boolean => {
  if (text === undefined || /^(?:|0|false|no)$/i.test(text)) return false
  if (/^(?:1|true|yes)$/i.test(text)) return true
  throw new StartRefusal('HALYARD_TRUST_PROXY must be 1 or 0.')
}
const readLevel = (text: string | undefined): LogLevel => {
  if (text === undefined) return 'quiet'
  if (text === 'quiet' || text === 'normal' || text === 'talkative') return text
  throw new StartRefusal(`There is no log level ${text}: choose quiet, normal or talkative.`)
}
