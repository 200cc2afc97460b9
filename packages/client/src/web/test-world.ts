/** Tabs of one browser profile for tests: pages, their workers, the shared worker, one disk, one vault, one lock. */
import type { Session } from '../core/api.ts'
import { productSuite } from '../core/suite.ts'
import { openDatabase } from '../sqlite/database.ts'
import { eraseDatabase } from '../sqlite/file-system.ts'
import { createMemoryFiles } from '../sqlite/memory-files.ts'
import { loadNodeSqlite } from '../node/sqlite.ts'
import { installVfs } from '../sqlite/vfs.ts'
import { connectClient } from './connect.ts'
import type { Client, WorkerLike } from './connect.ts'
import { createHost } from './host.ts'
import type { DatabaseStorage, HostPorts, VaultStore } from './host-ports.ts'
import { createHub } from './hub.ts'
import type { PageSigns } from './page-signs.ts'
import type { Port } from './port.ts'
import { createTestClock } from './test-clock.ts'
import type { TestClock } from './test-clock.ts'
import { createTestCore } from './test-core.ts'
import type { TestCore } from './test-core.ts'
import { createTestLocks } from './test-locks.ts'
import { createMemoryVaultStore } from './vault-store.ts'
import { createWorkerSession } from './worker-session.ts'

const { sqlite3 } = await loadNodeSqlite()
let worlds = 0

export interface TestTab {
  readonly client: Client
  session(): Session
  /** The page and its worker are gone without a word. */
  kill(): void
  /** The worker hears nothing any more, and holds what it holds. */
  suspend(): void
  resume(): void
  readonly signs: Record<'activity' | 'visible' | 'leave' | 'freeze' | 'return' | 'newVersion', () => void>
}

export interface TestWorld {
  readonly core: TestCore
  readonly clock: TestClock
  readonly vaultStore: VaultStore
  readonly storage: DatabaseStorage
  readonly registered: Map<string, Uint8Array>
  /** How often a worker became the owner. */
  readonly ownerCount: () => number
  readonly workerCount: () => number
  hostPorts(): HostPorts
  /** The files are kept by a process that does not run. */
  filesHeld: boolean
  openTab(options?: { readonly shared?: boolean }): TestTab
  close(): void
}

export const createTestWorld = (options: { readonly kept?: boolean } = {}): TestWorld => {
  const files = createMemoryFiles()
  const vfs = installVfs(sqlite3, `test-world-${worlds++}`, files)
  const storage: DatabaseStorage = {
    kept: options.kept ?? true,
    exists: () => files.exists('d'),
    open: (key) => openDatabase({ sqlite3, vfs, name: 'd', key }),
    erase: () => eraseDatabase(files, 'd'),
  }
  const core = createTestCore()
  const clock = createTestClock()
  const vaultStore = createMemoryVaultStore()
  const locks = createTestLocks()
  const hub = createHub()
  const registered = new Map<string, Uint8Array>()
  const tabs = new Set<TestTab>()
  let ownerCount = 0
  let workerCount = 0

  const hostPorts = (): HostPorts => ({
    core,
    storage,
    vaultStore,
    member: {
      clock,
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      provider: {} as HostPorts['member']['provider'],
      suite: productSuite,
      connect: () => ({ send() {}, close() {} }),
      origin: 'http://localhost:8420',
    },
    isPhone: true,
    registerKey: (name, bytes) => registered.set(name, bytes.slice()),
    end() {},
  })

  const createWorker = (): WorkerLike & { suspend(): void; resume(): void } => {
    const inside = new MessageChannel()
    const mine = locks.forWorker()
    let host: ReturnType<typeof createHost> | undefined
    let isDead = false
    let isSuspended = false
    let waiting: MessageEvent[] = []
    workerCount++
    const end = (): void => {
      if (isDead) return
      isDead = true
      workerCount--
      host?.yield()
      inside.port1.close()
      mine.kill()
    }
    const session = createWorkerSession({
      locks: mine.locks,
      async openHost() {
        if (world.filesHeld) {
          await new Promise((resolve) => setTimeout(resolve, 20))
          return 'held-elsewhere'
        }
        ownerCount++
        host = createHost({ ...hostPorts(), end })
        return { host, release() {} }
      },
      tellPage: (news) => inside.port2.postMessage(news),
    })
    inside.port2.onmessage = (event) => {
      if (isDead) return
      if (isSuspended) waiting.push(event)
      else session.receive(event)
    }
    return {
      postMessage: (message, transfer = []) => inside.port1.postMessage(message, transfer),
      set onmessage(listener: Port['onmessage']) {
        inside.port1.onmessage = listener
      },
      get onmessage() {
        return inside.port1.onmessage
      },
      onerror: null,
      terminate: end,
      suspend() {
        isSuspended = true
      },
      resume() {
        isSuspended = false
        for (const event of waiting) session.receive(event)
        waiting = []
      },
    }
  }

  const world: TestWorld = {
    core,
    clock,
    vaultStore,
    storage,
    registered,
    ownerCount: () => ownerCount,
    workerCount: () => workerCount,
    hostPorts,
    filesHeld: false,
    openTab({ shared = true } = {}) {
      let worker: ReturnType<typeof createWorker> | undefined
      const listeners: Record<string, () => void> = {}
      const on =
        (name: string) =>
        (listener: () => void): void => {
          listeners[name] = listener
        }
      const signs: PageSigns = {
        onActivity: on('activity'),
        onVisible: on('visible'),
        onLeave: on('leave'),
        onFreeze: on('freeze'),
        onReturn: on('return'),
        onNewVersion: on('newVersion'),
        isVisible: () => true,
      }
      const client = connectClient({
        createWorker: () => (worker = createWorker()),
        createSharedWorker() {
          if (!shared) return undefined
          const { port1, port2 } = new MessageChannel()
          hub.connectPage(port2)
          return { port: port1 }
        },
        signs,
      })
      let session: Session = { state: 'starting' }
      client.subscribe('session', undefined, (value) => {
        session = value
      })
      const fire = (name: string) => (): void => listeners[name]?.()
      const tab: TestTab = {
        client,
        session: () => session,
        kill() {
          worker?.terminate()
          tabs.delete(tab)
          client.close()
        },
        suspend: () => worker?.suspend(),
        resume: () => worker?.resume(),
        signs: {
          activity: fire('activity'),
          visible: fire('visible'),
          leave: fire('leave'),
          freeze: fire('freeze'),
          return: fire('return'),
          newVersion: fire('newVersion'),
        },
      }
      tabs.add(tab)
      return tab
    },
    close() {
      for (const tab of [...tabs]) tab.kill()
    },
  }
  return world
}
