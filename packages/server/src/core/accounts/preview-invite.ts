/** What a newcomer sees before joining: the invite's record and what proves its inviter up to the network's genesis. */
import { accept, decode, refuse, signed } from '@halyard/protocol'
import type { Handler } from '../core.ts'
import { admissionProof } from './admission-proof.ts'
import { tooManyGuesses, wrongGuess } from './guesses.ts'

export const previewInvite: Handler<'preview-invite'> = async (core, session, { locator }) => {
  if ((await core.accounts.network()) === undefined) return refuse('setup-missing')
  const limited = tooManyGuesses(core)
  if (limited !== undefined) return limited
  const invite = await core.store.inviteAt(locator)
  if (invite === undefined) return wrongGuess(core, session, 'invite-unknown')
  if (invite.usedBy === undefined && invite.notAfterMs < core.clock.nowMs()) return refuse('invite-expired')
  const record = decode(signed, invite.record)
  if (record === undefined) return refuse('invite-unknown')
  const proof = await admissionProof(core, invite.inviter)
  if (proof === undefined) return refuse('server-busy')
  const networkLinks = await core.accounts.networkLinks()
  return () => accept({ record, used: invite.usedBy !== undefined, networkLinks, proof })
}
