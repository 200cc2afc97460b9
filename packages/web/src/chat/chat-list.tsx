import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { Lock, MessageSquare, Settings, SquarePen, UserPlus } from 'lucide-react'
import { VList } from 'virtua'
import type { VListHandle } from 'virtua'
import { Link } from 'wouter'
import type { ChatList as Chats } from '@halyard/client/api'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { shownName } from '../ui/shown-text.ts'
import { openDialog } from '../ui/ui-store.ts'
import { say } from '../words/words.tsx'
import { ChatRow } from './chat-row.tsx'
import styles from './frame.module.css'
import { ThinBar } from './thin-bar.tsx'

/** Up to here every link stands in the document; longer lists keep only what is near the view. */
const plainMaxRows = 80

interface ChatListProps {
  /** Alone on a phone the list is what the page is about. */
  readonly as: 'main' | 'section'
  readonly chats: Chats | undefined
  readonly current: string | undefined
  readonly foot: ReactNode
  readonly onLock: () => void
  readonly onInvite: () => void
}

/** The middle column: the network, the conversations, and on a phone the tabs below. */
export const ChatList = ({ as: Frame, chats, current, foot, onLock, onInvite }: ChatListProps): ReactNode => (
  <Frame className={styles['list']} aria-label={say('nav.conversations')} tabIndex={Frame === 'main' ? -1 : undefined}>
    <header>
      <NetworkName heading={Frame === 'main'} name={shownName(chats?.networkName ?? '')} />
      <button type="button" className={parts['iconButton']} aria-label={say('nav.invite')} onClick={onInvite}>
        <Icon of={UserPlus} />
      </button>
      <button
        type="button"
        className={parts['iconButton']}
        aria-label={say('group.new')}
        onClick={() => openDialog('new-group')}
      >
        <Icon of={SquarePen} />
      </button>
    </header>
    {Frame === 'main' && <ThinBar />}
    <nav className={styles['rows']} aria-label={say('nav.chats')}>
      {chats === undefined ? <Skeletons /> : <Rows chats={chats} current={current} />}
    </nav>
    {foot}
    <nav className={styles['tabs']} aria-label={say('nav.main-phone')}>
      <Link href="/" aria-current="page">
        <Icon of={MessageSquare} />
        {say('nav.chats')}
        {chats !== undefined && chats.unreadTotal > 0 && (
          <span className={cx(parts['badge'], styles['count'])}>
            {chats.unreadTotal}
            <span className={parts['hidden']}> {say('nav.unread', { count: chats.unreadTotal })}</span>
          </span>
        )}
      </Link>
      <button type="button" onClick={onLock}>
        <Icon of={Lock} />
        {say('nav.lock')}
      </button>
      <button type="button" onClick={() => openDialog('settings')}>
        <Icon of={Settings} />
        {say('nav.settings')}
      </button>
    </nav>
  </Frame>
)

const NetworkName = ({ heading, name }: { readonly heading: boolean; readonly name: string }): ReactNode => {
  const Name = heading ? 'h1' : 'b'
  return (
    <Name className={styles['network']}>
      <bdi>{name}</bdi>
    </Name>
  )
}

const Rows = ({ chats, current }: { readonly chats: Chats; readonly current: string | undefined }): ReactNode => {
  const list = useRef<VListHandle>(null)
  const at = chats.items.findIndex((item) => item.chatId === current)
  useEffect(() => {
    if (at >= 0) list.current?.scrollToIndex(at, { align: 'nearest' })
    else return
  }, [at])
  const selfWaits = chats.self.standing === 'waiting'
  const rows = chats.items.map((item) => (
    <ChatRow key={item.chatId} item={item} current={item.chatId === current} selfWaits={selfWaits} />
  ))
  return rows.length <= plainMaxRows ? rows : <VList ref={list}>{rows}</VList>
}

/** What is fast shows no skeleton. */
const skeletonAfterMs = 150
const Skeletons = (): ReactNode => {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), skeletonAfterMs)
    return () => clearTimeout(timer)
  }, [])
  if (!late) return undefined
  return [1, 2, 3, 4].map((row) => (
    <div key={row} className={styles['skeleton']} aria-hidden="true">
      <i />
      <i />
    </div>
  ))
}
