import type { ReactNode } from 'react'
import { Crown, Ellipsis, UserX } from 'lucide-react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import type { Person } from '@halyard/client/api'
import { firstNameOf, nameOf } from '../ui/avatar.tsx'
import { useApi, useQuery } from '../ui/client.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { afterFocus, openDialog } from '../ui/ui-store.ts'
import type { OwnerDialog } from '../ui/ui-store.ts'
import { say } from '../words/words.tsx'
import menu from '../group/group.module.css'

/** What an owner may decide about this person; nothing for everybody else. */
export const useOwnerActions = (person: Person): readonly OwnerAction[] => {
  const chats = useQuery('chats', undefined)
  if (chats?.self.isOwner !== true || person.isSelf || person.standing === 'removed') return []
  const put: OwnerAction = {
    kind: 'put-out',
    icon: UserX,
    words: say('owner.put-out', { network: chats.networkName }),
  }
  const canDecide = person.standing === 'confirmed' && !person.isOwner
  return canDecide ? [{ kind: 'make-owner', icon: Crown, words: say('owner.make') }, put] : [put]
}
interface OwnerAction {
  readonly kind: OwnerDialog['kind']
  readonly icon: typeof Crown
  readonly words: string
}

/** In the head of a conversation with one person. */
export const OwnerMenu = ({ person }: { readonly person: Person }): ReactNode => {
  const actions = useOwnerActions(person)
  if (actions.length === 0) return undefined
  const label = say('person.more', { name: nameOf(person) })
  return (
    <MenuTrigger>
      <Button className={parts['iconButton'] ?? ''} aria-label={label}>
        <Icon of={Ellipsis} />
      </Button>
      <Popover placement="bottom end">
        <Menu className={menu['menu'] ?? ''} aria-label={label}>
          {actions.map(({ kind, icon, words }) => (
            <MenuItem
              key={kind}
              className={cx(menu['entry'], kind === 'put-out' && menu['grave'])}
              onAction={() => afterFocus(() => openDialog({ kind, person }))}
            >
              <Icon of={icon} size="m" />
              {words}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

export const isOwnerDialog = (dialog: { readonly kind: string }): dialog is OwnerDialog =>
  dialog.kind === 'put-out' || dialog.kind === 'make-owner'

interface OwnerDialogsProps {
  readonly dialog: OwnerDialog
  readonly network: string
  readonly onClose: () => void
}

export const OwnerDialogs = ({ dialog, network, onClose }: OwnerDialogsProps): ReactNode => {
  const api = useApi()
  const { kind, person } = dialog
  const { accountId } = person
  const values = { name: firstNameOf(person), network }
  const title = { name: nameOf(person), network }
  if (kind === 'make-owner')
    return (
      <Confirm
        icon={Crown}
        heading={say('owner.make-title', title)}
        lines={[say('owner.make-means', values), say('owner.make-last')]}
        action={say('owner.make')}
        acting={say('owner.making')}
        onClose={onClose}
        run={() => api.makeOwner(accountId)}
      />
    )
  return (
    <Confirm
      icon={UserX}
      heading={say('owner.put-out-title', title)}
      lines={[say('owner.put-out-means', values), say('owner.put-out-stays', values)]}
      action={say('group.remove')}
      acting={say('owner.putting-out')}
      onClose={onClose}
      run={() => api.removeFromNetwork(accountId)}
    />
  )
}
