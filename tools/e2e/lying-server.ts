/** The product's server with its attacker in front of it, for browsers: by its URL nothing tells the two apart. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { createEvilServer } from '@halyard/sim/evil-server'
import type { EvilServer } from '@halyard/sim/evil-server'
import { startRelay } from '../../packages/server/test/relay.ts'
import { freePort, startServer } from './server.ts'
import type { TestServer } from './server.ts'

export interface LyingServer extends TestServer {
  readonly evil: EvilServer
  /** All that the operator has, to be read. */
  readonly database: () => DatabaseSync
  /** Lead a browser to the attacker when it asks for the server, and make it say who it is, also from its workers. */
  readonly flagsFor: (who: string) => readonly string[]
}

export const startLyingServer = async (): Promise<LyingServer> => {
  const server = await startServer()
  const evil = createEvilServer()
  const relayPort = await freePort()
  const end = await startRelay({ port: relayPort, to: server.port, between: evil.between })
  const database = new DatabaseSync(join(server.data, 'halyard.db'), { readOnly: true })
  return {
    ...server,
    evil,
    database: () => database,
    flagsFor: (who) => [
      `--host-resolver-rules=MAP localhost:${server.port} 127.0.0.1:${relayPort}`,
      `--user-agent=${who}`,
    ],
    async remove() {
      database.close()
      await end()
      await server.remove()
    },
  }
}
