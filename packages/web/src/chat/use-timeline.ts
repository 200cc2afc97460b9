import { useCallback, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { RefObject } from 'react'
import type { ClientApi, TimelinePage } from '@halyard/client/api'

/**
 * A bounded window of rows over a log of any length. The place on screen is kept by hand: before rows change, the first row
 * in view and its distance from the top are known; after the change the same row stands at the same distance. At the end the
 * window follows what arrives. Nothing else moves the log.
 */
export interface Timeline {
  readonly page: TimelinePage | undefined
  readonly atEnd: boolean
  readonly log: RefObject<HTMLDivElement | null>
  readonly onScroll: () => void
  /** Shows the newest rows and follows them. */
  readonly toEnd: () => void
}

interface Window {
  readonly around: number | 'end'
  readonly limit: number
}
interface Anchor {
  readonly key: string
  readonly offset: number
}

/** The first look is small, so that a conversation opens fast; both stay below the most rows the document may hold. */
const endRows = 60
const aroundRows = 160
/** CSS pixels from either end of the window at which more rows are asked for. */
const reachPx = 900
/** Nearer to the bottom than this counts as being there. */
const bottomPx = 48
const dividerAt = 0.25

interface Options {
  readonly chatId: string
  /** Where reading goes on; undefined: at the newest. Only its first value counts. */
  readonly firstUnread: number | undefined
  /** Told of the highest position that was on screen while the page was looked at. */
  readonly onSeen: (position: number) => void
}

export const useTimeline = (api: ClientApi, { chatId, firstUnread, onSeen }: Options): Timeline => {
  const log = useRef<HTMLDivElement>(null)
  const newest = useRef<TimelinePage>(undefined)
  const [rows, setRows] = useState<Window>(
    firstUnread === undefined ? { around: 'end', limit: endRows } : { around: firstUnread, limit: aroundRows },
  )
  const [atEnd, setAtEnd] = useState(firstUnread === undefined)
  const state = useRef({
    follows: firstUnread === undefined,
    anchor: undefined as Anchor | undefined,
    asking: true,
    placed: false,
  })

  // Drawn in the task that brings it: a message just written waits for no other work of the page.
  const subscribe = useCallback(
    (changed: () => void) =>
      api.subscribe('timeline', { chatId, ...rows }, (next) => {
        state.current.asking = false
        newest.current = next
        changed()
      }),
    [api, chatId, rows],
  )
  const page = useSyncExternalStore(subscribe, () => newest.current)

  const ask = useCallback((next: Window): void => {
    state.current.asking = true
    setRows(next)
  }, [])

  const seen = useCallback((): void => {
    const box = log.current
    if (box === null || document.visibilityState !== 'visible' || !document.hasFocus()) return
    const last = lastInView(box)
    if (last !== undefined) onSeen(last)
  }, [onSeen])

  const onScroll = useCallback((): void => {
    const box = log.current
    if (box === null || page === undefined) return
    const { current } = state
    const below = box.scrollHeight - box.scrollTop - box.clientHeight
    const bottom = below < bottomPx && !page.hasNewer
    current.follows = bottom
    current.anchor = anchorOf(box)
    setAtEnd(bottom)
    seen()
    if (current.asking) return
    const here = current.anchor === undefined ? undefined : positionOf(box, current.anchor.key)
    if (bottom && rows.around !== 'end') ask({ around: 'end', limit: endRows })
    else if (here !== undefined && here !== rows.around && wantsMore(box, page, below))
      ask({ around: here, limit: aroundRows })
    // A window that follows the end would drop the rows that are being read: it stops following.
    else if (here !== undefined && rows.around === 'end' && below > reachPx) ask({ around: here, limit: aroundRows })
  }, [page, rows, ask, seen])

  useLayoutEffect(() => {
    const box = log.current
    if (box === null || page === undefined) return
    const { current } = state
    if (!current.placed) {
      current.placed = true
      placeFirst(box, current)
    } else if (current.follows) box.scrollTop = box.scrollHeight
    else if (current.anchor !== undefined) restore(box, current.anchor)
    current.anchor = anchorOf(box)
    const below = box.scrollHeight - box.scrollTop - box.clientHeight
    current.follows = below < bottomPx && !page.hasNewer
    setAtEnd(current.follows)
    seen()
  }, [page, seen])

  const isThere = page !== undefined
  useEffect(() => {
    const box = log.current
    if (!isThere || box === null) return
    // The composer grows, the window turns: the same rows stay in view.
    const sizes = new ResizeObserver(() => {
      const { current } = state
      if (current.follows) box.scrollTop = box.scrollHeight
      else if (current.anchor !== undefined) restore(box, current.anchor)
    })
    sizes.observe(box)
    if (box.firstElementChild !== null) sizes.observe(box.firstElementChild)
    addEventListener('focus', seen)
    document.addEventListener('visibilitychange', seen)
    return () => {
      sizes.disconnect()
      removeEventListener('focus', seen)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [seen, isThere])

  const toEnd = useCallback((): void => {
    state.current.follows = true
    const box = log.current
    if (box !== null && rows.around === 'end') box.scrollTop = box.scrollHeight
    else ask({ around: 'end', limit: endRows })
  }, [rows, ask])

  return { page, atEnd, log, onScroll, toEnd }
}

const wantsMore = (box: HTMLElement, page: TimelinePage, below: number): boolean =>
  (page.hasOlder && box.scrollTop < reachPx) || (page.hasNewer && below < reachPx)

const placeFirst = (box: HTMLElement, state: { readonly follows: boolean }): void => {
  const divider = state.follows ? null : box.querySelector<HTMLElement>('[data-divider]')
  if (divider === null) box.scrollTop = box.scrollHeight
  else
    box.scrollTop +=
      divider.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight * dividerAt
}

const rowsOf = (box: HTMLElement): readonly HTMLElement[] => [...box.querySelectorAll<HTMLElement>('[data-key]')]

/** The first row that reaches into the view; rows stand in order, so half are left out at each step. */
const anchorOf = (box: HTMLElement): Anchor | undefined => {
  const rows = rowsOf(box)
  const top = box.getBoundingClientRect().top
  const index = lowest(rows.length, (at) => (rows[at]?.getBoundingClientRect().bottom ?? 0) > top)
  const row = rows[index]
  const key = row?.dataset['key']
  return row === undefined || key === undefined ? undefined : { key, offset: row.getBoundingClientRect().top - top }
}

const lastInView = (box: HTMLElement): number | undefined => {
  const rows = rowsOf(box)
  const bottom = box.getBoundingClientRect().bottom
  const below = lowest(rows.length, (at) => (rows[at]?.getBoundingClientRect().top ?? 0) >= bottom)
  // Own rows need no reading, and one that still waits stands far behind everything that will come.
  const last = rows.slice(0, below).findLast((row) => row.dataset['own'] === undefined)
  const position = last?.dataset['position']
  return position === undefined ? undefined : Number(position)
}

const lowest = (length: number, holds: (at: number) => boolean): number => {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

const rowByKey = (box: HTMLElement, key: string): HTMLElement | undefined =>
  rowsOf(box).find((row) => row.dataset['key'] === key)

const positionOf = (box: HTMLElement, key: string): number | undefined => {
  const position = rowByKey(box, key)?.dataset['position']
  return position === undefined ? undefined : Number(position)
}

const restore = (box: HTMLElement, anchor: Anchor): void => {
  const row = rowByKey(box, anchor.key)
  if (row === undefined) return
  const moved = row.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.offset
  if (Math.abs(moved) >= 1) box.scrollTop += moved
}
