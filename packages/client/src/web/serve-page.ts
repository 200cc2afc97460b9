/** The owner's side of one page: its commands and live queries over one port. */
import type { Commands, Queries } from '../core/api.ts'
import type { Clock } from '../core/ports.ts'
import { decodePageMessage } from './messages.ts'
import type { OwnerMessage, PageMessage } from './messages.ts'
import { post, whenPortCloses } from './port.ts'
import type { Port } from './port.ts'

/** A page shows a few dozen things at once; more is a page gone wrong. */
const watchesMax = 500
const callsInFlightMax = 2000
/** Nothing is drawn more often. */
const frameMs = 16

export interface Served {
  /** Runs one command whose request has been checked. */
  call(command: keyof Commands, request: unknown): Promise<unknown>
  /** A synchronous read; undefined when there is nothing to show yet (starting, locked). */
  read(query: keyof Queries, parameters: unknown): { readonly value: unknown } | undefined
  /** The topic whose changes make a query be read again. */
  topicOf(query: keyof Queries, parameters: unknown): string
  activity(): void
  /** A message that is none of ours, or too many: counted, never logged with content. */
  misbehaved(): void
  gone(page: ServedPage): void
}

export interface ServedPage {
  changed(topics: ReadonlySet<string> | 'all'): void
  say(message: OwnerMessage): void
  /** Answers to what was asked until now are dropped: the page asks again. */
  restarted(): void
  close(): void
}

interface Watch {
  readonly query: keyof Queries
  readonly parameters: unknown
  readonly topic: string
}

export const servePage = (port: Port, served: Served, clock: Clock): ServedPage => {
  const watches = new Map<number, Watch>()
  const stale = new Set<number>()
  let callsInFlight = 0
  let generation = 0
  let lastFrameMs = -Infinity
  let cancelFrame: (() => void) | undefined
  let isOpen = true

  const say = (message: OwnerMessage): void => {
    if (isOpen) post(port, message)
  }

  const tell = (id: number): void => {
    const watch = watches.get(id)
    const read = watch && served.read(watch.query, watch.parameters)
    if (read !== undefined) say({ kind: 'value', id, value: read.value })
  }

  const isRows = (id: number): boolean => watches.get(id)?.query === 'timeline'
  const tellStale = (ids: readonly number[]): void => {
    lastFrameMs = clock.nowMs()
    for (const id of ids) {
      stale.delete(id)
      tell(id)
    }
  }
  const flush = (): void => {
    cancelFrame = undefined
    tellStale([...stale].toSorted((a, b) => Number(isRows(b)) - Number(isRows(a))))
  }

  const waitMs = (): number => Math.min(frameMs, Math.max(0, lastFrameMs + frameMs - clock.nowMs()))
  const schedule = (): void => {
    cancelFrame ??= clock.setTimer(waitMs(), flush)
  }
  /**
   * The first change after a pause is shown at once, before the work that follows it (a message is on its author's
   * screen before it is sealed); those that follow, at most once per frame. Where rows changed, they have their frame to
   * themselves: they are what somebody waits for, and drawing the rest first would make them late.
   */
  const show = (): void => {
    if (waitMs() > 0) return schedule()
    cancelFrame?.()
    const rows = [...stale].filter(isRows)
    if (rows.length === 0) return flush()
    cancelFrame = undefined
    tellStale(rows)
    if (stale.size > 0) schedule()
  }

  const call = async (message: Extract<PageMessage, { kind: 'call' }>): Promise<void> => {
    const { id, command, request } = message
    const mine = generation
    callsInFlight++
    const answer = await served.call(command, request).then(
      (value): OwnerMessage => ({ kind: 'result', id, value }),
      // The driver has been told and restarts; the page learns only that its command is not done.
      (): OwnerMessage => ({ kind: 'failed', id }),
    )
    if (mine !== generation) return
    callsInFlight--
    say(answer)
  }

  const close = (): void => {
    if (!isOpen) return
    isOpen = false
    cancelFrame?.()
    port.onmessage = null
    port.close()
    served.gone(page)
  }

  const receive = (message: PageMessage): void => {
    switch (message.kind) {
      case 'call':
        if (callsInFlight < callsInFlightMax) return void call(message)
        served.misbehaved()
        return say({ kind: 'failed', id: message.id })
      case 'watch':
        if (watches.size >= watchesMax) return served.misbehaved()
        watches.set(message.id, {
          query: message.query,
          parameters: message.parameters,
          topic: served.topicOf(message.query, message.parameters),
        })
        // Somebody waits for it, and often asks for the next thing only then: no frame is waited for.
        return tell(message.id)
      case 'unwatch':
        stale.delete(message.id)
        watches.delete(message.id)
        return
      case 'ping':
        return say({ kind: 'pong', id: message.id })
      case 'activity':
        return served.activity()
      case 'bye':
        return close()
    }
  }

  const page: ServedPage = {
    changed(topics) {
      for (const [id, { topic }] of watches) if (topics === 'all' || topics.has(topic)) stale.add(id)
      if (stale.size > 0) show()
    },
    say,
    restarted() {
      generation++
      callsInFlight = 0
      say({ kind: 'restarted' })
    },
    close,
  }

  port.onmessage = ({ data }) => {
    const message = decodePageMessage(data)
    if (message !== undefined) return receive(message)
    served.misbehaved()
    // A call that cannot be understood is answered all the same, so that nobody waits for ever.
    const id: unknown = (data as { readonly id?: unknown } | undefined)?.id
    if (typeof id === 'number') say({ kind: 'failed', id })
  }
  whenPortCloses(port, close)
  return page
}
