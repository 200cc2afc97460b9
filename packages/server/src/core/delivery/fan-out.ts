/**
 * Who is online, and what rings there. A ring may be lost: the log has every row, and a connection that misses one
 * reads the gap with the next ring or when it fetches.
 */
import { encode, encodeFrame, events, toHex } from '@halyard/protocol'
import type { Event, EventName, Schema } from '@halyard/protocol'
import { bounds } from '../bounds.ts'
import { createBoundedMap } from '../bounded-map.ts'
import type { CounterName, Member, Session } from '../core.ts'
import type { Awaitable, Store } from '../ports.ts'
import type { EntryKept, Ring } from './store.ts'

export interface FanOut {
  /** Takes the device over; an older session of the same device ends. */
  enter(session: Session, member: Member): void
  leave(session: Session): void
  /** Ends the sessions of devices that are no longer of the network. */
  expel(devices: readonly Uint8Array[]): void
  /** Readers of a conversation, from memory where known. */
  readers(conversation: Uint8Array): Awaitable<ReadonlySet<string>>
  /** Readers have changed. */
  forget(conversation: Uint8Array): void
  forgetAll(): void
  /** Rings a row for every reader online but the connection that wrote it. */
  row(conversation: Uint8Array, kept: EntryKept, from: Session): void
  mailboxes(rings: readonly Ring[]): void
  feed(position: number): void
  whisper(conversation: Uint8Array, from: Session, message: Uint8Array): Promise<boolean>
}

export const createFanOut = (
  store: Store,
  count: (name: CounterName) => void,
  fail: (error: unknown) => void,
): FanOut => {
  const online = new Map<string, Session>()
  const routing = createBoundedMap<ReadonlySet<string>>(bounds.routingCacheMax)
  let generation = 0

  const keep = (key: string, before: number, found: readonly Uint8Array[]): ReadonlySet<string> => {
    const devices: ReadonlySet<string> = new Set(found.map(toHex))
    // Not kept when something has changed while it was read.
    if (devices.size > 0 && before === generation) routing.set(key, devices)
    return devices
  }
  const readers = (conversation: Uint8Array): Awaitable<ReadonlySet<string>> => {
    const key = toHex(conversation)
    const known = routing.get(key)
    if (known !== undefined) return known
    const before = generation
    const found = store.readersOf(conversation)
    return found instanceof Promise ? found.then((devices) => keep(key, before, devices)) : keep(key, before, found)
  }
  /** Sends what lies between from the log; rings that come meanwhile are read from there as well. */
  const repairGap = async (
    session: Session,
    device: Uint8Array,
    conversation: Uint8Array,
    key: string,
  ): Promise<void> => {
    session.repairs.set(key, false)
    do {
      session.repairs.set(key, false)
      count('gaps-read')
      const gap = await store.entriesAfter(
        conversation,
        device,
        session.sent.get(key) ?? 0,
        bounds.gapRowsMax,
        bounds.fetchMaxBytes,
      )
      for (const entry of gap.ok ? gap.value.entries : []) {
        session.send(eventFrame('row', { conversation, entry }))
        session.sent.set(key, entry.seq)
      }
    } while (session.repairs.get(key) === true && !session.ended)
    session.repairs.delete(key)
  }
  const ring = (session: Session, conversation: Uint8Array, key: string, kept: EntryKept, frame: Uint8Array): void => {
    const { member } = session
    if (member === undefined) return
    if (session.repairs.has(key)) return void session.repairs.set(key, true)
    if ((session.outputs.waitingBytes?.() ?? 0) > bounds.ringWaitingMaxBytes) return count('rings-skipped')
    const sent = session.sent.get(key)
    if (sent !== undefined && kept.seq <= sent) return
    if (sent !== undefined && kept.seq > sent + 1 && kept.seq <= sent + bounds.gapRowsMax) {
      repairGap(session, member.device, conversation, key).catch(fail)
      return
    }
    session.sent.set(key, kept.seq)
    count('rings')
    session.send(frame)
  }
  const ringAll = (known: ReadonlySet<string>, conversation: Uint8Array, kept: EntryKept, from: Session): void => {
    const key = toHex(conversation)
    // The writer takes its row from the answer when it follows what it has; else it fetches.
    if (from.sent.get(key) === kept.seq - 1) from.sent.set(key, kept.seq)
    let frame: Uint8Array | undefined
    for (const device of known) {
      const session = online.get(device)
      if (session === undefined || session === from) continue
      frame ??= eventFrame('row', { conversation, entry: kept })
      ring(session, conversation, key, kept, frame)
    }
  }
  return {
    enter(session, member) {
      const older = online.get(member.deviceHex)
      online.set(member.deviceHex, session)
      if (older !== undefined && older !== session) older.end('lease-lost', closeEnded)
    },
    leave(session) {
      const hex = session.member?.deviceHex
      if (hex !== undefined && online.get(hex) === session) online.delete(hex)
    },
    expel(devices) {
      for (const device of devices) online.get(toHex(device))?.end('device-removed', closeEnded)
    },
    readers,
    forget(conversation) {
      generation++
      routing.delete(toHex(conversation))
    },
    forgetAll() {
      generation++
      routing.clear()
    },
    row(conversation, kept, from) {
      const known = readers(conversation)
      if (!(known instanceof Promise)) return ringAll(known, conversation, kept, from)
      known.then((devices) => ringAll(devices, conversation, kept, from)).catch(fail)
    },
    mailboxes(rings) {
      for (const { device, position } of rings) online.get(toHex(device))?.send(eventFrame('mailbox', { position }))
    },
    feed(position) {
      const frame = eventFrame('feed', { position })
      for (const session of online.values()) session.send(frame)
    },
    async whisper(conversation, from, message) {
      const { member } = from
      const known = await readers(conversation)
      if (member === undefined || !known.has(member.deviceHex)) return false
      const frame = eventFrame('whisper', { conversation, from: member.device, message })
      for (const device of known) {
        const session = online.get(device)
        if (session === undefined || session === from) continue
        if ((session.outputs.waitingBytes?.() ?? 0) <= bounds.ringWaitingMaxBytes) session.send(frame)
      }
      return true
    },
  }
}

export const eventFrame = <N extends EventName>(name: N, event: Event<N>): Uint8Array =>
  encodeFrame({ kind: 'event', name, body: encode(events[name] as Schema<Event<N>>, event) })

/** `closeCodes.ended`. */
const closeEnded = 4003
