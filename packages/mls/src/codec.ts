/** The TLS presentation language as MLS uses it (RFC 9420 §2.1): big-endian integers, vectors with a variable-size length (§2.1.2). */

/** The largest length a vector header can carry: 2^30 - 1. */
export const vectorLengthMax = 0x3fffffff

export type Writer = {
  u8(value: number): void
  u16(value: number): void
  u32(value: number): void
  u64(value: bigint): void
  raw(bytes: Uint8Array): void
  /** opaque<V> */
  opaque(bytes: Uint8Array): void
  /** opaque<V> that is given in parts */
  opaqueOf(parts: readonly Uint8Array[]): void
  /** T<V>: whatever `body` writes, preceded by its length in bytes */
  vector(body: () => void): void
}

function headerSize(length: number): 1 | 2 | 4 {
  return length < 0x40 ? 1 : length < 0x4000 ? 2 : 4
}

/** How many bytes `length` bytes take as opaque<V>. */
export function opaqueSize(length: number): number {
  return headerSize(length) + length
}

type ReusableWriter = Writer & {
  /** what was written, in an array of its own */
  finish(): Uint8Array
  /** makes room for `sizeHint` bytes before the first is written */
  expect(sizeHint: number): void
  /** wipes what was written, so that the writer can serve again; false when its buffer is too large to keep */
  reset(): boolean
}

/** The largest buffer a writer keeps for its next use. */
const keptBuffer = 1 << 16

/** A writer whose buffer grows. */
function reusableWriter(): ReusableWriter {
  let buffer = new Uint8Array(1024)
  let at = 0
  function room(count: number): void {
    if (at + count <= buffer.length) return
    const grown = new Uint8Array(Math.max(buffer.length * 2, at + count))
    grown.set(buffer.subarray(0, at))
    buffer = grown
  }
  function putHeader(position: number, length: number): void {
    if (length > vectorLengthMax) throw new Error('vector longer than its header can say')
    const size = headerSize(length)
    if (size === 1) buffer[position] = length
    else if (size === 2) {
      buffer[position] = 0x40 | (length >>> 8)
      buffer[position + 1] = length & 0xff
    } else {
      buffer[position] = 0x80 | (length >>> 24)
      buffer[position + 1] = (length >>> 16) & 0xff
      buffer[position + 2] = (length >>> 8) & 0xff
      buffer[position + 3] = length & 0xff
    }
  }
  const self: ReusableWriter = {
    u8(value) {
      room(1)
      buffer[at++] = value
    },
    u16(value) {
      room(2)
      buffer[at++] = value >>> 8
      buffer[at++] = value & 0xff
    },
    u32(value) {
      room(4)
      buffer[at++] = value >>> 24
      buffer[at++] = (value >>> 16) & 0xff
      buffer[at++] = (value >>> 8) & 0xff
      buffer[at++] = value & 0xff
    },
    u64(value) {
      self.u32(Number(value >> 32n))
      self.u32(Number(value & 0xffffffffn))
    },
    raw(bytes) {
      room(bytes.length)
      buffer.set(bytes, at)
      at += bytes.length
    },
    opaque(bytes) {
      const size = headerSize(bytes.length)
      room(size + bytes.length)
      putHeader(at, bytes.length)
      buffer.set(bytes, at + size)
      at += size + bytes.length
    },
    opaqueOf(parts) {
      const length = parts.reduce((sum, part) => sum + part.length, 0)
      const size = headerSize(length)
      room(size + length)
      putHeader(at, length)
      at += size
      for (const part of parts) {
        buffer.set(part, at)
        at += part.length
      }
    },
    vector(body) {
      const start = at
      body()
      const length = at - start
      const size = headerSize(length)
      room(size)
      buffer.copyWithin(start + size, start, at)
      putHeader(start, length)
      at += size
    },
    finish() {
      if (at < buffer.length || at <= keptBuffer) return buffer.slice(0, at)
      // Large and filled to the last byte: handed over as it is.
      const whole = buffer
      buffer = new Uint8Array(1024)
      at = 0
      return whole
    },
    expect(sizeHint) {
      if (sizeHint > buffer.length) buffer = new Uint8Array(sizeHint)
    },
    reset() {
      buffer.fill(0, 0, at)
      at = 0
      return buffer.length <= keptBuffer
    },
  }
  return self
}

/** Writers at rest. One that is at work is in no list, so that what encodes may encode within. */
const idle: ReusableWriter[] = []

/** Runs `body` on a writer and returns what it wrote, in an array of its own; `sizeHint` (bytes) avoids growing. */
export function encode(body: (w: Writer) => void, sizeHint = 0): Uint8Array {
  const w = idle.pop() ?? reusableWriter()
  w.expect(sizeHint)
  body(w)
  const written = w.finish()
  if (w.reset() && idle.length < 8) idle.push(w)
  return written
}

/**
 * Reads hostile bytes. A read that cannot be honoured makes the reader fail for good: every later read gives zero or nothing,
 * and {@link decode} returns `undefined`. Nothing is allocated beyond what the input itself holds.
 */
export type Reader = {
  u8(): number
  u16(): number
  u32(): number
  u64(): bigint
  /** a copy of the next `length` bytes */
  raw(length: number): Uint8Array
  /** opaque<V>, copied */
  opaque(): Uint8Array
  /** T<V>: `element` is read until the vector's bytes are used up exactly; at most `countMax` of them */
  vector<T>(element: (r: Reader) => T, countMax?: number): T[]
  /** optional<T>: the presence byte must be 0 or 1 */
  optional<T>(element: (r: Reader) => T): T | undefined
  /** marks the input as malformed */
  fail(): void
  failed(): boolean
  /** bytes left */
  left(): number
  /** position in the input, to take the bytes of a structure already read with `since` */
  position(): number
  since(position: number): Uint8Array
}

const empty = new Uint8Array(0)

export function reader(bytes: Uint8Array): Reader {
  let at = 0
  let end = bytes.length
  let broken = false
  function take(count: number): boolean {
    if (broken || count > end - at) {
      broken = true
      return false
    }
    at += count
    return true
  }
  function byte(position: number): number {
    return bytes[position] ?? 0
  }
  function header(): number {
    if (!take(1)) return 0
    const first = byte(at - 1)
    const size = 1 << (first >>> 6)
    if (size === 8 || !take(size - 1)) {
      broken = true
      return 0
    }
    let length = first & 0x3f
    for (let i = at - size + 1; i < at; i++) length = length * 256 + byte(i)
    if (headerSize(length) !== size) broken = true // §2.1.2: the shortest header only
    return length
  }
  const self: Reader = {
    u8: () => (take(1) ? byte(at - 1) : 0),
    u16: () => (take(2) ? (byte(at - 2) << 8) | byte(at - 1) : 0),
    u32: () => (take(4) ? ((byte(at - 4) << 24) | (byte(at - 3) << 16) | (byte(at - 2) << 8) | byte(at - 1)) >>> 0 : 0),
    u64() {
      const high = self.u32()
      return (BigInt(high) << 32n) | BigInt(self.u32())
    },
    raw: (length) => (take(length) ? bytes.slice(at - length, at) : empty),
    opaque() {
      const length = header()
      return broken || !take(length) ? empty : bytes.slice(at - length, at)
    },
    vector(element, countMax = 1 << 20) {
      const length = header()
      const items: ReturnType<typeof element>[] = []
      if (broken || length > end - at) {
        broken = true
        return items
      }
      const outerEnd = end
      end = at + length
      while (!broken && at < end) {
        if (items.length >= countMax) broken = true
        else {
          const before = at
          items.push(element(self))
          if (at === before) broken = true
        }
      }
      end = outerEnd
      return items
    },
    optional(element) {
      const presence = self.u8()
      if (presence > 1) broken = true
      return presence === 1 && !broken ? element(self) : undefined
    },
    fail() {
      broken = true
    },
    failed: () => broken,
    left: () => (broken ? 0 : end - at),
    position: () => at,
    since: (position) => bytes.slice(position, at),
  }
  return self
}

/** Decodes the whole of `bytes` or nothing: `undefined` when a read failed or a byte is left over. */
export function decode<T>(bytes: Uint8Array, body: (r: Reader) => T): T | undefined {
  const r = reader(bytes)
  const value = body(r)
  return r.failed() || r.left() > 0 ? undefined : value
}
