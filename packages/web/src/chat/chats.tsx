import { Suspense, useCallback, useEffect } from 'react'
import type { ReactNode } from 'react'
import { Lock, LockOpen, MessageSquare, Settings } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import type { ChatList as ChatsView, Session } from '@halyard/client/api'
import { Avatar, isPersonal, nameOf } from '../ui/avatar.tsx'
import { useApi, useQuery } from '../ui/client.tsx'
import { Icon, Mark, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { initials } from '../ui/shown-text.ts'
import { useFocusHome } from '../ui/use-focus-home.ts'
import { usePhone } from '../ui/use-media.ts'
import { devicesPath, openDialog, useUi } from '../ui/ui-store.ts'
import { say } from '../words/words.tsx'
import { CardNote } from './card-note.tsx'
import { ChatList } from './chat-list.tsx'
import { Conversation } from './conversation.tsx'
import styles from './frame.module.css'
import { InvitePane } from './invite-pane.tsx'
import { Dialogs, DevicesPane, loadLateParts } from './late-parts.ts'
import { PaneComing } from './pane-header.tsx'
import { useShortcuts } from './use-shortcuts.ts'

/** No account id looks like this. */
const invitePath = 'invite'
/** Long after the first look, so that the first key in a dialog is not lost to its loading. */
const loadLatePartsAfterMs = 1_500

type OpenSession = Extract<Session, { readonly state: 'open' }>

/** The app: rail, list, conversation. On a phone the list and the conversation take turns. */
export const Chats = ({ session }: { readonly session: OpenSession }): ReactNode => {
  const chats = useQuery('chats', undefined)
  const phone = usePhone()
  const [path, go] = useLocation()
  const dialog = useUi((ui) => ui.dialog)
  const lock = useLock()
  const opened = chatOf(path)
  // A page of its own rather than a dialog: one goes on talking while a newcomer is on the way.
  const inviting = opened === invitePath
  const isPage = inviting || opened === devicesPath
  const invite = useCallback((): void => go(`/chat/${invitePath}`), [go])
  // Beside the list there is always a conversation; the newest, when none was chosen.
  const current = opened ?? (phone ? undefined : chats?.items[0]?.chatId)
  useWelcome(chats, go)
  usePreload()
  useShortcuts(chats, current, go)
  useFocusHome(dialog !== undefined)
  const home = phone && opened === undefined
  const known = current !== undefined && chats?.items.some((item) => item.chatId === current) === true
  return (
    <div className={cx(styles['app'], home && styles['home'])}>
      <Rail chats={chats} onLock={lock} />
      <ChatList
        as={home ? 'main' : 'section'}
        chats={chats}
        current={current}
        onLock={lock}
        onInvite={invite}
        foot={
          <>
            <CardNote />
            <Foot session={session} />
          </>
        }
      />
      {!home && (
        <main className={styles['pane']} tabIndex={-1}>
          {inviting && <InvitePane />}
          {opened === devicesPath && (
            <Suspense fallback={<PaneComing title={say('device.title')} />}>
              <DevicesPane method={session.method} />
            </Suspense>
          )}
          {known && chats !== undefined && <Conversation key={current} chatId={current} chats={chats} />}
          {chats === undefined && !isPage && <h1 className={parts['hidden']}>{say('nav.chats')}</h1>}
          {!known && !isPage && opened !== undefined && chats !== undefined && <Gone />}
        </main>
      )}
      {dialog !== undefined && (
        <Suspense>
          <Dialogs
            dialog={dialog}
            chats={chats}
            onLock={lock}
            onInvite={invite}
            onOpen={(chatId) => go(`/chat/${encodeURIComponent(chatId)}`)}
          />
        </Suspense>
      )}
    </div>
  )
}

const chatOf = (path: string): string | undefined => {
  const match = /^\/chat\/([^/]+)$/.exec(path)?.[1]
  try {
    return match === undefined ? undefined : decodeURIComponent(match)
  } catch {
    return undefined
  }
}

const useLock = (): (() => void) => {
  const api = useApi()
  return useCallback(() => {
    useUi.setState({ lockedBy: { kind: 'hand', atMs: Date.now() } })
    void api.lock()
  }, [api])
}

const usePreload = (): void =>
  useEffect(() => {
    const timer = setTimeout(loadLateParts, loadLatePartsAfterMs)
    return () => clearTimeout(timer)
  }, [])

/** After setup and joining: the conversation that says what comes next is opened once. */
const useWelcome = (
  chats: ChatsView | undefined,
  go: (path: string, options?: { readonly replace: boolean }) => void,
): void => {
  const welcome = useUi((ui) => ui.welcome)
  useEffect(() => {
    const item = chats?.items.find((each) =>
      welcome === 'me' ? each.kind === 'me' : isPersonal(each) && each.person.invitedSelf,
    )
    if (welcome === undefined || item === undefined) return
    useUi.setState({ welcome: undefined })
    go(`/chat/${encodeURIComponent(item.chatId)}`, { replace: true })
  }, [welcome, chats, go])
}

const Rail = ({ chats, onLock }: { readonly chats: ChatsView | undefined; readonly onLock: () => void }): ReactNode => {
  const unread = chats?.unreadTotal ?? 0
  return (
    <nav className={styles['rail']} aria-label={say('nav.main')}>
      <Mark />
      <Link
        href="/"
        className={cx(parts['iconButton'], styles['item'])}
        aria-current="page"
        aria-label={unread > 0 ? say('nav.chats-unread', { count: unread }) : say('nav.chats')}
      >
        <Icon of={MessageSquare} size="l" />
        {unread > 0 && <span className={cx(parts['badge'], styles['count'])}>{unread > 99 ? '99+' : unread}</span>}
      </Link>
      <span className={styles['spacer']} />
      <button
        type="button"
        className={cx(parts['iconButton'], styles['item'])}
        aria-label={say('nav.lock')}
        onClick={onLock}
      >
        <Icon of={Lock} size="l" />
      </button>
      <button
        type="button"
        className={cx(parts['iconButton'], styles['item'])}
        aria-label={say('nav.settings')}
        onClick={() => openDialog('settings')}
      >
        <Icon of={Settings} size="l" />
      </button>
      {chats !== undefined && (
        <button
          type="button"
          className={styles['profile']}
          aria-label={say('nav.profile', { initials: initials(chats.self.name), name: nameOf(chats.self) })}
          onClick={() => openDialog('settings')}
        >
          <Avatar id={chats.self.accountId} name={chats.self.name} size={36} />
        </button>
      )}
    </nav>
  )
}

const Foot = ({ session }: { readonly session: OpenSession }): ReactNode => (
  <div className={cx(styles['foot'], !session.kept && styles['open'])}>
    <Icon of={session.kept ? Lock : LockOpen} size="s" />
    {!session.kept
      ? say('foot.not-kept')
      : session.idleMinutes === 0
        ? say('foot.locks-by-hand')
        : say('foot.locks', { minutes: session.idleMinutes })}
  </div>
)

const Gone = (): ReactNode => (
  <section className={styles['gone']}>
    <h1>{say('conv.gone')}</h1>
    <p>{say('conv.gone-lead')}</p>
    <Link href="/">{say('nav.chats')}</Link>
  </section>
)
