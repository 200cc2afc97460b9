/** Statements of the attacker's choice in the feed that one person is told. */
import type { FeedItem } from '@halyard/protocol'
import type { Stage } from './stage.ts'

/** Puts items into what somebody is told of the feed, once. */
export const injectFeed = async (stage: Stage, who: string, items: readonly FeedItem['item'][]): Promise<void> => {
  let left = items
  stage.evil.onAnswer('fetch-feed', (answer, to, request) => {
    if (to !== who || left.length === 0) return { pass: answer }
    const position = answer.items.at(-1)?.position ?? request.after
    const added = left.map((item) => ({ position, item }))
    left = []
    return { pass: { ...answer, items: [...answer.items, ...added] } }
  })
  stage.evil.tell(who, 'feed', { position: 1 })
  await stage.world.time.run(3_000)
}
