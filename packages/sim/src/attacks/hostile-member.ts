/**
 * Somebody who belongs and cheats: a real client's keys and MLS state, taken out of its database, and rows made by hand.
 * The person's own client should be quit first, or the two are a copied device.
 */
import {
  assert,
  content as contentSchema,
  decode,
  encode,
  equal,
  labels,
  leafCredential,
  payload as payloadSchema,
  protocolVersion,
  signed,
  signedRow,
} from '@halyard/protocol'
import type { Answer, CommandName, Content, Payload, Request, Result, Row } from '@halyard/protocol'
import { loadGroup, readIdentity } from '@halyard/client'
import type { Group } from '@halyard/client'
import { sha256, signRow, statementHash } from '@halyard/crypto'
import { createCommit, members, protect } from '@halyard/mls'
import type { CommitCreated, CommitOptions, GroupState, Judge, Provider } from '@halyard/mls'
import type { Person } from '../person.ts'
import { origin } from '../world.ts'
import type { World } from '../world.ts'
import { createRawClient } from './raw-client.ts'

/** Takes everything: what an honest client would refuse to make is made. */
export const anything: Judge = {
  credential: () => true,
  commit: () => true,
  nowS: Date.UTC(2030, 0, 1) / 1000,
  lifetimeMaxS: 400 * 24 * 3600,
}

/** Spoils what is sealed to nodes of the tree (HPKE: no associated data, one secret long). */
export const spoiling = (base: Provider): Provider => ({
  ...base,
  seal: (name, key, nonce, aad, plaintext) =>
    base.seal(
      name,
      key,
      nonce,
      aad,
      aad.length === 0 && plaintext.length <= 64 ? plaintext.map((byte) => byte ^ 1) : plaintext,
    ),
})

export const createHostileMember = async (world: World, person: Person, conversation: Uint8Array) => {
  const provider = world.providerFor(`hostile ${person.name}`)
  const identity = readIdentity(person.database())
  const start = loadGroup(person.database(), conversation)
  assert(identity !== undefined && start !== undefined, 'there is nothing to take over')
  const head = newestHead(person)
  await person.quit()
  const raw = createRawClient(world.server(), provider)
  const entered = await raw.logIn(identity.keys, identity.network, origin)
  assert(entered.ok, 'the stolen keys do not open a session')
  let group: Group = start

  const ask = <N extends CommandName>(command: N, request: Request<N>): Promise<Result<Answer<N>>> =>
    raw.ask(command, request)
  const row = (content: Row['content'], over: Partial<Row> = {}): Promise<Uint8Array> =>
    signRow(provider, identity.keys.mls, {
      conversation,
      account: identity.account,
      device: identity.keys.device,
      epoch: group.current.epoch,
      madeBy: group.current.madeBy,
      digest: group.current.digest,
      content,
      ...over,
    })
  const append = (bytes: Uint8Array, entry = provider.random(16)): Promise<Result<Answer<'append'>>> => {
    const value = decode(signedRow, bytes)
    assert(value !== undefined, 'a row that is none')
    return ask('append', { conversation, entry, row: value })
  }
  const seal = async (data: Uint8Array): Promise<Uint8Array> => {
    const made = await protect({ provider, state: group.current.state, data, paddedLength: Math.max(256, data.length) })
    assert(made.ok, 'sealing was refused')
    group = { ...group, current: { ...group.current, state: made.newState } }
    return made.message
  }
  /** The next payload of the sequence, with whatever is to be wrong about it. */
  const payload = (
    content: Content | Uint8Array,
    over: Partial<Payload> = {},
    place: { readonly seq?: number; readonly previous?: Uint8Array } = {},
  ): Uint8Array => {
    const bytes = encode(payloadSchema, {
      ...envelope(),
      body: {
        kind: 'durable',
        seq: place.seq ?? group.own.seq + 1,
        previous: place.previous ?? group.own.previous,
        content: content instanceof Uint8Array ? content : encode(contentSchema, content),
      },
      ...over,
    })
    group = { ...group, own: { seq: place.seq ?? group.own.seq + 1, previous: sha256(bytes) } }
    return bytes
  }
  const envelope = (): Omit<Payload, 'body'> => ({
    version: protocolVersion,
    account: identity.account,
    device: identity.keys.device,
    id: provider.random(16),
    sentAtMs: world.time.nowMs(),
    networkHead: head,
    accountHead: { seq: 0, hash: identity.account },
  })
  return {
    identity,
    provider,
    ask,
    row,
    append,
    seal,
    payload,
    envelope,
    state: (): GroupState => group.current.state,
    group: (): Group => group,
    /** Goes on from another epoch. */
    standAt: (current: Group['current']): void => void (group = { ...group, current }),
    async say(
      content: Content | Uint8Array,
      over?: Partial<Payload>,
      place?: { readonly seq?: number; readonly previous?: Uint8Array },
    ) {
      return append(await row({ kind: 'application', message: await seal(payload(content, over, place)) }))
    },
    async signal(signal: Extract<Payload['body'], { kind: 'passing' }>['signal']): Promise<Uint8Array> {
      return seal(encode(payloadSchema, { ...envelope(), body: { kind: 'passing', signal } }))
    },
    async commit(options: Partial<CommitOptions> = {}): Promise<CommitCreated> {
      const made = await createCommit({
        provider,
        state: group.current.state,
        proposals: [],
        withPath: true,
        judge: anything,
        ...options,
      })
      assert(made.ok, made.ok ? '' : `the hostile commit was refused: ${made.code}: ${made.reason}`)
      return made
    },
    close: (): void => raw.close(),
  }
}
const newestHead = (person: Person): Payload['networkHead'] => {
  const row = person.database().get('SELECT seq, link FROM network_links ORDER BY seq DESC LIMIT 1')
  const link = row?.['link'] instanceof Uint8Array ? decode(signed, row['link']) : undefined
  assert(link !== undefined, 'no network is stored')
  return { seq: Number(row?.['seq']), hash: statementHash(labels.networkLink, link.body) }
}
export type HostileMember = Awaited<ReturnType<typeof createHostileMember>>

/** The first leaf of an account as the group has it. */
export const leafOf = (mallory: HostileMember, account: Uint8Array) => {
  for (const { identity, leafIndex } of members(mallory.state())) {
    const credential = decode(leafCredential, identity)
    if (credential !== undefined && equal(credential.account, account)) return { leafIndex, device: credential.device }
  }
  throw new Error('assertion failed: no such leaf')
}
