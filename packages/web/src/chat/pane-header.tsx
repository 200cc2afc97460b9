import type { ReactNode } from 'react'
import { ChevronLeft } from 'lucide-react'
import { Link } from 'wouter'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'
import styles from './conversation.module.css'

/** To the list, where there is room for one of the two alone. */
export const BackLink = (): ReactNode => (
  <Link href="/" className={cx(parts['iconButton'], styles['back'])} aria-label={say('nav.back')}>
    <Icon of={ChevronLeft} />
  </Link>
)

/** Of what stands in the place of a conversation: where one is and the way back. */
export const PaneHeader = ({ title }: { readonly title: string }): ReactNode => (
  <header>
    <BackLink />
    <span className={styles['title']}>
      <h1>{title}</h1>
    </span>
  </header>
)

/** Stands by itself while the rest is still being fetched. */
export const PaneComing = ({ title }: { readonly title: string }): ReactNode => (
  <div className={styles['conversation']}>
    <PaneHeader title={title} />
  </div>
)
