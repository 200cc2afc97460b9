/** What the parts of one member share: what it was lent, who it is, and how a change is committed and then told. */
import { readIdentity } from './account/identity.ts'
import type { Identity } from './account/identity.ts'
import type { AlarmKind, EndedBy, StopReason } from './api.ts'
import type { MemberPorts } from './member.ts'
import { DatabaseDamagedError, DiskFullError } from './ports.ts'

export interface Context {
  readonly ports: MemberPorts
  identity(): Identity
  /** Reads the identity again after it was written. */
  refreshIdentity(): void
  /** One durable transaction; the topics it touches are told when it has succeeded, never before. */
  commit<T>(work: (touch: (topic: string) => void) => T): T
  /** Tells a topic whose value does not live in the database (typing, connection). */
  tell(topic: string): void
  onTopics(listener: (topics: ReadonlySet<string>) => void): () => void
  /** Serialises asynchronous work by key: one queue per conversation. A failure ends this member (`fault`). */
  enqueue(key: string, job: () => Promise<void>): Promise<void>
  /** Resolves when no queue has work. */
  idle(): Promise<void>
  alarm(kind: AlarmKind, chat: string): void
  /** Ends this member; the first reason counts. Queued jobs are dropped. */
  stop(reason: StopReason, ended?: EndedBy): void
  readonly stopped: () => StopReason | 'closed' | undefined
  onStop(listener: (reason: StopReason, ended?: EndedBy) => void): void
  close(): void
  /** Hostile or senseless input, by kind; never content. */
  count(what: string): void
  counters(): ReadonlyMap<string, number>
}

/** This long without a commit is a moment of rest. */
const restAfterMs = 2_000

export const createContext = (given: MemberPorts, initial: Identity): Context => {
  let identity = initial
  const listeners = new Set<(topics: ReadonlySet<string>) => void>()
  const stopListeners = new Set<(reason: StopReason, ended?: EndedBy) => void>()
  const queues = new Map<string, Promise<void>>()
  const counts = new Map<string, number>()
  let stopped: StopReason | 'closed' | undefined
  /** What was to happen later does not happen after the end: the database may be closed by then. */
  const clock: MemberPorts['clock'] = {
    nowMs: () => given.clock.nowMs(),
    setTimer: (afterMs, fire) =>
      given.clock.setTimer(afterMs, () => {
        if (stopped === undefined) fire()
      }),
  }
  const ports: MemberPorts = { ...given, clock }

  let lastCommitMs = 0
  let cancelRest: (() => void) | undefined
  /** One timer, looked at again when it fires: commits are many. */
  const restSoon = (): void => {
    lastCommitMs = ports.clock.nowMs()
    cancelRest ??= ports.clock.setTimer(restAfterMs, restWhenQuiet)
  }
  const restWhenQuiet = (): void => {
    cancelRest = undefined
    if (stopped !== undefined) return
    // A clock that was set back makes the wait no longer than this either.
    const waitMs = Math.min(restAfterMs, lastCommitMs + restAfterMs - ports.clock.nowMs())
    if (waitMs > 0) return void (cancelRest = ports.clock.setTimer(waitMs, restWhenQuiet))
    try {
      ports.database.rest()
    } catch (error) {
      // Without room the log stays as it is, whole; the next commit says so if it has none either.
      if (error instanceof DiskFullError) return
      context.stop(reasonOf(error) ?? 'fault')
      if (reasonOf(error) === undefined) (ports.reportFault ?? rejectLoudly)(error)
    }
  }

  const tellAll = (topics: ReadonlySet<string>): void => {
    if (topics.size > 0 && stopped !== 'closed') for (const listener of listeners) listener(topics)
  }
  const context: Context = {
    ports,
    identity: () => identity,
    refreshIdentity() {
      identity = readIdentity(ports.database) ?? identity
    },
    commit(work) {
      const topics = new Set<string>()
      try {
        const value = ports.database.transaction(() => work((topic) => topics.add(topic)))
        restSoon()
        tellAll(topics)
        return value
      } catch (error) {
        const reason = reasonOf(error)
        if (reason !== undefined) context.stop(reason)
        throw error
      }
    },
    tell: (topic) => tellAll(new Set([topic])),
    onTopics(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    enqueue(key, job) {
      const before = queues.get(key) ?? Promise.resolve()
      const next = before.then(async () => {
        if (stopped !== undefined) return
        try {
          await job()
        } catch (error) {
          context.stop(reasonOf(error) ?? 'fault')
          if (reasonOf(error) === undefined) (ports.reportFault ?? rejectLoudly)(error)
        }
      })
      queues.set(key, next)
      void next.then(() => {
        if (queues.get(key) === next) queues.delete(key)
      })
      return next
    },
    async idle() {
      while (queues.size > 0) await Promise.all(queues.values())
    },
    alarm(kind, chat) {
      context.commit((touch) => {
        ports.database.run('INSERT OR IGNORE INTO alarms (kind, chat, at_ms) VALUES (?, ?, ?)', [
          kind,
          chat,
          ports.clock.nowMs(),
        ])
        touch('alarms')
        touch('chats')
        if (chat !== '') touch(`chat:${chat}`)
      })
    },
    stop(reason, ended) {
      if (stopped !== undefined) return
      stopped = reason
      for (const listener of stopListeners) listener(reason, ended)
    },
    stopped: () => stopped,
    onStop: (listener) => void stopListeners.add(listener),
    close() {
      stopped ??= 'closed'
      cancelRest?.()
      listeners.clear()
    },
    count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    counters: () => counts,
  }
  return context
}

const reasonOf = (error: unknown): StopReason | undefined =>
  error instanceof DiskFullError ? 'disk-full' : error instanceof DatabaseDamagedError ? 'database-damaged' : undefined

/**
 * A bug: the member stops and restarts from its last commit. The error surfaces as an unhandled rejection, so that no
 * test and no developer misses it; it never carries content, since assertions name columns and states only.
 */
const rejectLoudly = (error: unknown): void => void Promise.reject(error)
