/**
 * One worker's life: it waits for the origin's lock, holding the key it is handed, becomes the owner, and may lose the
 * lock again to a tab that people look at while this one is suspended.
 */
import type { StopReason } from '../core/api.ts'
import type { Host } from './host-ports.ts'
import type { InheritedKey } from './host-ports.ts'
import { decodeHubMessage, decodeKeyMessage, decodeWorkerOrder } from './messages.ts'
import type { HubMessage, WorkerNews } from './messages.ts'
import { post } from './port.ts'
import type { Port } from './port.ts'

export const ownerLockName = 'halyard-owner'

/** A host with the files it works on. */
export interface OwnedHost {
  readonly host: Host
  /** Lets go of the files; the host has been closed. */
  release(): void
}

export type OwnedHostResult = OwnedHost | { readonly stopped: StopReason } | 'held-elsewhere'

export interface WorkerEnvironment {
  readonly locks: Pick<LockManager, 'request'>
  /** Opens this device's storage. Called while the lock is held. */
  openHost(): Promise<OwnedHostResult>
  tellPage(news: WorkerNews): void
}

export interface WorkerSession {
  receive(event: Pick<MessageEvent, 'data' | 'ports'>): void
  /** Something threw that nobody caught. */
  fault(): void
}

export const createWorkerSession = (environment: WorkerEnvironment): WorkerSession => {
  let hub: Port | undefined
  let keyPort: Port | undefined
  let inherited: InheritedKey | undefined
  let owned: OwnedHost | undefined
  let cancelWaiting = new AbortController()
  /** Ports that came between becoming the owner and having opened the storage. */
  let isOpening = false
  const early: { readonly kind: 'attach' | 'wait'; readonly port: Port }[] = []

  const forgetKey = (): void => {
    inherited?.key.fill(0)
    inherited = undefined
  }

  const announce = (): void => {
    // Its own page directly: the shared worker may live in a tab that is suspended.
    environment.tellPage({ kind: 'owner' })
    if (hub !== undefined) post<HubMessage>(hub, { kind: 'owner' })
  }

  const own = async (options: LockOptions): Promise<void> => {
    let isHeld = false
    try {
      await environment.locks.request(ownerLockName, options, async (lock) => {
        if (lock === null) return environment.tellPage({ kind: 'elsewhere' })
        isOpening = true
        const result = await environment.openHost().finally(() => {
          isOpening = false
        })
        if (result === 'held-elsewhere') {
          isHeld = true
          return environment.tellPage({ kind: 'elsewhere' })
        }
        if ('stopped' in result) return environment.tellPage({ kind: 'stopped', reason: result.stopped })
        owned = result
        const starting = owned.host.start(inherited)
        inherited = undefined
        keyPort?.close()
        keyPort = undefined
        announce()
        for (const { kind, port } of early.splice(0)) hand(kind, port)
        await starting
        // Held until the worker ends or another takes it.
        await new Promise<never>(() => {})
      })
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') lose()
      else throw error
    }
    // A suspended tab keeps the files though not the lock: they may come free at any time.
    if (isHeld && hub !== undefined) wait()
  }

  /** Another worker has taken the lock, or the waiting was given up for taking it. */
  const lose = (): void => {
    if (owned === undefined) return
    const { host, release } = owned
    owned = undefined
    inherited = host.yield()
    release()
    if (hub === undefined) {
      forgetKey()
      environment.tellPage({ kind: 'elsewhere' })
    } else {
      environment.tellPage({ kind: 'waiting' })
      wait()
    }
  }

  const wait = (): void => {
    cancelWaiting = new AbortController()
    void own({ signal: cancelWaiting.signal })
  }

  const hand = (kind: 'attach' | 'wait', port: Port): void => {
    if (owned === undefined) {
      if (isOpening) early.push({ kind, port })
      else port.close()
    } else if (kind === 'attach') owned.host.attach(port)
    else owned.host.addHeir(port)
  }

  const askForKey = (): void => {
    if (owned !== undefined || hub === undefined) return
    keyPort?.close()
    const channel = new MessageChannel()
    keyPort = channel.port1
    keyPort.onmessage = ({ data }) => {
      const message = decodeKeyMessage(data)
      if (message === undefined) return
      forgetKey()
      if (message.kind !== 'key') return
      inherited = { key: message.key, lockCount: message.lockCount }
      environment.tellPage({ kind: 'heir' })
    }
    post<HubMessage>(hub, { kind: 'wait' }, [channel.port2])
  }

  return {
    receive({ data, ports: [port] }) {
      switch (decodeWorkerOrder(data)?.kind) {
        case 'hub':
          if (port === undefined || hub !== undefined) return
          hub = port
          hub.onmessage = (event) => {
            const kind = decodeHubMessage(event.data)?.kind
            const [given] = event.ports
            if (kind === 'owner') askForKey()
            if ((kind === 'attach' || kind === 'wait') && given !== undefined) hand(kind, given)
          }
          return wait()
        case 'alone':
          return void own({ ifAvailable: true })
        case 'attach':
          if (port !== undefined) hand('attach', port)
          return
        case 'take':
          if (owned !== undefined) return
          cancelWaiting.abort()
          return void own({ steal: true })
        case undefined:
          return
      }
    },
    fault() {
      owned?.host.fault()
    },
  }
}
