/**
 * One SQLite virtual file system over any `FileSystem`, with page encryption in front of it. Locks are not kept here:
 * every database is opened by one owner (`locking_mode=exclusive`), which the driver sees to.
 * https://sqlite.org/c3ref/vfs.html, https://sqlite.org/c3ref/io_methods.html
 */
import { DiskFullError } from '../core/ports.ts'
import type { FileSystem, OpenFile } from './file-system.ts'
import { gatherWrites } from './gathered-writes.ts'
import type { GatheredWrites } from './gathered-writes.ts'
import { resultCode } from './sqlite-module.ts'
import type { IoMethodsStruct, Pointer, SqliteModule } from './sqlite-module.ts'

const openFlag = { create: 0x4, wal: 0x8_0000 } as const
/** A write never changes bytes beside its range, not even when power fails: what SQLite assumes of any disk today. */
const powersafeOverwrite = 0x1000
const sectorSize = 4096
const pathMax = 512
const walFrameHeaderSize = 24

interface OpenedFile {
  readonly file: OpenFile
  /** Only of the log, whose writes are promised by nothing but a sync. */
  readonly gathered: GatheredWrites | undefined
  /** Lowest offset written since the last successful sync. */
  firstUnsynced: number | undefined
}

/** Installs `files` under `name` and gives the name to open encrypted databases with. Once per module and name. */
export const installVfs = (sqlite3: SqliteModule, name: string, files: FileSystem): string => {
  const { capi, wasm } = sqlite3
  const opened = new Map<Pointer, OpenedFile>()
  const io = new capi.sqlite3_io_methods()
  io.$iVersion = 1
  sqlite3.vfs.installVfs({ io: { struct: io, methods: fileMethods(sqlite3, opened) } })

  const vfs = new capi.sqlite3_vfs()
  const inherited = new capi.sqlite3_vfs(capi.sqlite3_vfs_find(null))
  vfs.$iVersion = 2
  vfs.$szOsFile = capi.sqlite3_file.structInfo.sizeof
  vfs.$mxPathname = pathMax
  vfs.$zName = wasm.allocCString(name)
  // The module's own randomness is the platform's secure source; page nonces come from it.
  vfs.$xRandomness = inherited.$xRandomness
  vfs.$xSleep = inherited.$xSleep
  inherited.dispose()
  sqlite3.vfs.installVfs({ vfs: { struct: vfs, methods: vfsMethods(sqlite3, files, io, opened) } })

  const created = wasm.exports.sqlite3mc_vfs_create(vfs.$zName, 0)
  if (created !== resultCode.ok) throw new Error(`the encrypting file system could not be made: ${created}`)
  return `multipleciphers-${name}`
}

/** Runs one file operation; what it throws becomes a result code, as nothing may be thrown through SQLite. */
const guarded = (failure: number, operation: () => number | void): number => {
  try {
    return operation() ?? resultCode.ok
  } catch (error) {
    return error instanceof DiskFullError ? resultCode.full : failure
  }
}

const vfsMethods = (
  { capi, wasm }: SqliteModule,
  files: FileSystem,
  io: IoMethodsStruct,
  opened: Map<Pointer, OpenedFile>,
) => ({
  xOpen: (_vfs: Pointer, zName: Pointer, pFile: Pointer, flags: number, pOutFlags: Pointer): number =>
    guarded(resultCode.cannotOpen, () => {
      const struct = new capi.sqlite3_file(pFile)
      struct.$pMethods = 0 // so that SQLite does not close what was not opened
      try {
        // A file without a name would be a temporary one on disk; all of those are kept in memory.
        const file = zName === 0 ? undefined : files.open(wasm.cstrToJs(zName), (flags & openFlag.create) !== 0)
        if (file === undefined) return resultCode.cannotOpen
        const isWal = (flags & openFlag.wal) !== 0
        opened.set(pFile, { file, gathered: isWal ? gatherWrites(file) : undefined, firstUnsynced: undefined })
        struct.$pMethods = io.pointer
        if (pOutFlags !== 0) wasm.poke32(pOutFlags, flags)
        return resultCode.ok
      } finally {
        struct.dispose()
      }
    }),
  xDelete: (_vfs: Pointer, zName: Pointer, _syncFolder: number): number =>
    guarded(resultCode.ioErrorDelete, () => files.delete(wasm.cstrToJs(zName))),
  xAccess: (_vfs: Pointer, zName: Pointer, _flags: number, pOut: Pointer): number =>
    guarded(resultCode.ioError, () => void wasm.poke32(pOut, files.exists(wasm.cstrToJs(zName)) ? 1 : 0)),
  xFullPathname: (_vfs: Pointer, zName: Pointer, size: number, pOut: Pointer): number =>
    wasm.cstrncpy(pOut, zName, size) < size ? resultCode.ok : resultCode.cannotOpen,
  xGetLastError: (): number => 0,
  xCurrentTime(_vfs: Pointer, pOut: Pointer): number {
    wasm.poke(pOut, 2_440_587.5 + Date.now() / 86_400_000, 'double')
    return resultCode.ok
  },
  xCurrentTimeInt64(_vfs: Pointer, pOut: Pointer): number {
    wasm.poke(pOut, BigInt(2_440_587.5 * 86_400_000 + Date.now()), 'i64')
    return resultCode.ok
  },
})

const fileMethods = ({ wasm }: SqliteModule, opened: Map<Pointer, OpenedFile>) => {
  const get = (pFile: Pointer): OpenedFile => {
    const found = opened.get(pFile)
    if (found === undefined) throw new Error('a file is used that is not open')
    return found
  }
  return {
    xClose: (pFile: Pointer): number =>
      guarded(resultCode.ioError, () => {
        const { file, gathered } = get(pFile)
        opened.delete(pFile)
        try {
          gathered?.writeOut()
        } finally {
          file.close()
        }
      }),
    xRead: (pFile: Pointer, pInto: Pointer, size: number, at: bigint): number =>
      guarded(resultCode.ioErrorRead, () => {
        const into = wasm.heap8u().subarray(pInto, pInto + size)
        const found = written(get(pFile)).read(into, Number(at))
        if (found === size) return resultCode.ok
        into.fill(0, found)
        return resultCode.ioErrorShortRead
      }),
    xWrite: (pFile: Pointer, pFrom: Pointer, size: number, at: bigint): number =>
      guarded(resultCode.ioErrorWrite, () => {
        const open = get(pFile)
        open.firstUnsynced = Math.min(open.firstUnsynced ?? Number(at), Number(at))
        const from = wasm.heap8u().subarray(pFrom, pFrom + size)
        ;(open.gathered ?? open.file).write(from, Number(at))
      }),
    xTruncate: (pFile: Pointer, size: bigint): number =>
      guarded(resultCode.ioErrorTruncate, () => written(get(pFile)).truncate(Number(size))),
    xSync: (pFile: Pointer, _flags: number): number => guarded(resultCode.ioErrorFsync, () => sync(get(pFile))),
    xFileSize: (pFile: Pointer, pOut: Pointer): number =>
      guarded(resultCode.ioErrorFstat, () => void wasm.poke64(pOut, BigInt(written(get(pFile)).size()))),
    xLock: (): number => resultCode.ok,
    xUnlock: (): number => resultCode.ok,
    xCheckReservedLock(_pFile: Pointer, pOut: Pointer): number {
      wasm.poke32(pOut, 0)
      return resultCode.ok
    },
    xFileControl: (): number => resultCode.notFound,
    xSectorSize: (): number => sectorSize,
    xDeviceCharacteristics: (): number => powersafeOverwrite,
  }
}

/** The file with everything in it that SQLite has written. */
const written = ({ file, gathered }: OpenedFile): OpenFile => {
  gathered?.writeOut()
  return file
}

/**
 * A commit whose sync fails is rolled back by SQLite in memory, but its frames would still stand whole in the log and
 * come back after a crash. Their checksums form a chain, so clearing the first frame's header, which needs no new room
 * on the disk, takes them all away. https://sqlite.org/fileformat2.html#walformat
 */
const sync = (open: OpenedFile): void => {
  try {
    written(open).sync()
    open.firstUnsynced = undefined
  } catch (error) {
    if (open.gathered !== undefined && open.firstUnsynced !== undefined) {
      open.file.write(new Uint8Array(walFrameHeaderSize), open.firstUnsynced)
    }
    throw error
  }
}
