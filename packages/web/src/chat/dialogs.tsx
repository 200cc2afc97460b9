import { useCallback, useState } from 'react'
import type { ReactNode } from 'react'
import { Contrast, Keyboard, Lock, Moon, Palette, Settings, SquarePen, Sun, UserPlus } from 'lucide-react'
import {
  Autocomplete,
  Dialog,
  Input,
  ListBox,
  ListBoxItem,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from 'react-aria-components'
import type { ChatList } from '@halyard/client/api'
import { RecoveryCard } from '../devices/recovery-card.tsx'
import devices from '../devices/devices.module.css'
import { GroupDialogs } from '../group/group-dialogs.tsx'
import { NewGroup } from '../group/new-group.tsx'
import { ChatAvatar, titleOf } from '../ui/avatar.tsx'
import { DialogHead } from '../ui/dialog-parts.tsx'
import styles from '../ui/dialog.module.css'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { afterFocus, openDialog, setLook } from '../ui/ui-store.ts'
import type { OpenDialog } from '../ui/ui-store.ts'
import { say } from '../words/words.tsx'
import { OwnerDialogs, isOwnerDialog } from './owner-menu.tsx'
import { SettingsBody } from './settings.tsx'
import { ShortcutList } from './shortcut-list.tsx'

interface DialogsProps {
  readonly dialog: OpenDialog
  readonly chats: ChatList | undefined
  readonly onLock: () => void
  readonly onOpen: (chatId: string) => void
  readonly onInvite: () => void
}

/** What cannot be taken back. */
const asking = ['remove', 'leave', 'put-out', 'make-owner']

/** The dialogs of the app, loaded when the first one is opened. While one is open the rest is inert. */
export const Dialogs = (props: DialogsProps): ReactNode => {
  const { dialog } = props
  const close = (): void => openDialog(undefined)
  const asks = typeof dialog === 'object' && asking.includes(dialog.kind)
  const isSmall = asks || (typeof dialog === 'object' && dialog.kind === 'rename')
  return (
    <ModalOverlay
      className={cx(styles['overlay'], dialog === 'palette' && styles['top'])}
      isOpen
      // A card that is being written down is not put away by a press beside it.
      isDismissable={dialog !== 'card'}
      onOpenChange={(open) => !open && close()}
    >
      <Modal className={cx(styles['dialog'], isSmall && styles['small'], dialog === 'card' && devices['wide'])}>
        <Dialog
          role={asks ? 'alertdialog' : 'dialog'}
          {...(dialog === 'palette' ? { 'aria-label': say('palette.label') } : {})}
        >
          <Body {...props} close={close} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

type BodyProps = DialogsProps & { readonly close: () => void }

const Body = (props: BodyProps): ReactNode => {
  const { dialog, chats, close, onOpen } = props
  const onMade = useCallback(
    (chatId: string): void => {
      openDialog(undefined)
      afterFocus(() => onOpen(chatId))
    },
    [onOpen],
  )
  switch (dialog) {
    case 'palette':
      return <PaletteBody {...props} />
    case 'settings':
      return (
        <>
          <DialogHead title={say('settings.title')} />
          <SettingsBody />
        </>
      )
    case 'shortcuts':
      return (
        <>
          <DialogHead title={say('shortcuts.title')} />
          <ShortcutList />
        </>
      )
    case 'card':
      return <RecoveryCard onClose={close} />
    case 'new-group':
      return <NewGroup chats={chats} onClose={close} onMade={onMade} />
    default:
      return isOwnerDialog(dialog) ? (
        <OwnerDialogs dialog={dialog} network={chats?.networkName ?? ''} onClose={close} />
      ) : (
        <GroupDialogs dialog={dialog} chats={chats} onClose={close} />
      )
  }
}

interface Entry {
  readonly id: string
  readonly words: string
  readonly picture: ReactNode
  readonly keys?: readonly string[]
  readonly run: () => void
}

const PaletteBody = ({ chats, onLock, onOpen, onInvite, close }: BodyProps): ReactNode => {
  const { contains } = useFilter({ sensitivity: 'base' })
  const [typed, setTyped] = useState('')
  const command = (
    id: string,
    words: string,
    icon: Parameters<typeof Icon>[0]['of'],
    run: () => void,
    keys?: readonly string[],
  ): Entry => ({
    id,
    words,
    picture: <Icon of={icon} />,
    run,
    ...(keys === undefined ? {} : { keys }),
  })
  const people: readonly Entry[] = (chats?.items ?? []).map((item) => ({
    id: `chat ${item.chatId}`,
    words: titleOf(item),
    picture: <ChatAvatar face={item} chatId={item.chatId} size={28} />,
    run: () => onOpen(item.chatId),
  }))
  const commands: readonly Entry[] = [
    command('new-group', say('group.new'), SquarePen, () => openDialog('new-group')),
    command('invite', say('nav.invite'), UserPlus, onInvite),
    command('lock', say('nav.lock'), Lock, onLock),
    command('settings', say('nav.settings'), Settings, () => openDialog('settings')),
    command('shortcuts', say('shortcuts.title'), Keyboard, () => openDialog('shortcuts'), ['?']),
    command('system', `${say('settings.look')}: ${say('settings.system')}`, Palette, () => setLook('system')),
    command('light', `${say('settings.look')}: ${say('settings.light')}`, Sun, () => setLook('light')),
    command('dark', `${say('settings.look')}: ${say('settings.dark')}`, Moon, () => setLook('dark')),
    command('contrast', `${say('settings.look')}: ${say('settings.contrast')}`, Contrast, () => setLook('contrast')),
  ]
  const entries = [...people, ...commands]
  return (
    <div className={styles['palette']}>
      <Autocomplete filter={contains} inputValue={typed} onInputChange={setTyped}>
        <SearchField aria-label={say('palette.label')} autoFocus>
          <Input placeholder={say('palette.placeholder')} autoComplete="off" />
        </SearchField>
        {/* The list itself never has the focus (the field keeps it), so its frame can be reached to scroll. */}
        <div className={styles['results']} tabIndex={0} role="group" aria-label={say('palette.results')}>
          <ListBox
            aria-label={say('palette.results')}
            items={entries}
            renderEmptyState={() => <div className={styles['nothing']}>{say('palette.nothing')}</div>}
            onAction={(id) => {
              close()
              afterFocus(() => entries.find((entry) => entry.id === id)?.run())
            }}
          >
            {(entry) => (
              <ListBoxItem id={entry.id} textValue={entry.words} className={styles['result'] ?? ''}>
                {entry.picture}
                <span className={styles['name']}>{entry.words}</span>
                {entry.keys !== undefined && (
                  <span className={styles['keyHint']}>
                    {entry.keys.map((key) => (
                      <kbd key={key} className={parts['kbd']}>
                        {key}
                      </kbd>
                    ))}
                  </span>
                )}
              </ListBoxItem>
            )}
          </ListBox>
        </div>
      </Autocomplete>
    </div>
  )
}
