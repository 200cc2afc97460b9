/** What a newcomer sees before joining: the invite's record and what proves its inviter up to the network's genesis. */
import { accept, decode, refuse, signed, toHex } from '@halyard/protocol'
import type { FeedItem } from '@halyard/protocol'
import { inviterNamed } from '@halyard/crypto/verify'
import type { Core, Handler } from '../core.ts'
import { decodeFeed } from '../directory/decode-feed.ts'
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
  const proof = await proofOf(core, invite.inviter)
  if (proof === undefined) return refuse('server-busy')
  const networkLinks = await core.accounts.networkLinks()
  return () => accept({ record, used: invite.usedBy !== undefined, networkLinks, proof })
}

/** The bound of the answer's list. */
const proofMax = 2_000

/** Account links and confirmations of the inviter, of who invited the inviter, and so on, in the order of the feed. */
const proofOf = async (core: Core, account: Uint8Array): Promise<readonly FeedItem[] | undefined> => {
  const items: FeedItem[] = []
  const seen = new Set<string>()
  let next: Uint8Array | undefined = account
  while (next !== undefined && !seen.has(toHex(next))) {
    seen.add(toHex(next))
    const found: readonly FeedItem[] = decodeFeed(await core.store.admissionOf(next))
    items.push(...found)
    if (items.length > proofMax) return undefined
    const genesis: FeedItem['item'] | undefined = found.find(({ item }) => item.kind === 'account-link')?.item
    next = genesis?.kind === 'account-link' && genesis.invite !== undefined ? inviterNamed(genesis.invite) : undefined
  }
  return items.sort((a, b) => a.position - b.position)
}
