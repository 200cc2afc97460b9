import type { ReactNode } from 'react'
import { CircleAlert, CirclePause, Hourglass, LogOut } from 'lucide-react'
import type { ChatItem, Person } from '@halyard/client/api'
import { firstNameOf, isPersonal } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { shownLine } from '../ui/shown-text.ts'
import { say } from '../words/words.tsx'
import styles from './frame.module.css'

/** A preview is one line; more than this never fits and need not be in the document. */
const previewMaxLength = 160

/** The second line of a row: the most urgent of what there is to know of a chat. */
export const ChatPreview = ({
  item,
  selfWaits,
}: {
  readonly item: ChatItem
  readonly selfWaits: boolean
}): ReactNode => {
  if (item.paused) {
    return (
      <span className={styles['failed']}>
        <Icon of={CirclePause} size="s" />
        {say('row.paused')}
      </span>
    )
  }
  if (!isPersonal(item) && item.ended !== undefined) {
    return (
      <>
        <Icon of={LogOut} size="s" />
        {say(item.ended.by?.isSelf === true ? 'row.left' : 'row.removed')}
      </>
    )
  }
  if (item.typing.length > 0) return <span className={styles['typing']}>{typingWords(item.typing)}</span>
  if (item.kind === 'direct' && isWaiting(item.person, selfWaits)) {
    return (
      <>
        <Icon of={Hourglass} size="s" />
        {say(standingWords[item.person.standing])}
      </>
    )
  }
  if (item.draft !== undefined && item.draft.trim() !== '') {
    return (
      <>
        <span className={styles['draft']}>{say('row.draft')}</span> <bdi>{line(item.draft)}</bdi>
      </>
    )
  }
  return <LastMessage item={item} />
}

const LastMessage = ({ item }: { readonly item: ChatItem }): ReactNode => {
  const { preview } = item
  if (preview === undefined) return item.kind === 'me' ? say('app.notes') : undefined
  if (preview.state === 'failed') {
    return (
      <span className={styles['failed']}>
        <Icon of={CircleAlert} size="s" />
        {say('row.failed')}
      </span>
    )
  }
  const text = line(preview.text)
  if (preview.author === undefined)
    return <bdi>{preview.own && item.kind !== 'me' ? say('row.you', { text }) : text}</bdi>
  return (
    <>
      <span className={styles['who']}>{say('row.author', { name: firstNameOf(preview.author) })}</span>{' '}
      <bdi>{text}</bdi>
    </>
  )
}

const typingWords = (typing: readonly Person[]): string => {
  const [one, more] = typing
  if (one === undefined || more !== undefined) return say('row.typing-more', { count: typing.length })
  return say('row.typing', { name: firstNameOf(one) })
}

const standingWords = {
  confirmed: 'row.unconfirmed', // oneself waits
  waiting: 'row.unconfirmed',
  lapsed: 'row.lapsed',
  removed: 'row.put-out',
} as const
const isWaiting = (person: Person, selfWaits: boolean): boolean =>
  person.standing !== 'confirmed' || (selfWaits && person.invitedSelf)

const line = (text: string): string => shownLine(text.slice(0, previewMaxLength))
