import { memo } from 'react'
import type { ReactNode } from 'react'
import { CircleAlert, CirclePause, Hourglass } from 'lucide-react'
import { Link } from 'wouter'
import type { ChatItem } from '@halyard/client/api'
import { Avatar, firstNameOf, nameOf } from '../ui/avatar.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { shownLine } from '../ui/shown-text.ts'
import { say } from '../words/words.tsx'
import styles from './frame.module.css'
import { listTime } from './times.ts'

/** A preview is one line; more than this never fits and need not be in the document. */
const previewMaxLength = 160

interface ChatRowProps {
  readonly item: ChatItem
  readonly current: boolean
  /** The own admission is not confirmed yet: so says the row of who invited. */
  readonly selfWaits: boolean
}

/** One conversation in the list; a link, so that the browser's own ways of opening work. */
export const ChatRow = memo(({ item, current, selfWaits }: ChatRowProps): ReactNode => {
  const name = item.kind === 'me' ? say('app.me') : nameOf(item.person)
  return (
    <Link
      href={`/chat/${encodeURIComponent(item.chatId)}`}
      className={cx(styles['row'], item.unread > 0 && styles['unread'])}
      aria-current={current ? 'page' : undefined}
    >
      <Avatar id={item.person.accountId} name={item.person.name} notes={item.kind === 'me'} size={44} />
      <span className={styles['text']}>
        <span className={styles['line']}>
          <bdi className={styles['name']}>{name}</bdi>
          {item.lastAtMs !== undefined && (
            <time dateTime={new Date(item.lastAtMs).toISOString()}>{listTime(item.lastAtMs, Date.now())}</time>
          )}
        </span>
        <span className={styles['line']}>
          <span className={styles['preview']}>
            <Preview item={item} selfWaits={selfWaits} />
          </span>
          {item.unread > 0 && (
            <span className={parts['badge']}>
              <span aria-hidden="true">{item.unread > 99 ? '99+' : item.unread}</span>
              <span className={parts['hidden']}>{say('nav.unread', { count: item.unread })}</span>
            </span>
          )}
        </span>
      </span>
    </Link>
  )
})

const Preview = ({ item, selfWaits }: { readonly item: ChatItem; readonly selfWaits: boolean }): ReactNode => {
  if (item.paused) {
    return (
      <span className={styles['failed']}>
        <Icon of={CirclePause} size="s" />
        {say('row.paused')}
      </span>
    )
  }
  if (item.typing)
    return <span className={styles['typing']}>{say('row.typing', { name: firstNameOf(item.person) })}</span>
  const waits =
    item.kind === 'direct' && (item.person.standing !== 'confirmed' || (selfWaits && item.person.invitedSelf))
  if (waits) {
    return (
      <>
        <Icon of={Hourglass} size="s" />
        {say(item.person.standing === 'lapsed' ? 'row.lapsed' : 'row.unconfirmed')}
      </>
    )
  }
  if (item.draft !== undefined && item.draft.trim() !== '') {
    return (
      <>
        <span className={styles['draft']}>{say('row.draft')}</span> <bdi>{line(item.draft)}</bdi>
      </>
    )
  }
  if (item.preview === undefined) return item.kind === 'me' ? say('app.notes') : undefined
  if (item.preview.state === 'failed') {
    return (
      <span className={styles['failed']}>
        <Icon of={CircleAlert} size="s" />
        {say('row.failed')}
      </span>
    )
  }
  const text = line(item.preview.text)
  return <bdi>{item.preview.own && item.kind !== 'me' ? say('row.you', { text }) : text}</bdi>
}

const line = (text: string): string => shownLine(text.slice(0, previewMaxLength))
