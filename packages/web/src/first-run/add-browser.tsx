import { useId, useState } from 'react'
import type { ReactNode } from 'react'
import { History, MessageSquare, TriangleAlert } from 'lucide-react'
import { Link } from 'wouter'
import type { RefusalCode } from '@halyard/protocol'
import type { Pairing } from '@halyard/client/api'
import { Countdown } from '../devices/countdown.tsx'
import devices from '../devices/devices.module.css'
import { platformWords } from '../devices/platform.ts'
import { useApi, useQuery } from '../ui/client.tsx'
import { Code } from '../ui/code.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'
import type { WordKey } from '../words/words.tsx'
import { FirstFrame, Head } from './first-frame.tsx'
import type { Fact } from './first-frame.tsx'
import styles from './first-run.module.css'
import { useLockChoice } from './lock-choice.ts'
import { LockFields } from './lock-fields.tsx'
import { FormError, oneAtATime } from './setup.tsx'

const facts: readonly Fact[] = [
  { icon: MessageSquare, words: 'device.gets-from-now', ok: true },
  { icon: History, words: 'device.gets-not-past' },
]
const steps: readonly WordKey[] = ['step.lock', 'step.code', 'step.number']

/** A browser without an account: how it locks, the code it shows, then the number. */
export const AddBrowser = ({ onDone }: { readonly onDone: () => void }): ReactNode => {
  const api = useApi()
  const id = useId()
  const pairing = useQuery('pairing', undefined)
  const [busy, setBusy] = useState(false)
  const [again, setAgain] = useState(false)
  const [refusal, setRefusal] = useState<RefusalCode>()
  const choice = useLockChoice(api, { network: '', name: '' })
  const submit = async (): Promise<void> => {
    setRefusal(undefined)
    const unlock = await choice.secret()
    if (unlock === undefined) return
    setAgain(true)
    const result = await api.addThisDevice({ platform: platformWords(), unlock })
    if (result.ok) onDone()
    else if (result.code !== 'offer-unknown') setRefusal(result.code)
  }
  if (pairing !== undefined) return <Waiting pairing={pairing} />
  return (
    <FirstFrame steps={{ names: steps, at: 0 }} facts={{ title: 'device.what-it-gets', list: facts }}>
      <form
        className={styles['form']}
        aria-labelledby={id}
        onSubmit={oneAtATime(busy, setBusy, submit)}
        autoComplete="off"
      >
        <Head id={id} title={say('device.add-this')} lead={say('device.add-this-lead')} hasFocus={again} />
        <LockFields choice={choice} />
        <FormError code={refusal} />
        <button type="submit" className={cx(parts['button'], parts['large'])} disabled={busy}>
          {say('device.show-code')}
        </button>
        <p className={devices['other']}>
          {say('device.no-other')} <Link href="/restore">{say('empty.restore')}</Link>
        </p>
      </form>
    </FirstFrame>
  )
}

const Waiting = ({ pairing }: { readonly pairing: Pairing }): ReactNode => {
  const api = useApi()
  const id = useId()
  const at = pairing.state === 'number' ? 2 : 1
  return (
    <FirstFrame steps={{ names: steps, at }} facts={{ title: 'device.what-it-gets', list: facts }}>
      <section className={cx(styles['form'], styles['wide'])} aria-labelledby={id}>
        {pairing.state === 'number' ? (
          <>
            <Head
              key="number"
              id={id}
              title={say('device.type-number')}
              lead={say('device.type-number-lead')}
              hasFocus
            />
            <p className={devices['code']} aria-live="polite">
              {`${pairing.number.slice(0, 3)} ${pairing.number.slice(3)}`}
            </p>
            <Countdown untilMs={pairing.untilMs} words="device.number-left" />
            <p className={parts['fine']}>
              <Icon of={TriangleAlert} size="s" />
              <span>{say('device.number-fine')}</span>
            </p>
          </>
        ) : (
          <>
            <Head key="code" id={id} title={say('device.add-this')} lead={say('device.code-lead')} hasFocus />
            <ShownCode pairing={pairing} />
            <ol className={devices['steps']}>
              <li>{say('device.step-open')}</li>
              <li>{say('device.step-settings')}</li>
              <li>{say('device.step-add')}</li>
              <li>{say('device.step-type')}</li>
            </ol>
          </>
        )}
        <div className={devices['wait']}>
          <p role="status">{say('device.waiting')}</p>
          <button
            type="button"
            className={cx(parts['button'], parts['outline'], parts['large'])}
            onClick={() => void api.cancelAddThisDevice()}
          >
            {say('app.cancel')}
          </button>
        </div>
      </section>
    </FirstFrame>
  )
}

/** The code as text, which is what is typed, and as a picture for a camera. */
const ShownCode = ({ pairing }: { readonly pairing: Exclude<Pairing, { readonly state: 'number' }> }): ReactNode => (
  <div className={devices['shown']}>
    {pairing.state === 'code' && <Code of={pairing.code} alphanumeric label={say('device.code-to-scan')} />}
    <div>
      <p className={devices['code']} aria-live="polite">
        {pairing.state === 'code' ? `${pairing.code.slice(0, 4)} ${pairing.code.slice(4)}` : say('device.connecting')}
      </p>
      {pairing.state === 'code' && <Countdown untilMs={pairing.untilMs} words="device.code-left" />}
    </div>
  </div>
)
