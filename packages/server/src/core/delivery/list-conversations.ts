import { accept, limits } from '@halyard/protocol'
import type { MemberHandler } from '../core.ts'

export const listConversations: MemberHandler<'list-conversations'> =
  (core, member, { after }) =>
  async () =>
    accept(await core.store.conversationsOf(member.device, after, limits.rowsPerFetchMax))
