import { useCallback, useEffect, useLayoutEffect, useRef } from 'react'

/**
 * What was sent stays in the field until its bubble is drawn, so that both change in one frame: emptying the field at
 * once takes a frame of its own, and the bubble would wait for the next. It goes before anything else is done to the field.
 */
export interface LeavingText {
  /** The whole text of the field is being sent; gives what stands for it here. */
  readonly start: (text: string) => Leaving
  readonly leave: () => void
  /** It was not taken: gives whether it still stands in the field, where it now stays. */
  readonly stay: (which: Leaving) => boolean
}

interface Leaving {
  readonly text: string
  readonly timer: ReturnType<typeof setTimeout>
}

/** A bubble that takes longer is not waited for. */
const leaveAfterMs = 100

/** `lastOwn`: the newest row of one's own in the log; when it changes, what was sent is drawn. `take` takes a text out. */
export const useLeavingText = (
  area: { readonly current: HTMLTextAreaElement | null },
  lastOwn: string | undefined,
  take: (text: string) => void,
): LeavingText => {
  const current = useRef<Leaving>(undefined)

  const forget = useCallback((): Leaving | undefined => {
    const known = current.current
    clearTimeout(known?.timer)
    current.current = undefined
    return known
  }, [])
  const leave = useCallback((): void => {
    const text = forget()?.text
    if (text !== undefined) take(text)
  }, [take, forget])
  const start = useCallback(
    (text: string): Leaving => {
      leave()
      return (current.current = { text, timer: setTimeout(leave, leaveAfterMs) })
    },
    [leave],
  )
  const stay = useCallback((which: Leaving): boolean => current.current === which && forget() === which, [forget])

  useLayoutEffect(leave, [leave, lastOwn])
  useLayoutEffect(() => leave, [leave])
  useEffect(() => {
    const box = area.current
    // A shortcut and a paste look at the field before anything is written into it.
    const signs = ['keydown', 'paste', 'beforeinput'] as const
    for (const sign of signs) box?.addEventListener(sign, leave, { capture: true })
    return () => {
      for (const sign of signs) box?.removeEventListener(sign, leave, { capture: true })
    }
  }, [area, leave])
  return { start, leave, stay }
}
