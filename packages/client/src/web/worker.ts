/** The dedicated worker of each tab: real storage, real time, the real core. */
import initializeSqlite from '@evolu/sqlite-wasm'
import type { Provider } from '@halyard/mls'
import { webProvider } from '@halyard/mls/web'
import * as core from '../core/index.ts'
import type { RandomBytes } from '../core/ports.ts'
import { withRegisteredKeys } from '../core/registered-keys.ts'
import type { RegisterKey } from '../core/registered-keys.ts'
import { productSuite } from '../core/suite.ts'
import { openDatabase } from '../sqlite/database.ts'
import { databaseFileNames, eraseDatabase } from '../sqlite/file-system.ts'
import type { FileSystem } from '../sqlite/file-system.ts'
import { createMemoryFiles } from '../sqlite/memory-files.ts'
import type { SqliteModule } from '../sqlite/sqlite-module.ts'
import { installVfs } from '../sqlite/vfs.ts'
import { systemClock } from '../host/clock.ts'
import { createHost } from './host.ts'
import { keyHook } from './host-answers.ts'
import type { DatabaseStorage, HostPorts } from './host-ports.ts'
import { isNamed, openOpfsFiles } from './opfs-files.ts'
import type { OpfsFiles } from './opfs-files.ts'
import { createConnect } from '../host/socket.ts'
import type { Socket } from '../host/socket.ts'
import { createMemoryVaultStore, createVaultStore } from './vault-store.ts'
import { createWorkerSession } from './worker-session.ts'
import type { OwnedHostResult } from './worker-session.ts'

export interface WorkerOptions {
  /** Shown every key in the clear: for builds that tests search for leaks, never for others. */
  readonly registerKey?: RegisterKey
}

const folderName = 'halyard'
const databaseName = 'halyard.db'

/** The whole of the worker's entry. */
export const runWorker = (scope: DedicatedWorkerGlobalScope, options: WorkerOptions = {}): void => {
  // Loaded while waiting, so that taking over is quick.
  const sqlite = loadSqlite()
  sqlite.catch(() => {})
  const session = createWorkerSession({
    locks: scope.navigator.locks,
    openHost: async () => openHost(scope, await sqlite, options),
    tellPage: (news) => scope.postMessage(news),
  })
  scope.onmessage = session.receive
  for (const kind of ['error', 'unhandledrejection'] as const) scope.addEventListener(kind, session.fault)
}

const loadSqlite = async (): Promise<SqliteModule> => {
  const silent = (): void => {} // its words may hold content; failures arrive as errors
  Object.assign(globalThis, { sqlite3ApiConfig: { debug: silent, log: silent, warn: silent, error: silent } })
  return (await initializeSqlite({ print: silent, printErr: silent })) as unknown as SqliteModule
}

let openings = 0

const openHost = async (
  scope: DedicatedWorkerGlobalScope,
  sqlite3: SqliteModule,
  options: WorkerOptions,
): Promise<OwnedHostResult> => {
  try {
    const opfs = await openPrivateDisk(scope.navigator)
    const files = opfs ?? createMemoryFiles()
    // A file system cannot be taken out of SQLite again; each time this worker becomes the owner it gets a new name.
    const storage = createStorage(
      sqlite3,
      installVfs(sqlite3, `halyard-${openings++}`, files),
      files,
      opfs !== undefined,
    )
    const host = createHost({
      core,
      storage,
      vaultStore: opfs === undefined ? createMemoryVaultStore() : createVaultStore(scope.indexedDB),
      member: createMemberPorts(scope, options),
      isPhone: isPhone(scope.navigator),
      ...keyHook(options),
      end: () => scope.close(),
    })
    return { host, release: () => opfs?.release() }
  } catch (error) {
    if (isNamed(error, 'NoModificationAllowedError')) return 'held-elsewhere'
    if (isNamed(error, 'QuotaExceededError')) return { stopped: 'disk-full' }
    return { stopped: 'fault' }
  }
}

/** Undefined where the browser gives none (private windows of some). Any other failure is not taken for that. */
const openPrivateDisk = async (navigator: WorkerNavigator): Promise<OpfsFiles | undefined> => {
  if (!('storage' in navigator) || typeof navigator.storage.getDirectory !== 'function') return undefined
  if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype)) return undefined
  let root: FileSystemDirectoryHandle
  try {
    root = await navigator.storage.getDirectory()
  } catch (error) {
    if (isNamed(error, 'SecurityError') || isNamed(error, 'NotSupportedError')) return undefined
    throw error
  }
  return openOpfsFiles(root, folderName, databaseFileNames(databaseName))
}

const createStorage = (sqlite3: SqliteModule, vfs: string, files: FileSystem, kept: boolean): DatabaseStorage => ({
  kept,
  exists: () => files.exists(databaseName),
  open: (key) => openDatabase({ sqlite3, vfs, name: databaseName, key }),
  erase: () => eraseDatabase(files, databaseName),
})

const createMemberPorts = (scope: DedicatedWorkerGlobalScope, options: WorkerOptions): HostPorts['member'] => ({
  clock: systemClock,
  random,
  provider: createProvider(options),
  suite: productSuite,
  connect: createConnect(scope.location.origin, (url, protocol) => new WebSocket(url, protocol) as unknown as Socket),
  origin: scope.location.origin,
})

const createProvider = (options: WorkerOptions): Provider => {
  if (globalThis.halyardRegistersKeys !== false && options.registerKey !== undefined)
    return withRegisteredKeys(webProvider(), options.registerKey)
  return webProvider()
}

/** What the platform gives at once. */
const randomSizeMax = 65_536
const random: RandomBytes = (length) => {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += randomSizeMax) crypto.getRandomValues(bytes.subarray(at, at + randomSizeMax))
  return bytes
}

/** Phones kill tabs that take much memory; their cost of hashing is lower, never below the floor. */
const isPhone = (navigator: WorkerNavigator): boolean => {
  const hints = (navigator as { readonly userAgentData?: { readonly mobile?: unknown } }).userAgentData
  return typeof hints?.mobile === 'boolean' ? hints.mobile : /Android|iPhone|iPod|Mobile/.test(navigator.userAgent)
}
