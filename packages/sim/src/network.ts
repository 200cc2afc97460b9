/** The way between people and server: slow, lossy, breaking, sometimes saying things twice. Order holds within one connection. */
import type { Connect } from '@halyard/client'
import type { Server } from '@halyard/server'
import type { Prng } from './prng.ts'
import type { Time } from './time.ts'

export interface Weather {
  readonly latencyMaxMs: number
  /** Per frame: it never arrives, nor does what follows it that way (a stream has no holes), and nobody notices at once. */
  readonly loss: number
  readonly duplication: number
  /** Per frame: the connection breaks instead. */
  readonly breaks: number
}
export const calm: Weather = { latencyMaxMs: 20, loss: 0, duplication: 0, breaks: 0 }

/** The least that a frame of who is slow takes; the most is twice that. */
const slowMinMs = 10_000

export interface Network {
  weather: Weather
  /** Nobody reaches anybody while true. */
  parted: boolean
  /** Every frame from and to this one takes tens of seconds. */
  slow: string | undefined
  connectFor(owner: { alive: boolean }, who: string): Connect
  /** Bytes of the frames each has sent and was sent. */
  readonly carried: ReadonlyMap<string, Carried>
  /** The server is gone: every connection breaks. */
  dropAll(): void
  /** Whose connection carries nothing any more would notice within two minutes; now at once. */
  dropSilent(): void
}

export interface Carried {
  up: number
  down: number
}

/** What stands between somebody and the server, and may do with every frame what it likes. */
export type Between = (server: Server, who: string) => Server

export const createNetwork = (time: Time, prng: Prng, server: () => Server | undefined, between?: Between): Network => {
  const open = new Map<() => void, () => boolean>()
  const carried = new Map<string, Carried>()
  const network: Network = {
    weather: calm,
    parted: false,
    slow: undefined,
    carried,
    dropAll() {
      for (const drop of [...open.keys()]) drop()
    },
    dropSilent() {
      for (const [drop, isSilent] of [...open]) if (isSilent()) drop()
    },
    connectFor: (owner, who) => (events) => {
      let ended = false
      let session: ReturnType<Server['connect']> | undefined
      const clearAt = { up: 0, down: 0 }
      const silent = { up: false, down: false }
      const own = carried.get(who) ?? { up: 0, down: 0 }
      carried.set(who, own)
      const end = (reason: 'lost' | 'version'): void => {
        if (ended) return
        ended = true
        open.delete(lost)
        session?.closed()
        if (owner.alive) events.closed(reason)
      }
      const lost = (): void => end('lost')
      const slowness = (): number => (network.slow === who ? slowMinMs + prng.below(slowMinMs) : 0)
      /** Frames of one direction arrive in order, each after its own delay. */
      const carry = (way: 'up' | 'down', bytes: number, deliver: () => void): void => {
        const { weather } = network
        own[way] += bytes
        if (ended) return
        if (prng.chance(weather.breaks)) return lost()
        silent[way] ||= network.parted || prng.chance(weather.loss)
        if (silent[way]) return
        const arriveMs = Math.max(clearAt[way], time.nowMs() + 1 + prng.below(weather.latencyMaxMs) + slowness())
        clearAt[way] = arriveMs
        const times = prng.chance(weather.duplication) ? 2 : 1
        for (let count = 0; count < times; count++)
          time.at(arriveMs - time.nowMs(), () => (ended ? undefined : deliver()), way === 'up' ? 'server' : who)
      }
      time.at(1 + prng.below(network.weather.latencyMaxMs), () => {
        const running = server()
        if (ended) return
        if (running === undefined || network.parted) return lost()
        open.set(lost, () => silent.up || silent.down)
        events.opened()
        session = (between?.(running, who) ?? running).connect({
          send: (frame) =>
            carry('down', frame.length, () => (owner.alive ? events.received(frame.slice()) : undefined)),
          close: (code) => carry('down', 0, () => end(code === 4001 ? 'version' : 'lost')),
        })
      })
      return {
        send: (frame) => carry('up', frame.length, () => void session?.receive(frame.slice())),
        close: lost,
      }
    },
  }
  return network
}
