import { useCallback, useRef, useState } from 'react'
import { insertText } from './composer-keys.ts'
import { askedAt, mentionsIn, movedSpans } from './mention-text.ts'
import type { Asked, Mention, Named, Span } from './mention-text.ts'

export interface Mentions {
  /** The text has an `@`: who may be mentioned is needed now. */
  readonly isNeeded: boolean
  /** Who is asked for at the caret. */
  readonly asked: Asked | undefined
  /** The text or the caret has changed. */
  readonly changed: () => void
  /** Another text stands in the field, as it was kept. */
  readonly filled: () => void
  readonly choose: (person: Named) => void
  /** Nobody is meant by this `@`. */
  readonly dismiss: () => void
  readonly close: () => void
  /** Who may be mentioned. */
  readonly know: (people: readonly Named[]) => void
  readonly within: () => readonly Mention[]
}

/** Follows the text of a field for the mentions in it. Where nobody can be mentioned it holds still. */
export const useMentions = (
  area: { readonly current: HTMLTextAreaElement | null },
  initial: string,
  isOn: boolean,
): Mentions => {
  const people = useRef<readonly Named[]>([])
  const text = useRef(initial)
  const spans = useRef<readonly Span[]>([{ start: 0, end: initial.length }])
  const dismissed = useRef<number>(undefined)
  const [isNeeded, setNeeded] = useState(isOn && initial.includes('@'))
  const [asked, setAsked] = useState<Asked>()

  const changed = useCallback((): void => {
    const box = area.current
    if (box === null || !isOn) return
    if (box.value !== text.current) spans.current = movedSpans(spans.current, text.current, box.value, box.selectionEnd)
    text.current = box.value
    setNeeded(box.value.includes('@'))
    const isCaret = box.selectionStart === box.selectionEnd
    const now = isCaret ? askedAt(box.value, box.selectionEnd, spans.current) : undefined
    if (now?.at !== dismissed.current) dismissed.current = undefined
    const next = now?.at === dismissed.current ? undefined : now
    setAsked((last) => (last?.at === next?.at && last?.words === next?.words ? last : next))
  }, [area, isOn])
  const filled = useCallback((): void => {
    text.current = area.current?.value ?? ''
    spans.current = [{ start: 0, end: text.current.length }]
    setNeeded(isOn && text.current.includes('@'))
    setAsked(undefined)
  }, [area, isOn])
  const close = useCallback((): void => setAsked(undefined), [])
  const dismiss = useCallback((): void => {
    dismissed.current = asked?.at
    setAsked(undefined)
  }, [asked])
  const choose = useCallback(
    ({ accountId, name }: Named): void => {
      const box = area.current
      if (box === null || asked === undefined) return
      const start = asked.at
      const end = start + 1 + name.length
      const isSpaced = box.value[start + 1 + asked.words.length] === ' '
      box.setSelectionRange(start, start + 1 + asked.words.length)
      insertText(box, isSpaced ? `@${name}` : `@${name} `)
      box.setSelectionRange(end + 1, end + 1)
      changed()
      spans.current = [
        ...spans.current.filter((span) => span.end <= start || span.start >= end),
        { start, end, accountId },
      ]
      setAsked(undefined)
    },
    [area, asked, changed],
  )
  const know = useCallback((list: readonly Named[]): void => void (people.current = list), [])
  const within = useCallback(() => (isOn ? mentionsIn(text.current, spans.current, people.current) : []), [isOn])
  return { isNeeded, asked, changed, filled, choose, dismiss, close, know, within }
}
