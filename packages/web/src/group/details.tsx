import { useCallback, useEffect, useRef, useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import {
  Bell,
  BellOff,
  ChevronLeft,
  DoorOpen,
  LogOut,
  Pencil,
  RotateCw,
  Shield,
  UserMinus,
  UserPlus,
  X,
} from 'lucide-react'
import type { RefusalCode } from '@halyard/protocol'
import type { ConversationView, MemberView } from '@halyard/client/api'
import { titleOf } from '../ui/avatar.tsx'
import { useApi, useQuery } from '../ui/client.tsx'
import { DialogRefusal } from '../ui/dialog-parts.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { isCovered } from '../ui/use-focus-home.ts'
import { usePhone } from '../ui/use-media.ts'
import { useMute } from '../ui/use-mute.ts'
import { afterFocus, openDialog, useUi } from '../ui/ui-store.ts'
import { say } from '../words/words.tsx'
import styles from './group.module.css'
import { MemberList } from './member-list.tsx'

interface DetailsProps {
  readonly conversation: ConversationView
  readonly onClose: () => void
}

/** Who is in a group or room, and what may be done about it: beside the conversation, or over it where it is narrow. */
export const Details = ({ conversation, onClose }: DetailsProps): ReactNode => {
  const { chatId, may } = conversation
  const members = useQuery('members', { chatId })
  const phone = usePhone()
  const panel = useRef<HTMLElement>(null)
  useEscape(panel, useKeptFocus(panel, members), onClose)
  const [refusal, onModerator] = useModerator(chatId)
  const mute = useMute(conversation)
  return (
    <aside ref={panel} className={styles['details']} aria-label={say('group.details')} tabIndex={-1}>
      <header>
        {phone && <CloseButton phone onClose={onClose} />}
        <h2>{say('group.details')}</h2>
        {!phone && <CloseButton phone={false} onClose={onClose} />}
      </header>
      {conversation.changing && (
        <p className={styles['changing']} role="status">
          <Icon of={RotateCw} size="s" />
          {say('group.changing')}
        </p>
      )}
      <DialogRefusal code={refusal ?? mute.refusal} />
      <SideHead title={say('group.members')}>
        {may.add && (
          <button type="button" className={parts['link']} onClick={() => openDialog({ kind: 'add-people', chatId })}>
            <Icon of={UserPlus} size="s" />
            {say('group.add')}
          </button>
        )}
      </SideHead>
      {members !== undefined && <MemberList members={members} conversation={conversation} onModerator={onModerator} />}
      <Facts conversation={conversation} />
      <span className={styles['spacer']} />
      {mute.can && (
        <button type="button" className={cx(parts['button'], parts['outline'], styles['wide'])} onClick={mute.toggle}>
          <Icon of={conversation.muted ? BellOff : Bell} size="m" />
          {say(conversation.muted ? 'conv.unmute' : 'conv.mute')}
        </button>
      )}
      {conversation.exists && !may.leave && <p className={styles['changing']}>{say('group.going')}</p>}
      {may.leave && (
        <button
          type="button"
          className={cx(parts['button'], parts['outline'], styles['wide'], styles['leave'])}
          onClick={() => openDialog({ kind: 'leave', chatId })}
        >
          <Icon of={LogOut} size="m" />
          {say('group.leave')}
        </button>
      )}
    </aside>
  )
}

const CloseButton = ({ phone, onClose }: { readonly phone: boolean; readonly onClose: () => void }): ReactNode => (
  <button
    type="button"
    className={parts['iconButton']}
    aria-label={say(phone ? 'nav.back' : 'group.details-close')}
    onClick={onClose}
    // Opened by the keyboard, the panel is read on from here.
    autoFocus
  >
    <Icon of={phone ? ChevronLeft : X} />
  </button>
)

const SideHead = ({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactNode => (
  <h3>
    {title}
    {children}
  </h3>
)

/** Its name, and what everybody may do here. */
const Facts = ({ conversation }: { readonly conversation: ConversationView }): ReactNode => {
  const { chatId, kind, may } = conversation
  const isRoom = kind === 'room'
  const facts = [
    ...(isRoom
      ? [{ icon: Shield, what: say('group.changes'), who: say('group.moderators') }]
      : [
          { icon: UserPlus, what: say('group.adds'), who: say('group.anybody') },
          { icon: UserMinus, what: say('group.removes'), who: say('group.no-one') },
        ]),
    { icon: DoorOpen, what: say('group.leaves'), who: say('group.everyone') },
  ]
  return (
    <>
      <SideHead title={say(isRoom ? 'group.this-room' : 'group.this-group')}>
        {may.rename && (
          <button type="button" className={parts['link']} onClick={() => openDialog({ kind: 'rename', chatId })}>
            <Icon of={Pencil} size="s" />
            {say('group.rename')}
          </button>
        )}
      </SideHead>
      <ul className={styles['facts']} aria-label={titleOf(conversation)}>
        {facts.map(({ icon, what, who }) => (
          <li key={what}>
            <Icon of={icon} />
            <span>{what}</span>
            <span>{who}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

/** Runs from a menu, which is gone by the time it is refused: why is said in the panel. */
const useModerator = (
  chatId: string,
): readonly [RefusalCode | undefined, (member: MemberView, moderator: boolean) => void] => {
  const api = useApi()
  const [refusal, setRefusal] = useState<RefusalCode>()
  const change = useCallback(
    (member: MemberView, moderator: boolean): void => {
      setRefusal(undefined)
      void api
        .setModerator({ chatId, accountId: member.person.accountId, moderator })
        .then((result) => setRefusal(result.ok ? undefined : result.code))
    },
    [api, chatId],
  )
  return [refusal, change]
}

/**
 * Escape closes the panel from anywhere in it, and while the focus that was in it is nowhere. Listened to by the element
 * itself: what a menu of it is told, it is not.
 */
const useEscape = (panel: RefObject<HTMLElement | null>, isFocusLost: () => boolean, onClose: () => void): void =>
  useEffect(() => {
    const element = panel.current
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      event.preventDefault()
      onClose()
    }
    const onLostKey = (event: KeyboardEvent): void => {
      if (isFocusLost() && !isCovered()) onKey(event)
    }
    element?.addEventListener('keydown', onKey)
    // Before the conversation takes it as meant for itself.
    addEventListener('keydown', onLostKey, { capture: true })
    return () => {
      element?.removeEventListener('keydown', onKey)
      removeEventListener('keydown', onLostKey, { capture: true })
    }
  }, [panel, isFocusLost, onClose])

/**
 * Somebody who goes takes the button with the focus along: the panel has it then, so that one need not begin at the top.
 * Answers whether that is still to happen.
 */
const useKeptFocus = (
  panel: RefObject<HTMLElement | null>,
  members: readonly MemberView[] | undefined,
): (() => boolean) => {
  const last = useRef<EventTarget>(undefined)
  const dialog = useUi((ui) => ui.dialog)
  useEffect(() => {
    const element = panel.current
    const onFocus = (event: FocusEvent): void => {
      last.current = event.target ?? undefined
    }
    // What took the focus by itself did so before anybody listened.
    if (element?.contains(document.activeElement) === true) last.current = document.activeElement ?? undefined
    element?.addEventListener('focusin', onFocus)
    return () => element?.removeEventListener('focusin', onFocus)
  }, [panel])
  const isLost = useCallback((): boolean => {
    const isGone = last.current instanceof HTMLElement && !last.current.isConnected
    return isGone && document.activeElement === document.body
  }, [])
  useEffect(
    () =>
      afterFocus(() => {
        if (isLost()) panel.current?.focus()
      }),
    [panel, members, dialog, isLost],
  )
  return isLost
}
