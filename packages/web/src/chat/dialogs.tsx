import { useState } from 'react'
import type { ReactNode } from 'react'
import { Contrast, Keyboard, Lock, Moon, Palette, Settings, Sun, UserPlus, X } from 'lucide-react'
import {
  Autocomplete,
  Button,
  Dialog,
  Heading,
  Input,
  ListBox,
  ListBoxItem,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from 'react-aria-components'
import type { ChatList } from '@halyard/client/api'
import { Avatar, nameOf } from '../ui/avatar.tsx'
import styles from '../ui/dialog.module.css'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { openDialog, setLook } from '../ui/ui-store.ts'
import type { DialogName } from '../ui/ui-store.ts'
import { say } from '../words/words.tsx'
import { SettingsBody } from './settings.tsx'
import { ShortcutList } from './shortcut-list.tsx'

interface DialogsProps {
  readonly name: DialogName
  readonly chats: ChatList | undefined
  readonly onLock: () => void
  readonly onOpen: (chatId: string) => void
  readonly onInvite: () => void
}

/** The dialogs of the app, loaded when the first one is opened. While one is open the rest is inert. */
export const Dialogs = (props: DialogsProps): ReactNode => {
  const { name } = props
  const close = (): void => openDialog(undefined)
  return (
    <ModalOverlay
      className={cx(styles['overlay'], name === 'palette' && styles['top'])}
      isOpen
      isDismissable
      onOpenChange={(open) => !open && close()}
    >
      <Modal className={styles['dialog'] ?? ''}>
        <Dialog {...(name === 'palette' ? { 'aria-label': say('palette.label') } : {})}>
          {name === 'settings' && (
            <Titled title={say('settings.title')}>
              <SettingsBody />
            </Titled>
          )}
          {name === 'shortcuts' && (
            <Titled title={say('shortcuts.title')}>
              <ShortcutList />
            </Titled>
          )}
          {name === 'palette' && <PaletteBody {...props} close={close} />}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

const Titled = ({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode => (
  <>
    <header>
      <Heading slot="title" level={2}>
        {title}
      </Heading>
      <Button slot="close" className={parts['iconButton'] ?? ''} aria-label={say('app.close')}>
        <Icon of={X} />
      </Button>
    </header>
    {children}
  </>
)

/** A closing dialog gives the focus back in the next frame; what comes next must not lose it to that. */
const afterFocus = (run: () => void): void => {
  requestAnimationFrame(() => requestAnimationFrame(run))
}

interface Entry {
  readonly id: string
  readonly words: string
  readonly picture: ReactNode
  readonly keys?: readonly string[]
  readonly run: () => void
}

const PaletteBody = ({
  chats,
  onLock,
  onOpen,
  onInvite,
  close,
}: DialogsProps & { readonly close: () => void }): ReactNode => {
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
    words: item.kind === 'me' ? say('app.me') : nameOf(item.person),
    picture: <Avatar id={item.person.accountId} name={item.person.name} notes={item.kind === 'me'} size={28} />,
    run: () => onOpen(item.chatId),
  }))
  const commands: readonly Entry[] = [
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
