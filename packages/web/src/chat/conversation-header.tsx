import type { ReactNode, Ref } from 'react'
import { ChevronLeft, CirclePause, Info } from 'lucide-react'
import { Link } from 'wouter'
import type { ConversationView } from '@halyard/client/api'
import { ChatAvatar, isPersonal, titleOf } from '../ui/avatar.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'
import styles from './conversation.module.css'
import { OwnerMenu } from './owner-menu.tsx'

interface HeaderProps {
  readonly conversation: ConversationView
  readonly network: string
  /** Whether the details stand beside the conversation. */
  readonly details: boolean
  readonly onDetails: () => void
  readonly detailsButton: Ref<HTMLButtonElement>
}

export const ConversationHeader = (props: HeaderProps): ReactNode => {
  const { conversation, network } = props
  return (
    <header>
      <Link href="/" className={cx(parts['iconButton'], styles['back'])} aria-label={say('nav.back')}>
        <Icon of={ChevronLeft} />
      </Link>
      <span className={styles['title']}>
        <ChatAvatar face={conversation} chatId={conversation.chatId} size={38} />
        <span>
          <h1>
            <bdi>{titleOf(conversation)}</bdi>
          </h1>
          <SubTitle conversation={conversation} network={network} />
        </span>
      </span>
      {conversation.kind === 'direct' && <OwnerMenu person={conversation.person} />}
      {hasDetails(conversation) && (
        <button
          type="button"
          ref={props.detailsButton}
          className={cx(parts['iconButton'], styles['details'])}
          aria-label={say('group.details')}
          aria-expanded={props.details}
          onClick={props.onDetails}
        >
          <Icon of={Info} />
        </button>
      )}
    </header>
  )
}

/** Where one is no longer in it, there is nothing to see or do. */
export const hasDetails = (conversation: ConversationView): boolean =>
  !isPersonal(conversation) && conversation.ended === undefined

/** What one should know of the other side before writing; an alarm comes first. */
const SubTitle = (props: { readonly conversation: ConversationView; readonly network: string }): ReactNode => {
  const { conversation } = props
  const facts = factsOf(conversation, props.network)
  const isPaused = conversation.paused !== undefined
  return (
    <span className={styles['under1']}>
      {isPaused ? (
        <b className={styles['alarm']}>
          <Icon of={CirclePause} size="s" />
          {say('conv.paused')}
        </b>
      ) : (
        <b>{facts[0]}</b>
      )}
      {facts.slice(isPaused ? 0 : 1).map((fact) => (
        <span key={fact} className={cx(isPersonal(conversation) && styles['wide'])}>
          <i>·</i> {fact}
        </span>
      ))}
    </span>
  )
}

/** The most important one first. Beside an alarm there is no room for what is known anyway. */
const factsOf = (conversation: ConversationView, network: string): readonly string[] => {
  const isPaused = conversation.paused !== undefined
  const devices = conversation.exists ? [say('conv.devices', { count: conversation.deviceCount })] : []
  if (!isPersonal(conversation)) {
    const { ended } = conversation
    if (ended !== undefined) return [say(ended.by?.isSelf === true ? 'row.left' : 'row.removed')]
    return [say('conv.people', { count: Math.max(1, conversation.peopleCount) }), ...devices]
  }
  if (conversation.kind === 'me') return [...(isPaused ? [] : [say('app.notes')]), say('conv.only-you')]
  const people = say('conv.people', { count: Math.max(2, conversation.peopleCount) })
  if (isPaused) return [people]
  const { person } = conversation
  const first = person.isOwner ? say('conv.owner', { network }) : people
  if (person.invitedSelf) return [first, say('conv.invited-you')]
  if (person.invitedBySelf) return [first, say('conv.you-invited')]
  return [first, ...devices]
}
