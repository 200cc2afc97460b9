/** What proves an account up to the network's genesis. */
import { toHex } from '@halyard/protocol'
import type { FeedItem } from '@halyard/protocol'
import { inviterNamed } from '@halyard/crypto/verify'
import type { Core } from '../core.ts'
import { decodeFeed } from '../directory/decode-feed.ts'

/** The bound of the answer's list. */
const proofMax = 2_000

/** Account links and confirmations of the account, of who invited it, and so on, in the order of the feed; undefined: too many. */
export const admissionProof = async (core: Core, account: Uint8Array): Promise<readonly FeedItem[] | undefined> => {
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
