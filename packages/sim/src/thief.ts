/**
 * A thief with a device's disk and all that opens it, and with every row that the server is ever given. Also somebody who
 * was put out and kept the disk of the moment before. Nothing that was sealed after the device was removed, or after it
 * renewed its own keys, may open.
 */
import { concat, decode, equal, row as rowSchema, signedRow, toHex, utf8 } from '@halyard/protocol'
import type { Row } from '@halyard/protocol'
import { loadGroup, thaw } from '@halyard/client'
import type { Group } from '@halyard/client'
import { sha256 } from '@halyard/crypto'
import { members, receive } from '@halyard/mls'
import type { GroupState, Provider, Received } from '@halyard/mls'
import { anything } from './attacks/hostile-member.ts'
import type { Person, Profile } from './person.ts'
import type { World } from './world.ts'

export interface Theft {
  readonly profile: Profile
  /** The id of the device. */
  readonly device: string
  /** How far each conversation had come. */
  readonly seqs: ReadonlyMap<string, number>
}

export interface Loot {
  /** Rows that opened and could not but open: sent after the theft, before anything was done about it. */
  opened: number
  /** Rows that stayed shut, as they must. */
  shut: number
  readonly faults: string[]
}

/** The server forgets what everybody has read; a thief who listens does not. Call before anybody is robbed. */
export const keepEveryRow = (world: World): void =>
  world.serverDatabase().exec(`
    CREATE TEMP TABLE kept AS SELECT conversation, seq, row FROM main.entry;
    CREATE TEMP TRIGGER keep AFTER INSERT ON main.entry BEGIN
      INSERT INTO kept VALUES (new.conversation, new.seq, new.row);
    END`)

export const steal = (world: World, person: Person, device: string): Theft => ({
  profile: person.profile(),
  device,
  seqs: newestSeqs(world),
})

export const newestSeqs = (world: World): ReadonlyMap<string, number> =>
  new Map(
    world
      .serverDatabase()
      .prepare('SELECT conversation, max(seq) AS seq FROM kept GROUP BY conversation')
      .all()
      .map((one) => [toHex(one['conversation'] as Uint8Array), Number(one['seq'])]),
  )

/** Two commits that ended one epoch. */
export const lostRaces = (world: World): number => {
  const ended = new Set<string>()
  let lost = 0
  for (const conversation of newestSeqs(world).keys())
    for (const { row } of rowsOf(world, conversation)) {
      if (row.content.kind !== 'commit') continue
      const place = `${conversation} ${row.epoch} ${toHex(row.madeBy)}`
      if (ended.has(place)) lost++
      ended.add(place)
    }
  return lost
}

/** What the thief makes of all rows. After `goneSince`, when it is given, the device must have been out of everything. */
export const plunder = async (
  world: World,
  theft: Theft,
  goneSince: ReadonlyMap<string, number> | undefined,
): Promise<Loot> => {
  const loot: Loot = { opened: 0, shut: 0, faults: [] }
  const thief = world.addPerson(`thief of ${theft.profile.name}`, theft.profile)
  const { database } = thief.ports()
  for (const { conversation } of database.all('SELECT conversation FROM conversations')) {
    const group = conversation instanceof Uint8Array ? loadGroup(database, conversation) : undefined
    if (group !== undefined) await plunderGroup(world, theft, group, goneSince, loot)
  }
  database.close()
  return loot
}

const plunderGroup = async (
  world: World,
  theft: Theft,
  group: Group,
  goneSince: ReadonlyMap<string, number> | undefined,
  loot: Loot,
): Promise<void> => {
  const name = toHex(group.conversation)
  const stolenAt = theft.seqs.get(name) ?? 0
  const goneAt = goneSince?.get(name) ?? Infinity
  const states = statesIn(group)
  const provider = world.providerFor(`thief of ${theft.profile.name}`)
  const healing = new Map<string, Step>()
  for (const { seq, row, bytes } of rowsOf(world, name)) {
    const { content } = row
    if (content.kind === 'complaint') continue
    const found = await tryAll(provider, states, content.message)
    if (found !== undefined && found.kind !== 'application') states.push(found.newState)
    if (content.kind === 'commit')
      healing.set(commitName(content.message), {
        before: toHex(row.madeBy),
        heals: seq > stolenAt && !isIn(group, bytes) && endsTheft(row, content, theft.device),
      })
    if (content.kind !== 'application' || seq <= stolenAt) continue
    if (seq <= goneAt && !isHealed(healing, row)) {
      if (found !== undefined) loot.opened++
    } else if (found === undefined) loot.shut++
    else
      loot.faults.push(
        `thief: with the disk of ${theft.profile.name} opens row ${seq} of ${name.slice(0, 4)} in epoch ${row.epoch}`,
      )
  }
}

/** What a commit did to the epochs after it. */
interface Step {
  /** The commit that made the epoch it ended. */
  readonly before: string
  readonly heals: boolean
}
const isHealed = (healing: ReadonlyMap<string, Step>, row: Row): boolean => {
  for (let step = healing.get(toHex(row.madeBy)); step !== undefined; step = healing.get(step.before))
    if (step.heals) return true
  return false
}
const endsTheft = (row: Row, content: Extract<Row['content'], { kind: 'commit' }>, device: string): boolean =>
  toHex(row.device) === device || content.removed.some((one) => toHex(one) === device)
const commitName = (message: Uint8Array): string => toHex(sha256(concat(utf8('Halyard 1 commit\0'), message)))
/** A commit that lay on the stolen disk, ready to be sent: its keys are stolen as well. */
const isIn = ({ pending }: Group, bytes: Uint8Array): boolean => pending !== undefined && equal(pending.row, bytes)

/** Every state that the disk gives away: the epoch, the one kept for an undo, and the one of a commit on its way. */
const statesIn = ({ current, kept, pending }: Group): GroupState[] => [
  current.state,
  ...[kept, pending].flatMap((frozen) => (frozen === undefined ? [] : [thaw(frozen, frozen.madeBy).state])),
]

/** With every state, as the member whose disk it was and then as each of the others: a thief owes nobody the truth. */
const tryAll = async (
  provider: Provider,
  states: readonly GroupState[],
  message: Uint8Array,
): Promise<Received | undefined> => {
  for (const state of states)
    for (const ownLeaf of [state.ownLeaf, ...members(state).map((one) => one.leafIndex)]) {
      const got = await receive({
        provider,
        state: { ...state, ownLeaf },
        message,
        judge: anything,
      }).catch(() => undefined)
      if (got?.ok === true && !(got.kind === 'commit' && got.removed)) return got
      if (got?.ok === false && (got.code === 'old-epoch' || got.code === 'future-epoch')) break
    }
  return undefined
}

function* rowsOf(world: World, conversation: string): Generator<{ seq: number; row: Row; bytes: Uint8Array }> {
  const kept = world.serverDatabase().prepare('SELECT seq, row FROM kept WHERE hex(conversation) = ? ORDER BY seq')
  for (const one of kept.all(conversation.toUpperCase())) {
    const bytes = new Uint8Array(one['row'] as Uint8Array)
    const row = decode(rowSchema, decode(signedRow, bytes)?.body ?? new Uint8Array())
    if (row !== undefined) yield { seq: Number(one['seq']), row, bytes }
  }
}
