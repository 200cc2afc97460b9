/** Somebody with one device: the real client core on a simulated disk, who can be struck down at any moment. */
import { addDeviceMember, hasAccount, joinMember, openMember, restoreMember, setUpMember } from '@halyard/client'
import type { EndedBy, MemberPorts, OpenedMember, Pairing, TimelineRow } from '@halyard/client'
import type { CipherSuite, Provider } from '@halyard/mls'
import type { Result } from '@halyard/protocol'
import { openOnDisk } from './databases.ts'
import type { Sqlite } from './databases.ts'
import { createDisk } from './disk.ts'
import type { DiskCopy, SimulatedDisk } from './disk.ts'
import type { Network } from './network.ts'
import type { Prng } from './prng.ts'
import type { Time } from './time.ts'

export interface Person {
  readonly name: string
  readonly disk: SimulatedDisk
  member(): OpenedMember | undefined
  stopped(): string | undefined
  /** Who ended this device's membership, if that was proven. */
  ended(): EndedBy | undefined
  setUp(token: string, networkName: string): Promise<Result<unknown>>
  join(link: string): Promise<Result<unknown>>
  /** Comes back with a recovery card. */
  restore(words: string): Promise<Result<unknown>>
  /** Asks to be let into an account; what it shows stands in `pairing`. */
  askIn(platform: string): Promise<Result<unknown>>
  pairing(): Pairing | undefined
  /**
   * The next transaction is the last thing this process does: before it takes effect, right after, or `within` what it
   * writes to the disk, which loses power then.
   */
  strikeAt(moment: Moment, andThen: () => void): void
  /** A strike that has not fallen yet will not. */
  spare(): void
  /** This device's clock is off by this much from now on. */
  skew(byMs: number): void
  /** The process dies; with `power`, so does what was not synced. */
  crash(power: boolean): void
  /** Opens what is on the disk; the refusal, if it may not be opened. */
  start(): Promise<Result<unknown>>
  /** Ends the process in good order. */
  quit(): Promise<void>
  /** This device's own database, for whoever holds its keys: hostile kits and searches. */
  database(): MemberPorts['database']
  /** The ports of a process on this disk that is not the member's own: previews, migrations. */
  ports(): MemberPorts
  /** The disk as it is, and what opens it. */
  profile(): Profile
  rows(chatId: string): readonly TimelineRow[]
}

export type Moment = 'before' | 'within' | 'after'

/** A device as it lies in a drawer: its disk and what opens it. */
export interface Profile {
  readonly name: string
  readonly key: Uint8Array
  readonly disk: DiskCopy
}

export interface PersonParts {
  readonly name: string
  /** Where this device goes on from. */
  readonly profile: Profile | undefined
  readonly sqlite: Sqlite
  readonly time: Time
  readonly network: Network
  readonly prng: Prng
  readonly provider: (random: (length: number) => Uint8Array) => Provider
  readonly suite: CipherSuite
  readonly origin: string
  /** A bug in the core: the world ends. */
  readonly fault: (name: string, error: unknown) => void
}

export const createPerson = (parts: PersonParts): Person => {
  const { name, time, network, prng, origin } = parts
  const disk = createDisk(prng.fork('disk'))
  const key = parts.profile?.key ?? prng.bytes(32)
  if (parts.profile !== undefined) disk.restore(parts.profile.disk)
  const random = prng.fork('secrets')
  let life: Life = { alive: true, strike: undefined }
  let member: OpenedMember | undefined
  let stopped: string | undefined
  let pairing: Pairing | undefined
  let skewMs = 0
  let ended: EndedBy | undefined

  let database: MemberPorts['database'] | undefined
  let cutOff: (() => void) | undefined
  const ports = (): MemberPorts => {
    life = { alive: true, strike: undefined }
    const owner = life
    const opened = openOnDisk(parts.sqlite, disk, key)
    cutOff = opened.cutOff
    database = guarded(opened.database, owner, disk)
    // Of a world that nobody holds any more nothing stays in the SQLite that all worlds share.
    forgotten.register(database, cutOff)
    return {
      database,
      clock: time.clockFor(owner, name, () => skewMs),
      random: (length) => random.bytes(length),
      provider: parts.provider((length) => random.bytes(length)),
      suite: parts.suite,
      connect: network.connectFor(owner, name),
      origin,
      reportFault: (error) => {
        if (!(error instanceof Crashed)) parts.fault(name, error)
      },
    }
  }
  const begin = async (opening: Promise<Result<unknown>>): Promise<Result<unknown>> => {
    const owner = life
    const result = await opening
    if (!result.ok || !owner.alive) return result
    member = result.value as OpenedMember
    stopped = undefined
    ended = undefined
    member.onStop((reason, by) => {
      if (!owner.alive) return
      stopped = reason
      ended = by
    })
    return result
  }
  return {
    name,
    disk,
    member: () => member,
    stopped: () => stopped,
    ended: () => ended,
    setUp: (token, networkName) => begin(setUpMember(ports(), { token, networkName, name })),
    pairing: () => pairing,
    restore: (words) => begin(restoreMember(ports(), { words, platform: 'Clean browser' })),
    askIn: (platform) =>
      begin(
        addDeviceMember(
          ports(),
          { platform },
          { show: (next) => void (pairing = next), cancelled: () => stopped === 'cancelled' },
        ),
      ),
    join(link) {
      const { pathname, hash } = new URL(link)
      return begin(joinMember(ports(), { path: pathname, fragment: hash, name }))
    },
    strikeAt(moment, andThen) {
      life.strike = { moment, andThen }
    },
    spare() {
      life.strike = undefined
      disk.tearNextWrite(undefined)
    },
    skew: (byMs) => void (skewMs = byMs),
    crash(power) {
      disk.tearNextWrite(undefined)
      life.alive = false
      member = undefined
      cutOff?.()
      if (power) disk.loseUnsynced()
    },
    async start() {
      const opened = ports()
      if (!hasAccount(opened.database)) throw new Error('assertion failed: the account is gone from the disk')
      return begin(openMember(opened))
    },
    async quit() {
      const leaving = member
      member = undefined
      await leaving?.stop()
      life.alive = false
      database?.close()
    },
    database() {
      if (database === undefined) throw new Error('assertion failed: nothing is open')
      return database
    },
    ports,
    profile: () => ({ name, key, disk: disk.copy() }),
    rows: (chatId) => member?.query('timeline', { chatId, around: 'end', limit: 500 }).rows ?? [],
  }
}

const forgotten = new FinalizationRegistry<() => void>((cutOff) => cutOff())

interface Life {
  alive: boolean
  strike: { readonly moment: Moment; readonly andThen: () => void } | undefined
}

/** After a crash the process does nothing any more: whatever still runs meets a wall. */
const guarded = (database: MemberPorts['database'], life: Life, disk: SimulatedDisk): MemberPorts['database'] => {
  const check = (): void => {
    if (!life.alive) throw new Crashed()
  }
  const fall = (andThen: () => void): void => {
    life.strike = undefined
    life.alive = false
    andThen()
  }
  const strike = (moment: 'before' | 'after'): void => {
    if (life.strike?.moment !== moment) return
    fall(life.strike.andThen)
    throw new Crashed()
  }
  /** What fails because the power went is not an error of the process: there is no process any more. */
  const whileThereIsPower = <T>(work: () => T): T => {
    check()
    try {
      return work()
    } catch (error) {
      check()
      throw error
    }
  }
  return {
    run: (sql, parameters) => (check(), database.run(sql, parameters)),
    get: (sql, parameters) => (check(), database.get(sql, parameters)),
    all: (sql, parameters) => (check(), database.all(sql, parameters)),
    transaction: (work) =>
      whileThereIsPower(() => {
        strike('before')
        const { strike: within } = life
        if (within?.moment === 'within') disk.tearNextWrite(() => fall(within.andThen))
        const value = database.transaction(work)
        strike('after')
        return value
      }),
    rest: () => whileThereIsPower(() => database.rest()),
    close: () => database.close(),
  }
}
export class Crashed extends Error {
  override readonly name = 'Crashed'
}
