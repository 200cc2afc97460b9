import type { ReactNode } from 'react'
import { CircleAlert, X } from 'lucide-react'
import { Button, Heading } from 'react-aria-components'
import type { RefusalCode } from '@halyard/protocol'
import { refusalText, say } from '../words/words.tsx'
import styles from './dialog.module.css'
import { Icon, cx } from './icon.tsx'
import parts from './parts.module.css'

/** The head of a dialog that can be closed without having done anything. */
export const DialogHead = ({ title }: { readonly title: string }): ReactNode => (
  <header>
    <Heading slot="title" level={2}>
      {title}
    </Heading>
    <Button slot="close" className={parts['iconButton'] ?? ''} aria-label={say('app.close')}>
      <Icon of={X} />
    </Button>
  </header>
)

/** Why a command was refused; the rest of the dialog stays as it was. */
export const DialogRefusal = ({ code }: { readonly code: RefusalCode | undefined }): ReactNode =>
  code !== undefined && (
    <p className={styles['refusal']} role="alert">
      <Icon of={CircleAlert} size="m" />
      {refusalText(code)}
    </p>
  )

interface FootProps {
  readonly note?: ReactNode
  readonly action: string
  /** What the button says while its command runs. */
  readonly acting: string
  readonly busy: boolean
  readonly danger?: boolean
  readonly onCancel: () => void
  /** Without it the button submits the form around it. */
  readonly onAct?: () => void
}

/** The end of a dialog: what will be so, and the two ways out. A busy button keeps the focus, so that it is not lost. */
export const DialogFoot = (props: FootProps): ReactNode => {
  const { busy, onAct } = props
  return (
    <footer>
      <p>{props.note}</p>
      <button
        type="button"
        className={cx(parts['button'], parts['outline'])}
        onClick={props.onCancel}
        // What cannot be taken back is not what Enter does first.
        autoFocus={props.danger === true}
      >
        {say('app.cancel')}
      </button>
      <button
        type={onAct === undefined ? 'submit' : 'button'}
        className={cx(parts['button'], props.danger === true && parts['danger'])}
        aria-disabled={busy}
        onClick={busy ? undefined : onAct}
      >
        {busy ? props.acting : props.action}
      </button>
    </footer>
  )
}
