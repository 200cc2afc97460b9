import { memo } from 'react'
import type { ReactNode } from 'react'
import { AtSign, BellOff } from 'lucide-react'
import { Link } from 'wouter'
import type { ChatItem } from '@halyard/client/api'
import { ChatAvatar, titleOf } from '../ui/avatar.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'
import { ChatPreview } from './chat-preview.tsx'
import styles from './frame.module.css'
import { callsFor } from './neighbour.ts'
import { listTime } from './times.ts'

interface ChatRowProps {
  readonly item: ChatItem
  readonly current: boolean
  /** The own admission is not confirmed yet: so says the row of who invited. */
  readonly selfWaits: boolean
}

/** One conversation in the list; a link, so that the browser's own ways of opening work. */
export const ChatRow = memo(({ item, current, selfWaits }: ChatRowProps): ReactNode => (
  <Link
    href={`/chat/${encodeURIComponent(item.chatId)}`}
    className={cx(styles['row'], callsFor(item) ? styles['unread'] : item.unread > 0 && styles['quiet'])}
    aria-current={current ? 'page' : undefined}
  >
    <ChatAvatar face={item} chatId={item.chatId} size={44} />
    <span className={styles['text']}>
      <span className={styles['line']}>
        <bdi className={styles['name']}>{titleOf(item)}</bdi>
        {item.muted && (
          <span className={styles['muted']} role="img" aria-label={say('row.muted')}>
            <Icon of={BellOff} size="s" />
          </span>
        )}
        {item.lastAtMs !== undefined && (
          <time dateTime={new Date(item.lastAtMs).toISOString()}>{listTime(item.lastAtMs, Date.now())}</time>
        )}
      </span>
      <span className={styles['line']}>
        <span className={styles['preview']}>
          <ChatPreview item={item} selfWaits={selfWaits} />
        </span>
        {item.mentions > 0 && (
          <span className={cx(parts['badge'], styles['mentioned'])} role="img" aria-label={say('row.mentioned')}>
            <Icon of={AtSign} size="s" />
          </span>
        )}
        {item.unread > 0 && (
          <span className={cx(parts['badge'], item.muted && parts['quietBadge'])}>
            <span aria-hidden="true">{item.unread > 99 ? '99+' : item.unread}</span>
            <span className={parts['hidden']}>{say('nav.unread', { count: item.unread })}</span>
          </span>
        )}
      </span>
    </span>
  </Link>
))
