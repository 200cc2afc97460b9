/** A disk for tests: loses what was not synced, fills up, and can be damaged byte by byte. */
import { DiskFullError } from '../core/ports.ts'
import type { FileSystem, OpenFile } from '../sqlite/file-system.ts'

export interface UnsteadyFiles extends FileSystem {
  /** Writes left before the disk is full. */
  writesLeft: number
  /** Whether the next syncs fail for want of room. */
  syncFails: boolean
  /** Power fails: only what was synced is there, or, of the unsynced bytes, also what `survives` picks. */
  crash(survives?: (name: string) => boolean): void
  flip(name: string, at: number): void
  bytes(name: string): Uint8Array
}

export const createUnsteadyFiles = (): UnsteadyFiles => {
  const live = new Map<string, Uint8Array>()
  const durable = new Map<string, Uint8Array>()
  let generation = 0

  const openFile = (name: string): OpenFile => {
    const born = generation
    const get = (): Uint8Array => {
      if (born !== generation) throw new Error('the power has failed since')
      return live.get(name) ?? new Uint8Array(0)
    }
    return {
      read(into, at) {
        const found = get().subarray(at, at + into.length)
        into.set(found)
        return found.length
      },
      write(from, at) {
        if (at + from.length > get().length && files.writesLeft-- <= 0) throw new DiskFullError('full')
        const old = get()
        const next = at + from.length > old.length ? new Uint8Array(at + from.length) : old
        if (next !== old) next.set(old)
        next.set(from, at)
        live.set(name, next)
      },
      truncate(size) {
        const next = new Uint8Array(size)
        next.set(get().subarray(0, size))
        live.set(name, next)
      },
      sync() {
        const content = get().slice()
        if (files.syncFails) throw new DiskFullError('full')
        durable.set(name, content)
      },
      size: () => get().length,
      close() {},
    }
  }

  const files: UnsteadyFiles = {
    writesLeft: Infinity,
    syncFails: false,
    exists: (name) => live.has(name),
    open(name, create) {
      if (!live.has(name)) {
        if (!create) return undefined
        live.set(name, new Uint8Array(0))
      }
      return openFile(name)
    },
    delete(name) {
      live.delete(name)
      durable.delete(name)
    },
    crash(survives = () => false) {
      generation++
      for (const [name, content] of live) if (survives(name)) durable.set(name, content)
      live.clear()
      for (const [name, content] of durable) live.set(name, content.slice())
    },
    flip(name, at) {
      const content = live.get(name)
      if (content === undefined) throw new Error('no such file')
      content[at] = (content[at] ?? 0) ^ 1
    },
    bytes: (name) => live.get(name) ?? new Uint8Array(0),
  }
  return files
}
