/** An account's next link as the store keeps it: in its chain, and in the feed. */
import { encode, feedItem, signedAccountLink } from '@halyard/protocol'
import type { SignedAccountLink } from '@halyard/protocol'
import type { AccountState } from '@halyard/crypto/verify'

/** The account as it is with the link. */
export const linkGrowth = ({ account, head }: AccountState, link: SignedAccountLink) => ({
  account,
  seq: head.seq,
  link: encode(signedAccountLink, link),
  item: encode(feedItem, { position: 0, item: { kind: 'account-link', account, link, invite: undefined } }),
})
