/**
 * The browser's private disk (OPFS) for SQLite: a handful of files whose handles are opened beforehand, because
 * opening is asynchronous there and SQLite is not. Dedicated workers only. One holder per file and origin.
 */
import { DiskFullError } from '../core/ports.ts'
import type { FileSystem, OpenFile } from '../sqlite/file-system.ts'

export interface OpfsFiles extends FileSystem {
  /** Gives the files to whoever comes next. */
  release(): void
}

/** A worker that ends releases its handles a little later than its lock. */
const patienceMs = 10_000
const pauseMs = 20

/** Rejects with `NoModificationAllowedError` when another worker goes on holding the files. */
export const openOpfsFiles = async (
  root: FileSystemDirectoryHandle,
  folderName: string,
  names: readonly string[],
): Promise<OpfsFiles> => {
  const handles = await inTime(acquire(root, folderName, names))
  const release = (): void => closeAll(handles)
  return {
    // An empty file is none: SQLite sees no difference, and files cannot be removed while their handles are kept.
    exists: (name) => (handles.get(name)?.getSize() ?? 0) > 0,
    open(name) {
      const handle = handles.get(name)
      return handle && openFile(handle)
    },
    delete(name) {
      const handle = handles.get(name)
      if (handle === undefined || handle.getSize() === 0) return
      handle.truncate(0)
      handle.flush()
    },
    release,
  }
}

type Handles = Map<string, FileSystemSyncAccessHandle>

const closeAll = (handles: Handles): void => {
  for (const handle of handles.values()) handle.close()
  handles.clear()
}

const acquire = async (
  root: FileSystemDirectoryHandle,
  folderName: string,
  names: readonly string[],
): Promise<Handles> => {
  const folder = await root.getDirectoryHandle(folderName, { create: true })
  const handles: Handles = new Map()
  try {
    for (const name of names) handles.set(name, await openHandle(await folder.getFileHandle(name, { create: true })))
    return handles
  } catch (error) {
    closeAll(handles)
    throw error
  }
}

/** Where the holder's process is stopped, a browser may neither give nor refuse. What comes too late is closed. */
const inTime = (acquiring: Promise<Handles>): Promise<Handles> =>
  new Promise((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      reject(new DOMException('the files are held elsewhere', 'NoModificationAllowedError'))
    }, patienceMs + 1000)
    acquiring
      .then((handles) => (isLate ? closeAll(handles) : resolve(handles)), reject)
      .finally(() => clearTimeout(timer))
  })

const openHandle = async (file: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> => {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    try {
      return await file.createSyncAccessHandle()
    } catch (error) {
      if (!isNamed(error, 'NoModificationAllowedError') || performance.now() > giveUpAt) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

const openFile = (handle: FileSystemSyncAccessHandle): OpenFile => ({
  read: (into, at) => handle.read(into as Uint8Array<ArrayBuffer>, { at }),
  write(from, at) {
    guarded(() => {
      // A browser may write less where it has no more room.
      if (handle.write(from as Uint8Array<ArrayBuffer>, { at }) < from.length) throw new DiskFullError('no more room')
    })
  },
  truncate: (size) => guarded(() => handle.truncate(size)),
  sync: () => guarded(() => handle.flush()),
  size: () => handle.getSize(),
  close() {},
})

const guarded = (operation: () => void): void => {
  try {
    operation()
  } catch (error) {
    if (isNamed(error, 'QuotaExceededError')) throw new DiskFullError('the browser gives no more room')
    throw error
  }
}

export const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name
