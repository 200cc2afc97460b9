/** A disk that keeps what was synced, and after a loss of power any part of what was not. */
import { DiskFullError } from '@halyard/client'
import type { FileSystem, OpenFile } from '@halyard/client/sqlite'
import type { Prng } from './prng.ts'

export interface SimulatedDisk extends FileSystem {
  /** Power fails: unsynced writes survive whole, in part (a torn page), or not at all, each as the seed says. */
  loseUnsynced(): void
  /** Power fails in the middle of the next write, once; `undefined` takes that back. */
  tearNextWrite(andThen: (() => void) | undefined): void
  /** While true, nothing grows. */
  full: boolean
  /** What stands on it now, to be put back later. */
  copy(): DiskCopy
  /** Puts a copy back, as somebody does who restores a profile. */
  restore(copy: DiskCopy): void
  /** Turns bits of a page. */
  damage(name: string, page: number): void
  /** Every byte on it, for searches. */
  contents(): readonly Uint8Array[]
}

export type DiskCopy = ReadonlyMap<string, Uint8Array>

interface Write {
  readonly at: number
  readonly bytes: Uint8Array
}
/** Bytes that grow without being copied at each write; beyond `size` the buffer is zero. */
interface Content {
  buffer: Uint8Array
  size: number
}
interface Stored {
  readonly live: Content
  readonly durable: Content
  unsynced: Write[]
}

const contentOf = (bytes: Uint8Array): Content => ({ buffer: bytes.slice(), size: bytes.length })
const bytesOf = ({ buffer, size }: Content): Uint8Array => buffer.subarray(0, size)
const storedOf = (bytes: Uint8Array): Stored => ({ live: contentOf(bytes), durable: contentOf(bytes), unsynced: [] })

const resize = (content: Content, size: number): void => {
  if (size > content.buffer.length) {
    const grown = new Uint8Array(Math.max(size, content.buffer.length * 2))
    grown.set(bytesOf(content))
    content.buffer = grown
  } else if (size < content.size) content.buffer.fill(0, size, content.size)
  content.size = size
}
const put = (content: Content, { at, bytes }: Write): void => {
  if (at + bytes.length > content.size) resize(content, at + bytes.length)
  content.buffer.set(bytes, at)
}

/** What a disk writes at once: a torn write ends at a multiple of this, and now and then within one. */
const sector = 512
const pageSize = 4096

export const createDisk = (prng: Prng): SimulatedDisk => {
  let files = new Map<string, Stored>()
  let generation = 0
  let tear: (() => void) | undefined
  const tornAt = (length: number): number => (prng.chance(0.5) ? length : Math.floor(length / sector) * sector)
  const survived = (file: Stored): Uint8Array => {
    const content = contentOf(bytesOf(file.durable))
    for (const write of file.unsynced) {
      const fate = prng.below(3)
      if (fate === 0) continue
      const kept = fate === 1 ? write.bytes.length : tornAt(prng.below(write.bytes.length + 1))
      put(content, { at: write.at, bytes: write.bytes.subarray(0, kept) })
    }
    return bytesOf(content)
  }
  const opened = (file: Stored): OpenFile => {
    const born = generation
    const current = (): Stored => {
      if (born !== generation) throw new Error('the power has failed since this file was opened')
      return file
    }
    return {
      read(into, at) {
        const found = bytesOf(current().live).subarray(at, at + into.length)
        into.set(found)
        return found.length
      },
      write(from, at) {
        const { live, unsynced } = current()
        if (disk.full && at + from.length > live.size) throw new DiskFullError('the simulated disk is full')
        const write = { at, bytes: from.slice() }
        put(live, write)
        unsynced.push(write)
        if (tear === undefined) return
        const andThen = tear
        tear = undefined
        disk.loseUnsynced()
        andThen()
        current()
      },
      truncate(size) {
        const stored = current()
        resize(stored.live, size)
        // Sizes are kept by the file system's own journal: a truncation is durable at once.
        if (size < stored.durable.size) resize(stored.durable, size)
        stored.unsynced = stored.unsynced
          .filter((write) => write.at < size)
          .map(({ at, bytes }) => ({ at, bytes: bytes.subarray(0, size - at) }))
      },
      sync() {
        const stored = current()
        for (const write of stored.unsynced) put(stored.durable, write)
        resize(stored.durable, stored.live.size)
        stored.unsynced = []
      },
      size: () => current().live.size,
      close: () => undefined,
    }
  }
  const disk: SimulatedDisk = {
    full: false,
    exists: (name) => files.has(name),
    open(name, create) {
      const known = files.get(name)
      if (known !== undefined) return opened(known)
      if (!create) return undefined
      const made = storedOf(new Uint8Array(0))
      files.set(name, made)
      return opened(made)
    },
    delete: (name) => void files.delete(name),
    loseUnsynced() {
      generation++
      files = new Map([...files].map(([name, file]) => [name, storedOf(survived(file))]))
    },
    tearNextWrite: (andThen) => void (tear = andThen),
    copy: () => new Map([...files].map(([name, file]) => [name, bytesOf(file.live).slice()])),
    restore(copy) {
      generation++
      files = new Map([...copy].map(([name, bytes]) => [name, storedOf(bytes)]))
    },
    damage(name, page) {
      const file = files.get(name)
      if (file === undefined) throw new Error(`assertion failed: no file ${name}`)
      // A page that was good on the disk and goes bad there.
      for (const write of file.unsynced.splice(0)) put(file.durable, write)
      for (const bytes of [bytesOf(file.live), bytesOf(file.durable)])
        for (let at = page * pageSize + 100; at < (page + 1) * pageSize && at < bytes.length; at += 64)
          bytes[at] = (bytes[at] ?? 0) ^ 0x55
    },
    contents: () => [...files.values()].map((file) => bytesOf(file.live)),
  }
  return disk
}
