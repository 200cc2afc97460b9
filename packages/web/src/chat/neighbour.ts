import type { ChatList } from '@halyard/client/api'

/** The next chat in the list's order; with `unreadOnly` the next one with unread messages, going round. */
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
    if (item !== undefined && item.unread > 0) return item.chatId
  }
  return undefined
}
