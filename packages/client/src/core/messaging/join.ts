/** Welcomes: a conversation that somebody else has made. Judged by who sent it before anything of it is shown. */
import { equal, toHex } from '@halyard/protocol'
import type { Entry, MailboxItem } from '@halyard/protocol'
import { groupContextExtensions, joinGroup, members } from '@halyard/mls'
import type { GroupState } from '@halyard/mls'
import { readRow, verifierOf, zeroHash } from '@halyard/crypto'
import { blobOf, numberOf } from '../store/values.ts'
import { baseAfter, introduce } from './create.ts'
import { commitHash } from './engine.ts'
import type { Engine } from './engine.ts'
import { roomOfState, standAt } from './group.ts'
import type { Group } from './group.ts'
import { requeue, unconfirmedOf } from './outbox.ts'
import { decodeCredential, roomOf } from './room.ts'

type Welcome = Extract<MailboxItem['item'], { kind: 'welcome' }>
/** `later`: the sender's standing is not known yet; `dropped`: it will never be of use. */
export type Joined = 'joined' | 'later' | 'dropped' | 'offline'

/** Takes a Welcome for this device. */
export const takeWelcome = async (engine: Engine, item: Welcome): Promise<Joined> => {
  const { database, provider } = engine.context.ports
  if (engine.load(item.conversation) !== undefined) return 'dropped'
  const stored = database.get('SELECT * FROM key_packages WHERE reference = ?', [item.keyPackage])
  if (stored === undefined) return drop(engine, 'key-package')
  const first = await firstRow(engine, item)
  if (first === 'offline') return 'offline'
  if (first === 'missing') return drop(engine, 'log')
  const privateKeys = blobOf(stored, 'private_keys')
  const joined = await joinGroup({
    provider,
    welcome: item.welcome,
    keyPackage: blobOf(stored, 'package'),
    privateKeys,
    signatureKeyPair: engine.context.identity().keys.mls,
    ...(item.tree === undefined ? {} : { ratchetTree: item.tree }),
    judge: engine.judge(),
  })
  if (!joined.ok) return drop(engine, joined.code)
  const peer = peerOf(engine, joined.state)
  if (peer === undefined) return drop(engine, 'room')
  const welcome = await standingAllows(engine, peer)
  if (welcome !== 'yes') return welcome
  const commit = await commitOf(engine, item, first, joined.state, peer)
  if (commit === undefined) return drop(engine, 'commit')
  store(engine, {
    item,
    first,
    state: joined.state,
    peer,
    commit,
    lastResort: numberOf(stored, 'last_resort') === 1,
    // Where it may be used again, the table still has it.
    consumed: [...joined.consumed, privateKeys],
  })
  return 'joined'
}

const drop = (engine: Engine, why: string): 'dropped' => {
  engine.context.count(`welcome:${why}`)
  return 'dropped'
}

/** The row of the log that this Welcome belongs to: where reading begins. */
const firstRow = async (engine: Engine, item: Welcome): Promise<Entry | 'offline' | 'missing'> => {
  const answer = await engine
    .connection()
    .request('fetch-rows', { conversation: item.conversation, after: Math.max(0, item.seq - 1), limit: 1 })
  if (!answer.ok && answer.code !== 'conversation-unknown') return 'offline'
  const [entry] = answer.ok ? answer.value.entries : []
  // A Welcome to a log that is not there must not hold up those that are.
  return entry === undefined || entry.seq !== item.seq ? 'missing' : entry
}

/** The one other person of a direct conversation that is exactly what it says. */
const peerOf = (engine: Engine, state: GroupState): Uint8Array | undefined => {
  const room = roomOf(groupContextExtensions(state))
  const { account } = engine.context.identity()
  if (room?.kind !== 'direct' || !room.accounts.some((one) => equal(one, account))) return undefined
  const everybody = members(state).map((member) => decodeCredential(member.identity)?.account)
  if (everybody.some((one) => one === undefined || !room.accounts.some((other) => equal(other, one)))) return undefined
  return room.accounts.find((one) => !equal(one, account))
}

/** Who may open a conversation with me: confirmed people, and the newcomer or inviter of my own admission. */
const standingAllows = async (engine: Engine, peer: Uint8Array): Promise<'yes' | 'later' | 'dropped'> => {
  const standing = await engine.directory.standing(peer)
  const { account } = engine.context.identity()
  const self = await engine.directory.standing(account)
  if (standing.kind === 'confirmed') return 'yes'
  if (standing.kind === 'waiting') return equal(standing.invitedBy, account) ? 'yes' : 'later'
  if (self.kind === 'waiting' && equal(self.invitedBy, peer)) return 'yes'
  return standing.kind === 'unknown' ? 'later' : drop(engine, `standing-${standing.kind}`)
}

/** The commit that brought this device in, as the log has it, signed by the other person. */
const commitOf = async (
  engine: Engine,
  item: Welcome,
  first: Entry,
  state: GroupState,
  peer: Uint8Array,
): Promise<Uint8Array | undefined> => {
  const account = engine.directory.account(peer)
  const read = await readRow(verifierOf(engine.context.ports.provider), first.row, (row) =>
    equal(row.conversation, item.conversation) && equal(row.account, peer)
      ? account?.devices.get(toHex(row.device))?.mlsKey
      : undefined,
  )
  if (!read.ok || read.value.content.kind !== 'commit' || read.value.epoch + 1 !== standAt(state, zeroHash).epoch)
    return undefined
  return commitHash(read.value.content.message)
}

interface NewGroup {
  readonly item: Welcome
  readonly first: Entry
  readonly state: GroupState
  readonly peer: Uint8Array
  readonly commit: Uint8Array
  readonly lastResort: boolean
  readonly consumed: readonly Uint8Array[]
}

const store = (engine: Engine, made: NewGroup): void => {
  const { database, clock } = engine.context.ports
  const chat = toHex(made.peer)
  const { conversation } = made.item
  const group: Group = {
    conversation,
    chat,
    kind: 'direct',
    room: roomOfState(made.state),
    phase: 'live',
    version: 0,
    base: baseAfter(database, chat),
    cursor: { seq: made.first.seq, chain: made.first.chain },
    current: standAt(made.state, made.commit),
    pasts: [],
    kept: undefined,
    pending: undefined,
    own: { seq: 0, previous: zeroHash },
    updatedMs: clock.nowMs(),
    generations: 0,
    // Keys of a last-resort package were shown to more than one: an Update goes before any content.
    mustUpdate: made.lastResort,
    paused: undefined,
    creation: undefined,
    newestMs: made.first.timeMs,
  }
  const others = conversationsOf(engine, chat)
  const draft = engine.draft(group)
  draft.consumed.push(...made.consumed)
  draft.effects.push((db, touch) => {
    if (!made.lastResort) db.run('DELETE FROM key_packages WHERE reference = ?', [made.item.keyPackage])
    db.run('INSERT OR IGNORE INTO chats (chat, account) VALUES (?, ?)', [chat, made.peer])
    db.run('UPDATE chats SET wanted = 0, last_ms = max(coalesce(last_ms, 0), ?) WHERE chat = ?', [
      made.first.timeMs,
      chat,
    ])
    if (others.length === 0) introduce(engine, db, chat)
    // Both opened at once: the lower id lives, and what the other one had not delivered is sealed into it.
    for (const other of others) {
      if (toHex(other) < toHex(conversation)) continue
      for (const row of unconfirmedOf(db, other)) requeue(db, row, false)
    }
    touch('chats')
    touch(`chat:${chat}`)
    touch(`timeline:${chat}`)
  })
  engine.save(undefined, draft)
}

/** Every conversation of a chat, the living one (lowest id) first. */
export const conversationsOf = (engine: Engine, chat: string): readonly Uint8Array[] =>
  engine.context.ports.database
    .all('SELECT conversation FROM conversations WHERE chat = ? ORDER BY conversation', [chat])
    .map((row) => blobOf(row, 'conversation'))
