/** Where people reach the server: decided before the first account, because browsers bind storage and passkeys to it. */
import { StartRefusal } from './start-refusal.ts'

export interface Reach {
  /** The origin, without a slash at the end. */
  readonly url: string
  readonly port: number
}
export interface ReachWishes {
  readonly url?: string
  readonly port?: number
  readonly tls: boolean
  readonly trustProxy: boolean
}

const defaultPort = 8420

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(?:\.\d{1,3}){3}$/.test(hostname)

/** The origin of `text`. Throws StartRefusal for anything that is more, or less, than an http(s) origin. */
export const readUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new StartRefusal(`${text} is not a URL such as https://chat.example.org.`)
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new StartRefusal(
      `The public URL ${text} must be scheme, host and port only, such as https://chat.example.org.`,
    )
  }
  return url
}

/** Where to listen and what to be called. `kept` is the URL the data folder has, final once there is a network. Throws StartRefusal. */
export const decideReach = (wishes: ReachWishes, kept: string | undefined, hasNetwork: boolean): Reach => {
  const wished = wishes.url === undefined ? undefined : readUrl(wishes.url).origin
  if (hasNetwork && kept !== undefined && wished !== undefined && wished !== kept) {
    throw new StartRefusal(
      `The people of this server reach it at ${kept}; to change that, stop it and run: halyard url ${wished}`,
    )
  }
  const fresh = wished ?? `http://localhost:${wishes.port ?? defaultPort}`
  const url = new URL(hasNetwork && kept !== undefined ? kept : fresh)
  refuseUnsafe(url, wishes)
  const urlPort = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  const port = wishes.port ?? (wishes.trustProxy ? defaultPort : urlPort)
  if (!wishes.trustProxy && isLoopback(url.hostname) && port !== urlPort && port !== 0) {
    throw new StartRefusal(`The public URL is ${url.origin}, which port ${port} would not answer; leave --port away.`)
  }
  return { url: url.origin, port }
}

const refuseUnsafe = (url: URL, { tls, trustProxy }: ReachWishes): void => {
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new StartRefusal(
      `The public URL ${url.origin} must be https: browsers give keys and storage to secure pages only.`,
    )
  }
  if (url.protocol === 'http:' && tls)
    throw new StartRefusal(`With a certificate the public URL must be https, such as --url https://${url.host}.`)
  if (url.protocol === 'https:' && !tls && !trustProxy) {
    throw new StartRefusal(`For ${url.origin} give --tls-cert and --tls-key, or --trust-proxy behind a reverse proxy.`)
  }
}
