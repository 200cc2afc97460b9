import type { ReactNode } from 'react'
import { Check, Server } from 'lucide-react'
import { Icon, Mark, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { shownName } from '../ui/shown-text.ts'
import { Say, say } from '../words/words.tsx'
import type { WordKey } from '../words/words.tsx'
import styles from './first-run.module.css'

export interface Fact {
  readonly icon: Parameters<typeof Icon>[0]['of']
  readonly words: WordKey
  readonly ok?: boolean
}

interface FirstFrameProps {
  /** The network once it is known, else the name of the product. */
  readonly title?: string
  readonly steps?: { readonly names: readonly WordKey[]; readonly at: number }
  readonly facts?: { readonly title: WordKey; readonly list: readonly Fact[] }
  readonly children: ReactNode
}

/** The three columns before there is an app. */
export const FirstFrame = (props: FirstFrameProps): ReactNode => {
  const title = shownName(props.title ?? '') || say('app.name')
  const { steps } = props
  return (
    <div className={styles['first']}>
      <Rail />
      <main className={styles['pane']}>
        <div className={styles['middle']}>
          <Brand
            title={title}
            {...(steps === undefined ? {} : { step: say('step.of', { at: steps.at + 1, all: steps.names.length }) })}
          />
          {props.children}
        </div>
      </main>
      <aside className={styles['side']} aria-label={say('step.about')}>
        <header>
          <b>
            <bdi>{title}</bdi>
          </b>
        </header>
        {steps !== undefined && <Steps {...steps} />}
        {props.facts !== undefined && (
          <>
            <h2>{say(props.facts.title)}</h2>
            <FactList facts={props.facts.list} />
          </>
        )}
        <div className={styles['spacer']} />
        <ServedBy />
      </aside>
    </div>
  )
}

export const FactList = ({ facts }: { readonly facts: readonly Fact[] }): ReactNode => (
  <ul className={parts['facts']}>
    {facts.map((fact) => (
      <li key={fact.words} className={fact.ok === true ? parts['ok'] : undefined}>
        <Icon of={fact.icon} />
        <span>
          <Say of={fact.words} />
        </span>
      </li>
    ))}
  </ul>
)

/** One question in the middle and nothing beside it: locked, stopped, nothing here. */
export const ShutFrame = ({
  children,
  base,
}: {
  readonly children: ReactNode
  readonly base?: ReactNode
}): ReactNode => (
  <div className={cx(styles['first'], styles['shut'])}>
    <Rail />
    <main className={styles['pane']}>
      <div className={styles['middle']}>
        <Brand title={say('app.name')} />
        {children}
      </div>
      {base !== undefined && <p className={styles['base']}>{base}</p>}
    </main>
  </div>
)

interface HeadProps {
  readonly id?: string
  readonly title: ReactNode
  readonly lead: ReactNode
  /** The step before took the button with the focus along, and this one begins with nothing to type: it is read from here. */
  readonly hasFocus?: boolean
}

export const Head = (props: HeadProps): ReactNode => (
  <div className={styles['head']}>
    <h1 id={props.id} {...(props.hasFocus === true ? { tabIndex: -1, ref: takeFocus } : {})}>
      {props.title}
    </h1>
    <p>{props.lead}</p>
  </div>
)
const takeFocus = (element: HTMLElement | null): void => element?.focus()

export const BigIcon = ({ of }: { readonly of: Fact['icon'] }): ReactNode => (
  <span className={styles['icon']}>
    <Icon of={of} />
  </span>
)

export const Todo = ({ title, items }: { readonly title: string; readonly items: readonly ReactNode[] }): ReactNode => (
  <div className={styles['box']}>
    <h2>{title}</h2>
    <ul className={styles['todo']}>
      {items.map((item, index) => (
        <li key={index}>{item}</li>
      ))}
    </ul>
  </div>
)

const Rail = (): ReactNode => (
  <header className={styles['rail']}>
    <span className={parts['hidden']}>{say('app.name')}</span>
    <Mark />
  </header>
)

const Brand = ({ title, step }: { readonly title: string; readonly step?: string }): ReactNode => (
  <div className={styles['brand']}>
    <Mark size={18} />
    <b>
      <bdi>{title}</bdi>
    </b>
    {step !== undefined && <span>{step}</span>}
  </div>
)

const Steps = ({ names, at }: { readonly names: readonly WordKey[]; readonly at: number }): ReactNode => (
  <ol className={styles['steps']} aria-label={say('step.list')}>
    {names.map((name, index) => (
      <li
        key={name}
        className={index < at ? styles['done'] : undefined}
        aria-current={index === at ? 'step' : undefined}
      >
        <span className={styles['number']}>{index < at ? <Icon of={Check} /> : index + 1}</span>
        {say(name)}
        {index < at && <span className={parts['hidden']}>{say('step.done')}</span>}
      </li>
    ))}
  </ol>
)

const ServedBy = (): ReactNode => {
  const here = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname)
  return (
    <div className={styles['foot']}>
      <Icon of={Server} size="s" />
      {say(here ? 'foot.served-here' : 'foot.served', { host: location.host })}
    </div>
  )
}
