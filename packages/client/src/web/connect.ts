/**
 * What a page holds of the client: it starts its worker, finds the worker that owns the data, and stays connected
 * while owners come and go. Nothing secret is kept here.
 */
import type { Result } from '@halyard/protocol'
import type { ClientApi, Commands, Queries, RowKey, Session, StopReason } from '../core/api.ts'
import { createCalls } from './calls.ts'
import { decodeHubMessage, decodeOwnerMessage, decodeWorkerNews } from './messages.ts'
import type { HubMessage, OwnerMessage, PageMessage, WorkerOrder } from './messages.ts'
import { createPageSigns } from './page-signs.ts'
import type { PageSigns } from './page-signs.ts'
import { post } from './port.ts'
import type { Port } from './port.ts'

/** A worker as a page sees it. */
export interface WorkerLike extends Omit<Port, 'close'> {
  onerror: ((event: ErrorEvent) => void) | null
  terminate(): void
}

export interface ConnectOptions {
  /** Each call starts another: `new Worker(policy.createScriptURL(url), { type: 'module' })`. */
  createWorker(): WorkerLike
  /**
   * Each call connects anew to the same one. Where the browser has none it gives undefined or throws: then one tab at a
   * time is open.
   */
  createSharedWorker(): { readonly port: MessagePort } | undefined
  /** The browser's own by default. */
  readonly signs?: PageSigns
}

/** A message is sent once per key, however often it is asked for. 32 hex digits; made by the page when absent. */
export type KeyedSend = (
  request: Parameters<Commands['send']>[0] & { readonly key?: string },
) => Promise<Result<RowKey>>

export interface Client extends ClientApi {
  readonly send: KeyedSend
  /** In state `elsewhere`: takes the data from the tab that has it. */
  useHere(): void
}

const activityPauseMs = 10_000
/** Unlocking keeps a worker busy for a second or two; a suspended one says nothing for ever. */
const pongMaxMs = 5_000
/** How long an owner may take to show itself before this tab says that it is elsewhere. */
const ownerMaxMs = 5_000
/** How long what is open in another tab is held back for this tab's worker to be able to go on with it. */
const heirMaxMs = 5_000

export const connectClient = (options: ConnectOptions): Client => {
  const signs = options.signs ?? createPageSigns(window)
  const calls = createCalls()
  const watches = new Map<
    number,
    { readonly query: keyof Queries; readonly parameters: unknown; readonly listener: (value: unknown) => void }
  >()
  const sessionListeners = new Set<(session: Session) => void>()
  let session: Session = { state: 'starting' }
  let worker: WorkerLike | undefined
  let hub: Port | undefined
  let owner: Port | undefined
  /** Whether this tab's own worker is the owner: then it is spoken to directly. */
  let isOwnWorker = false
  /** Whether the present owner has said that it is open; another one speaks for itself. */
  let ownerWasOpen = false
  let pageCount = 1
  let nextId = 1
  let isOver = false
  let ownerTimer: ReturnType<typeof setTimeout> | undefined
  /** Whether this tab's worker holds the key of an owner that is another tab's. */
  let isHeir = false
  let heldBack: { readonly session: Session; readonly timer: ReturnType<typeof setTimeout> } | undefined
  let pong: { readonly id: number; readonly timer: ReturnType<typeof setTimeout> } | undefined

  const setSession = (next: Session): void => {
    clearTimeout(heldBack?.timer)
    heldBack = undefined
    session = next
    for (const listener of [...sessionListeners]) listener(next)
  }

  const order = (message: WorkerOrder, transfer: Transferable[] = []): void => {
    if (worker !== undefined) post(worker, message, transfer)
  }
  const say = (message: PageMessage, transfer: Transferable[] = []): void => {
    if (owner !== undefined) post(owner, message, transfer)
  }

  const start = (): void => {
    if (isOver) return
    // A new connection each time: the last one may have been closed with the page.
    hub = connectHub()
    worker = options.createWorker()
    worker.onmessage = ({ data }) => {
      const news = decodeWorkerNews(data)
      if (news?.kind === 'owner' || news?.kind === 'waiting') {
        isOwnWorker = news.kind === 'owner'
        attach()
      }
      if (news?.kind === 'heir') {
        isHeir = true
        if (heldBack !== undefined) setSession(heldBack.session)
      }
      if (news?.kind === 'elsewhere') setSession({ state: 'elsewhere' })
      if (news?.kind === 'stopped') halt(news.reason)
    }
    // Its script could not be loaded or run; what happens inside later is caught there.
    worker.onerror = () => halt('fault')
    if (hub === undefined) return order({ kind: 'alone' })
    hub.onmessage = ({ data }) => {
      if (decodeHubMessage(data)?.kind === 'owner' && !isOwnWorker) attach()
    }
    const { port1, port2 } = new MessageChannel()
    post<HubMessage>(hub, { kind: 'worker' }, [port1])
    order({ kind: 'hub' }, [port2])
    expectOwner()
  }

  const connectHub = (): Port | undefined => {
    try {
      return options.createSharedWorker()?.port
    } catch {
      return undefined
    }
  }

  /** Until a new owner has said what the session is; what is shown stays until then. */
  const expectOwner = (): void => {
    clearTimeout(ownerTimer)
    ownerTimer = setTimeout(() => setSession({ state: 'elsewhere' }), ownerMaxMs)
  }

  const attach = (): void => {
    letGoOfOwner()
    ownerWasOpen = false
    const { port1, port2 } = new MessageChannel()
    owner = port1
    port1.onmessage = ({ data }) => {
      const message = owner === port1 ? decodeOwnerMessage(data) : undefined
      if (message !== undefined) receive(message)
    }
    if (isOwnWorker || hub === undefined) order({ kind: 'attach' }, [port2])
    else post<HubMessage>(hub, { kind: 'attach' }, [port2])
    say({ kind: 'watch', id: 0, query: 'session', parameters: undefined })
    for (const [id, { query, parameters }] of watches) say({ kind: 'watch', id, query, parameters })
    calls.attach(say)
  }

  const letGoOfOwner = (): void => {
    clearTimeout(pong?.timer)
    pong = undefined
    calls.detach()
    owner?.close()
    owner = undefined
  }

  const receive = (message: OwnerMessage): void => {
    switch (message.kind) {
      case 'value':
        if (message.id !== 0) return watches.get(message.id)?.listener(message.value)
        clearTimeout(ownerTimer)
        return heard(message.value as Session)
      case 'result':
        return calls.settle(message.id, message.value)
      case 'failed':
        return calls.fail(message.id)
      case 'pong':
        if (message.id !== pong?.id) return
        clearTimeout(pong.timer)
        pong = undefined
        return
      case 'pages':
        pageCount = message.count
        return
      case 'restarted':
        return calls.attach(say)
      case 'locked':
        leave()
        calls.cutOff()
        setSession({ state: 'starting' })
        return start()
    }
  }

  /**
   * An owner that locks ends with it: the screen goes at once, but Unlock comes with the worker that can answer it;
   * what is pressed before would be lost. An owner that is taking over, or starts again after a fault, goes on with what
   * is open: the screen stays, and with it what is being typed; what is asked meanwhile waits.
   */
  const heard = (next: Session): void => {
    if (next.state === 'starting' && session.state === 'open') return
    const isLocking = ownerWasOpen && next.state === 'locked'
    ownerWasOpen = next.state === 'open'
    if (next.state === 'open' && session.state !== 'open' && !isOwnWorker && !isHeir) return holdBack(next)
    setSession(isLocking ? { state: 'starting' } : next)
  }

  /**
   * What another tab has open is shown when this tab could go on with it: otherwise closing that tab in the first moments
   * would lock this one.
   */
  const holdBack = (next: Session): void => {
    clearTimeout(heldBack?.timer)
    heldBack = { session: next, timer: setTimeout(() => setSession(next), heirMaxMs) }
  }

  /** Ends this page's worker and connections. The data is as committed: a worker may end at any time. */
  const leave = (): void => {
    clearTimeout(ownerTimer)
    clearTimeout(heldBack?.timer)
    heldBack = undefined
    isHeir = false
    say({ kind: 'bye' })
    letGoOfOwner()
    if (hub !== undefined) post<HubMessage>(hub, { kind: 'bye' })
    hub = undefined
    worker?.terminate()
    worker = undefined
    isOwnWorker = false
  }

  const halt = (reason: StopReason): void => {
    leave()
    calls.cutOff()
    setSession({ state: 'stopped', reason })
  }

  const take = (): void => {
    expectOwner()
    order({ kind: 'take' })
  }

  /** A suspended owner answers nothing: then this tab, which is looked at, takes over. */
  const ping = (): void => {
    if (owner === undefined || pong !== undefined) return
    const id = nextId++
    pong = { id, timer: setTimeout(take, pongMaxMs) }
    say({ kind: 'ping', id })
  }

  let lastActivityMs = -Infinity
  signs.onActivity(() => {
    const nowMs = performance.now()
    if (nowMs - lastActivityMs < activityPauseMs) return
    lastActivityMs = nowMs
    say({ kind: 'activity' })
  })
  signs.onVisible(ping)
  signs.onLeave(leave)
  signs.onFreeze(() => {
    // Only where another tab can go on: a lone tab would have to be unlocked again.
    if (pageCount > 1) leave()
  })
  signs.onReturn(() => {
    if (worker === undefined && session.state !== 'stopped') start()
    else ping()
  })
  signs.onNewVersion(() => halt('new-version'))

  const call = <K extends keyof Commands>(command: K, request?: unknown): ReturnType<Commands[K]> =>
    calls.add(command, request) as ReturnType<Commands[K]>

  start()

  return {
    setUp: (request) => call('setUp', request),
    previewInvite: (request) => call('previewInvite', request),
    join: (request) => call('join', request),
    addThisDevice: (request) => call('addThisDevice', request),
    cancelAddThisDevice: () => call('cancelAddThisDevice'),
    readRecoveryKey: (words) => call('readRecoveryKey', words),
    previewRecovery: (request) => call('previewRecovery', request),
    restore: (request) => call('restore', request),
    unlock: (secret) => call('unlock', secret),
    lock: () => call('lock'),
    rate: (passphrase) => call('rate', passphrase),
    suggestPassphrase: () => call('suggestPassphrase'),
    open: (chatId) => call('open', chatId),
    send: ({ key = createSendKey(), ...request }) => call('send', { ...request, key }),
    retry: (key) => call('retry', key),
    discard: (key) => call('discard', key),
    markRead: (request) => call('markRead', request),
    setDraft: (request) => call('setDraft', request),
    setMuted: (request) => call('setMuted', request),
    typing: (chatId) => call('typing', chatId),
    createInvite: () => call('createInvite'),
    createGroup: (request) => call('createGroup', request),
    addPeople: (request) => call('addPeople', request),
    removePerson: (request) => call('removePerson', request),
    renameGroup: (request) => call('renameGroup', request),
    setPicture: (request) => call('setPicture', request),
    setModerator: (request) => call('setModerator', request),
    leaveGroup: (chatId) => call('leaveGroup', chatId),
    removeFromNetwork: (accountId) => call('removeFromNetwork', accountId),
    makeOwner: (accountId) => call('makeOwner', accountId),
    drawRecoveryKey: () => call('drawRecoveryKey'),
    keepRecoveryKey: () => call('keepRecoveryKey'),
    findDevice: (code) => call('findDevice', code),
    approveDevice: (request) => call('approveDevice', request),
    refuseDevice: () => call('refuseDevice'),
    removeDevice: (deviceId) => call('removeDevice', deviceId),
    nameDevice: (request) => call('nameDevice', request),
    acknowledgeAlarm: (alarm) => call('acknowledgeAlarm', alarm),
    changeSettings: (settings) => call('changeSettings', settings),
    subscribe(query, parameters, listener) {
      if (query === 'session') return subscribeToSession(listener as (session: Session) => void)
      const id = nextId++
      watches.set(id, { query, parameters, listener: listener as (value: unknown) => void })
      say({ kind: 'watch', id, query, parameters })
      return () => {
        if (watches.delete(id)) say({ kind: 'unwatch', id })
      }
    },
    useHere() {
      setSession({ state: 'starting' })
      take()
    },
    close() {
      isOver = true
      leave()
      watches.clear()
      sessionListeners.clear()
    },
  }

  function subscribeToSession(listener: (session: Session) => void): () => void {
    // Its own function, so that one listener subscribed twice is called twice.
    const own = (value: Session): void => listener(value)
    sessionListeners.add(own)
    queueMicrotask(() => {
      if (sessionListeners.has(own)) own(session)
    })
    return () => sessionListeners.delete(own)
  }
}

const createSendKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
