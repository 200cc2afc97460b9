import { useEffect, useId, useState } from 'react'
import type { ReactNode } from 'react'
import { Eye, EyeOff, Power } from 'lucide-react'
import type { InvitePreview } from '@halyard/client/api'
import { limits } from '@halyard/protocol'
import type { RefusalCode } from '@halyard/protocol'
import { platformWords } from '../devices/platform.ts'
import { Avatar } from '../ui/avatar.tsx'
import { useApi } from '../ui/client.tsx'
import { TextField } from '../ui/fields.tsx'
import { cx } from '../ui/icon.tsx'
import type { Landing } from '../ui/landing.ts'
import parts from '../ui/parts.module.css'
import { shownName } from '../ui/shown-text.ts'
import { useUi } from '../ui/ui-store.ts'
import { Say, say } from '../words/words.tsx'
import type { WordKey } from '../words/words.tsx'
import { FactList, FirstFrame, Head } from './first-frame.tsx'
import type { Fact } from './first-frame.tsx'
import styles from './first-run.module.css'
import { JoinRefused } from './join-refused.tsx'
import { useLockChoice } from './lock-choice.ts'
import { LockFields } from './lock-fields.tsx'
import { FormError, oneAtATime } from './setup.tsx'

const facts: readonly Fact[] = [
  { icon: EyeOff, words: 'join.cannot-read', ok: true },
  { icon: Eye, words: 'join.can-see' },
  { icon: Power, words: 'join.can-stop' },
]
const steps: readonly WordKey[] = ['step.the-invite', 'step.your-name', 'step.way-back', 'step.talk']
/** Refusals that end the invite; the others are said at the form and can be tried again. */
const ends: readonly RefusalCode[] = [
  'invite-unknown',
  'invite-used',
  'invite-expired',
  'invite-altered',
  'admission-refused',
]

/** The second person: what the invite says, then name and lock. */
export const Join = ({ landing, onDone }: { readonly landing: Landing; readonly onDone: () => void }): ReactNode => {
  const api = useApi()
  const [preview, setPreview] = useState<InvitePreview>()
  const [refusal, setRefusal] = useState<RefusalCode>()
  const [attempt, setAttempt] = useState(0)
  const [agreed, setAgreed] = useState(false)
  useEffect(() => {
    let current = true
    void api.previewInvite({ path: landing.path, fragment: landing.fragment }).then((result) => {
      if (!current) return
      if (result.ok) setPreview(result.value)
      else setRefusal(result.code)
    })
    return () => {
      current = false
      setRefusal(undefined)
    }
  }, [api, landing, attempt])
  if (refusal !== undefined)
    return <JoinRefused code={refusal} network={preview?.networkName} onRetry={() => setAttempt(attempt + 1)} />
  if (preview === undefined) return <Opening />
  if (agreed) return <You landing={landing} preview={preview} onDone={onDone} onRefused={setRefusal} />
  return <Invite preview={preview} onContinue={() => setAgreed(true)} />
}

const Opening = (): ReactNode => (
  <FirstFrame steps={{ names: steps, at: 0 }}>
    <p role="status" className={parts['fine']}>
      {say('join.opening')}
    </p>
  </FirstFrame>
)

const Invite = ({
  preview,
  onContinue,
}: {
  readonly preview: InvitePreview
  readonly onContinue: () => void
}): ReactNode => {
  const id = useId()
  const inviter = shownName(preview.inviterName) || say('app.someone')
  return (
    <FirstFrame title={preview.networkName} steps={{ names: steps, at: 0 }}>
      <section className={styles['form']} aria-labelledby={id}>
        <Avatar id={preview.inviterName} name={preview.inviterName} size={64} />
        <Head
          id={id}
          title={<Say of="join.title" values={{ inviter, network: shownName(preview.networkName) }} />}
          lead={say('join.lead')}
        />
        <div className={styles['box']}>
          <h2>{say('join.operator')}</h2>
          <FactList facts={facts} />
        </div>
        <button type="button" className={cx(parts['button'], parts['large'])} onClick={onContinue} autoFocus>
          {say('join.continue')}
        </button>
        <p className={cx(parts['fine'], parts['plain'])}>{say('join.fine', { until: preview.expiresAtMs })}</p>
      </section>
    </FirstFrame>
  )
}

interface YouProps {
  readonly landing: Landing
  readonly preview: InvitePreview
  readonly onDone: () => void
  readonly onRefused: (code: RefusalCode) => void
}

const You = ({ landing, preview, onDone, onRefused }: YouProps): ReactNode => {
  const api = useApi()
  const id = useId()
  const [name, setName] = useState('')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<RefusalCode>()
  const choice = useLockChoice(api, { network: preview.networkName, name })
  const submit = async (): Promise<void> => {
    setTried(true)
    setRefusal(undefined)
    if (name.trim() === '') return
    const unlock = await choice.secret()
    if (unlock === undefined) return
    useUi.setState({ welcome: 'inviter', firstRun: true })
    const result = await api.join({
      path: landing.path,
      fragment: landing.fragment,
      name: name.trim(),
      platform: platformWords(),
      unlock,
    })
    if (result.ok) onDone()
    else if (ends.includes(result.code)) onRefused(result.code)
    else setRefusal(result.code)
  }
  return (
    <FirstFrame
      title={preview.networkName}
      steps={{ names: steps, at: 1 }}
      facts={{ title: 'join.operator', list: facts }}
    >
      <form
        className={styles['form']}
        aria-labelledby={id}
        onSubmit={oneAtATime(busy, setBusy, submit)}
        autoComplete="off"
      >
        <Head id={id} title={say('join.you-title')} lead={say('join.you-lead')} />
        <TextField
          label={say('setup.name')}
          value={name}
          onChange={setName}
          maxLength={limits.nameMaxLength}
          hint={say('join.name-hint', { network: shownName(preview.networkName) })}
          error={tried && name.trim() === '' ? say('field.name-missing') : undefined}
          autoFocus
        />
        <LockFields choice={choice} />
        <FormError code={refusal} />
        <button type="submit" className={cx(parts['button'], parts['large'])} disabled={busy}>
          {say('join.join')}
        </button>
      </form>
    </FirstFrame>
  )
}
