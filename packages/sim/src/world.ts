/** One deterministic world: the real server core, real client cores, and everything between them from one seed. */
import type { DatabaseSync } from 'node:sqlite'
import { loadSqliteModule } from '@halyard/client/node'
import { deterministicProvider } from '@halyard/mls/deterministic'
import { nodeProvider } from '@halyard/mls/node'
import type { Provider } from '@halyard/mls'
import { createServer } from '@halyard/server'
import type { Server } from '@halyard/server'
import { createSyncVerifier, openLocalStore } from '@halyard/server/node'
import type { CrashHooks } from '@halyard/server/node'
import { sha256 } from '@halyard/crypto/verify'
import { utf8 } from '@halyard/protocol'
import { createNetwork } from './network.ts'
import type { Network } from './network.ts'
import { createPerson, Crashed } from './person.ts'
import type { Person } from './person.ts'
import { createPrng } from './prng.ts'
import type { Prng } from './prng.ts'
import { createTime } from './time.ts'
import type { Time } from './time.ts'

export interface World {
  readonly prng: Prng
  readonly time: Time
  readonly network: Network
  readonly people: Person[]
  readonly faults: string[]
  addPerson(name: string): Person
  readonly setupToken: string
  /** The server's process dies; `strikeServer` does it around the next commit. */
  crashServer(): void
  strikeServer(moment: 'before' | 'after'): void
  startServer(): void
  serverIsUp(): boolean
}

const startMs = Date.UTC(2030, 0, 1)
export const origin = 'http://localhost:8420'

export const createWorld = async (seed: number): Promise<World> => {
  const prng = createPrng(seed, 'world')
  const time = createTime(startMs)
  const faults: string[] = []
  const sqlite3 = await loadSqliteModule()
  // Committed is durable: the server's crash loses what was not, and nothing else.
  let database: DatabaseSync | undefined
  const serverSecrets = prng.fork('server')
  let server: Server | undefined
  let strike: 'before' | 'after' | undefined

  const hit = (moment: 'before' | 'after'): void => {
    if (strike !== moment) return
    strike = undefined
    world.crashServer()
    throw new Crashed()
  }
  const hooks: CrashHooks = { beforeCommit: () => hit('before'), afterCommit: () => hit('after') }
  const network = createNetwork(time, prng.fork('network'), () => server)

  const world: World = {
    prng: prng.fork('plot'),
    time,
    network,
    people: [],
    faults,
    setupToken: 'setup-token-of-this-world',
    addPerson(name) {
      const person = createPerson({
        name,
        sqlite3,
        time,
        network,
        prng: prng.fork(name),
        provider: simulatedProvider,
        origin,
        fault: (who, error) => faults.push(`${who}: ${String(error instanceof Error ? error.stack : error)}`),
      })
      world.people.push(person)
      return person
    },
    crashServer() {
      const old = server
      server = undefined
      network.dropAll()
      old?.close()
    },
    strikeServer: (moment) => void (strike = moment),
    startServer() {
      if (server !== undefined) return
      strike = undefined
      const store = openLocalStore(database ?? ':memory:', hooks)
      if (database === undefined) void store.offerSetup({ tokenHash: sha256(utf8(world.setupToken)) })
      database = store.database
      server = createServer({
        store,
        clock: { nowMs: () => time.nowMs() },
        random: (length) => serverSecrets.bytes(length),
        verifier: createSyncVerifier(),
        origin,
        fail(error) {
          if (!(error instanceof Crashed)) faults.push(`server: ${String(error instanceof Error ? error.stack : error)}`)
          world.crashServer()
        },
      })
    },
    serverIsUp: () => server !== undefined,
  }
  world.startServer()
  return world
}

/** Native where it is deterministic and answers at once; lent randomness for everything that takes any. */
const simulatedProvider = (random: (length: number) => Uint8Array): Provider => {
  const lent = deterministicProvider(random)
  const native = nodeProvider()
  return { ...lent, hash: native.hash, hmac: native.hmac, seal: native.seal, open: native.open, dh: native.dh, dhPublic: native.dhPublic, sign: native.sign, verify: native.verify }
}
