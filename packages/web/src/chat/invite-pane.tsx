import type { ReactNode } from 'react'
import { ChevronLeft, Info } from 'lucide-react'
import { Link } from 'wouter'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'
import styles from './conversation.module.css'
import { InviteCard } from './invite-card.tsx'

/** Inviting, in the place of a conversation; the list beside it stays usable. The card is the landmark with its name. */
export const InvitePane = (): ReactNode => (
  <div className={styles['conversation']}>
    <header>
      <Link href="/" className={cx(parts['iconButton'], styles['back'])} aria-label={say('nav.back')}>
        <Icon of={ChevronLeft} />
      </Link>
      <span className={styles['title']}>
        <h1>{say('invite.title')}</h1>
      </span>
    </header>
    <div className={styles['start']}>
      <div className={styles['center']}>
        <InviteCard />
        <p className={styles['hint']}>
          <Icon of={Info} size="s" />
          {say('invite.hint')}
        </p>
      </div>
    </div>
  </div>
)
