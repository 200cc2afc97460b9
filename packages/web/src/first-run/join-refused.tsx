import type { ReactNode } from 'react'
import { CalendarX, CircleQuestionMark, Info, TicketCheck, Unlink, User, UserPlus } from 'lucide-react'
import type { RefusalCode } from '@halyard/protocol'
import { cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { refusalWords, say } from '../words/words.tsx'
import type { WordKey } from '../words/words.tsx'
import { BigIcon, FirstFrame, Head, Todo } from './first-frame.tsx'
import type { Fact } from './first-frame.tsx'
import styles from './first-run.module.css'

const how: readonly Fact[] = [
  { icon: User, words: 'join.how-one' },
  { icon: CalendarX, words: 'join.how-days' },
  { icon: UserPlus, words: 'join.how-inside' },
]

interface Story {
  readonly icon: Fact['icon']
  readonly title: WordKey
  readonly lead: WordKey
  readonly todo: readonly WordKey[]
}
const stories: Partial<Record<RefusalCode, Story>> = {
  'invite-used': {
    icon: TicketCheck,
    title: 'join.used',
    lead: 'join.used-lead',
    todo: ['join.used-you', 'join.used-other'],
  },
  'invite-expired': { icon: CalendarX, title: 'join.expired', lead: 'join.expired-lead', todo: ['join.expired-do'] },
  'invite-altered': {
    icon: Unlink,
    title: 'join.altered',
    lead: 'join.altered-lead',
    todo: ['join.altered-copy', 'join.altered-still'],
  },
  'invite-unknown': {
    icon: CircleQuestionMark,
    title: 'join.unknown',
    lead: 'join.unknown-lead',
    todo: ['join.unknown-address', 'join.unknown-ask'],
  },
}

/** Why this invite opens nothing, and what to do. Refusals that may pass can be tried again here. */
export const JoinRefused = (props: {
  readonly code: RefusalCode
  readonly network: string | undefined
  readonly onRetry: () => void
}): ReactNode => {
  const story = stories[props.code]
  const words = refusalWords(props.code)
  return (
    <FirstFrame
      {...(props.network === undefined ? {} : { title: props.network })}
      facts={{ title: 'join.how', list: how }}
    >
      <section className={styles['form']} aria-label={story === undefined ? words.what : say(story.title)}>
        <BigIcon of={story?.icon ?? Info} />
        <Head
          title={story === undefined ? words.what : say(story.title)}
          lead={story === undefined ? words.todo : say(story.lead)}
        />
        {story !== undefined && (
          <Todo title={say('join.todo')} items={story.todo.map((word) => say(word, { host: location.host }))} />
        )}
        {story === undefined && (
          <button
            type="button"
            className={cx(parts['button'], parts['outline'], parts['large'])}
            onClick={props.onRetry}
          >
            {say('app.try-again')}
          </button>
        )}
      </section>
    </FirstFrame>
  )
}
