/**
 * Browsers that ask to be let into an account: a meeting place in memory. The server passes four short things on between
 * two devices and can open none of them; what it changes shows as another number, or as a grant that opens nowhere.
 */
import { limits, refuse, toHex, accept } from '@halyard/protocol'
import type { Answer, Result } from '@halyard/protocol'
import { bounds } from '../bounds.ts'

export interface Offers {
  /** One offer per connection: the next takes its place. */
  offer(by: object, locator: Uint8Array, offer: Uint8Array): Result<object>
  next(by: object, reveal: Uint8Array | undefined): Result<Answer<'next-offer'>>
  /** The first device that finds it has it. `undefined`: there is none. */
  find(locator: Uint8Array, device: string, nonce: Uint8Array): Result<Uint8Array> | undefined
  reveal(locator: Uint8Array, device: string): Result<Answer<'reveal-offer'>>
  grant(locator: Uint8Array, device: string, sealed: Uint8Array): Result<object>
}

interface Offered {
  readonly locator: string
  readonly offer: Uint8Array
  untilMs: number
  finder: string | undefined
  answer: Uint8Array | undefined
  reveal: Uint8Array | undefined
  grant: Uint8Array | undefined
}

export const createOffers = (nowMs: () => number): Offers => {
  const byLocator = new Map<string, Offered>()
  const byConnection = new WeakMap<object, Offered>()

  const alive = (offered: Offered | undefined): Offered | undefined => {
    if (offered === undefined || byLocator.get(offered.locator) !== offered) return undefined
    if (nowMs() <= offered.untilMs) return offered
    byLocator.delete(offered.locator)
    return undefined
  }
  const sweep = (): void => {
    for (const offered of byLocator.values()) alive(offered)
  }
  const found = (locator: Uint8Array, device: string): Offered | undefined => {
    const offered = alive(byLocator.get(toHex(locator)))
    return offered?.finder === device ? offered : undefined
  }

  return {
    offer(by, place, offer) {
      sweep()
      const before = byConnection.get(by)
      if (before !== undefined && byLocator.get(before.locator) === before) byLocator.delete(before.locator)
      const locator = toHex(place)
      if (byLocator.has(locator)) return refuse('offer-taken')
      if (byLocator.size >= bounds.offersMax) return refuse('server-busy')
      const offered: Offered = {
        locator,
        offer,
        untilMs: nowMs() + limits.offerLifetimeMs,
        finder: undefined,
        answer: undefined,
        reveal: undefined,
        grant: undefined,
      }
      byLocator.set(locator, offered)
      byConnection.set(by, offered)
      return accept({})
    },
    next(by, reveal) {
      const offered = alive(byConnection.get(by))
      if (offered === undefined) return refuse('offer-unknown')
      // Shown once, and only to whoever has shown theirs.
      if (offered.answer !== undefined) offered.reveal ??= reveal
      return accept({ answer: offered.answer, grant: offered.grant })
    },
    find(locator, device, nonce) {
      const offered = alive(byLocator.get(toHex(locator)))
      if (offered === undefined) return undefined
      if (offered.finder !== undefined) return refuse('offer-taken')
      offered.finder = device
      offered.answer = nonce
      offered.untilMs = nowMs() + limits.approvalLifetimeMs
      return accept(offered.offer)
    },
    reveal(locator, device) {
      const offered = found(locator, device)
      return offered === undefined ? refuse('offer-unknown') : accept({ nonce: offered.reveal })
    },
    grant(locator, device, sealed) {
      const offered = found(locator, device)
      if (offered === undefined) return refuse('offer-unknown')
      offered.grant ??= sealed
      return accept({})
    },
  }
}
