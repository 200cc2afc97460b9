import type { ReactNode } from 'react'
import {
  Image,
  Info,
  LogOut,
  Pencil,
  Shield,
  Smartphone,
  SquareDashed,
  UserCheck,
  UserMinus,
  UserPlus,
  Users,
} from 'lucide-react'
import type { ConversationView, Notice as NoticeKind, Person } from '@halyard/client/api'
import { firstNameOf, isPersonal, nameOf } from '../ui/avatar.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { shownName } from '../ui/shown-text.ts'
import { Say, say } from '../words/words.tsx'
import type { NoticeRow } from './blocks.ts'
import styles from './conversation.module.css'

interface NoticeProps {
  readonly row: NoticeRow
  readonly conversation: ConversationView
}

/** A line of the log that nobody wrote: who came, went, or changed something. */
export const Notice = ({ row, conversation }: NoticeProps): ReactNode => {
  const mark = { 'data-key': row.key, 'data-position': row.position }
  if (row.notice === 'missing') {
    const name = firstName(row.person ?? other(conversation))
    return (
      <section
        className={cx(parts['note'], parts['warn'], parts['inline'])}
        aria-label={say('notice.missing')}
        {...mark}
      >
        <Icon of={SquareDashed} />
        <div>
          <h2>{say('notice.missing')}</h2>
          <p>{say('notice.missing-text', { count: row.count ?? 1, name })}</p>
        </div>
      </section>
    )
  }
  return (
    <div className={cx(styles['notice'], row.notice === 'confirmed' && styles['good'])} {...mark}>
      <Icon of={icons[row.notice]} size="s" />
      <span>
        <Words row={row} conversation={conversation} />
      </span>
    </div>
  )
}

const icons: Readonly<Record<Exclude<NoticeKind, 'missing'>, typeof Info>> = {
  joined: UserPlus,
  'joined-you': UserPlus,
  confirmed: UserCheck,
  unsupported: Info,
  created: Users,
  added: UserPlus,
  removed: UserMinus,
  left: LogOut,
  renamed: Pencil,
  picture: Image,
  moderator: Shield,
  'device-added': Smartphone,
  'device-removed': Smartphone,
  'not-followed': Info,
}

/** In the words of whoever reads: "Marcus added you", "You added Ben". */
const Words = ({ row, conversation }: NoticeProps): ReactNode => {
  const by = row.person ?? other(conversation)
  const about = row.subject ?? by
  const acting = { person: atStart(by), subject: inside(about) }
  const titled = {
    person: atStart(by),
    kind: conversation.kind,
    title: shownName(row.text ?? '') || say('group.unnamed'),
  }
  switch (row.notice) {
    case 'joined-you':
      return <Say of="notice.joined-you" values={{ name: name(by) }} />
    case 'joined':
      return (
        <Say of={by?.invitedBySelf === true ? 'notice.joined-self' : 'notice.joined'} values={{ name: name(by) }} />
      )
    case 'confirmed':
      return <Say of="notice.confirmed" values={{ name: name(by) }} />
    case 'created':
    case 'renamed':
      return <Say of={`notice.${row.notice}`} values={titled} />
    case 'picture':
      return <Say of="notice.picture" values={{ person: atStart(by), kind: conversation.kind }} />
    case 'added':
      return row.count === undefined ? (
        <Say of="notice.added" values={acting} />
      ) : (
        <Say of="notice.added-more" values={{ ...acting, count: row.count }} />
      )
    case 'removed':
    case 'moderator':
    case 'not-followed':
      return <Say of={`notice.${row.notice}`} values={acting} />
    case 'left':
      return <Say of="notice.left" values={{ person: atStart(about) }} />
    case 'device-added':
    case 'device-removed': {
      const who = about?.isSelf === true ? 'you' : 'other'
      return <Say of={`notice.${row.notice}`} values={{ person: atStart(about), who }} />
    }
    case 'unsupported':
    case 'missing':
      return say('notice.unsupported')
  }
}

const other = (conversation: ConversationView): Person | undefined =>
  isPersonal(conversation) ? conversation.person : undefined
const name = (person: Person | undefined): string => (person === undefined ? say('app.someone') : nameOf(person))
const firstName = (person: Person | undefined): string =>
  person === undefined ? say('app.someone') : firstNameOf(person)
const atStart = (person: Person | undefined): string => (person?.isSelf === true ? say('app.you') : name(person))
const inside = (person: Person | undefined): string => (person?.isSelf === true ? say('app.you-inside') : name(person))
