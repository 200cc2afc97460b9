/** Welcomes: a conversation that somebody else has made. Judged by who sent it before anything of it is shown. */
import { equal, fromHex, toHex } from '@halyard/protocol'
import type { Entry, MailboxItem } from '@halyard/protocol'
import { epoch, groupContextExtensions, groupId, joinGroup, memberAt, members, secretsOver } from '@halyard/mls'
import type { Extension, GroupState } from '@halyard/mls'
import { openTree, readRow, verifierOf, zeroHash } from '@halyard/crypto'
import type { Database } from '../ports.ts'
import { blobOf, numberOf } from '../store/values.ts'
import { baseAfter, introduce } from './create.ts'
import { commitHash } from './engine.ts'
import type { Draft, Engine } from './engine.ts'
import { standAt } from './group.ts'
import { eraseKeys } from './group-store.ts'
import type { Group } from './group.ts'
import { beginAuthors } from './authors.ts'
import { addTold } from './notices.ts'
import { requeue, unconfirmedOf } from './outbox.ts'
import { setPicture } from './picture.ts'
import { decodeCredential, inRoom, isClosed, peopleOf, roomOf } from './room.ts'
import type { Room } from './room.ts'
import { sealPassing } from './seal.ts'

type Welcome = Extract<MailboxItem['item'], { kind: 'welcome' }>
/** `later`: the sender's standing is not known yet; `dropped`: it will never be of use. */
export type Joined = 'joined' | 'later' | 'dropped' | 'offline'

/** Takes a Welcome for this device. */
export const takeWelcome = async (engine: Engine, item: Welcome): Promise<Joined> => {
  const { database, provider } = engine.context.ports
  const held = engine.load(item.conversation)
  // Put out and brought in again meanwhile: that it was put out has to be read first. Cut off, it cannot be read at all.
  const answers = held?.unopened?.asked !== undefined && equal(held.unopened.asked.reference, item.keyPackage)
  if (held !== undefined && !answers) return item.seq > held.cursor.seq ? 'later' : 'dropped'
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
    ratchetTree: (said) => treeOf(engine, item, said),
    judge: engine.judge(),
  })
  if (!joined.ok) return drop(engine, joined.code)
  const place = placeOf(engine, joined.state)
  if (place === undefined) return drop(engine, 'room')
  const commit = await commitOf(engine, item, first, joined)
  if (commit === undefined) return drop(engine, 'commit')
  const allowed = await standingAllows(engine, commit.by, place)
  if (allowed !== 'yes') return allowed
  store(engine, {
    item,
    held,
    first,
    state: joined.state,
    place,
    commit,
    lastResort: numberOf(stored, 'last_resort') === 1,
    // Where it may be used again, the table still has it.
    consumed: [...joined.consumed, privateKeys],
  })
  return 'joined'
}

/** A Welcome without a tree beside it has it inside. */
const treeOf = async (
  engine: Engine,
  { conversation, tree }: Welcome,
  said: readonly Extension[],
): Promise<Uint8Array | undefined> =>
  tree === undefined ? undefined : openTree(engine.context.ports.provider, said, conversation, tree)

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

/** Where it belongs on the screen; `peer`: the other person of a direct conversation. */
interface ChatPlace {
  readonly chat: string
  readonly room: Room
  readonly peer: Uint8Array | undefined
}

/** A conversation that is exactly what it says, and that this account is of. */
const placeOf = (engine: Engine, state: GroupState): ChatPlace | undefined => {
  const room = roomOf(groupContextExtensions(state))
  const { account } = engine.context.identity()
  const people = peopleOf(state)
  if (room === undefined || !people.has(toHex(account))) return undefined
  if (!isClosed(room)) return { chat: toHex(groupId(state)), room, peer: undefined }
  if (!members(state).every((member) => inRoom(room, member.identity))) return undefined
  const peer = room.accounts.find((one) => !equal(one, account))
  if (room.kind === 'me') return peer === undefined ? { chat: toHex(account), room, peer } : undefined
  return peer === undefined ? undefined : { chat: toHex(peer), room, peer }
}

/** Who may bring me into a conversation: my own devices, confirmed people, and the newcomer or inviter of my own admission. */
const standingAllows = async (
  engine: Engine,
  by: Uint8Array,
  { room }: ChatPlace,
): Promise<'yes' | 'later' | 'dropped'> => {
  const { account } = engine.context.identity()
  if (equal(by, account)) return 'yes'
  if (room.kind === 'me') return drop(engine, 'room')
  const standing = await engine.directory.standing(by)
  const self = await engine.directory.standing(account)
  if (standing.kind === 'confirmed') return 'yes'
  if (standing.kind === 'waiting') return equal(standing.invitedBy, account) ? 'yes' : 'later'
  if (self.kind === 'waiting' && equal(self.invitedBy, by)) return 'yes'
  return standing.kind === 'unknown' ? 'later' : drop(engine, `standing-${standing.kind}`)
}

interface AddingCommit {
  readonly hash: Uint8Array
  /** The account whose device made it. */
  readonly by: Uint8Array
}

/** The commit that brought this device in, as the log has it: signed by the device that signed the Welcome. */
const commitOf = async (
  engine: Engine,
  item: Welcome,
  first: Entry,
  joined: { readonly state: GroupState; readonly signerLeaf: number },
): Promise<AddingCommit | undefined> => {
  const signer = memberAt(joined.state, joined.signerLeaf)
  const credential = signer === undefined ? undefined : decodeCredential(signer.identity)
  if (signer === undefined || credential === undefined) return undefined
  const read = await readRow(verifierOf(engine.context.ports.provider), first.row, (row) => {
    const { account, device } = credential
    const isSigner = equal(row.conversation, item.conversation) && equal(row.account, account)
    return isSigner && equal(row.device, device) ? signer.signatureKey : undefined
  })
  if (!read.ok || read.value.content.kind !== 'commit' || read.value.epoch + 1 !== epoch(joined.state)) return undefined
  return { hash: commitHash(read.value.content.message), by: credential.account }
}

interface NewGroup {
  readonly item: Welcome
  /** What this device had of it, and cannot go on with. */
  readonly held: Group | undefined
  readonly first: Entry
  readonly state: GroupState
  readonly place: ChatPlace
  readonly commit: AddingCommit
  readonly lastResort: boolean
  readonly consumed: readonly Uint8Array[]
}

const store = (engine: Engine, made: NewGroup): void => {
  const { database, clock } = engine.context.ports
  const { chat, room, peer } = made.place
  const { conversation } = made.item
  const { held } = made
  const base = baseAfter(database, chat)
  const isOwnDoing = equal(made.commit.by, engine.context.identity().account)
  const group: Group = {
    conversation,
    chat,
    kind: room.kind,
    room,
    phase: 'live',
    version: 0,
    base,
    cursor: { seq: made.first.seq, chain: made.first.chain },
    current: standAt(made.state, made.commit.hash),
    pasts: [],
    kept: undefined,
    pending: undefined,
    // Its own sequence goes on: for the others it is the same device.
    own: held?.own ?? { seq: 0, previous: zeroHash },
    updatedMs: clock.nowMs(),
    generations: 0,
    // Keys of a last-resort package were shown to more than one: an Update goes before any content.
    mustUpdate: made.lastResort,
    paused: undefined,
    creation: undefined,
    newestMs: made.first.timeMs,
    adder: peopleOf(made.state).size > 2 && !isOwnDoing ? made.commit.by : undefined,
    bound: undefined,
    unopened: undefined,
    sinceRestore: undefined,
  }
  const others = conversationsOf(engine, chat)
  const draft = engine.draft(group)
  draft.consumed.push(...made.consumed)
  if (held !== undefined) replace(draft, held, made.state)
  draft.effects.push((db, touch) => {
    if (!made.lastResort) db.run('DELETE FROM key_packages WHERE reference = ?', [made.item.keyPackage])
    addChat(db, chat, room, peer)
    touch(`picture:${chat}`)
    // In a conversation that begins with this epoch, everybody's sequence begins too.
    if (epoch(made.state) > 1) beginAuthors(db, conversation, peopleOf(made.state))
    db.run(
      'UPDATE chats SET wanted = 0, ended_ms = NULL, ended_by = NULL, last_ms = max(coalesce(last_ms, 0), ?) WHERE chat = ?',
      [made.first.timeMs, chat],
    )
    if (room.kind === 'direct' && others.length === 0 && !isOwnDoing) introduce(engine, db, chat)
    // Both opened at once: the lower id lives, and what the other one had not delivered is sealed into it.
    for (const other of others) {
      if (toHex(other) < toHex(conversation)) continue
      for (const row of unconfirmedOf(db, other)) requeue(db, row, false)
    }
    touch('chats')
    touch(`chat:${chat}`)
    touch(`timeline:${chat}`)
  })
  if (held === undefined && !isClosed(room) && !isOwnDoing) {
    const told = [{ kind: 'added', subject: engine.context.identity().account }] as const
    addTold(draft, chat, base, made.commit.by, made.first, told)
  }
  engine.save(undefined, draft)
  if (!isClosed(room) && !isOwnDoing) greet(engine, conversation, peopleOf(made.state).size)
}

/** What was sealed in the epoch that is over is sealed again, under the same ids; its keys and its place go. */
const replace = (draft: Draft, held: Group, next: GroupState): void => {
  draft.consumed.push(...secretsOver(held.current.state, next))
  draft.effects.push((database, touch) => {
    for (const row of unconfirmedOf(database, held.conversation)) requeue(database, row, true)
    eraseKeys(database, held.conversation)
    if (database.run(`DELETE FROM alarms WHERE kind = 'cannot-decrypt' AND chat = ?`, [held.chat]).changes > 0)
      touch('alarms')
  })
  draft.wishes.add('pump')
}

/** Where few could speak, the newcomer says that the commit can be followed: its maker waits for another account to. */
const greet = (engine: Engine, conversation: Uint8Array, people: number): void => {
  const [draw = 0] = engine.context.ports.random(1)
  if (people > greetersMax && (draw * people) / 256 > greetersMax) return
  void engine.context.enqueue(toHex(conversation), async () => {
    const group = engine.load(conversation)
    if (group === undefined) return
    const draft = engine.draft(group)
    await sealPassing(engine, draft, { kind: 'receipts', delivered: [], read: [] })
    engine.save(group, draft)
  })
}
export const greetersMax = 8

const addChat = (database: Database, chat: string, room: Room, peer: Uint8Array | undefined): void => {
  if (isClosed(room)) {
    const person = peer ?? fromHex(chat)
    database.run(`INSERT OR IGNORE INTO chats (chat, account, kind) VALUES (?, ?, 'person')`, [chat, person])
  } else {
    database.run(
      'INSERT INTO chats (chat, kind, title) VALUES (?, ?, ?) ON CONFLICT (chat) DO UPDATE SET title = excluded.title',
      [chat, room.kind, room.title],
    )
    setPicture(database, chat, room.picture)
  }
}

/** Every conversation of a chat, the living one (lowest id) first. */
export const conversationsOf = (engine: Engine, chat: string): readonly Uint8Array[] =>
  engine.context.ports.database
    .all('SELECT conversation FROM conversations WHERE chat = ? ORDER BY conversation', [chat])
    .map((row) => blobOf(row, 'conversation'))
