import { useCallback, useSyncExternalStore } from 'react'

const useMedia = (media: string): boolean => {
  const watch = useCallback(
    (changed: () => void) => {
      const list = matchMedia(media)
      list.addEventListener('change', changed)
      return () => list.removeEventListener('change', changed)
    },
    [media],
  )
  return useSyncExternalStore(watch, () => matchMedia(media).matches)
}

/** Whether the list and the conversation take turns on the screen; the same width as in the style sheets. */
export const usePhone = (): boolean => useMedia('(max-width: 760px)')

/** Whether there is no room for anything beside a conversation; the same width as in the style sheets. */
export const useNarrow = (): boolean => useMedia('(max-width: 1000px)')
