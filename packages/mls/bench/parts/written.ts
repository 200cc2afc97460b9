/** What a message writes at the storage port, and how large the engine is. */
import { encodeRatchets, protect, receive, type GroupState } from '../../src/index.ts'
import type { Bench } from './rows.ts'
import { addAll, found, judge, makeDevices, must, seenFrom } from './world.ts'

export interface Written {
  readonly name: string
  readonly bytes: number
  readonly limit: number
}

/** Names and contents of the records a message changes; a deleted record is its name. */
const changed = (now: GroupState, before: GroupState): number => {
  let bytes = 0
  for (const [name, record] of encodeRatchets(now, before)) bytes += name.length + (record?.length ?? 0)
  return bytes
}

/** Each the larger of what the sender and what a reader writes. */
export const writtenAt = async (bench: Bench, members: number): Promise<readonly Written[]> => {
  const { provider, suite } = bench
  const devices = await makeDevices(provider, suite, members - 1)
  const { group } = await addAll(provider, await found(provider, suite), devices)
  const data = new Uint8Array(100).fill(0x61)
  const say = (state: GroupState) => protect({ provider, state, data }).then(must)
  const hear = async (state: GroupState, message: Uint8Array): Promise<GroupState> => {
    const received = must(await receive({ provider, state, message, judge }))
    if (received.kind !== 'application') throw new Error('data was sent')
    return received.newState
  }
  const reader = seenFrom(group, members - 1)
  const first = await say(group.state)
  const heard = await hear(reader, first.message)
  const second = await say(first.newState)
  const next = await hear(heard, second.message)
  const skippedCount = 100
  let last = second
  for (let count = 0; count <= skippedCount; count++) last = await say(last.newState)
  const skipped = changed(await hear(next, last.message), next) - changed(next, heard)
  return [
    {
      name: 'written per message, steady',
      bytes: Math.max(changed(second.newState, first.newState), changed(next, heard)),
      limit: 400,
    },
    {
      name: 'written for a sender’s first message',
      bytes: Math.max(changed(first.newState, group.state), changed(heard, reader)),
      limit: 1000,
    },
    { name: 'written per skipped key', bytes: skipped / skippedCount, limit: 80 },
  ]
}
