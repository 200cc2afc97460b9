import type { ReactNode, Ref } from 'react'
import { Bell, BellOff, CirclePause, Info } from 'lucide-react'
import type { ChatItem, ConversationView } from '@halyard/client/api'
import type { RefusalCode } from '@halyard/protocol'
import { ChatAvatar, isPersonal, titleOf } from '../ui/avatar.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { useMute } from '../ui/use-mute.ts'
import { refusalText, say } from '../words/words.tsx'
import styles from './conversation.module.css'
import { OwnerMenu } from './owner-menu.tsx'
import { BackLink } from './pane-header.tsx'

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
  const mute = useMute(conversation)
  return (
    <>
      <header>
        <BackLink />
        <span className={styles['title']}>
          <ChatAvatar face={conversation} chatId={conversation.chatId} size={38} />
          <span>
            <h1>
              <bdi>{titleOf(conversation)}</bdi>
            </h1>
            <SubTitle conversation={conversation} network={network} />
          </span>
        </span>
        {/* The details have it too; it stands on the screen once. */}
        {mute.can && !props.details && <MuteButton muted={conversation.muted} onPress={mute.toggle} />}
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
      <Refused code={mute.refusal} />
    </>
  )
}

/** Whose it is and the way back, as the list knows it, while the conversation itself is still being read. */
export const ConversationComing = ({ face }: { readonly face: ChatItem }): ReactNode => (
  <section className={styles['conversation']} aria-busy="true">
    <header>
      <BackLink />
      <span className={styles['title']}>
        <ChatAvatar face={face} chatId={face.chatId} size={38} />
        <h1>
          <bdi>{titleOf(face)}</bdi>
        </h1>
      </span>
    </header>
  </section>
)

const MuteButton = ({ muted, onPress }: { readonly muted: boolean; readonly onPress: () => void }): ReactNode => (
  <button
    type="button"
    className={parts['iconButton']}
    aria-label={say(muted ? 'conv.unmute' : 'conv.mute')}
    onClick={onPress}
  >
    <Icon of={muted ? BellOff : Bell} />
  </button>
)

/** A button of the head has no room beside it to say why it did nothing. */
const Refused = ({ code }: { readonly code: RefusalCode | undefined }): ReactNode =>
  code !== undefined && (
    <p className={parts['thin']} role="alert">
      {refusalText(code)}
    </p>
  )

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
