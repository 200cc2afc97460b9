import { useState } from 'react'
import type { ReactNode } from 'react'
import { MonitorX } from 'lucide-react'
import type { DeviceView } from '@halyard/client/api'
import { limits } from '@halyard/protocol'
import { useCommand } from '../ui/use-command.ts'
import { useApi } from '../ui/client.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { DialogFoot, DialogHead, DialogRefusal } from '../ui/dialog-parts.tsx'
import dialog from '../ui/dialog.module.css'
import { TextField } from '../ui/fields.tsx'
import { say } from '../words/words.tsx'
import { deviceTitle } from './device-title.ts'

interface OneDevice {
  readonly device: DeviceView
  readonly onClose: () => void
}

/** Says what removing means before it is done. */
export const RemoveDevice = ({ device, onClose }: OneDevice): ReactNode => {
  const api = useApi()
  return (
    <Confirm
      icon={MonitorX}
      heading={say('device.remove-title', { name: deviceTitle(device) })}
      lines={[say('device.remove-text'), say('device.remove-seen')]}
      action={say('device.remove')}
      acting={say('device.removing')}
      onClose={onClose}
      run={() => api.removeDevice(device.deviceId)}
    />
  )
}

export const RenameDevice = ({ device, onClose }: OneDevice): ReactNode => {
  const api = useApi()
  const command = useCommand()
  const [name, setName] = useState(device.name)
  return (
    <>
      <DialogHead title={say('device.rename')} />
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          command.run(() => api.nameDevice({ deviceId: device.deviceId, name }), onClose)
        }}
      >
        <div className={dialog['body']}>
          <TextField
            label={say('device.name')}
            value={name}
            onChange={setName}
            maxLength={limits.nameMaxLength}
            autoFocus
          />
          <DialogRefusal code={command.refusal} />
        </div>
        <DialogFoot action={say('device.save')} acting={say('device.saving')} busy={command.busy} onCancel={onClose} />
      </form>
    </>
  )
}
