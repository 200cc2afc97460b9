import { memo, useCallback, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { Ellipsis, MessageSquare, Shield, UserMinus } from 'lucide-react'
import { Button, Menu, MenuItem, Popover } from 'react-aria-components'
import { useLocation } from 'wouter'
import type { ConversationView, MemberView } from '@halyard/client/api'
import { useOwnerActions } from '../chat/owner-menu.tsx'
import { Avatar, firstNameOf, nameOf } from '../ui/avatar.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { afterFocus, openDialog } from '../ui/ui-store.ts'
import { say } from '../words/words.tsx'
import styles from './group.module.css'

interface MemberListProps {
  readonly members: readonly MemberView[]
  readonly conversation: ConversationView
  readonly onModerator: (member: MemberView, moderator: boolean) => void
}

/** Everybody in it. One menu serves all rows: a thousand people are a thousand rows, not a thousand menus. */
export const MemberList = ({ members, conversation, onModerator }: MemberListProps): ReactNode => {
  const [asked, setAsked] = useState<MemberView>()
  const trigger = useRef<Element>(null)
  const open = useCallback((member: MemberView, button: Element): void => {
    trigger.current = button
    setAsked(member)
  }, [])
  const close = (): void => setAsked(undefined)
  // The last one stays: nobody could add or remove anybody any more.
  const mayStepDown = conversation.may.remove && members.filter((member) => member.moderator).length > 1
  return (
    <>
      <ul className={styles['members']} aria-label={say('group.members')}>
        {members.map((member) => (
          <MemberRow
            key={member.person.accountId}
            member={member}
            roles={conversation.kind === 'room'}
            isAsked={asked?.person.accountId === member.person.accountId}
            onMenu={member.person.isSelf && !(mayStepDown && member.moderator) ? undefined : open}
          />
        ))}
      </ul>
      {asked !== undefined && (
        <Popover
          aria-label={say('group.more', { name: nameOf(asked.person) })}
          triggerRef={trigger}
          isOpen
          onOpenChange={(isOpen) => !isOpen && close()}
          placement="bottom end"
        >
          <MemberMenu
            member={asked}
            conversation={conversation}
            onClose={close}
            onModerator={(moderator) => onModerator(asked, moderator)}
          />
        </Popover>
      )}
    </>
  )
}

interface MemberRowProps {
  readonly member: MemberView
  readonly roles: boolean
  readonly isAsked: boolean
  /** Absent where there is nothing to do. */
  readonly onMenu: ((member: MemberView, button: Element) => void) | undefined
}

const MemberRow = memo(({ member, roles, isAsked, onMenu }: MemberRowProps): ReactNode => {
  const { person } = member
  const name = nameOf(person)
  return (
    <li>
      <Avatar id={person.accountId} name={person.name} size={36} />
      <span>
        <b>
          <bdi>{person.isSelf ? say('group.self', { name }) : name}</bdi>
        </b>
        <small>
          <Facts member={member} roles={roles} />
        </small>
      </span>
      {onMenu !== undefined && (
        <Button
          className={parts['iconButton'] ?? ''}
          aria-label={say('group.more', { name })}
          aria-haspopup="menu"
          aria-expanded={isAsked}
          onPress={({ target }) => onMenu(member, target)}
        >
          <Icon of={Ellipsis} />
        </Button>
      )}
    </li>
  )
})

const Facts = ({ member, roles }: { readonly member: MemberView; readonly roles: boolean }): ReactNode => {
  if (member.waiting) return say('group.being-added')
  const devices = say('conv.devices', { count: member.devices })
  if (!roles) return devices
  return (
    <>
      {member.moderator ? <strong>{say('group.moderator')}</strong> : say('group.member')} <i>·</i> {devices}
    </>
  )
}

interface MemberMenuProps {
  readonly member: MemberView
  readonly conversation: ConversationView
  readonly onClose: () => void
  readonly onModerator: (moderator: boolean) => void
}

const MemberMenu = ({ member, conversation, onClose, onModerator }: MemberMenuProps): ReactNode => {
  const [, go] = useLocation()
  const { person, moderator } = member
  const decisions = useOwnerActions(person)
  const mayRemove = conversation.kind === 'room' && conversation.may.remove
  const run = (action: () => void) => (): void => {
    onClose()
    afterFocus(action)
  }
  const { chatId } = conversation
  return (
    <Menu className={styles['menu'] ?? ''} aria-label={nameOf(person)} autoFocus="first" onClose={onClose}>
      {!person.isSelf && (
        <MenuItem
          className={styles['entry'] ?? ''}
          onAction={run(() => go(`/chat/${encodeURIComponent(person.accountId)}`))}
        >
          <Icon of={MessageSquare} size="m" />
          {say('group.write', { name: firstNameOf(person) })}
        </MenuItem>
      )}
      {mayRemove && !member.waiting && (
        <MenuItem className={styles['entry'] ?? ''} onAction={run(() => onModerator(!moderator))}>
          <Icon of={Shield} size="m" />
          {say(person.isSelf ? 'group.moderator-leave' : moderator ? 'group.moderator-end' : 'group.moderator-make')}
        </MenuItem>
      )}
      {mayRemove && !person.isSelf && (
        <MenuItem
          className={cx(styles['entry'], styles['grave'])}
          onAction={run(() => openDialog({ kind: 'remove', chatId, person }))}
        >
          <Icon of={UserMinus} size="m" />
          {say('group.remove')}
        </MenuItem>
      )}
      {decisions.map(({ kind, icon, words }) => (
        <MenuItem
          key={kind}
          className={cx(styles['entry'], kind === 'put-out' && styles['grave'])}
          onAction={run(() => openDialog({ kind, person }))}
        >
          <Icon of={icon} size="m" />
          {words}
        </MenuItem>
      ))}
    </Menu>
  )
}
