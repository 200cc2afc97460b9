import { accept } from '@halyard/protocol'
import { bounds } from '../bounds.ts'
import type { MemberHandler } from '../core.ts'
import { decodeFeed } from './decode-feed.ts'

export const fetchFeed: MemberHandler<'fetch-feed'> =
  (core, _member, { after, limit }) =>
  async () => {
    const { items, more } = await core.store.feedAfter(after, limit, bounds.fetchMaxBytes)
    return accept({ items: decodeFeed(items), more })
  }
