import { useId, useState } from 'react'
import type { FormEvent, ReactNode } from 'react'
import { CircleAlert, KeyRound, Server, Users } from 'lucide-react'
import { limits } from '@halyard/protocol'
import type { RefusalCode } from '@halyard/protocol'
import { platformWords } from '../devices/platform.ts'
import { useApi } from '../ui/client.tsx'
import { TextField } from '../ui/fields.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { useUi } from '../ui/ui-store.ts'
import { refusalText, say } from '../words/words.tsx'
import { FirstFrame, Head } from './first-frame.tsx'
import type { Fact } from './first-frame.tsx'
import styles from './first-run.module.css'
import { useLockChoice } from './lock-choice.ts'
import { LockFields } from './lock-fields.tsx'

const facts: readonly Fact[] = [
  { icon: Users, words: 'setup.fact-people' },
  { icon: Server, words: 'setup.fact-server' },
  { icon: KeyRound, words: 'setup.fact-owner' },
]

/** The first person: network, own name, lock. `token` comes from the link that the server printed. */
export const Setup = ({ token, onDone }: { readonly token: string; readonly onDone: () => void }): ReactNode => {
  const api = useApi()
  const id = useId()
  const [network, setNetwork] = useState('')
  const [name, setName] = useState('')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<RefusalCode>()
  const choice = useLockChoice(api, { network, name })
  const submit = async (): Promise<void> => {
    setTried(true)
    setRefusal(undefined)
    if (network.trim() === '' || name.trim() === '') return
    const unlock = await choice.secret()
    if (unlock === undefined) return
    useUi.setState({ welcome: 'me', firstRun: true })
    const result = await api.setUp({
      token,
      networkName: network.trim(),
      name: name.trim(),
      platform: platformWords(),
      unlock,
    })
    if (result.ok) onDone()
    else setRefusal(result.code)
  }
  return (
    <FirstFrame
      steps={{ names: ['step.name-network', 'recovery.keep-title', 'step.invite-people'], at: 0 }}
      facts={{ title: 'setup.facts', list: facts }}
    >
      <form
        className={styles['form']}
        aria-labelledby={id}
        onSubmit={oneAtATime(busy, setBusy, submit)}
        autoComplete="off"
      >
        <Head id={id} title={say('setup.title')} lead={say('setup.lead')} />
        <TextField
          label={say('setup.network')}
          value={network}
          onChange={setNetwork}
          maxLength={limits.nameMaxLength}
          hint={say('setup.network-hint')}
          error={tried && network.trim() === '' ? say('field.network-missing') : undefined}
        />
        <TextField
          label={say('setup.name')}
          value={name}
          onChange={setName}
          maxLength={limits.nameMaxLength}
          hint={say('setup.name-hint')}
          error={tried && name.trim() === '' ? say('field.name-missing') : undefined}
        />
        <LockFields choice={choice} />
        <FormError code={refusal} />
        <button type="submit" className={cx(parts['button'], parts['large'])} disabled={busy}>
          {say('setup.create')}
        </button>
      </form>
    </FirstFrame>
  )
}

/** Runs one submission at a time: a second Enter while the first is under way does nothing. */
export const oneAtATime =
  (busy: boolean, setBusy: (busy: boolean) => void, submit: () => Promise<void>) =>
  (event: FormEvent): void => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    void submit().finally(() => setBusy(false))
  }

export const FormError = ({ code }: { readonly code: RefusalCode | undefined }): ReactNode =>
  code === undefined ? undefined : (
    <p className={styles['error']} role="alert">
      <Icon of={CircleAlert} size="s" />
      <span>{refusalText(code)}</span>
    </p>
  )
