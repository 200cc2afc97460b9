/** The server under load: a port of this machine, or the URL that people use. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'

export type Where = number | URL

/** As a browser would name it. */
export const originOf = (where: Where): string =>
  typeof where === 'number' ? `http://localhost:${where}` : where.origin

export const connectTo = (where: Where): Socket => {
  if (typeof where === 'number') return connect({ port: where, host: '127.0.0.1', noDelay: true })
  const { hostname, protocol } = where
  const isSecure = protocol === 'https:'
  const port = where.port === '' ? (isSecure ? 443 : 80) : Number(where.port)
  return isSecure
    ? connectSecurely({ port, host: hostname, servername: hostname, ALPNProtocols: ['http/1.1'] })
    : connect({ port, host: hostname, noDelay: true })
}
