/** What the operator asked for, on the command line or else in the environment. */
import { parseArgs } from 'node:util'
import { StartRefusal, defaultDataFolder } from '@halyard/server/node'
import type { LogLevel } from '@halyard/server/node'

export interface Options {
  readonly command: 'up' | 'url' | 'restored' | 'help'
  /** The word after `url`. */
  readonly newUrl: string | undefined
  readonly data: string
  readonly url: string | undefined
  readonly port: number | undefined
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  readonly trustProxy: boolean
  readonly log: LogLevel
}
type Environment = Readonly<Record<string, string | undefined>>

/** Throws StartRefusal with a plain sentence. */
export const readOptions = (words: readonly string[], environment: Environment): Options => {
  const { values, positionals } = parse(words)
  const said = (option: 'data' | 'url' | 'port' | 'tls-cert' | 'tls-key' | 'log'): string | undefined => {
    const value = values[option] ?? environment[`HALYARD_${option.toUpperCase().replace('-', '_')}`]
    return value === '' ? undefined : value
  }
  const [command = 'up', newUrl, ...rest] = positionals
  if (values.help === true) return { ...readUp(said, environment, false), command: 'help', newUrl: undefined }
  if (command !== 'up' && command !== 'url' && command !== 'restored')
    throw new StartRefusal(`There is no command ${command}; see halyard --help.`)
  if (rest.length > 0 || (command !== 'url' && newUrl !== undefined))
    throw new StartRefusal('Too many words; see halyard --help.')
  if (command === 'url' && newUrl === undefined)
    throw new StartRefusal('Say the new URL: halyard url https://chat.example.org')
  return { ...readUp(said, environment, values['trust-proxy'] === true), command, newUrl }
}

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
        log: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    const [sentence] = error instanceof Error ? error.message.split('. ') : []
    throw new StartRefusal(`${sentence ?? 'The options cannot be read'}; see halyard --help.`)
  }
}

type Said = (option: 'data' | 'url' | 'port' | 'tls-cert' | 'tls-key' | 'log') => string | undefined

const readUp = (said: Said, environment: Environment, trustProxy: boolean): Omit<Options, 'command' | 'newUrl'> => ({
  data: said('data') ?? defaultDataFolder(environment),
  url: said('url'),
  port: readPort(said('port')),
  tls: readTls(said('tls-cert'), said('tls-key')),
  trustProxy: trustProxy || readFlag(environment['HALYARD_TRUST_PROXY']),
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
