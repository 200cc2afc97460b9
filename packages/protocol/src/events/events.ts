/** What the server says unasked. Every event may be lost: each only rings, except `row`, which also carries the row. */
import { conversationId, deviceId, version } from '../chains.ts'
import { blob, bytes, record, text, uint } from '../codec/schema.ts'
import type { Infer } from '../codec/schema.ts'
import { limits } from '../limits.ts'
import { entry } from '../rows.ts'

export const events = {
  /** First frame of every connection. The nonce is for one login proof on this connection. */
  hello: record({ version, nonce: bytes(32), serverTimeMs: uint() }),
  /** A new row. The client takes it only when `seq` follows its cursor; else it fetches. */
  row: record({ conversation: conversationId, entry }),
  /** Something lies in the mailbox, up to this position. */
  mailbox: record({ position: uint() }),
  /** The feed has grown to this position. */
  feed: record({ position: uint() }),
  whisper: record({ conversation: conversationId, from: deviceId, message: blob(limits.whisperMaxBytes) }),
  /** The server ends the session; the text is a refusal code. */
  ended: record({ code: text(limits.commandNameMaxLength) }),
} as const

export type Events = typeof events
export type EventName = keyof Events
export type Event<N extends EventName> = Infer<Events[N]>
export const isEventName = (name: string): name is EventName => Object.hasOwn(events, name)
