import type { ReactNode } from 'react'
import { Info } from 'lucide-react'
import { Icon } from '../ui/icon.tsx'
import { say } from '../words/words.tsx'
import styles from './conversation.module.css'
import { InviteCard } from './invite-card.tsx'
import { PaneHeader } from './pane-header.tsx'

/** Inviting, in the place of a conversation; the list beside it stays usable. The card is the landmark with its name. */
export const InvitePane = (): ReactNode => (
  <div className={styles['conversation']}>
    <PaneHeader title={say('invite.title')} />
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
