/** One virtual time for the whole world. Nothing happens between two instants but promises coming to rest. */
import type { Clock } from '@halyard/client'

export interface Time {
  nowMs(): number
  /** A clock of one machine; `owner` dies with it: its timers never fire afterwards. `skewMs` is how far it is off. */
  clockFor(owner: { alive: boolean }, who?: string, skewMs?: () => number): Clock
  /** `who` has the turn: what follows until everything rests is theirs. */
  at(afterMs: number, fire: () => void, who?: string): () => void
  /** Runs everything that is due within the next `durationMs`. */
  run(durationMs: number): Promise<void>
  /** How often something was due, and happened. */
  turns(): number
  /** CPU time (µs) of everybody's turns, from when this is first asked for. */
  spent(): ReadonlyMap<string, number>
}

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly fire: () => void
  readonly who: string
}

export const createTime = (startMs: number): Time => {
  let nowMs = startMs
  let order = 0
  let turns = 0
  let timers: Timer[] = []
  let spent: Map<string, number> | undefined
  let turn: { readonly who: string; readonly before: NodeJS.CpuUsage } | undefined
  /** What the last turn has cost, now that everything rests. */
  const account = (): void => {
    if (spent === undefined || turn === undefined) return
    const { user, system } = process.cpuUsage(turn.before)
    spent.set(turn.who, (spent.get(turn.who) ?? 0) + user + system)
    turn = undefined
  }
  const at = (afterMs: number, fire: () => void, who = ''): (() => void) => {
    const timer: Timer = { dueMs: nowMs + Math.max(0, afterMs), order: order++, fire, who }
    let index = timers.length
    while (index > 0 && isLater(timers[index - 1], timer)) index--
    timers.splice(index, 0, timer)
    return () => {
      timers = timers.filter((one) => one !== timer)
    }
  }
  return {
    nowMs: () => nowMs,
    at,
    clockFor: (owner, who, skewMs) => ({
      nowMs: () => nowMs + (skewMs?.() ?? 0),
      setTimer: (afterMs, fire) => at(afterMs, () => (owner.alive ? fire() : undefined), who),
    }),
    turns: () => turns,
    spent: () => (spent ??= new Map()),
    async run(durationMs) {
      const untilMs = nowMs + durationMs
      await settle()
      await inTurn(() => {
        account()
        const timer = timers[0]
        if (timer === undefined || timer.dueMs > untilMs) return false
        timers.shift()
        turns++
        nowMs = timer.dueMs
        if (spent !== undefined) turn = { who: timer.who, before: process.cpuUsage() }
        timer.fire()
        return true
      })
      nowMs = untilMs
    },
  }
}

const isLater = (one: Timer | undefined, timer: Timer): boolean =>
  one !== undefined && (one.dueMs > timer.dueMs || (one.dueMs === timer.dueMs && one.order > timer.order))

/** Lets every promise come to rest: the macrotask runs only when no microtask is left. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Turns in one round of Node's loop, which costs more than most of them. */
const turnsInRound = 64

/** `next` again and again until it says that nothing follows; before each, every promise has come to rest. */
const inTurn = (next: () => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    let isOver = false
    const take = (): void => {
      if (isOver) return
      try {
        if (next()) return
        resolve()
      } catch (error) {
        reject(error)
      }
      isOver = true
    }
    const round = (): void => {
      if (isOver) return
      for (let count = 0; count < turnsInRound; count++) setImmediate(take)
      setImmediate(round)
    }
    round()
  })
