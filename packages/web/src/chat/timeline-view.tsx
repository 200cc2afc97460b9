import { Fragment, useState } from 'react'
import type { ReactNode } from 'react'
import { Archive, Eye, Timer } from 'lucide-react'
import type { ConversationView } from '@halyard/client/api'
import { Avatar, firstNameOf, hueStyle, isPersonal, nameOf } from '../ui/avatar.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { Say, say } from '../words/words.tsx'
import { keepingKeys } from './blocks.ts'
import type { Block, TextRow } from './blocks.ts'
import styles from './conversation.module.css'
import { MessageRow } from './message-row.tsx'
import { Notice } from './notice.tsx'
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
    case 'group':
      return <Group own={block.own} rows={block.rows} conversation={conversation} />
  }
}

/** What one person wrote in one go; among several, under the name. */
const Group = (props: {
  readonly own: boolean
  readonly rows: readonly TextRow[]
  readonly conversation: ConversationView
}): ReactNode => {
  const { own, rows, conversation } = props
  const author = own ? undefined : rows[0]?.author
  return (
    <div className={cx(styles['group'], own && styles['own'])}>
      {author !== undefined && <Avatar id={author.accountId} name={author.name} size={34} />}
      <div className={styles['column']}>
        {author !== undefined && !isPersonal(conversation) && (
          <div className={styles['by']} style={hueStyle(author.accountId)}>
            <bdi>{nameOf(author)}</bdi>
          </div>
        )}
        {rows.map((row, index) => (
          <Fragment key={row.key}>
            <MessageRow row={row} follows={index > 0} paused={conversation.paused !== undefined} />
          </Fragment>
        ))}
      </div>
    </div>
  )
}

/** At the beginning of a conversation: who can read it and how long. Only what this version knows to be so. */
const RoomFacts = ({ conversation }: { readonly conversation: ConversationView }): ReactNode => {
  const readers = readersOf(conversation)
  return (
    <div className={styles['room']}>
      <ul className={parts['facts']}>
        {readers !== undefined && (
          <li>
            <Icon of={Eye} />
            <span>{readers}</span>
          </li>
        )}
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

const readersOf = (conversation: ConversationView): ReactNode => {
  const devices = Math.max(1, conversation.deviceCount)
  if (!isPersonal(conversation)) {
    return conversation.exists ? (
      <Say of="room.readers-group" values={{ people: Math.max(1, conversation.peopleCount), devices }} />
    ) : undefined
  }
  if (conversation.kind === 'me') return <Say of="room.readers-me" values={{ devices }} />
  const name = firstNameOf(conversation.person)
  if (!conversation.exists) return <Say of="room.readers-two-plain" values={{ name }} />
  return <Say of="room.readers-two" values={{ devices: conversation.deviceCount, name }} />
}
