import { Suspense, lazy, useEffect, useRef } from 'react'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import type { Session } from '@halyard/client/api'
import { Chats } from './chat/chats.tsx'
import { Join } from './first-run/join.tsx'
import { Setup } from './first-run/setup.tsx'
import { Unlock } from './first-run/unlock.tsx'
import { AlreadyIn, Empty, Stopped } from './stop/stopped.tsx'
import { useApi, useQuery } from './ui/client.tsx'
import { watchIdle } from './ui/idle-lock.ts'
import type { Landing } from './ui/landing.ts'
import { forgetSession, useUi } from './ui/ui-store.ts'

const AddBrowser = lazy(() => import('./first-run/add-browser.tsx').then((m) => ({ default: m.AddBrowser })))
const Restore = lazy(() => import('./first-run/restore.tsx').then((m) => ({ default: m.Restore })))

/** Chooses the screen by the session. Only an open session has anything of the chats in the document. */
export const App = ({ landing }: { readonly landing: Landing }): ReactNode => {
  const api = useApi()
  const session = useQuery('session', undefined)
  const [path, go] = useLocation()
  useForgetting(session)
  useIdleLock(session)
  if (session === undefined) return undefined
  const toChats = (): void => {
    // What this device keeps should not go when the disk gets full; the browser decides, and nothing depends on it.
    void navigator.storage?.persist?.().catch(() => false)
    go('/', { replace: true })
  }
  switch (session.state) {
    case 'starting':
      return undefined
    case 'empty':
      if (path === '/setup') return <Setup token={landing.fragment} onDone={toChats} />
      if (path.startsWith('/join/')) return <Join landing={landing} onDone={toChats} />
      if (path === '/add' || path === '/restore')
        return <Suspense>{path === '/add' ? <AddBrowser onDone={toChats} /> : <Restore onDone={toChats} />}</Suspense>
      return <Empty kept={session.kept} />
    case 'locked':
      return <Unlock method={session.method} />
    case 'open':
      return path.startsWith('/join/') && useUi.getState().welcome === undefined ? (
        <AlreadyIn onGo={toChats} />
      ) : (
        <OpenApp session={session} path={path} onChats={toChats} />
      )
    case 'elsewhere':
      return <Stopped reason="elsewhere" onPress={() => api.useHere()} />
    case 'stopped':
      return <Stopped reason={session.reason} ended={session.ended} onPress={() => api.reloadApp()} />
  }
}

/** Setup and join end in the chats also when the session opens before their command has answered. */
const OpenApp = (props: {
  readonly session: Extract<Session, { readonly state: 'open' }>
  readonly path: string
  readonly onChats: () => void
}): ReactNode => {
  const { path, onChats } = props
  const first = ['/setup', '/add', '/restore'].includes(path) || path.startsWith('/join/')
  useEffect(() => {
    if (first) onChats()
  }, [first, onChats])
  return first ? undefined : <Chats session={props.session} />
}

/** What the screen itself remembers goes with the session; why it was locked stays until it is opened again. */
const useForgetting = (session: Session | undefined): void => {
  const before = useRef<Session>(undefined)
  const state = session?.state
  useEffect(() => {
    const last = before.current
    before.current = session
    if (session === undefined || last?.state === state) return
    if (last?.state === 'open') forgetSession(session.state === 'stopped' && session.reason === 'disk-full')
    if (state === 'open') useUi.setState({ lockedBy: undefined })
    if (
      // A lock ends the worker: the screen goes first, and the one that can be unlocked comes a moment later.
      (state === 'locked' || state === 'starting') &&
      last?.state === 'open' &&
      useUi.getState().lockedBy === undefined &&
      last.idleMinutes > 0
    ) {
      useUi.setState({ lockedBy: { kind: 'idle', minutes: last.idleMinutes } })
    }
  }, [session, state])
}

const useIdleLock = (session: Session | undefined): void => {
  const api = useApi()
  const minutes = session?.state === 'open' ? session.idleMinutes : 0
  useEffect(
    () =>
      watchIdle(minutes, () => {
        useUi.setState({ lockedBy: { kind: 'idle', minutes } })
        void api.lock()
      }),
    [api, minutes],
  )
}
