/** A new device lets itself in by the account's recovery card: the link is signed with the card's key. */
import {
  accept,
  accountLink as accountLinkShape,
  decode,
  equal,
  recoverySigner,
  refuse,
  toHex,
} from '@halyard/protocol'
import { extendAccountChain } from '@halyard/crypto/verify'
import type { Handler } from '../core.ts'
import { refusalOf } from '../directory/faults.ts'
import { linkGrowth } from '../directory/link-growth.ts'
import { tooManyGuesses, wrongGuess } from './guesses.ts'
import { newDevice } from './new-device.ts'

export const restore: Handler<'restore'> = async (core, session, { locator, accountLink: link }) => {
  const network = await core.accounts.network()
  if (network === undefined) return refuse('setup-missing')
  const limited = tooManyGuesses(core)
  if (limited !== undefined) return limited
  const kept = await core.store.recoveryAt(locator)
  if (kept === undefined) return wrongGuess(core, session, 'recovery-unknown')
  const { account } = kept
  const state = await core.accounts.account(account)
  const value = decode(accountLinkShape, link.body)
  // Only what a card may sign: a device's own links come from devices that have signed in.
  if (state === undefined || value?.change.kind !== 'add-device' || !equal(value.signer, recoverySigner))
    return refuse('admission-refused')
  const { entry } = value.change
  const next = await extendAccountChain(core.verifier, network.network, state, link)
  if (!next.ok) {
    const refused = refusalOf(next.fault)
    if (refused === undefined) return () => accept({})
    return kept.sealed === undefined ? refuse('recovery-replaced') : refused
  }
  const waitMs = core.rare.link.take(toHex(account), core.clock.nowMs())
  if (waitMs > 0) return refuse('rate-limited', waitMs)
  return async () => {
    const grown = await core.store.appendAccountLink({
      ...linkGrowth(next.value, link),
      added: newDevice(entry),
      removed: undefined,
    })
    core.accounts.forget(account)
    if (!grown.ok) return grown
    core.fanOut.feed(grown.value.position)
    return accept({})
  }
}
