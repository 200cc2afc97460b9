import type { ReactNode } from 'react'
import type { LucideIcon } from 'lucide-react'
import { Heading } from 'react-aria-components'
import type { Result } from '@halyard/protocol'
import { useCommand } from './use-command.ts'
import { DialogFoot, DialogRefusal } from './dialog-parts.tsx'
import styles from './dialog.module.css'
import { Icon } from './icon.tsx'

interface ConfirmProps {
  readonly icon: LucideIcon
  readonly heading: string
  readonly lines: readonly string[]
  readonly action: string
  readonly acting: string
  readonly onClose: () => void
  readonly run: () => Promise<Result<undefined>>
}

/** Asks before what cannot be taken back, and says what it means. */
export const Confirm = (props: ConfirmProps): ReactNode => {
  const command = useCommand()
  return (
    <>
      <header>
        <span className={styles['sign']}>
          <Icon of={props.icon} />
        </span>
        <Heading slot="title" level={2}>
          {props.heading}
        </Heading>
      </header>
      <div className={styles['means']}>
        {props.lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        <DialogRefusal code={command.refusal} />
      </div>
      <DialogFoot
        action={props.action}
        acting={props.acting}
        busy={command.busy}
        danger
        onCancel={props.onClose}
        onAct={() => command.run(props.run, props.onClose)}
      />
    </>
  )
}
