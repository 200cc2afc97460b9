import { useRef } from 'react'
import type { ReactNode } from 'react'
import { LifeBuoy } from 'lucide-react'
import { useQuery } from '../ui/client.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { afterFocus, openDialog, useUi } from '../ui/ui-store.ts'
import { say } from '../words/words.tsx'
import styles from './frame.module.css'

const askForCard = (): void => openDialog('card')

/**
 * The step of the first run that nobody has to take at once: it stands below the list until it is put off, and one line
 * says so from then on, until there is a card.
 */
export const CardNote = (): ReactNode => {
  const recovery = useQuery('recovery', undefined)
  const isFirstRun = useUi((ui) => ui.firstRun)
  const line = useRef<HTMLButtonElement>(null)
  if (recovery === undefined || recovery.madeAtMs !== undefined) return undefined
  if (!isFirstRun)
    return (
      <button type="button" ref={line} className={styles['noCard']} onClick={askForCard}>
        <Icon of={LifeBuoy} size="m" />
        {say('recovery.keep-title')}
      </button>
    )
  const putOff = (): void => {
    useUi.setState({ firstRun: false })
    // The button that was pressed is gone; what came in its place is where it can be had again.
    afterFocus(() => line.current?.focus())
  }
  return (
    <section className={styles['cardNote']} aria-label={say('recovery.keep-title')}>
      <Icon of={LifeBuoy} />
      <div>
        <h2>{say('recovery.keep-title')}</h2>
        <p>{say('recovery.note')}</p>
        <div className={parts['actions']}>
          <button type="button" className={parts['button']} onClick={askForCard}>
            {say('recovery.keep')}
          </button>
          <button type="button" className={cx(parts['button'], parts['outline'])} onClick={putOff}>
            {say('recovery.later')}
          </button>
        </div>
      </div>
    </section>
  )
}
