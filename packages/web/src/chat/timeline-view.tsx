import { Fragment, useState } from 'react'
import type { ReactNode } from 'react'
import { Archive, Eye, Info, SquareDashed, Timer, UserCheck, UserPlus } from 'lucide-react'
import type { ConversationView } from '@halyard/client/api'
import { Avatar, firstNameOf, nameOf } from '../ui/avatar.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { Say, say } from '../words/words.tsx'
import { keepingKeys } from './blocks.ts'
import type { Block, NoticeRow } from './blocks.ts'
import styles from './conversation.module.css'
import { MessageRow } from './message-row.tsx'
import { dayName } from './times.ts'
import type { Timeline } from './use-timeline.ts'

interface TimelineViewProps {
  readonly timeline: Timeline
  readonly conversation: ConversationView
  /** Frozen when the conversation was entered: the position of the first unread row and how many there were. */
  readonly firstUnread: number | undefined
  readonly unreadThen: number
}

/** The log of messages. It is the one place that scrolls. */
export const TimelineView = ({ timeline, conversation, firstUnread, unreadThen }: TimelineViewProps): ReactNode => {
  const { page } = timeline
  const [blocksOf] = useState(() => keepingKeys(firstUnread))
  return (
    <div
      className={styles['log']}
      ref={timeline.log}
      onScroll={timeline.onScroll}
      role="log"
      aria-label={say('conv.messages')}
      aria-relevant="additions"
      aria-busy={page === undefined}
      tabIndex={0}
    >
      {page !== undefined && (
        <div className={styles['content']}>
          {!page.hasOlder && <RoomFacts conversation={conversation} />}
          {blocksOf(page.rows).map((block) => (
            <BlockView key={block.key} block={block} conversation={conversation} unreadThen={unreadThen} />
          ))}
        </div>
      )}
    </div>
  )
}

const BlockView = (props: {
  readonly block: Block
  readonly conversation: ConversationView
  readonly unreadThen: number
}): ReactNode => {
  const { block, conversation } = props
  switch (block.kind) {
    case 'day':
      return <div className={styles['day']}>{dayName(block.atMs, Date.now())}</div>
    case 'new':
      return (
        <div className={styles['new']} data-divider>
          {props.unreadThen > 0 ? say('conv.new', { count: props.unreadThen }) : say('conv.new-plain')}
        </div>
      )
    case 'notice':
      return <Notice row={block.row} conversation={conversation} />
    case 'group': {
      const author = block.rows[0]?.author
      return (
        <div className={cx(styles['group'], block.own && styles['own'])}>
          {!block.own && author !== undefined && <Avatar id={author.accountId} name={author.name} size={34} />}
          <div className={styles['column']}>
            {block.rows.map((row, index) => (
              <Fragment key={row.key}>
                <MessageRow row={row} follows={index > 0} paused={conversation.paused !== undefined} />
              </Fragment>
            ))}
          </div>
        </div>
      )
    }
  }
}

const Notice = ({
  row,
  conversation,
}: {
  readonly row: NoticeRow
  readonly conversation: ConversationView
}): ReactNode => {
  const name = nameOf(row.person ?? conversation.person)
  const mark = { 'data-key': row.key, 'data-position': row.position }
  if (row.notice === 'missing') {
    return (
      <section
        className={cx(parts['note'], parts['warn'], parts['inline'])}
        aria-label={say('notice.missing')}
        {...mark}
      >
        <Icon of={SquareDashed} />
        <div>
          <h2>{say('notice.missing')}</h2>
          <p>
            {say('notice.missing-text', {
              count: row.count ?? 1,
              name: firstNameOf(row.person ?? conversation.person),
            })}
          </p>
        </div>
      </section>
    )
  }
  const icon = row.notice === 'unsupported' ? Info : row.notice === 'confirmed' ? UserCheck : UserPlus
  return (
    <div className={cx(styles['notice'], row.notice === 'confirmed' && styles['good'])} {...mark}>
      <Icon of={icon} size="s" />
      <span>
        {row.notice === 'joined-you' && <Say of="notice.joined-you" values={{ name }} />}
        {row.notice === 'joined' && (
          <Say
            of={(row.person ?? conversation.person).invitedBySelf ? 'notice.joined-self' : 'notice.joined'}
            values={{ name }}
          />
        )}
        {row.notice === 'confirmed' && <Say of="notice.confirmed" values={{ name }} />}
        {row.notice === 'unsupported' && say('notice.unsupported')}
      </span>
    </div>
  )
}

/** At the beginning of a conversation: who can read it and how long. Only what this version knows to be so. */
const RoomFacts = ({ conversation }: { readonly conversation: ConversationView }): ReactNode => {
  const devices = conversation.deviceCount
  const name = firstNameOf(conversation.person)
  const readers =
    conversation.kind === 'me' ? (
      <Say of="room.readers-me" values={{ devices: Math.max(1, devices) }} />
    ) : conversation.exists ? (
      <Say of="room.readers-two" values={{ devices, name }} />
    ) : (
      <Say of="room.readers-two-plain" values={{ name }} />
    )
  return (
    <div className={styles['room']}>
      <ul className={parts['facts']}>
        <li>
          <Icon of={Eye} />
          <span>{readers}</span>
        </li>
        <li>
          <Icon of={Timer} />
          <span>
            <Say of="room.no-timer" />
          </span>
        </li>
        <li>
          <Icon of={Archive} />
          <span>
            <Say of="room.no-archive" />
          </span>
        </li>
      </ul>
    </div>
  )
}
