import { useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { Clock, MonitorSmartphone, TriangleAlert } from 'lucide-react'
import type { AskingDevice, UnlockMethod } from '@halyard/client/api'
import { useCommand } from '../ui/use-command.ts'
import { useApi } from '../ui/client.tsx'
import { DialogFoot, DialogHead, DialogRefusal } from '../ui/dialog-parts.tsx'
import dialog from '../ui/dialog.module.css'
import { TextField } from '../ui/fields.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { shownName } from '../ui/shown-text.ts'
import { Say, say } from '../words/words.tsx'
import { Countdown } from './countdown.tsx'
import styles from './devices.module.css'
import { useUnlockAgain } from './unlock-again.tsx'

/** Adding a device: its code is typed here, then what asks is shown, and its number typed. */
export const AddDevice = ({
  method,
  onClose,
}: {
  readonly method: UnlockMethod
  readonly onClose: () => void
}): ReactNode => {
  const [asking, setAsking] = useState<AskingDevice>()
  return asking === undefined ? (
    <TypeCode onClose={onClose} onFound={setAsking} />
  ) : (
    <Approve asking={asking} method={method} onClose={onClose} />
  )
}

const TypeCode = (props: {
  readonly onClose: () => void
  readonly onFound: (asking: AskingDevice) => void
}): ReactNode => {
  const api = useApi()
  const command = useCommand()
  const [code, setCode] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const find = (): void =>
    command.run(async () => {
      const result = await api.findDevice(code)
      if (!result.ok) field.current?.select()
      return result
    }, props.onFound)
  return (
    <>
      <DialogHead title={say('device.add')} />
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          find()
        }}
      >
        <div className={dialog['body']}>
          <div className={styles['asks']}>
            <h3>{say('device.on-the-new')}</h3>
            <ol className={styles['steps']}>
              <li>
                <span>
                  <Say of="device.open" values={{ host: location.host }} />
                </span>
              </li>
              <li>
                <span>
                  <Say of="device.choose" />
                </span>
              </li>
              <li>{say('device.shows')}</li>
            </ol>
          </div>
          <TextField ref={field} label={say('device.code')} value={code} onChange={setCode} maxLength={24} autoFocus />
          <DialogRefusal code={command.refusal} />
        </div>
        <DialogFoot
          note={say('device.unlock-first')}
          action={say('device.continue')}
          acting={say('device.finding')}
          busy={command.busy}
          onCancel={props.onClose}
        />
      </form>
    </>
  )
}

const Approve = (props: {
  readonly asking: AskingDevice
  readonly method: UnlockMethod
  readonly onClose: () => void
}): ReactNode => {
  const api = useApi()
  const { asking, onClose } = props
  const [number, setNumber] = useState('')
  const command = useCommand()
  const field = useRef<HTMLInputElement>(null)
  const again = useUnlockAgain(props.method)
  const approve = async (): Promise<void> => {
    if (number.trim() === '') return field.current?.focus()
    const unlock = await again.secret()
    if (unlock === undefined) return
    command.run(async () => {
      const result = await api.approveDevice({ number, unlock })
      if (!result.ok && result.code === 'unlock-refused') again.wrong()
      return result
    }, onClose)
  }
  const refuse = (): void => {
    void api.refuseDevice()
    onClose()
  }
  return (
    <>
      <DialogHead title={say('device.let-in')} />
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          void approve()
        }}
      >
        <div className={cx(dialog['body'], styles['letIn'])}>
          <section className={styles['asks']} aria-label={say('device.asks')}>
            <h3>{say('device.asks')}</h3>
            <p className={styles['fact']}>
              <Icon of={MonitorSmartphone} size="m" />
              <bdi>{shownName(asking.platform)}</bdi>
            </p>
            <p className={styles['fact']}>
              <Icon of={Clock} size="m" />
              {say('device.asked-at', { at: asking.askedAtMs })}
            </p>
            <h3>{say('device.gets')}</h3>
            <p>{say('device.gets-text')}</p>
          </section>
          <div className={styles['proof']}>
            <div className={styles['number']}>
              <TextField
                ref={field}
                label={say('device.number')}
                value={number}
                onChange={setNumber}
                maxLength={12}
                hint={say('device.number-hint')}
                autoFocus
              />
            </div>
            <Countdown untilMs={asking.untilMs} words="device.number-left" />
            {again.field}
            <DialogRefusal code={command.refusal === 'unlock-refused' ? undefined : command.refusal} />
          </div>
        </div>
        <footer>
          <p>
            <Icon of={TriangleAlert} size="m" />
            <span>{say('device.never-told')}</span>
          </p>
          <button type="button" className={cx(parts['button'], parts['outline'], styles['refuse'])} onClick={refuse}>
            {say('device.refuse')}
          </button>
          <button type="submit" className={parts['button']} aria-disabled={command.busy}>
            {say(command.busy ? 'device.approving' : 'device.approve')}
          </button>
        </footer>
      </form>
    </>
  )
}
