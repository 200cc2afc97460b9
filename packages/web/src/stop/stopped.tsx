import { useId } from 'react'
import type { ReactNode } from 'react'
import {
  CopyX,
  DoorClosed,
  FileWarning,
  GlobeLock,
  HardDrive,
  Info,
  MonitorSmartphone,
  OctagonAlert,
  RotateCw,
} from 'lucide-react'
import { Link } from 'wouter'
import type { EndedBy, StopReason } from '@halyard/client/api'
import { BigIcon, Head, ShutFrame, Todo } from '../first-run/first-frame.tsx'
import type { Fact } from '../first-run/first-frame.tsx'
import styles from '../first-run/first-run.module.css'
import { cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { shownName } from '../ui/shown-text.ts'
import { useUi } from '../ui/ui-store.ts'
import { Say, say } from '../words/words.tsx'
import type { WordKey } from '../words/words.tsx'

interface Story {
  readonly icon: Fact['icon']
  readonly title: WordKey
  readonly lead: WordKey
  readonly todo: readonly WordKey[]
  /** What there is to press, if anything helps. */
  readonly press?: WordKey
}

const stories: Readonly<Record<StopReason | 'elsewhere', Story>> = {
  'copied-device': {
    icon: CopyX,
    title: 'stop.copied',
    lead: 'stop.copied-lead',
    todo: ['stop.copied-do', 'stop.copied-do-2'],
  },
  'device-removed': { icon: DoorClosed, title: 'stop.removed', lead: 'stop.removed-lead', todo: ['stop.removed-do'] },
  'removal-unproven': {
    icon: DoorClosed,
    title: 'stop.unproven',
    lead: 'stop.unproven-lead',
    todo: ['stop.unproven-do'],
    press: 'app.reload',
  },
  'new-version': {
    icon: RotateCw,
    title: 'stop.new-version',
    lead: 'stop.new-version-lead',
    todo: [],
    press: 'app.reload',
  },
  'database-damaged': {
    icon: FileWarning,
    title: 'stop.damaged',
    lead: 'stop.damaged-lead',
    todo: ['stop.damaged-do', 'stop.damaged-do-2'],
  },
  'database-newer': {
    icon: FileWarning,
    title: 'stop.newer',
    lead: 'stop.newer-lead',
    todo: ['stop.newer-do'],
    press: 'app.reload',
  },
  'disk-full': {
    icon: HardDrive,
    title: 'stop.full',
    lead: 'stop.full-lead',
    todo: ['stop.full-do'],
    press: 'app.try-again',
  },
  fault: { icon: OctagonAlert, title: 'stop.fault', lead: 'stop.fault-lead', todo: [], press: 'stop.restart' },
  elsewhere: {
    icon: MonitorSmartphone,
    title: 'stop.elsewhere',
    lead: 'stop.elsewhere-lead',
    todo: [],
    press: 'stop.elsewhere-use',
  },
}

const reload = (): void => location.reload()

/** The whole screen, until it is settled: what happened and what to do. */
export const Stopped = ({
  reason,
  ended,
  onPress = reload,
}: {
  readonly reason: StopReason | 'elsewhere'
  readonly ended?: EndedBy | undefined
  readonly onPress?: () => void
}): ReactNode => {
  const story = stories[reason]
  return (
    <ShutFrame>
      <section className={cx(styles['form'], styles['medium'])} aria-label={say(story.title)}>
        <BigIcon of={story.icon} />
        <Head title={say(story.title)} lead={say(story.lead)} />
        {ended !== undefined && <p>{whoEnded(ended)}</p>}
        {story.press !== undefined && (
          <div className={cx(parts['actions'], styles['actions'])}>
            <button type="button" className={cx(parts['button'], parts['large'])} onClick={onPress} autoFocus>
              {say(story.press)}
            </button>
          </div>
        )}
        {reason === 'disk-full' && <Unsent />}
        {story.todo.length > 0 && <Todo title={say('join.todo')} items={story.todo.map((word) => say(word))} />}
      </section>
    </ShutFrame>
  )
}

/** Who, and when: as the signed links say it. */
const whoEnded = ({ by, name, atMs: at }: EndedBy): string => {
  const shown = shownName(name)
  return shown === '' ? say(`stop.removed-by-${by}-plain`, { at }) : say(`stop.removed-by-${by}`, { name: shown, at })
}

/** There is no room to keep it, and the page is about to be loaded anew. */
const Unsent = (): ReactNode => {
  const id = useId()
  const text = useUi((ui) => ui.unsent)
  if (text === undefined) return undefined
  return (
    <div className={parts['field']}>
      <label htmlFor={id}>{say('stop.full-unsent')}</label>
      <textarea id={id} aria-describedby={`${id}-note`} readOnly rows={4} dir="auto" autoComplete="off" value={text} />
      <p className={parts['fine']} id={`${id}-note`}>
        {say('stop.full-unsent-hint')}
      </p>
    </div>
  )
}

export const Insecure = (): ReactNode => (
  <ShutFrame>
    <section className={cx(styles['form'], styles['medium'])} aria-label={say('stop.insecure')}>
      <BigIcon of={GlobeLock} />
      <Head title={say('stop.insecure')} lead={say('stop.insecure-lead', { origin: location.origin })} />
      <div className={cx(parts['actions'], styles['actions'])}>
        <a className={cx(parts['button'], parts['large'])} href={`https://${location.hostname}`}>
          {say('stop.insecure-open')}
        </a>
      </div>
      <Todo
        title={say('stop.insecure-operator')}
        items={(['stop.insecure-cert', 'stop.insecure-proxy', 'stop.insecure-local'] as const).map((word) => (
          <Say key={word} of={word} />
        ))}
      />
    </section>
  </ShutFrame>
)

export const OldBrowser = ({ missing }: { readonly missing: readonly WordKey[] }): ReactNode => (
  <ShutFrame>
    <section className={cx(styles['form'], styles['medium'])} aria-label={say('stop.old')}>
      <BigIcon of={Info} />
      <Head title={say('stop.old')} lead={`${say('stop.old-lead')} ${missing.map((word) => say(word)).join(', ')}.`} />
      <Todo title={say('join.todo')} items={[say('stop.old-do')]} />
    </section>
  </ShutFrame>
)

/** No account in this browser, and no link was opened. */
export const Empty = ({ kept }: { readonly kept: boolean }): ReactNode => (
  <ShutFrame>
    <section className={cx(styles['form'], styles['medium'])} aria-label={say('empty.title')}>
      <BigIcon of={Info} />
      <Head title={say('empty.title')} lead={say('empty.lead', { host: location.host })} />
      <Todo
        title={say('join.todo')}
        items={[
          say('empty.invite'),
          say('empty.operator'),
          say('empty.elsewhere'),
          ...(kept ? [] : [say('empty.not-kept')]),
        ]}
      />
      <div className={cx(parts['actions'], styles['actions'])}>
        <Link href="/add" className={cx(parts['button'], parts['outline'])}>
          {say('empty.add')}
        </Link>
        <Link href="/restore" className={cx(parts['button'], parts['outline'])}>
          {say('empty.restore')}
        </Link>
      </div>
    </section>
  </ShutFrame>
)

/** An invite was opened in a browser that already holds an account. */
export const AlreadyIn = ({ onGo }: { readonly onGo: () => void }): ReactNode => (
  <ShutFrame>
    <section className={cx(styles['form'], styles['medium'])} aria-label={say('join.already')}>
      <BigIcon of={Info} />
      <Head title={say('join.already')} lead={say('join.already-lead')} />
      <div className={cx(parts['actions'], styles['actions'])}>
        <button type="button" className={cx(parts['button'], parts['large'])} onClick={onGo} autoFocus>
          {say('join.already-go')}
        </button>
      </div>
    </section>
  </ShutFrame>
)
