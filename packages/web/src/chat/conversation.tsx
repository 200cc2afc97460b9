import { useCallback, useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { ArrowDown, ChevronLeft, CirclePause, Hourglass, Info } from 'lucide-react'
import { Link } from 'wouter'
import type { Alarm, ChatList, ConversationView } from '@halyard/client/api'
import { Avatar, firstNameOf, nameOf } from '../ui/avatar.tsx'
import { useApi, useQuery } from '../ui/client.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { shownName } from '../ui/shown-text.ts'
import { say } from '../words/words.tsx'
import { AlarmNotes } from './alarm-notes.tsx'
import { Composer } from './composer.tsx'
import type { ComposerHandle } from './composer.tsx'
import styles from './conversation.module.css'
import { InviteCard } from './invite-card.tsx'
import { ThinBar } from './thin-bar.tsx'
import { TimelineView } from './timeline-view.tsx'
import { useTimeline } from './use-timeline.ts'

/** A conversation, once it is known. Mount with the chat's id as key: what is frozen on entry belongs to one visit. */
export const Conversation = ({ chatId, chats }: { readonly chatId: string; readonly chats: ChatList }): ReactNode => {
  const api = useApi()
  const conversation = useQuery('conversation', { chatId })
  useEffect(() => {
    void api.open(chatId)
  }, [api, chatId])
  return conversation === undefined ? (
    <section className={styles['conversation']} aria-busy="true" />
  ) : (
    <Open conversation={conversation} chats={chats} />
  )
}

const Open = ({
  conversation,
  chats,
}: {
  readonly conversation: ConversationView
  readonly chats: ChatList
}): ReactNode => {
  const api = useApi()
  const { chatId } = conversation
  const composer = useRef<ComposerHandle>(null)
  const [entry] = useState({
    firstUnread: conversation.firstUnread,
    unread: conversation.unread,
    draft: conversation.draft,
  })
  const marked = useRef(-1)
  const onSeen = useCallback(
    (position: number): void => {
      if (position <= marked.current) return
      marked.current = position
      void api.markRead({ chatId, position })
    },
    [api, chatId],
  )
  const timeline = useTimeline(api, { chatId, firstUnread: entry.firstUnread, onSeen })
  const under = useUnder(conversation)
  const alarms = useAlarms(conversation)
  const name = conversation.kind === 'me' ? say('app.me') : nameOf(conversation.person)
  const empty = timeline.page !== undefined && timeline.page.rows.length === 0 && !timeline.page.hasOlder
  const welcome = conversation.kind === 'me' && empty && chats.items.every((item) => item.kind === 'me')
  useEffect(() => {
    // Escape in the log leads to the newest message and the composer, from wherever one has scrolled.
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('[role="dialog"]') !== null) return
      timeline.toEnd()
      composer.current?.focus()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [timeline])
  return (
    <section className={styles['conversation']} aria-label={name}>
      <Header conversation={conversation} name={name} network={shownName(chats.networkName)} />
      <ThinBar />
      <AlarmNotes alarms={alarms} person={conversation.person} paused={conversation.paused} />
      <NewcomerNote conversation={conversation} />
      {welcome ? (
        <div className={styles['start']}>
          <div className={styles['center']}>
            <InviteCard />
            <p className={styles['hint']}>
              <Icon of={Info} size="s" />
              {say('invite.hint')}
            </p>
          </div>
        </div>
      ) : (
        <div className={styles['stage']}>
          <TimelineView
            timeline={timeline}
            conversation={conversation}
            firstUnread={entry.firstUnread}
            unreadThen={entry.unread}
          />
          {!timeline.atEnd && timeline.page !== undefined && (
            <Jump unread={conversation.unread} onJump={timeline.toEnd} />
          )}
        </div>
      )}
      {!welcome && <Typing name={conversation.typing ? firstNameOf(conversation.person) : undefined} />}
      {conversation.paused !== undefined || conversation.person.standing === 'lapsed' ? (
        <Off words={say(conversation.paused !== undefined ? 'conv.off-paused' : 'conv.off-lapsed')} />
      ) : (
        <Composer
          ref={composer}
          chatId={chatId}
          draft={entry.draft}
          placeholder={say(conversation.kind === 'me' ? 'conv.note-placeholder' : 'conv.message')}
          under={under}
          lastOwn={timeline.page?.rows.findLast((row) => row.kind === 'text' && row.own)?.key}
          onSent={timeline.toEnd}
          onEscape={timeline.toEnd}
        />
      )}
    </section>
  )
}

const Header = ({
  conversation,
  name,
  network,
}: {
  readonly conversation: ConversationView
  readonly name: string
  readonly network: string
}): ReactNode => (
  <header>
    <Link href="/" className={cx(parts['iconButton'], styles['back'])} aria-label={say('nav.back')}>
      <Icon of={ChevronLeft} />
    </Link>
    <span className={styles['title']}>
      <Avatar
        id={conversation.person.accountId}
        name={conversation.person.name}
        notes={conversation.kind === 'me'}
        size={38}
      />
      <span>
        <h1>
          <bdi>{name}</bdi>
        </h1>
        <SubTitle conversation={conversation} network={network} />
      </span>
    </span>
  </header>
)

/** What one should know of the other side before writing; an alarm comes first. */
const SubTitle = ({
  conversation,
  network,
}: {
  readonly conversation: ConversationView
  readonly network: string
}): ReactNode => {
  const { person } = conversation
  const facts: string[] = []
  if (conversation.kind === 'me') facts.push(say('conv.only-you'))
  else if (conversation.paused !== undefined || !person.isOwner)
    facts.push(say('conv.people', { count: Math.max(2, conversation.peopleCount) }))
  if (conversation.kind === 'direct' && conversation.paused === undefined) {
    if (person.invitedSelf) facts.push(say('conv.invited-you'))
    else if (person.invitedBySelf) facts.push(say('conv.you-invited'))
    else if (conversation.exists) facts.push(say('conv.devices', { count: conversation.deviceCount }))
  }
  const [main, ...rest] =
    conversation.kind === 'me'
      ? [say('app.notes'), ...facts]
      : person.isOwner && conversation.paused === undefined
        ? [say('conv.owner', { network }), ...facts]
        : facts
  const shown = conversation.paused === undefined ? rest : facts
  return (
    <span className={styles['under1']}>
      {conversation.paused === undefined ? (
        <b>{main}</b>
      ) : (
        <b className={styles['alarm']}>
          <Icon of={CirclePause} size="s" />
          {say('conv.paused')}
        </b>
      )}
      {shown.map((fact) => (
        <span key={fact} className={styles['wide']}>
          <i>·</i> {fact}
        </span>
      ))}
    </span>
  )
}

const NewcomerNote = ({ conversation }: { readonly conversation: ConversationView }): ReactNode => {
  const { person } = conversation
  const self = useQuery('chats', undefined)?.self
  const name = firstNameOf(person)
  const selfWaits = self?.standing === 'waiting' && person.invitedSelf
  if (conversation.kind === 'me' || (person.standing === 'confirmed' && !selfWaits)) return undefined
  const lapsed = person.standing === 'lapsed'
  const title = say(lapsed ? 'newcomer.lapsed' : 'newcomer.title')
  const text = lapsed
    ? say('newcomer.lapsed-text', { name })
    : selfWaits
      ? say('newcomer.invited-self', { name, until: self.lapsesAtMs ?? person.lapsesAtMs ?? Date.now() })
      : say(person.invitedBySelf ? 'newcomer.by-self' : 'newcomer.by-other', { name })
  return (
    <section className={parts['note']} aria-label={title}>
      <Icon of={Hourglass} />
      <div>
        <h2>{title}</h2>
        <p>{text}</p>
      </div>
    </section>
  )
}

const Jump = ({ unread, onJump }: { readonly unread: number; readonly onJump: () => void }): ReactNode => (
  <button
    type="button"
    className={styles['jump']}
    onClick={onJump}
    aria-label={unread > 0 ? say('conv.jump-count', { count: unread }) : undefined}
  >
    <Icon of={ArrowDown} />
    {say('conv.jump')}
    {unread > 0 && <span className={parts['badge']}>{unread}</span>}
  </button>
)

const Typing = ({ name }: { readonly name: string | undefined }): ReactNode => (
  <div className={styles['typing']} role="status">
    {name !== undefined && (
      <>
        <span className={styles['dots']} aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        {say('conv.typing', { name })}
      </>
    )}
  </div>
)

const Off = ({ words }: { readonly words: string }): ReactNode => (
  <div className={cx(styles['composer'], styles['off'])} role="status">
    <Icon of={CirclePause} />
    <span>{words}</span>
  </div>
)

/** Those of this conversation, and those of the whole device, which belong to every conversation; each once. */
const useAlarms = (conversation: ConversationView): readonly Alarm[] => {
  const all = useQuery('alarms', undefined) ?? []
  const own = conversation.alarms
  const here = (alarm: Alarm): boolean => own.some((each) => each.kind === alarm.kind && each.atMs === alarm.atMs)
  return [...own, ...all.filter((alarm) => alarm.chatId === undefined && !here(alarm))]
}

/** One line under the composer: what waits here, or who can read what is written. */
const useUnder = (conversation: ConversationView): string => {
  const connection = useQuery('connection', undefined)
  if (connection !== undefined && connection.state !== 'online' && connection.waiting > 0)
    return say('conv.waiting', { count: connection.waiting })
  if (conversation.kind === 'me') return say('conv.encrypted-me', { devices: Math.max(1, conversation.deviceCount) })
  if (conversation.preparing) return say('conv.preparing')
  if (!conversation.exists) return say('conv.encrypted-plain')
  return say('conv.encrypted', { people: conversation.peopleCount, devices: conversation.deviceCount })
}
