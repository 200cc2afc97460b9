import type { ChatItem, ChatList } from '@halyard/client/api'

/** The next chat in the list's order; with `unreadOnly` the next one that calls for attention, going round. */
export const neighbour = (
  chats: Pick<ChatList, 'items'>,
  current: string | undefined,
  step: 1 | -1,
  unreadOnly: boolean,
): string | undefined => {
  const { items } = chats
  const from = items.findIndex((item) => item.chatId === current)
  if (!unreadOnly) return items[from < 0 ? 0 : Math.max(0, Math.min(items.length - 1, from + step))]?.chatId
  for (let distance = 1; distance <= items.length; distance++) {
    const item = items[(((from + step * distance) % items.length) + items.length) % items.length]
    if (item !== undefined && callsFor(item)) return item.chatId
  }
  return undefined
}

/** Whether something in it waits to be read: of a muted chat only mentions do. */
export const callsFor = ({ muted, mentions, unread }: ChatItem): boolean => (muted ? mentions : unread) > 0
