/** The connection to the server in Node, over its own WebSocket. */
import type { Connect } from '../core/ports.ts'
import { createConnect } from '../web/socket.ts'
import type { Socket } from '../web/socket.ts'

/** `origin` is the server's scheme, host and port. */
export const createNodeConnect = (origin: string): Connect =>
  createConnect(origin, (url, protocol) => new WebSocket(url, protocol) as unknown as Socket)
