/** For tests alone: the members of a random history, with what each of them keeps on its disk. */
import {
  encodeEpoch,
  encodeRatchets,
  epoch,
  toPastEpoch,
  type CommitCreated,
  type GroupState,
  type PastEpoch,
  type Provider,
} from '../src/index.ts'
import type { Chooser } from './fuzz/attacks.ts'
import { nth, type Device } from './test-kit.ts'

export type Late = {
  readonly message: Uint8Array
  readonly data: string
  readonly epoch: number
  readonly sender: string
}

export type Person = {
  readonly name: string
  state: GroupState
  past: PastEpoch[]
  /** application messages on their way to this person */
  inbox: Late[]
  read: Set<string>
  /** what lies on this person's disk */
  disk: { epochRecord: Uint8Array; records: Map<string, Uint8Array>; of: GroupState }
}

/** A pseudo-random choice maker over lent bytes. */
export function chooser(random: (length: number) => Uint8Array): Chooser {
  const below = (n: number): number => {
    const [a = 0, b = 0] = random(2)
    return (a * 256 + b) % n
  }
  return {
    below,
    pick: <T>(list: readonly T[]): T => nth(list, below(list.length)),
    chance: (percent: number): boolean => below(100) < percent,
    bytes: random,
  }
}

export function apply(records: Map<string, Uint8Array>, changes: ReadonlyMap<string, Uint8Array | undefined>): void {
  for (const [name, record] of changes) {
    if (record === undefined) records.delete(name)
    else records.set(name, record)
  }
}

export function onDisk(state: GroupState): Person['disk'] {
  const records = new Map<string, Uint8Array>()
  apply(records, encodeRatchets(state))
  return { epochRecord: encodeEpoch(state), records, of: state }
}

export function keep(person: Person, state: GroupState): void {
  if (epoch(person.disk.of) === epoch(state)) {
    apply(person.disk.records, encodeRatchets(state, person.disk.of))
    person.disk.of = state
  } else {
    person.past = [toPastEpoch(person.state), ...person.past].slice(0, 2)
    person.disk = onDisk(state)
  }
  person.state = state
}

export function person(name: string, state: GroupState): Person {
  return { name, state, past: [], inbox: [], read: new Set(), disk: onDisk(state) }
}

/** What the steps of a history share. */
export type Scene = {
  readonly provider: Provider
  readonly choose: Chooser
  readonly sizeMax: number
  readonly count: (what: string) => void
  suite: number
  people: Person[]
  /** A device whose name nobody had. */
  readonly newcomer: () => Promise<Device>
  /** One commit wins; everyone else in the group follows or is told it was removed. */
  readonly land: (author: Person, made: CommitCreated, comers: readonly Device[]) => Promise<void>
}
