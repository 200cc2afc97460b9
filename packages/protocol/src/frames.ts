/** One frame of the socket. Bodies are encoded by the schema of their command or event. */
import { decode, encode, blob, maybe, record, text, uint, variant } from './codec/schema.ts'
import type { Infer } from './codec/schema.ts'
import { limits } from './limits.ts'

const name = text(limits.commandNameMaxLength)
const body = blob(limits.frameMaxBytes - 1024)

export const frame = variant({
  /** `id` is the client's, unique on the connection while unanswered. */
  request: record({ id: uint(0xffff_ffff), command: name, body }),
  answer: record({ id: uint(0xffff_ffff), body }),
  refusal: record({ id: uint(0xffff_ffff), code: name, waitMs: maybe(uint(86_400_000)) }),
  event: record({ name, body }),
})
export type Frame = Infer<typeof frame>

export const encodeFrame = (value: Frame): Uint8Array => encode(frame, value)
/** Undefined for anything that is not exactly one frame within `maxBytes`. */
export const decodeFrame = (bytes: Uint8Array, maxBytes: number = limits.frameMaxBytes): Frame | undefined =>
  bytes.length > maxBytes ? undefined : decode(frame, bytes)
