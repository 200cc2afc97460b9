import type { ReactNode } from 'react'
import {
  ClockAlert,
  DatabaseBackup,
  History,
  Info,
  RotateCw,
  ShieldAlert,
  Smartphone,
  SquareDashed,
  UserX,
} from 'lucide-react'
import { Link } from 'wouter'
import type { Alarm, AlarmKind, Person } from '@halyard/client/api'
import { deviceTitle } from '../devices/device-title.ts'
import { firstNameOf } from '../ui/avatar.tsx'
import { useApi, useQuery } from '../ui/client.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { devicesPath } from '../ui/ui-store.ts'
import { Say, say } from '../words/words.tsx'
import type { WordKey } from '../words/words.tsx'

interface Story {
  readonly icon: Parameters<typeof Icon>[0]['of']
  readonly title: WordKey
  readonly text?: WordKey
  /** The one line of an alarm that repairs itself. */
  readonly line?: WordKey
  /** It is about the own devices: they are one press away, and this says that all is well. */
  readonly ofDevices?: WordKey
  /** In place of what speaks of the other person where there is more than one. */
  readonly several?: { readonly title?: WordKey; readonly text: WordKey }
}
const stories: Readonly<Record<AlarmKind, Story>> = {
  'two-histories': {
    icon: ShieldAlert,
    title: 'alarm.two-histories',
    text: 'alarm.two-histories-text',
    several: { text: 'alarm.two-histories-text-group' },
  },
  'two-links': {
    icon: ShieldAlert,
    title: 'alarm.two-links',
    text: 'alarm.two-links-text',
    several: { title: 'alarm.two-links-group', text: 'alarm.two-links-text-group' },
  },
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
  'state-rolled-back': { icon: History, title: 'alarm.state-rolled-back', text: 'alarm.state-rolled-back-text' },
  'removal-held-up': { icon: UserX, title: 'alarm.removal-held-up', text: 'alarm.removal-held-up-text' },
  'device-added': {
    icon: Smartphone,
    title: 'alarm.device-added',
    text: 'alarm.device-added-text',
    ofDevices: 'alarm.keep-device',
  },
  'approval-refused': {
    icon: Smartphone,
    title: 'alarm.approval-refused',
    text: 'alarm.approval-refused-text',
    ofDevices: 'alarm.seen',
  },
}

/**
 * Alarms by degree: *it repairs itself* is a thin line, *it needs you* and *it stops* are notes with what happened and what to
 * do. Icon and words always; colour never alone. An alarm that has stopped sending cannot be clicked away.
 */
export const AlarmNotes = (props: {
  readonly alarms: readonly Alarm[]
  /** The other one, in a conversation of two. */
  readonly person: Person | undefined
  readonly paused: AlarmKind | undefined
}): ReactNode => {
  const { person, paused } = props
  const name = person === undefined ? '' : firstNameOf(person)
  return props.alarms.map((alarm) => {
    const found = stories[alarm.kind]
    const story = person === undefined ? { ...found, ...found.several } : found
    const key = `${alarm.kind} ${alarm.atMs}`
    const stops = alarm.degree === 'stops' || alarm.kind === paused
    const note = { alarm, story, title: say(story.title, { name }), stops }
    if (alarm.degree === 'repairs-itself')
      return (
        <div key={key} className={cx(parts['thin'], parts['quiet'])} role="status">
          <Icon of={story.icon} size="s" />
          {say(story.line ?? story.title, { name })}
        </div>
      )
    const text = story.text === undefined ? undefined : say(story.text, { name })
    return alarm.kind === 'device-added' ? (
      <DeviceAddedNote key={key} {...note} text={text} />
    ) : (
      <AlarmNote key={key} {...note} text={text} />
    )
  })
}

interface NoteProps {
  readonly alarm: Alarm
  readonly story: Story
  readonly title: string
  readonly text: ReactNode
  readonly stops: boolean
}

/** An alarm says that a device was added, and not which: where one alone is new, it is that one. */
const DeviceAddedNote = (props: NoteProps): ReactNode => {
  const fresh = (useQuery('devices', undefined) ?? []).filter((device) => device.isNew && !device.isSelf)
  const [one] = fresh
  const isKnown = fresh.length === 1 && one !== undefined && one.name !== ''
  return (
    <AlarmNote
      {...props}
      text={isKnown ? <Say of="alarm.device-named" values={{ name: deviceTitle(one) }} /> : props.text}
    />
  )
}

const AlarmNote = ({ alarm, story, title, text, stops }: NoteProps): ReactNode => {
  const api = useApi()
  return (
    <section
      className={cx(parts['note'], stops ? parts['stop'] : parts['warn'])}
      role={stops ? 'alert' : undefined}
      aria-label={title}
    >
      <Icon of={stops ? story.icon : story.icon === RotateCw ? Info : story.icon} />
      <div>
        <h2>{title}</h2>
        {text !== undefined && <p>{text}</p>}
        {!stops && (
          <div className={parts['do']}>
            <button
              type="button"
              className={cx(parts['button'], parts['outline'])}
              onClick={() => void api.acknowledgeAlarm(alarm)}
            >
              {say(story.ofDevices ?? 'alarm.seen')}
            </button>
            {story.ofDevices !== undefined && (
              <Link href={`/chat/${devicesPath}`} className={cx(parts['button'], parts['outline'])}>
                {say('alarm.show-devices')}
              </Link>
            )}
          </div>
        )}
      </div>
    </section>
  )
}
