/** One deterministic world: the real server core, real client cores, and everything between them from one seed. */
import { hash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { productSuite } from '@halyard/client'
import { withRegisteredKeys } from '@halyard/client/registered-keys'
import type { RegisterKey } from '@halyard/client/registered-keys'
import { deterministicProvider } from '@halyard/mls/deterministic'
import { nodeProvider } from '@halyard/mls/node'
import type { CipherSuite, Provider } from '@halyard/mls'
import { createServer } from '@halyard/server'
import type { Server } from '@halyard/server'
import { createSyncVerifier, openLocalStore } from '@halyard/server/node'
import type { CrashHooks } from '@halyard/server/node'
import { sha256 } from '@halyard/crypto/verify'
import { concat, utf8 } from '@halyard/protocol'
import { loadSqlite } from './databases.ts'
import { createNetwork } from './network.ts'
import type { Between, Network } from './network.ts'
import { createPerson, Crashed } from './person.ts'
import type { Person, Profile } from './person.ts'
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
  addPerson(name: string, profile?: Profile): Person
  readonly setupToken: string
  /** The server's process dies; `strikeServer` does it around the next commit. */
  crashServer(): void
  strikeServer(moment: 'before' | 'after' | 'never'): void
  startServer(): void
  serverIsUp(): boolean
  /** The running server, for whoever speaks to it without a client. */
  server(): Server
  serverDatabase(): DatabaseSync
  /** The server is set back to a copy of its database, under another incarnation when it knows of it. */
  restoreServer(copy: Uint8Array, knows: boolean): void
  /** The server's clock is off by this much from now on. */
  skewServer(byMs: number): void
  /** The server's disk has no room for one more page while true. */
  fillServer(isFull: boolean): void
  /** Path secrets (HPKE: no associated data, one secret long) no longer open for somebody; the answer ends that. */
  spoil(name: string): () => void
  /** Every key that somebody's cryptography meets from now on, in the clear; copy what is to be kept. */
  seeKeys(name: string, see: RegisterKey): void
  /** Cryptography with randomness of this world, for somebody who is no client. */
  providerFor(name: string): Provider
}

const startMs = Date.UTC(2030, 0, 1)
export const origin = 'http://localhost:8420'

/**
 * `suite`: of all conversations in it; as in the product, unless a world is to be lived faster. Then the devices' pages are
 * not sealed either.
 */
export const createWorld = async (
  seed: number,
  between?: Between,
  suite: CipherSuite = productSuite,
): Promise<World> => {
  const prng = createPrng(seed, 'world')
  const time = createTime(startMs)
  const faults: string[] = []
  const sqlite = await loadSqlite(suite === productSuite ? 'sealed' : 'plain')
  // Committed is durable: the server's crash loses what was not, and nothing else.
  let database: DatabaseSync | undefined
  const serverSecrets = prng.fork('server')
  let server: Server | undefined
  let strike: 'before' | 'after' | 'never' = 'never'

  const hit = (moment: 'before' | 'after'): void => {
    if (strike !== moment) return
    strike = 'never'
    world.crashServer()
    throw new Crashed()
  }
  const hooks: CrashHooks = { beforeCommit: () => hit('before'), afterCommit: () => hit('after') }
  const network = createNetwork(time, prng.fork('network'), () => server, between)

  const spoiled = new Set<string>()
  const seers = new Map<string, RegisterKey>()
  const verify = rememberedVerify(nodeProvider().verify)
  let skewMs = 0
  const world: World = {
    prng: prng.fork('plot'),
    time,
    network,
    people: [],
    faults,
    setupToken: 'setup-token-of-this-world',
    addPerson(name, profile) {
      const person = createPerson({
        name,
        profile,
        sqlite,
        time,
        network,
        prng: prng.fork(name),
        provider: (random) =>
          withRegisteredKeys(
            spoilable(simulatedProvider(random, verify), () => spoiled.has(name)),
            (kind, bytes) => seers.get(name)?.(kind, bytes),
          ),
        suite,
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
      strike = 'never'
      const store = openLocalStore(database ?? ':memory:', hooks)
      if (database === undefined) void store.offerSetup({ tokenHash: sha256(utf8(world.setupToken)) })
      database = store.database
      server = createServer({
        store,
        clock: { nowMs: () => time.nowMs() + skewMs },
        random: (length) => serverSecrets.bytes(length),
        verifier: createSyncVerifier(),
        origin,
        fail(error) {
          if (!(error instanceof Crashed))
            faults.push(`server: ${String(error instanceof Error ? error.stack : error)}`)
          world.crashServer()
        },
      })
    },
    serverIsUp: () => server !== undefined,
    server() {
      if (server === undefined) throw new Error('assertion failed: the server is down')
      return server
    },
    serverDatabase() {
      if (database === undefined) throw new Error('assertion failed: the server never ran')
      return database
    },
    restoreServer(copy, knows) {
      world.crashServer()
      world.serverDatabase().deserialize(copy)
      if (knows)
        openLocalStore(world.serverDatabase()).renewIncarnation({ incarnation: prng.bytes(16), nowMs: time.nowMs() })
      world.startServer()
    },
    skewServer: (byMs) => void (skewMs = byMs),
    fillServer(isFull) {
      // What there is already is the least that SQLite takes for the most.
      world.serverDatabase().exec(`PRAGMA max_page_count = ${isFull ? 1 : 0xffff_fffe}`)
    },
    seeKeys: (name, see) => void seers.set(name, see),
    spoil(name) {
      spoiled.add(name)
      return () => void spoiled.delete(name)
    },
    providerFor: (who) => {
      const random = prng.fork(who)
      return simulatedProvider((length) => random.bytes(length), verify)
    },
  }
  world.startServer()
  return world
}

/** Native where it is deterministic and answers at once; lent randomness for everything that takes any. */
const simulatedProvider = (random: (length: number) => Uint8Array, verify: Provider['verify']): Provider => {
  const { mlkemEncapsulate, signatureKeyPair } = deterministicProvider(random)
  return { ...nodeProvider(), random, mlkemEncapsulate, signatureKeyPair, verify }
}

/**
 * Everybody in a world verifies the same links and rows, and the answer follows from key, data and signature alone: each
 * is worked out once.
 */
const rememberedVerify = (verify: Provider['verify']): Provider['verify'] => {
  const answers = new Map<string, ReturnType<typeof verify>>()
  return (name, publicKey, data, signature) => {
    const lengths = utf8(`${name} ${publicKey.length} ${signature.length} `)
    const key = hash('sha256', concat(lengths, publicKey, signature, data), 'hex')
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = verify(name, publicKey, data, signature)
    answers.set(key, answer)
    return answer
  }
}

const spoilable = (base: Provider, isSpoiled: () => boolean): Provider => ({
  ...base,
  open: (name, key, nonce, aad, sealed) =>
    isSpoiled() && aad.length === 0 && sealed.length <= 80 ? undefined : base.open(name, key, nonce, aad, sealed),
})
