import { useState } from 'react'
import type { ReactNode } from 'react'
import { MonitorSmartphone, Pencil, Plus, RectangleEllipsis, ShieldCheck } from 'lucide-react'
import { Dialog, Modal, ModalOverlay } from 'react-aria-components'
import type { DeviceView, UnlockMethod } from '@halyard/client/api'
import { limits } from '@halyard/protocol'
import conversation from '../chat/conversation.module.css'
import { PaneHeader } from '../chat/pane-header.tsx'
import { useQuery } from '../ui/client.tsx'
import dialog from '../ui/dialog.module.css'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { openDialog } from '../ui/ui-store.ts'
import { useFocusHome } from '../ui/use-focus-home.ts'
import { say } from '../words/words.tsx'
import { AddDevice } from './add-device.tsx'
import { deviceStory, deviceTitle } from './device-title.ts'
import styles from './devices.module.css'
import { RemoveDevice, RenameDevice } from './remove-device.tsx'

type Asked = { readonly kind: 'add' } | { readonly kind: 'remove' | 'rename'; readonly device: DeviceView }

/** The account's devices and its way back in. */
export const DevicesPane = ({ method }: { readonly method: UnlockMethod }): ReactNode => {
  const [asked, setAsked] = useState<Asked>()
  const close = (): void => setAsked(undefined)
  useFocusHome(asked !== undefined)
  return (
    <div className={conversation['conversation']}>
      <PaneHeader title={say('device.title')} />
      <div className={styles['body']}>
        <div className={styles['lead']}>
          <p>{say('device.lead')}</p>
          <button type="button" className={parts['button']} onClick={() => setAsked({ kind: 'add' })}>
            <Icon of={Plus} size="m" />
            {say('device.add')}
          </button>
        </div>
        <DeviceList onAsk={setAsked} />
        <WayBackIn />
        <p className={styles['never']}>
          <Icon of={ShieldCheck} size="m" />
          <span>{say('device.never')}</span>
        </p>
      </div>
      {asked !== undefined && (
        <ModalOverlay
          className={dialog['overlay'] ?? ''}
          isOpen
          isDismissable
          onOpenChange={(open) => !open && close()}
        >
          <Modal
            className={cx(
              dialog['dialog'],
              asked.kind === 'add' && styles['wide'],
              (asked.kind === 'remove' || asked.kind === 'rename') && dialog['small'],
            )}
          >
            <Dialog role={asked.kind === 'remove' ? 'alertdialog' : 'dialog'}>
              {asked.kind === 'add' && <AddDevice method={method} onClose={close} />}
              {asked.kind === 'remove' && <RemoveDevice device={asked.device} onClose={close} />}
              {asked.kind === 'rename' && <RenameDevice device={asked.device} onClose={close} />}
            </Dialog>
          </Modal>
        </ModalOverlay>
      )}
    </div>
  )
}

const DeviceList = ({ onAsk }: { readonly onAsk: (asked: Asked) => void }): ReactNode => {
  const devices = useQuery('devices', undefined) ?? []
  return (
    <section className={styles['part']}>
      <h2>
        {say('device.count', { count: devices.length })}
        <small>{say('device.up-to', { count: limits.devicesPerAccountMax })}</small>
      </h2>
      <ul className={styles['list']} aria-label={say('device.title')}>
        {devices.map((device) => (
          <Device key={device.deviceId} device={device} onAsk={onAsk} />
        ))}
      </ul>
    </section>
  )
}

const Device = ({
  device,
  onAsk,
}: {
  readonly device: DeviceView
  readonly onAsk: (asked: Asked) => void
}): ReactNode => {
  const title = deviceTitle(device)
  return (
    <li>
      <span className={styles['tile']}>
        <Icon of={MonitorSmartphone} />
      </span>
      <div>
        <b>
          <bdi>{title}</bdi>
          <button
            type="button"
            className={parts['iconButton']}
            aria-label={say('device.rename-named', { name: title })}
            onClick={() => onAsk({ kind: 'rename', device })}
          >
            <Icon of={Pencil} size="s" />
          </button>
          {device.isSelf && <span className={styles['tag']}>{say('device.this')}</span>}
          {device.isNew && !device.isSelf && <span className={styles['tag']}>{say('device.new')}</span>}
        </b>
        <p>{deviceStory(device)}</p>
        {device.brought !== undefined && (
          <p role="status">{say('device.brought', { done: device.brought.done, all: device.brought.all })}</p>
        )}
      </div>
      {device.isSelf ? (
        <span />
      ) : (
        <button
          type="button"
          className={cx(parts['button'], parts['outline'])}
          aria-label={say('device.remove-named', { name: title })}
          onClick={() => onAsk({ kind: 'remove', device })}
        >
          {say('device.remove')}
        </button>
      )}
    </li>
  )
}

const WayBackIn = (): ReactNode => {
  const recovery = useQuery('recovery', undefined)
  if (recovery === undefined) return undefined
  const { madeAtMs, waiting } = recovery
  return (
    <section className={styles['part']}>
      <h2>{say('recovery.title')}</h2>
      <ul className={cx(styles['list'], styles['long'])}>
        <li>
          <span className={styles['tile']}>
            <Icon of={RectangleEllipsis} />
          </span>
          <div>
            <b>{say('recovery.card')}</b>
            <p>{madeAtMs === undefined ? say('recovery.none') : say('recovery.made', { at: madeAtMs })}</p>
            {waiting > 0 && <p role="status">{say('recovery.waiting', { count: waiting })}</p>}
          </div>
          <button type="button" className={cx(parts['button'], parts['outline'])} onClick={() => openDialog('card')}>
            {say(madeAtMs === undefined ? 'recovery.make' : 'recovery.make-new')}
          </button>
        </li>
      </ul>
    </section>
  )
}
