/** Wrong locators and setup tokens are paced, for everybody together and for each connection. */
import { closeCodes, refuse } from '@halyard/protocol'
import type { Refusal, RefusalCode } from '@halyard/protocol'
import type { Core, Session } from '../core.ts'

/**
 * To be asked before anything is looked up: a right guess and a wrong one get the same answer once there were too many.
 */
export const tooManyGuesses = (core: Core): Refusal | undefined => {
  const waitMs = core.guesses.waitMs(core.clock.nowMs())
  return waitMs === 0 ? undefined : refuse('rate-limited', waitMs)
}

export const wrongGuess = (core: Core, session: Session, code: RefusalCode): Refusal => {
  const nowMs = core.clock.nowMs()
  core.count('guess-wrong')
  core.guesses.take(nowMs)
  if (!session.guesses.take(nowMs)) session.close(closeCodes.busy)
  return refuse(code)
}
