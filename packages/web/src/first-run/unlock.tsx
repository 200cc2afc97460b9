import { useId, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { CircleAlert, FingerprintPattern, Inbox, Lock } from 'lucide-react'
import type { UnlockMethod } from '@halyard/client/api'
import { useApi } from '../ui/client.tsx'
import { SecretField } from '../ui/fields.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { askPasskey } from '../ui/passkey.ts'
import { useUi } from '../ui/ui-store.ts'
import type { LockedBy } from '../ui/ui-store.ts'
import { refusalText, say } from '../words/words.tsx'
import { BigIcon, Head, ShutFrame } from './first-frame.tsx'
import styles from './first-run.module.css'
import { oneAtATime } from './setup.tsx'

/** The locked screen. It names nobody and no network: nothing of that is in the clear on the disk. */
export const Unlock = ({ method }: { readonly method: UnlockMethod }): ReactNode => {
  const id = useId()
  const lockedBy = useUi((ui) => ui.lockedBy)
  return (
    <ShutFrame
      base={
        <>
          <Icon of={Inbox} size="s" />
          {say('unlock.base')}
        </>
      }
    >
      {method.kind === 'passkey' ? (
        <WithPasskey id={id} method={method} lead={whyLocked(lockedBy)} />
      ) : (
        <WithPassphrase id={id} lead={whyLocked(lockedBy)} />
      )}
    </ShutFrame>
  )
}

const WithPassphrase = ({ id, lead }: { readonly id: string; readonly lead: string }): ReactNode => {
  const api = useApi()
  const field = useRef<HTMLInputElement>(null)
  const [passphrase, setPassphrase] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const submit = async (): Promise<void> => {
    const result = await api.unlock({ kind: 'passphrase', passphrase })
    if (result.ok) return
    setError(result.code === 'unlock-refused' ? say('unlock.wrong') : refusalText(result.code))
    field.current?.focus()
    field.current?.select()
  }
  return (
    <form
      className={cx(styles['form'], styles['narrow'])}
      aria-labelledby={id}
      onSubmit={oneAtATime(busy, setBusy, submit)}
      autoComplete="off"
    >
      <BigIcon of={Lock} />
      <Head id={id} title={say('unlock.title')} lead={lead} />
      <SecretField
        field="passphrase"
        label={say('field.passphrase')}
        value={passphrase}
        onChange={(value) => {
          setPassphrase(value)
          setError(undefined)
        }}
        error={error}
        ref={field}
        autoFocus
      />
      <button type="submit" className={cx(parts['button'], parts['large'])} disabled={busy}>
        {say('unlock.unlock')}
      </button>
    </form>
  )
}

const WithPasskey = (props: {
  readonly id: string
  readonly method: Extract<UnlockMethod, { readonly kind: 'passkey' }>
  readonly lead: string
}): ReactNode => {
  const api = useApi()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const submit = async (): Promise<void> => {
    setError(undefined)
    const asked = await askPasskey(props.method)
    if (!asked.ok) return setError(say(asked.failure === 'cancelled' ? 'unlock.passkey-failed' : 'unlock.wrong'))
    const result = await api.unlock(asked.secret)
    if (!result.ok) setError(result.code === 'unlock-refused' ? say('unlock.wrong') : refusalText(result.code))
  }
  return (
    <form
      className={cx(styles['form'], styles['narrow'])}
      aria-labelledby={props.id}
      onSubmit={oneAtATime(busy, setBusy, submit)}
    >
      <BigIcon of={Lock} />
      <Head id={props.id} title={say('unlock.title')} lead={props.lead} />
      <button type="submit" className={cx(parts['button'], parts['large'])} disabled={busy} autoFocus>
        <Icon of={FingerprintPattern} size="m" />
        {say('unlock.unlock')}
      </button>
      {error === undefined ? (
        <p className={cx(parts['fine'], parts['plain'])}>{say('unlock.passkey-hint')}</p>
      ) : (
        <p className={styles['error']} role="alert">
          <Icon of={CircleAlert} size="s" />
          <span>{error}</span>
        </p>
      )}
    </form>
  )
}

const whyLocked = (lockedBy: LockedBy | undefined): string => {
  if (lockedBy === undefined) return say('unlock.plain')
  return lockedBy.kind === 'hand'
    ? say('unlock.by-you', { at: lockedBy.atMs })
    : say('unlock.idle', { minutes: lockedBy.minutes })
}
