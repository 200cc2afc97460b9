/** A server core in memory with people in it, for tests of its rules. */
import { createHash } from 'node:crypto'
import { encode, labels, signed } from '@halyard/protocol'
import type { AddressedWelcome, NetworkLink, Signed } from '@halyard/protocol'
import { statementHash } from '@halyard/crypto/verify'
import { createServer } from '../src/core/index.ts'
import type { Server, Store, Verifier } from '../src/core/index.ts'
import { createSyncVerifier } from '../src/node/verifier.ts'
import { openLocalStore } from '../src/node/sqlite/local-store.ts'
import type { LocalStore } from '../src/node/sqlite/local-store.ts'
import { commit, createInvite, found, joinBy, random, signNetworkLink } from './people.ts'
import type { Founded, Person } from './people.ts'
import { createTalk } from './talk.ts'
import type { Talk } from './talk.ts'

export const origin = 'http://localhost:8420'
export const token = 'the-setup-token'
export const tokenHash = new Uint8Array(createHash('sha256').update(token).digest())

export interface World {
  readonly server: Server
  readonly store: LocalStore
  readonly net: Founded
  readonly founder: Person
  nowMs: number
  readonly failures: unknown[]
  connect(options?: { readonly waitingBytes?: () => number }): Talk
  /** A connection on which the person's device has signed in. */
  readonly online: (person: Person) => Promise<Talk>
  /** Somebody who has joined by an invite of `inviter`. */
  readonly newcomer: (inviter?: Person) => Promise<Person>
}

/** `wrap` lets a test come between core and store. */
export const createWorld = async (
  options: {
    readonly setUp?: boolean
    readonly store?: LocalStore
    readonly wrap?: (store: Store) => Store
    readonly verifier?: Verifier
  } = {},
): Promise<World> => {
  const store = options.store ?? openLocalStore(':memory:')
  const failures: unknown[] = []
  const world = { nowMs: Date.now() }
  const server = createServer({
    store: options.wrap?.(store) ?? store,
    clock: { nowMs: () => world.nowMs },
    random,
    verifier: options.verifier ?? createSyncVerifier(),
    origin,
    fail: (error) => failures.push(error),
  })
  const net = found()
  const connect: World['connect'] = (outputs = {}) => {
    const pipe = createTalk((frame) => void connection.receive(frame))
    const connection = server.connect({ send: pipe.receive, close: pipe.closed, ...outputs })
    return pipe.talk
  }
  const online = async (person: Person): Promise<Talk> => {
    const talk = connect()
    const result = await talk.logIn(person, origin)
    if (!result.ok) throw new Error(`log-in was refused: ${result.code}`)
    return talk
  }
  const setUp = async (): Promise<void> => {
    store.offerSetup({ tokenHash })
    const [accountLink] = net.founder.links
    if (accountLink === undefined) throw new Error('a founder without a link')
    await connect().must('set-up', { token, networkLinks: net.networkLinks, accountLink })
  }
  if (options.setUp !== false) await setUp()
  const newcomer = async (inviter = net.founder): Promise<Person> => {
    const invite = createInvite(net, inviter)
    // Straight into the store: how often a person may invite is not what is tested by it.
    store.createInvite({
      locator: invite.locator,
      hash: invite.hash,
      record: encode(signed, invite.record),
      inviter: inviter.account,
      notAfterMs: world.nowMs + 1000,
      nowMs: world.nowMs,
    })
    const person = joinBy(net.founder.network, invite)
    const [accountLink] = person.links
    if (accountLink === undefined) throw new Error('a newcomer without a link')
    await connect().must('join', { locator: invite.locator, accountLink })
    return person
  }
  return Object.assign(world, { server, store, net, founder: net.founder, failures, connect, online, newcomer })
}

/** Somebody's next link of the network, which then holds it. */
export const extendNetwork = (net: Founded, signer: Person, change: NetworkLink['change']): Signed => {
  const link = signNetworkLink(signer.device.chain, {
    seq: net.networkHead.seq + 1,
    previous: net.networkHead.hash,
    signer: { account: signer.account, device: signer.device.id, chain: signer.head },
    change,
  })
  net.networkLinks.push(link)
  net.networkHead = { seq: net.networkHead.seq + 1, hash: statementHash(labels.networkLink, link.body) }
  return link
}

export const welcomeFor = (person: Person, size = 400): AddressedWelcome => ({
  device: person.device.id,
  keyPackage: random(32),
  welcome: random(size),
  tree: undefined,
})

/** A conversation that `creator` makes with others; its id. */
export const converse = async (talk: Talk, creator: Person, others: readonly Person[]): Promise<Uint8Array> => {
  const conversation = random(16)
  const row = commit(
    creator,
    conversation,
    0,
    others.map((one) => one.device.id),
  )
  await talk.must('create-conversation', {
    conversation,
    entry: random(16),
    row,
    welcomes: others.map((one) => welcomeFor(one)),
  })
  return conversation
}
