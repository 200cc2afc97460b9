/** The five short words between a browser that asks to be let in and the device that lets it in. */
import { refuse } from '@halyard/protocol'
import type { Handler, MemberHandler } from '../core.ts'
import { tooManyGuesses, wrongGuess } from './guesses.ts'

export const offerDevice: Handler<'offer-device'> = async (core, session, { locator, offer }) => {
  if ((await core.accounts.network()) === undefined) return refuse('setup-missing')
  const limited = tooManyGuesses(core)
  if (limited !== undefined) return limited
  return () => core.offers.offer(session, locator, offer)
}

export const nextOffer: Handler<'next-offer'> =
  (core, session, { reveal }) =>
  () =>
    core.offers.next(session, reveal)

export const findOffer: MemberHandler<'find-offer'> = (core, member, { locator, nonce }, session) => {
  const limited = tooManyGuesses(core)
  if (limited !== undefined) return limited
  return () => {
    const found = core.offers.find(locator, member.deviceHex, nonce)
    if (found === undefined) return wrongGuess(core, session, 'offer-unknown')
    return found.ok ? { ok: true, value: { offer: found.value } } : found
  }
}

export const revealOffer: MemberHandler<'reveal-offer'> =
  (core, member, { locator }) =>
  () =>
    core.offers.reveal(locator, member.deviceHex)

export const grantDevice: MemberHandler<'grant-device'> =
  (core, member, { locator, sealed }) =>
  () =>
    core.offers.grant(locator, member.deviceHex, sealed)
