/** Somebody has a recovery card: what is kept for it, and the account it belongs to. */
import { accept, refuse } from '@halyard/protocol'
import type { Handler } from '../core.ts'
import { admissionProof } from './admission-proof.ts'
import { tooManyGuesses, wrongGuess } from './guesses.ts'

export const findRecovery: Handler<'find-recovery'> = async (core, session, { locator }) => {
  if ((await core.accounts.network()) === undefined) return refuse('setup-missing')
  const limited = tooManyGuesses(core)
  if (limited !== undefined) return limited
  const kept = await core.store.recoveryAt(locator)
  if (kept === undefined) return wrongGuess(core, session, 'recovery-unknown')
  const { account, sealed } = kept
  if (sealed === undefined) return refuse('recovery-replaced')
  const proof = await admissionProof(core, account)
  if (proof === undefined) return refuse('server-busy')
  const networkLinks = await core.accounts.networkLinks()
  return () => accept({ account, sealed, networkLinks, proof })
}
