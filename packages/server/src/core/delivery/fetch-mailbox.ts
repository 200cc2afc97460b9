import { accept } from '@halyard/protocol'
import { bounds } from '../bounds.ts'
import type { MemberHandler } from '../core.ts'

export const fetchMailbox: MemberHandler<'fetch-mailbox'> =
  (core, member, { after, limit }) =>
  async () => {
    const { items, more } = await core.store.mailboxAfter(member.device, after, limit, bounds.fetchMaxBytes)
    return accept({
      items: items.map(({ position, conversation, from, seq, keyPackage, welcome, tree }) => ({
        position,
        item: { kind: 'welcome' as const, conversation, from, seq, keyPackage, welcome, tree },
      })),
      more,
    })
  }
