/**
 * The shared worker: passes ports between the tabs' pages and the worker that owns the data, and nothing else. It sees
 * no message of theirs and holds no key.
 */
import { decodeHubMessage } from './messages.ts'
import type { HubMessage } from './messages.ts'
import { post, whenPortCloses } from './port.ts'
import type { Port } from './port.ts'

/** No person has so many tabs; more is a page gone wrong. */
const portsMax = 500

export interface Hub {
  connectPage(port: Port): void
}

export const createHub = (): Hub => {
  const pages = new Set<Port>()
  const workers = new Set<Port>()
  let owner: Port | undefined

  const connect = (
    port: Port,
    among: Set<Port>,
    receive: (kind: HubMessage['kind'], given: Port | undefined) => void,
  ) => {
    among.add(port)
    // Where browsers do not tell that a tab is gone, its port is forgotten as the oldest.
    for (const oldest of among) if (among.size > portsMax) among.delete(oldest)
    whenPortCloses(port, () => among.delete(port))
    port.onmessage = (event) => {
      const message = decodeHubMessage(event.data)
      if (message !== undefined) receive(message.kind, event.ports[0])
    }
    if (owner !== undefined) post<HubMessage>(port, { kind: 'owner' })
  }

  const handToOwner = (kind: 'attach' | 'wait', given: Port | undefined): void => {
    // Without an owner it is dropped: the sender brings another when there is one.
    if (given !== undefined && owner !== undefined) post<HubMessage>(owner, { kind }, [given as MessagePort])
  }

  const connectWorker = (port: Port): void =>
    connect(port, workers, (kind, given) => {
      if (kind === 'wait') handToOwner('wait', given)
      if (kind !== 'owner') return
      owner = port
      for (const each of workers) if (each !== port) post<HubMessage>(each, { kind: 'owner' })
      for (const each of pages) post<HubMessage>(each, { kind: 'owner' })
    })

  return {
    connectPage: (port) =>
      connect(port, pages, (kind, given) => {
        if (kind === 'attach') handToOwner('attach', given)
        if (kind === 'worker' && given !== undefined) connectWorker(given)
        if (kind === 'bye') {
          pages.delete(port)
          port.close()
        }
      }),
  }
}

/** What a shared worker's global scope is asked for. */
export interface SharedScope {
  onconnect: ((event: MessageEvent) => void) | null
}

/** The whole of the shared worker's entry. */
export const runSharedWorker = (scope: SharedScope): void => {
  const hub = createHub()
  scope.onconnect = ({ ports: [port] }) => {
    if (port !== undefined) hub.connectPage(port)
  }
}
