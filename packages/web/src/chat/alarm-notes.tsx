import type { ReactNode } from 'react'
import { ClockAlert, DatabaseBackup, History, Info, RotateCw, ShieldAlert, SquareDashed } from 'lucide-react'
import type { Alarm, AlarmKind, Person } from '@halyard/client/api'
import { firstNameOf } from '../ui/avatar.tsx'
import { useApi } from '../ui/client.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'
import type { WordKey } from '../words/words.tsx'

interface Story {
  readonly icon: Parameters<typeof Icon>[0]['of']
  readonly title: WordKey
  readonly text?: WordKey
  /** The one line of an alarm that repairs itself. */
  readonly line?: WordKey
}
const stories: Readonly<Record<AlarmKind, Story>> = {
  'two-histories': { icon: ShieldAlert, title: 'alarm.two-histories', text: 'alarm.two-histories-text' },
  'two-links': { icon: ShieldAlert, title: 'alarm.two-links', text: 'alarm.two-links-text' },
  'network-rolled-back': { icon: History, title: 'alarm.network-rolled-back', text: 'alarm.network-rolled-back-text' },
  'messages-missing': { icon: SquareDashed, title: 'alarm.messages-missing', text: 'alarm.messages-missing-text' },
  'server-restored': { icon: DatabaseBackup, title: 'alarm.server-restored' },
  'clock-off': { icon: ClockAlert, title: 'alarm.clock-off', text: 'alarm.clock-off-text' },
  'cannot-decrypt': {
    icon: RotateCw,
    title: 'alarm.cannot-decrypt-title',
    text: 'alarm.cannot-decrypt-text',
    line: 'alarm.cannot-decrypt',
  },
  'device-behind': {
    icon: RotateCw,
    title: 'alarm.device-behind-title',
    text: 'alarm.device-behind-text',
    line: 'alarm.device-behind',
  },
}

/**
 * Alarms by degree: *it repairs itself* is a thin line, *it needs you* and *it stops* are notes with what happened and what to
 * do. Icon and words always; colour never alone. An alarm that has stopped sending cannot be clicked away.
 */
export const AlarmNotes = (props: {
  readonly alarms: readonly Alarm[]
  readonly person: Person
  readonly paused: AlarmKind | undefined
}): ReactNode => {
  const api = useApi()
  const name = firstNameOf(props.person)
  return props.alarms.map((alarm) => {
    const story = stories[alarm.kind]
    const key = `${alarm.kind} ${alarm.atMs}`
    if (alarm.degree === 'repairs-itself') {
      return (
        <div key={key} className={cx(parts['thin'], parts['quiet'])} role="status">
          <Icon of={story.icon} size="s" />
          {say(story.line ?? story.title, { name })}
        </div>
      )
    }
    const stops = alarm.degree === 'stops' || alarm.kind === props.paused
    const title = say(story.title, { name })
    return (
      <section
        key={key}
        className={cx(parts['note'], stops ? parts['stop'] : parts['warn'])}
        role={stops ? 'alert' : undefined}
        aria-label={title}
      >
        <Icon of={stops ? story.icon : story.icon === RotateCw ? Info : story.icon} />
        <div>
          <h2>{title}</h2>
          {story.text !== undefined && <p>{say(story.text, { name })}</p>}
          {!stops && (
            <div className={parts['do']}>
              <button
                type="button"
                className={cx(parts['button'], parts['outline'])}
                onClick={() => void api.acknowledgeAlarm(alarm)}
              >
                {say('alarm.seen')}
              </button>
            </div>
          )}
        </div>
      </section>
    )
  })
}
