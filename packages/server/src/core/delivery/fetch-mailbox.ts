import { accept, assert, decode, signed } from '@halyard/protocol'
import type { MailboxItem } from '@halyard/protocol'
import { bounds } from '../bounds.ts'
import type { MemberHandler } from '../core.ts'
import type { WelcomeKept } from './store.ts'

export const fetchMailbox: MemberHandler<'fetch-mailbox'> =
  (core, member, { after, limit }) =>
  async () => {
    const { items, more } = await core.store.mailboxAfter(member.device, after, limit, bounds.fetchMaxBytes)
    return accept({
      items: items.map((kept) => ({ position: kept.position, item: itemOf(kept) })),
      more,
    })
  }

const itemOf = ({
  isRequest,
  conversation,
  from,
  seq,
  keyPackage,
  welcome,
  tree,
}: WelcomeKept): MailboxItem['item'] => {
  if (!isRequest) return { kind: 'welcome', conversation, from, seq, keyPackage, welcome, tree }
  const request = decode(signed, welcome)
  assert(request !== undefined && tree !== undefined, 'the store holds a request that does not decode')
  return { kind: 'entry-request', conversation, from, request, keyPackage: tree }
}
