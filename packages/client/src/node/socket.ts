/** The connection to the server in Node, over its own WebSocket. */
import type { Connect } from '../core/ports.ts'
import { createConnect } from '../host/socket.ts'
import type { Socket } from '../host/socket.ts'

/** Beyond the standard: Node's WebSocket takes headers (https://undici.nodejs.org/#/docs/api/WebSocket). */
type NodeWebSocket = new (
  url: string,
  options: { readonly protocols: readonly string[]; readonly headers: Readonly<Record<string, string>> },
) => Socket

/** `origin` is the server's scheme, host and port. A browser names it by itself, and the server asks for it. */
export const createNodeConnect = (origin: string): Connect =>
  createConnect(
    origin,
    (url, protocol) => new (WebSocket as unknown as NodeWebSocket)(url, { protocols: [protocol], headers: { origin } }),
  )
