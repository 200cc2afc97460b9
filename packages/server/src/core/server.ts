/** Puts the core together. */
import { closeCodes, limits } from '@halyard/protocol'
import { createAccounts } from './accounts/accounts.ts'
import { createOffers } from './accounts/offers.ts'
import { bounds } from './bounds.ts'
import { createBucket, createBuckets } from './buckets.ts'
import type { Core, CounterName, Session } from './core.ts'
import { createFanOut } from './delivery/fan-out.ts'
import type { Server, ServerOptions } from './ports.ts'
import { openSession } from './session.ts'

const keysMax = bounds.claimPairsMax

/** A server over what it is lent. It keeps nothing that cannot be read from the store again, but who is online. */
export const createServer = (options: ServerOptions): Server => {
  const { store, clock, random, verifier, origin } = options
  const counters = new Map<CounterName, number>()
  const count = (name: CounterName): void => void counters.set(name, (counters.get(name) ?? 0) + 1)
  const sessions = new Set<Session>()
  let failed = false
  const fail = (error: unknown): void => {
    if (failed) return
    failed = true
    for (const session of sessions) session.close(closeCodes.busy)
    if (options.fail === undefined) throw error
    options.fail(error)
  }
  const core: Core = {
    store,
    clock,
    random,
    verifier,
    origin,
    accounts: createAccounts(store, verifier),
    fanOut: createFanOut(store, count, fail),
    offers: createOffers(() => clock.nowMs()),
    guesses: createBucket(limits.guessesPerMinuteMax, limits.guessesPerMinuteMax / 60),
    claims: createBuckets(limits.claimsPerTenMinutesMax, limits.claimsPerTenMinutesMax / 600, keysMax),
    rare: {
      claim: createBuckets(bounds.claimsPerRequesterBurst, bounds.claimsPerRequesterPerSecond, keysMax),
      conversation: createBuckets(bounds.conversationsBurst, bounds.conversationsPerSecond, keysMax),
      entry: createBuckets(limits.entriesPerDayMax, limits.entriesPerDayMax / 86_400, keysMax),
      profile: createBuckets(bounds.profilesBurst, bounds.profilesPerSecond, keysMax),
      publish: createBuckets(bounds.publishBurst, bounds.publishPerSecond, keysMax),
      state: createBuckets(bounds.statesBurst, bounds.statesPerSecond, keysMax),
      link: createBuckets(bounds.linksBurst, bounds.linksPerSecond, keysMax),
    },
    count,
    outcome: options.outcome ?? ((): void => undefined),
  }
  return {
    connect(outputs) {
      count('connections')
      const connection = openSession(core, outputs, fail, (session) => sessions.delete(session))
      if (failed) connection.session.close(closeCodes.busy)
      else sessions.add(connection.session)
      return connection
    },
    counters: () => Object.fromEntries(counters),
    close() {
      failed = true
      for (const session of sessions) session.close(closeCodes.busy)
    },
  }
}
