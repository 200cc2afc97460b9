/** `node:fs` as the disk of SQLite: for bots, the command line, crash tests and benchmarks. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { DiskFullError } from '../core/ports.ts'
import type { FileSystem, OpenFile } from '../sqlite/file-system.ts'

/** Names are paths. Files are readable by their owner only. */
export const nodeFiles: FileSystem = {
  exists: existsSync,
  open(name, create) {
    const isNew = !existsSync(name)
    if (isNew && !create) return undefined
    const file = guarded(() => openSync(name, isNew ? 'wx+' : 'r+', 0o600))
    if (isNew) syncFolder(name)
    return openFile(file)
  },
  delete(name) {
    if (!existsSync(name)) return
    rmSync(name)
    syncFolder(name)
  },
}

const openFile = (file: number): OpenFile => ({
  read(into, at) {
    let done = 0
    while (done < into.length) {
      const count = readSync(file, into, done, into.length - done, at + done)
      if (count === 0) break
      done += count
    }
    return done
  },
  write(from, at) {
    let done = 0
    while (done < from.length) done += guarded(() => writeSync(file, from, done, from.length - done, at + done))
  },
  truncate: (size) => guarded(() => ftruncateSync(file, size)),
  sync: () => guarded(() => fsyncSync(file)),
  size: () => fstatSync(file).size,
  close: () => closeSync(file),
})

/** A new or removed name is durable only when its folder is. Windows has no such call and needs none. */
const syncFolder = (name: string): void => {
  if (process.platform === 'win32') return
  const folder = openSync(dirname(name), 'r')
  try {
    guarded(() => fsyncSync(folder))
  } finally {
    closeSync(folder)
  }
}

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

const guarded = <T>(operation: () => T): T => {
  try {
    return operation()
  } catch (error) {
    if (error instanceof Error && 'code' in error && fullCodes.has(String(error.code))) {
      throw new DiskFullError('the disk is full')
    }
    throw error
  }
}
