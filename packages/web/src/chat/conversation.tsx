import { Suspense, useCallback, useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { ArrowDown, CirclePause, Info, LogOut } from 'lucide-react'
import type { Alarm, ChatList, ConversationView, Person } from '@halyard/client/api'
import { firstNameOf, isPersonal, nameOf, titleOf } from '../ui/avatar.tsx'
import { useApi, useQuery } from '../ui/client.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { shownName } from '../ui/shown-text.ts'
import { isCovered } from '../ui/use-focus-home.ts'
import { useNarrow } from '../ui/use-media.ts'
import { say } from '../words/words.tsx'
import { AlarmNotes } from './alarm-notes.tsx'
import { Composer } from './composer.tsx'
import type { ComposerHandle } from './composer.tsx'
import { ConversationComing, ConversationHeader, hasDetails } from './conversation-header.tsx'
import { ConversationNotes } from './conversation-notes.tsx'
import styles from './conversation.module.css'
import { InviteCard } from './invite-card.tsx'
import { Details } from './late-parts.ts'
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
  const face = chats.items.find((item) => item.chatId === chatId)
  return conversation === undefined ? (
    face !== undefined && <ConversationComing face={face} />
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
  const [entry] = useState({ firstUnread: conversation.firstUnread, unread: conversation.unread })
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
  const details = useDetails(hasDetails(conversation))
  const empty = timeline.page !== undefined && timeline.page.rows.length === 0 && !timeline.page.hasOlder
  const welcome = conversation.kind === 'me' && empty && chats.items.every((item) => item.kind === 'me')
  useEffect(() => {
    // Escape in the log leads to the newest message and the composer, from wherever one has scrolled.
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || isCovered()) return
      timeline.toEnd()
      composer.current?.focus()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [timeline])
  return (
    <>
      <section className={styles['conversation']} aria-label={titleOf(conversation)} inert={details.covers}>
        <ConversationHeader
          conversation={conversation}
          network={shownName(chats.networkName)}
          details={details.isOpen}
          onDetails={details.toggle}
          detailsButton={details.button}
        />
        <ThinBar />
        <AlarmNotes
          alarms={alarms}
          person={isPersonal(conversation) ? conversation.person : undefined}
          paused={conversation.paused}
        />
        <ConversationNotes conversation={conversation} />
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
        {!welcome && <Typing typing={conversation.typing} />}
        {isOff(conversation) ? (
          <Off conversation={conversation} />
        ) : (
          <Composer
            ref={composer}
            chatId={chatId}
            draft={conversation.draft}
            several={!isPersonal(conversation)}
            placeholder={say(conversation.kind === 'me' ? 'conv.note-placeholder' : 'conv.message')}
            under={under}
            lastOwn={timeline.page?.rows.findLast((row) => row.kind === 'text' && row.own)?.key}
            onSent={timeline.toEnd}
            onEscape={timeline.toEnd}
          />
        )}
      </section>
      {details.isOpen && (
        <Suspense>
          <Details conversation={conversation} onClose={details.close} />
        </Suspense>
      )}
    </>
  )
}

interface DetailsState {
  readonly isOpen: boolean
  /** They lie over the whole conversation: there is no room beside it. */
  readonly covers: boolean
  readonly button: { readonly current: HTMLButtonElement | null }
  readonly toggle: () => void
  readonly close: () => void
}

/** The details of this conversation, beside it or over it; closing them gives the focus back to what opened them. */
const useDetails = (has: boolean): DetailsState => {
  const button = useRef<HTMLButtonElement>(null)
  const [wanted, setWanted] = useState(false)
  const isOpen = wanted && has
  const narrow = useNarrow()
  const close = useCallback((): void => {
    setWanted(false)
    // What was covered cannot take the focus before it is drawn again.
    requestAnimationFrame(() => button.current?.focus())
  }, [])
  const covers = isOpen && narrow
  useBackOut(covers, close)
  return { isOpen, covers, button, close, toggle: () => setWanted(!wanted) }
}

/** What lies over the whole screen is a place of its own: the phone's Back leads out of it, and no further. */
const useBackOut = (isThere: boolean, leave: () => void): void => {
  useEffect(() => {
    if (!isThere) return undefined
    history.pushState(covering, '')
    addEventListener('popstate', leave)
    return () => {
      removeEventListener('popstate', leave)
      // Left by its own button: Back must not come here again.
      if (isCovering(history.state)) history.back()
    }
  }, [isThere, leave])
}
const covering = { covering: true } as const
const isCovering = (state: unknown): boolean => typeof state === 'object' && state !== null && 'covering' in state

/** A dialog or menu is open: Escape is for that. */
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

const Typing = ({ typing }: { readonly typing: readonly Person[] }): ReactNode => {
  const [one, more] = typing
  return (
    <div className={styles['typing']} role="status">
      {one !== undefined && (
        <>
          <span className={styles['dots']} aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {more === undefined
            ? say('conv.typing', { name: firstNameOf(one) })
            : say('conv.typing-more', { count: typing.length })}
        </>
      )}
    </div>
  )
}

const isOff = (conversation: ConversationView): boolean =>
  conversation.paused !== undefined ||
  (isPersonal(conversation) ? isShut(conversation.person) : conversation.ended !== undefined)

const isShut = ({ standing }: Person): boolean => standing === 'lapsed' || standing === 'removed'

/** In the place of the composer: why nothing can be written here. */
const Off = ({ conversation }: { readonly conversation: ConversationView }): ReactNode => {
  const ended = isPersonal(conversation) ? undefined : conversation.ended
  const isRemoved = isPersonal(conversation) && conversation.person.standing === 'removed'
  return (
    <div className={cx(styles['composer'], styles['off'])} role="status">
      <Icon of={ended === undefined ? CirclePause : LogOut} />
      <span>
        {ended !== undefined
          ? endedWords(ended.by, ended.atMs)
          : say(
              conversation.paused === undefined
                ? isRemoved
                  ? 'conv.off-removed'
                  : 'conv.off-lapsed'
                : 'conv.off-paused',
            )}
      </span>
    </div>
  )
}

const endedWords = (by: Person | undefined, at: number): string => {
  if (by === undefined) return say('group.ended', { at })
  return by.isSelf ? say('group.ended-left', { at }) : say('group.ended-removed', { at, name: nameOf(by) })
}

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
