import { useEffect } from 'react'
import type { ChatList } from '@halyard/client/api'
import { openDialog, useUi } from '../ui/ui-store.ts'
import { neighbour } from './neighbour.ts'

/** The keys that work everywhere in the app. Those of the composer are its own. */
export const useShortcuts = (
  chats: ChatList | undefined,
  current: string | undefined,
  go: (path: string) => void,
): void => {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.isComposing || event.defaultPrevented) return
      const open = useUi.getState().dialog
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        openDialog(open === 'palette' ? undefined : 'palette')
      } else if (open !== undefined) return
      else if (event.key === '?' && !isTyping(event.target)) openDialog('shortcuts')
      else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown') && chats !== undefined) {
        event.preventDefault()
        const next = neighbour(chats, current, event.key === 'ArrowDown' ? 1 : -1, event.shiftKey)
        if (next !== undefined) go(`/chat/${encodeURIComponent(next)}`)
      }
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [chats, current, go])
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(?:input|textarea|select)$/i.test(target.tagName))
