import { Suspense, lazy, useCallback, useEffect, useImperativeHandle, useRef, useState } from 'react'
import type { ClipboardEvent, KeyboardEvent, ReactNode, Ref } from 'react'
import { ArrowUp, CircleAlert, Lock, Smile } from 'lucide-react'
import { limits } from '@halyard/protocol'
import { useApi } from '../ui/client.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import { useUi } from '../ui/ui-store.ts'
import parts from '../ui/parts.module.css'
import { refusalText, say } from '../words/words.tsx'
import { insertText, markerFor, toggleMarker } from './composer-keys.ts'
import styles from './conversation.module.css'
import { MentionPicker } from './late-parts.ts'
import { markup } from './markup.ts'
import type { PickerHandle } from './mention-picker.tsx'
import { useDraft } from './use-draft.ts'
import { useLeavingText } from './use-leaving-text.ts'
import { useMentions } from './use-mentions.ts'

const EmojiPicker = lazy(() => import('./emoji-picker.tsx').then((m) => ({ default: m.EmojiPicker })))

const typingEveryMs = 3_000
const bounds = { rangesMax: limits.rangesMax, urlMaxLength: limits.urlMaxLength }

export interface ComposerHandle {
  focus(): void
}

interface ComposerProps {
  readonly chatId: string
  /** What is kept of it: this component's own echo, or what another device of the account has written since. */
  readonly draft: string
  readonly placeholder: string
  /** There are several here who can be mentioned. */
  readonly several: boolean
  /** Who can read this, in one line. */
  readonly under: string
  /** The newest row of one's own in the log: a new one is what was just sent. */
  readonly lastOwn: string | undefined
  readonly onSent: () => void
  readonly onEscape: () => void
  readonly ref?: Ref<ComposerHandle>
}

/**
 * A plain text area that nothing writes into while somebody types: only where nothing newer stands does it follow what
 * another device has written. `autocomplete="off"` keeps the text out of the browser's session file.
 */
export const Composer = (props: ComposerProps): ReactNode => {
  const api = useApi()
  const { chatId, several, lastOwn, onSent } = props
  const area = useRef<HTMLTextAreaElement>(null)
  const smile = useRef<HTMLButtonElement>(null)
  // A later one would be written into a field that nobody has typed into, behind the back of what follows below.
  const [initial] = useState(props.draft)
  const [picking, setPicking] = useState(false)
  const picker = useRef<PickerHandle>(null)
  const mentions = useMentions(area, initial, several)
  const { changed: followMentions, filled, within } = mentions
  const [warning, setWarning] = useState<string>()
  const take = useCallback(
    (text: string): void => {
      const box = area.current
      // What came without a sign of it is kept: only what was sent goes.
      if (box === null || !box.value.startsWith(text)) return
      box.value = box.value.slice(text.length)
      grow(box)
      followMentions()
    },
    [followMentions],
  )
  const { start, leave, stay } = useLeavingText(area, lastOwn, take)
  const follow = useCallback(
    (box: HTMLTextAreaElement, text: string): void => {
      box.value = text
      box.setSelectionRange(text.length, text.length)
      grow(box)
      filled()
      setWarning(undefined)
    },
    [filled],
  )
  const draft = useDraft(chatId, props.draft, area, follow)
  const typedMs = useRef(0)
  useImperativeHandle(props.ref, () => ({ focus: () => area.current?.focus() }), [])
  useEffect(() => {
    const box = area.current
    if (box === null) return
    // A draft is gone on with, not written in front of.
    box.setSelectionRange(box.value.length, box.value.length)
    // On a phone the keyboard would cover the conversation before anything was read.
    if (!matchMedia('(pointer: coarse)').matches) box.focus()
    grow(box)
  }, [])

  const changed = useCallback((): void => {
    const box = area.current
    if (box === null) return
    grow(box)
    followMentions()
    draft.changed()
    const over = box.value.length - limits.textMaxLength
    setWarning(over > 0 ? say('conv.too-long', { over }) : undefined)
    if (box.value === '' || Date.now() - typedMs.current < typingEveryMs) return
    typedMs.current = Date.now()
    void api.typing(chatId)
  }, [api, chatId, draft, followMentions])

  const send = useCallback(async (): Promise<void> => {
    const box = area.current
    leave()
    if (box === null || box.value.trim() === '') return
    const written = box.value
    const before = written.length - written.trimStart().length
    const named = within().map((each) => ({ ...each, start: each.start - before, end: each.end - before }))
    const marked = markup(written.trim(), bounds, named)
    if (marked.text.trim() === '') return
    if (marked.text.length > limits.textMaxLength)
      return setWarning(say('conv.too-long', { over: marked.text.length - limits.textMaxLength }))
    const sent = start(written)
    draft.cleared()
    typedMs.current = 0
    setWarning(undefined)
    onSent()
    const result = await api.send({ chatId, text: marked.text, ranges: marked.ranges })
    if (result.ok) return leave()
    if (!box.isConnected) return useUi.setState({ unsent: written })
    // Not taken: the words stay, or come back in front of what was typed meanwhile.
    if (!stay(sent)) {
      box.value = box.value === '' ? written : `${written}\n${box.value}`
      filled()
    }
    grow(box)
    draft.changed()
    setWarning(refusalText(result.code))
  }, [api, chatId, draft, onSent, start, leave, stay, filled, within])

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (picker.current?.take(event) === true) return
    const marker = markerFor(event)
    if (marker !== undefined) {
      event.preventDefault()
      toggleMarker(event.currentTarget, marker)
    } else if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault()
      void send()
    } else if (event.key === 'Escape' && !event.nativeEvent.isComposing) props.onEscape()
  }
  const pick = (emoji: string): void => {
    leave()
    if (area.current !== null) insertText(area.current, emoji)
  }
  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>): void => {
    const box = event.currentTarget
    const pasted = event.clipboardData.getData('text/plain').length
    const over = box.value.length - (box.selectionEnd - box.selectionStart) + pasted - limits.textMaxLength
    if (over <= 0) return
    event.preventDefault()
    setWarning(say('conv.paste-too-long', { over }))
  }
  return (
    <>
      <div className={styles['composer']}>
        <textarea
          ref={area}
          rows={1}
          dir="auto"
          aria-label={say('conv.message')}
          placeholder={props.placeholder}
          autoComplete="off"
          defaultValue={initial}
          aria-autocomplete={several ? 'list' : undefined}
          onInput={changed}
          onSelect={followMentions}
          onBlur={() => {
            draft.save()
            mentions.close()
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <button
          type="button"
          ref={smile}
          className={cx(parts['iconButton'], styles['wide'])}
          aria-label={say('conv.emoji')}
          aria-expanded={picking}
          aria-haspopup="dialog"
          onClick={() => setPicking(!picking)}
        >
          <Icon of={Smile} />
        </button>
        <button
          type="button"
          className={cx(parts['iconButton'], styles['send'])}
          aria-label={say('conv.send')}
          onClick={() => void send()}
        >
          <Icon of={ArrowUp} size="l" />
        </button>
        {mentions.isNeeded && (
          <Suspense>
            <MentionPicker ref={picker} chatId={chatId} area={area} mentions={mentions} />
          </Suspense>
        )}
        {picking && (
          <Suspense>
            <EmojiPicker trigger={smile} onClose={() => setPicking(false)} onPick={pick} />
          </Suspense>
        )}
      </div>
      <div className={styles['under']}>
        {warning === undefined ? (
          <>
            <Icon of={Lock} size="s" />
            <span>{props.under}</span>
            <span className={styles['right']}>{say('conv.new-line')}</span>
          </>
        ) : (
          <>
            <Icon of={CircleAlert} size="s" className={styles['warning']} />
            <span className={styles['warning']} role="alert">
              {warning}
            </span>
          </>
        )}
      </div>
    </>
  )
}

/** Browsers that know `field-sizing` do this themselves. */
const grow = (area: HTMLTextAreaElement): void => {
  if (CSS.supports('field-sizing', 'content')) return
  area.style.height = 'auto'
  area.style.height = `${area.scrollHeight}px`
}
