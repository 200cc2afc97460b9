/** Feed items as they stand in the store, with the position the store gave them. */
import { decode, feedItem } from '@halyard/protocol'
import type { FeedItem } from '@halyard/protocol'
import type { FeedKept } from '../accounts/store.ts'

export const decodeFeed = (kept: readonly FeedKept[]): readonly FeedItem[] =>
  kept.map(({ position, item }) => {
    const decoded = decode(feedItem, item)
    if (decoded === undefined) throw new Error('the store holds a feed item that does not decode')
    return { ...decoded, position }
  })
