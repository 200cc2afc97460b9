import { memo, useId } from 'react'
import type { ReactNode } from 'react'
import { Check, CheckCheck, CircleAlert, CirclePause, Clock, RotateCw, Trash2 } from 'lucide-react'
import type { MessageState } from '@halyard/client/api'
import { nameOf } from '../ui/avatar.tsx'
import { useApi } from '../ui/client.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { refusalText, say } from '../words/words.tsx'
import type { TextRow } from './blocks.ts'
import styles from './conversation.module.css'
import { MessageText } from './message-text.tsx'
import { clockTime } from './times.ts'

interface MessageRowProps {
  readonly row: TextRow
  readonly follows: boolean
  readonly paused: boolean
}

/** One bubble. What a screen reader says after the text ends in the state: "09:31 Read". */
export const MessageRow = memo(({ row, follows, paused }: MessageRowProps): ReactNode => {
  const id = useId()
  const held = paused && row.state === 'waiting'
  const failed = row.state === 'failed'
  return (
    <>
      <article
        className={cx(
          styles['bubble'],
          follows && styles['follows'],
          failed && styles['failed'],
          held && styles['held'],
        )}
        aria-label={row.own ? say('app.you') : nameOf(row.author)}
        aria-describedby={failed ? `${id}-why ${id}` : id}
        data-key={row.key}
        data-position={row.position}
        data-own={row.own ? '' : undefined}
      >
        <MessageText text={row.text} ranges={row.ranges} />
        <span className={styles['state']} id={id}>
          {row.late === true && <span>{say('conv.late', { at: row.atMs })}</span>}
          {row.late !== true && <time dateTime={new Date(row.atMs).toISOString()}>{clockTime(row.atMs)}</time>}
          {row.own && row.state !== undefined && <State state={row.state} held={held} readBy={row.readBy ?? 0} />}
        </span>
      </article>
      {failed && <Failure id={`${id}-why`} row={row} />}
    </>
  )
}, sameRow)

/** A new page brings new objects for old rows; what is drawn depends on these alone. */
function sameRow(before: MessageRowProps, after: MessageRowProps): boolean {
  const a = before.row
  const b = after.row
  return (
    before.follows === after.follows &&
    before.paused === after.paused &&
    a.key === b.key &&
    a.position === b.position &&
    a.state === b.state &&
    a.readBy === b.readBy &&
    a.failure === b.failure &&
    a.text === b.text &&
    a.late === b.late &&
    a.author.name === b.author.name
  )
}

const icons = { waiting: Clock, sent: Check, delivered: CheckCheck, read: CheckCheck, failed: CircleAlert } as const

/** Among several, a count says more than the step that the message has reached. */
const State = (props: { readonly state: MessageState; readonly held: boolean; readonly readBy: number }): ReactNode => {
  const { state, held, readBy } = props
  const words = held
    ? say('state.held')
    : readBy > 0 && state !== 'failed'
      ? say('state.read-by', { count: readBy })
      : say(`state.${state}`)
  return (
    <span title={words}>
      {state !== 'failed' && (
        <Icon of={held ? CirclePause : icons[state]} className={state === 'read' ? styles['read'] : undefined} />
      )}
      <span className={parts['hidden']}> {words}</span>
    </span>
  )
}

const Failure = ({ id, row }: { readonly id: string; readonly row: TextRow }): ReactNode => {
  const api = useApi()
  const why = row.failure === undefined ? '' : refusalText(row.failure)
  return (
    <>
      <div className={styles['error']} id={id}>
        <Icon of={CircleAlert} size="s" />
        <span>{say('conv.not-sent', { why })}</span>
      </div>
      <div className={styles['repair']}>
        <button type="button" onClick={() => void api.retry(row.key)}>
          <Icon of={RotateCw} size="s" />
          {say('conv.retry')}
        </button>
        <button type="button" onClick={() => void api.discard(row.key)}>
          <Icon of={Trash2} size="s" />
          {say('conv.delete')}
        </button>
      </div>
    </>
  )
}
