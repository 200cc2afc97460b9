import { useEffect, useRef } from 'react'
import { afterFocus } from './ui-store.ts'

/**
 * A dialog gives the focus back to what opened it. Where that went with what the dialog did (a row, a note), the focus is
 * on what the page is about, so that nobody has to begin at its top.
 */
export const useFocusHome = (isOpen: boolean): void => {
  const wasOpen = useRef(false)
  useEffect(() => {
    const closed = wasOpen.current && !isOpen
    wasOpen.current = isOpen
    if (!closed) return
    afterFocus(() => {
      if (document.activeElement === document.body) document.querySelector('main')?.focus()
    })
  }, [isOpen])
}

/** Something lies over the page and is told the keys first. */
export const isCovered = (): boolean =>
  document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null
