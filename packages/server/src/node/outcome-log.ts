/** What of a server's answers its operator should read. */
import type { ServerOptions } from '../core/index.ts'
import type { Log } from './log.ts'

type OutcomeLog = ServerOptions['outcome'] & {}

/** A full disk is said at most once a minute, a new network once, and not where there was one at the start. */
export const createOutcomeLog = (
  log: Log,
  hasNetwork: boolean,
  nowMs = (): number => performance.now(),
): OutcomeLog => {
  let fullMs = -Infinity
  let made = hasNetwork
  return (command, outcome) => {
    // Anybody may repeat the first request; its answer is the same, and there is one network.
    if (command === 'set-up' && outcome === 'ok' && !made) {
      made = true
      log('network-made')
    }
    if (outcome !== 'server-full' || nowMs() - fullMs < 60_000) return
    fullMs = nowMs()
    log('disk-full')
  }
}
