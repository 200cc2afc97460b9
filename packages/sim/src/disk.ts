/** A disk that keeps what was synced, and after a loss of power any part of what was not. */
import { DiskFullError } from '@halyard/client'
import type { FileSystem, OpenFile } from '@halyard/client/sqlite'
import type { Prng } from './prng.ts'

export interface SimulatedDisk extends FileSystem {
  /** Power fails: unsynced writes survive whole, in part (a torn page), or not at all, each as the seed says. */
  loseUnsynced(): void
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
interface Stored {
  live: Uint8Array
  durable: Uint8Array
  unsynced: Write[]
}

/** What a disk writes at once: a torn write ends at a multiple of this. */
const sector = 512
const pageSize = 4096

export const createDisk = (prng: Prng): SimulatedDisk => {
  let files = new Map<string, Stored>()
  let generation = 0
  const apply = (base: Uint8Array, write: Write): Uint8Array => {
    const end = write.at + write.bytes.length
    const next = new Uint8Array(Math.max(base.length, end))
    next.set(base)
    next.set(write.bytes, write.at)
    return next
  }
  const survived = (file: Stored): Uint8Array => {
    let bytes = file.durable
    for (const write of file.unsynced) {
      const fate = prng.below(3)
      if (fate === 0) continue
      const kept = fate === 1 ? write.bytes.length : Math.floor(prng.below(write.bytes.length + 1) / sector) * sector
      bytes = apply(bytes, { at: write.at, bytes: write.bytes.subarray(0, kept) })
    }
    return bytes
  }
  const opened = (file: Stored): OpenFile => {
    const born = generation
    const current = (): Stored => {
      if (born !== generation) throw new Error('the power has failed since this file was opened')
      return file
    }
    return {
      read(into, at) {
        const found = current().live.subarray(at, at + into.length)
        into.set(found)
        return found.length
      },
      write(from, at) {
        const stored = current()
        if (disk.full && at + from.length > stored.live.length) throw new DiskFullError('the simulated disk is full')
        const write = { at, bytes: from.slice() }
        if (at + from.length <= stored.live.length) stored.live.set(from, at)
        else stored.live = apply(stored.live, write)
        stored.unsynced.push(write)
      },
      truncate(size) {
        const stored = current()
        const next = new Uint8Array(size)
        next.set(stored.live.subarray(0, size))
        stored.live = next
        // Sizes are kept by the file system's own journal: a truncation is durable at once.
        stored.durable = stored.durable.slice(0, size)
        stored.unsynced = stored.unsynced.filter((write) => write.at < size)
      },
      sync() {
        const stored = current()
        stored.durable = stored.live.slice()
        stored.unsynced = []
      },
      size: () => current().live.length,
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
      const made: Stored = { live: new Uint8Array(0), durable: new Uint8Array(0), unsynced: [] }
      files.set(name, made)
      return opened(made)
    },
    delete: (name) => void files.delete(name),
    loseUnsynced() {
      generation++
      files = new Map(
        [...files].map(([name, file]) => {
          const bytes = survived(file)
          return [name, { live: bytes.slice(), durable: bytes, unsynced: [] }]
        }),
      )
    },
    copy: () => new Map([...files].map(([name, file]) => [name, file.live.slice()])),
    restore(copy) {
      generation++
      files = new Map(
        [...copy].map(([name, bytes]) => [name, { live: bytes.slice(), durable: bytes.slice(), unsynced: [] }]),
      )
    },
    damage(name, page) {
      const file = files.get(name)
      if (file === undefined) throw new Error(`assertion failed: no file ${name}`)
      for (const bytes of [file.live, file.durable])
        for (let at = page * pageSize + 100; at < (page + 1) * pageSize && at < bytes.length; at += 64)
          bytes[at] = (bytes[at] ?? 0) ^ 0x55
    },
    contents: () => [...files.values()].map((file) => file.live),
  }
  return disk
}
