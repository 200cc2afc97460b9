import type { ReactNode } from 'react'
import styles from '../ui/dialog.module.css'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'
import type { WordKey } from '../words/words.tsx'

const apple = /mac|iphone|ipad/i.test(navigator.platform)
const control = apple ? '⌘' : 'Ctrl'
const alt = apple ? '⌥' : 'Alt'

const list: readonly (readonly [WordKey, ...string[]])[] = [
  ['shortcuts.palette', control, 'K'],
  ['shortcuts.previous', alt, '↑'],
  ['shortcuts.next', alt, '↓'],
  ['shortcuts.previous-unread', alt, 'Shift', '↑'],
  ['shortcuts.next-unread', alt, 'Shift', '↓'],
  ['shortcuts.send', 'Enter'],
  ['shortcuts.break', 'Shift', 'Enter'],
  ['shortcuts.mention', '@'],
  ['shortcuts.bold', control, 'B'],
  ['shortcuts.italic', control, 'I'],
  ['shortcuts.strike', control, 'Shift', 'X'],
  ['shortcuts.code', control, 'E'],
  ['shortcuts.escape', 'Esc'],
  ['shortcuts.sheet', '?'],
]

export const ShortcutList = (): ReactNode => (
  <div className={styles['body']}>
    <dl className={styles['keys']}>
      {list.map(([words, ...keys]) => (
        <div key={words}>
          <dt>{say(words)}</dt>
          <dd>
            {keys.map((key) => (
              <kbd key={key} className={parts['kbd']}>
                {key}
              </kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
    <p>{say('shortcuts.typed')}</p>
  </div>
)
