import { useRef, useState } from 'react'
import type { ReactNode } from 'react'
import type { UnlockMethod, UnlockSecret } from '@halyard/client/api'
import { SecretField } from '../ui/fields.tsx'
import { askPasskey } from '../ui/passkey.ts'
import { say } from '../words/words.tsx'

export interface UnlockAgain {
  readonly field: ReactNode
  /** What unlocks; undefined when the person has not given it. */
  readonly secret: () => Promise<UnlockSecret | undefined>
  readonly wrong: () => void
}

/** Asks for what unlocks this device, as the locked screen does: before something that an open screen is not enough for. */
export const useUnlockAgain = (method: UnlockMethod): UnlockAgain => {
  const [passphrase, setPassphrase] = useState('')
  const [error, setError] = useState<string>()
  const field = useRef<HTMLInputElement>(null)
  const wrong = (): void => {
    setError(say('unlock.wrong'))
    field.current?.focus()
    field.current?.select()
  }
  if (method.kind === 'passkey') {
    return {
      field: error === undefined ? undefined : <p role="alert">{error}</p>,
      async secret() {
        setError(undefined)
        const asked = await askPasskey(method)
        if (asked.ok) return asked.secret
        setError(say(asked.failure === 'cancelled' ? 'unlock.passkey-failed' : 'unlock.wrong'))
        return undefined
      },
      wrong,
    }
  }
  return {
    field: (
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
      />
    ),
    async secret() {
      if (passphrase !== '') return { kind: 'passphrase', passphrase }
      setError(say('field.passphrase-missing'))
      field.current?.focus()
      return undefined
    },
    wrong,
  }
}
