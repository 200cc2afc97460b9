import { useRef } from 'react'
import type { KeyboardEvent, ReactNode, RefObject } from 'react'
import { Dialog, Popover } from 'react-aria-components'
import styles from '../ui/dialog.module.css'
import { say } from '../words/words.tsx'
import { emojiGroups } from './emoji.ts'

const columns = 8

interface EmojiPickerProps {
  readonly trigger: RefObject<HTMLButtonElement | null>
  readonly onPick: (emoji: string) => void
  readonly onClose: () => void
}

/** All emoji by Tab and the arrow keys; the signs are the system's own, nothing is fetched. */
export const EmojiPicker = ({ trigger, onPick, onClose }: EmojiPickerProps): ReactNode => {
  const box = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]
    const buttons = [...(box.current?.querySelectorAll('button') ?? [])]
    const at = buttons.findIndex((button) => button === document.activeElement)
    if (step === undefined || at < 0) return
    event.preventDefault()
    buttons[Math.max(0, Math.min(buttons.length - 1, at + step))]?.focus()
  }
  return (
    <Popover triggerRef={trigger} isOpen onOpenChange={(open) => !open && onClose()} placement="top end" offset={10}>
      <Dialog className={styles['emoji'] ?? ''} aria-label={say('conv.emoji')}>
        <div ref={box} className={styles['emojiScroll']}>
          {emojiGroups.map((group, place) => (
            <section key={group.title} aria-label={say(group.title)}>
              <h3>{say(group.title)}</h3>
              <div className={styles['emojiGrid']}>
                {group.items.map((emoji, index) => (
                  <button
                    key={emoji.sign}
                    type="button"
                    aria-label={emoji.name}
                    title={emoji.name}
                    // One stop for Tab in each group; the arrow keys reach the rest.
                    tabIndex={index === 0 ? 0 : -1}
                    autoFocus={place === 0 && index === 0}
                    onKeyDown={onKeyDown}
                    onClick={() => {
                      onPick(emoji.sign)
                      onClose()
                    }}
                  >
                    {emoji.sign}
                  </button>
                ))}
              </div>
            </section>
          ))}
        </div>
      </Dialog>
    </Popover>
  )
}
