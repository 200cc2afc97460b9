/**
 * Leaves that have to go from a conversation: the chains no longer hold them, a removal binds, or somebody here has decided
 * it. Until they are gone this device seals nothing that they could open (trust.md §3).
 */
import { equal, limits, toHex } from '@halyard/protocol'
import type { AccountState } from '@halyard/crypto'
import type { Context } from '../context.ts'
import { boundLeaves } from './bound.ts'
import { changesOf } from './changes.ts'
import type { Engine } from './engine.ts'
import { peopleIn } from './group.ts'
import type { Group } from './group.ts'
import { isClosed } from './room.ts'
import type { People } from './room.ts'
import { moderatesIn } from './room-rules.ts'

export interface EndedLeaf {
  readonly account: Uint8Array
  readonly device: Uint8Array
  readonly leafIndex: number
  /** What ended it: its account's chain, or the network's. */
  readonly by: 'account' | 'network'
  /** Where its account's chain stands. */
  readonly chain: AccountState['head']
}

/** Devices that their own account's chain no longer holds, and all of whoever the network has put out; never this device. */
export const endedLeaves = (engine: Engine, group: Group): readonly EndedLeaf[] => {
  // Asked with every message, of a thousand people who have not changed.
  const people = peopleIn(group)
  const version = engine.directory.version()
  const before = lastEnded.get(people)
  if (before?.of === engine && before.version === version) return before.ended
  const ended = findEnded(engine, people)
  lastEnded.set(people, { of: engine, version, ended })
  return ended
}
const lastEnded = new WeakMap<
  People,
  { readonly of: Engine; readonly version: number; readonly ended: readonly EndedLeaf[] }
>()

const findEnded = (engine: Engine, people: People): readonly EndedLeaf[] => {
  const self = engine.context.identity().keys.device
  const network = engine.directory.network()
  const ended: EndedLeaf[] = []
  for (const { account, leaves } of people.values()) {
    const chain = engine.directory.account(account)
    if (chain === undefined) continue
    const isPutOut = network.removed.has(toHex(account))
    for (const { device, leafIndex } of leaves) {
      if (equal(device, self)) continue
      if (isPutOut) ended.push({ account, device, leafIndex, by: 'network', chain: chain.head })
      else if (chain.devices.get(toHex(device))?.removedSeq !== undefined)
        ended.push({ account, device, leafIndex, by: 'account', chain: chain.head })
    }
  }
  return ended
}

/** Whether somebody still reads here who should not. */
export const isRemovalDue = (engine: Engine, group: Group): boolean =>
  boundLeaves(group.bound, peopleIn(group)).length > 0 ||
  endedLeaves(engine, group).length > 0 ||
  isWanted(engine, group)

/** Somebody here has decided it, and may. */
const isWanted = (engine: Engine, group: Group): boolean => {
  const people = peopleIn(group)
  const { account } = engine.context.identity()
  if (isClosed(group.room) || !moderatesIn(group.room, people, account)) return false
  return changesOf(engine.context.ports.database, group.conversation).some(
    ({ change }) => change.kind === 'remove-person' && people.has(toHex(change.account)),
  )
}

export interface RemovalWatch {
  /** Looks whether one is due; due for a minute with a connection, it is an alarm, which ends when it is done. */
  look(engine: Engine, group: Group): void
}

/** By the own clock, and while there is a connection: without one nothing is to be expected. */
export const createRemovalWatch = (context: Context, wakeIn: (group: Group, waitMs: number) => void): RemovalWatch => {
  const since = new Map<string, number | undefined>()
  return {
    look(engine, group) {
      const name = toHex(group.conversation)
      const isNews = !since.has(name)
      const before = since.get(name)
      if (!isRemovalDue(engine, group)) {
        since.set(name, undefined)
        if (isNews || before !== undefined) endAlarm(context, group.chat)
        return
      }
      const now = context.ports.clock.nowMs()
      if (engine.connection().state() !== 'online') return void since.delete(name)
      if (before === undefined) {
        since.set(name, now)
        return wakeIn(group, limits.removalPatienceMs + 1)
      }
      if (now - before >= limits.removalPatienceMs) context.alarm('removal-held-up', group.chat)
    },
  }
}

const endAlarm = (context: Context, chat: string): void =>
  context.commit((touch) => {
    const { changes } = context.ports.database.run(`DELETE FROM alarms WHERE kind = 'removal-held-up' AND chat = ?`, [
      chat,
    ])
    if (changes > 0) touch('alarms')
  })
