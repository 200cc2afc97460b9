/** A device that may not sign in any more asks why: the links that removed it, which it checks itself before it erases anything. */
import { accept } from '@halyard/protocol'
import type { Handler } from '../core.ts'
import { tooManyGuesses, wrongGuess } from './guesses.ts'

export const proveRemoval: Handler<'prove-removal'> = async (core, session, { device }) => {
  const limited = tooManyGuesses(core)
  if (limited !== undefined) return limited
  const record = await core.store.device(device)
  if (record?.removed !== true) return wrongGuess(core, session, 'login-refused')
  const accountLinks = await core.accounts.links(record.account)
  const networkLinks = await core.accounts.networkLinks()
  return () => accept({ accountLinks, networkLinks })
}
