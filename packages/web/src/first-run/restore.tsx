import { useEffect, useId, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { CircleAlert, History, Users } from 'lucide-react'
import { Link } from 'wouter'
import type { RefusalCode } from '@halyard/protocol'
import type { RecoveryPreview, RecoveryTyped } from '@halyard/client/api'
import devices from '../devices/devices.module.css'
import { platformWords } from '../devices/platform.ts'
import { useApi } from '../ui/client.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { Say, say } from '../words/words.tsx'
import { FirstFrame, Head } from './first-frame.tsx'
import type { Fact } from './first-frame.tsx'
import styles from './first-run.module.css'
import { useLockChoice } from './lock-choice.ts'
import { LockFields } from './lock-fields.tsx'
import { FormError, oneAtATime } from './setup.tsx'

const facts: readonly Fact[] = [
  { icon: Users, words: 'restore.back', ok: true },
  { icon: History, words: 'restore.not-back' },
]

/** Coming back with a card: its words, whose it is, how this browser locks. */
export const Restore = ({ onDone }: { readonly onDone: () => void }): ReactNode => {
  const [found, setFound] = useState<{ readonly words: string; readonly preview: RecoveryPreview }>()
  return (
    <FirstFrame
      {...(found === undefined ? {} : { title: found.preview.networkName })}
      facts={{ title: 'restore.what', list: facts }}
    >
      {found === undefined ? (
        <Words onFound={(words, preview) => setFound({ words, preview })} />
      ) : (
        <ComeBack words={found.words} preview={found.preview} onDone={onDone} />
      )}
    </FirstFrame>
  )
}

const Words = ({ onFound }: { readonly onFound: (words: string, preview: RecoveryPreview) => void }): ReactNode => {
  const api = useApi()
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [words, setWords] = useState('')
  const [typed, setTyped] = useState<RecoveryTyped>()
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<RefusalCode>()
  useEffect(() => {
    let current = true
    void api.readRecoveryKey(words).then((read) => {
      if (current) setTyped(read)
    })
    return () => {
      current = false
    }
  }, [api, words])
  const submit = async (): Promise<void> => {
    setTried(true)
    setRefusal(undefined)
    // Whoever types or pastes the last word and presses at once is ahead of what has been read so far.
    const read = await api.readRecoveryKey(words)
    setTyped(read)
    if (read.kind !== 'key') return
    const preview = await api.previewRecovery({ words })
    if (preview.ok) onFound(words, preview.value)
    else setRefusal(preview.code)
  }
  // A word that is being typed is not wrong yet.
  const isWhole = tried || /\s$/.test(words)
  const fault = typed === undefined || words.trim() === '' ? undefined : faultOf(typed, tried, isWhole)
  const near = typed?.kind === 'word' && isWhole ? typed.near : []
  const use = (word: string): void => {
    if (typed?.kind === 'word') setWords(withWord(words, typed.place, word))
    // The button that was pressed goes away with the mistake.
    field.current?.focus()
  }
  return (
    <form
      className={styles['form']}
      aria-labelledby={id}
      onSubmit={oneAtATime(busy, setBusy, submit)}
      autoComplete="off"
    >
      <Head id={id} title={say('restore.title')} lead={say('restore.lead')} />
      <div className={cx(parts['field'], devices['key'])}>
        <label htmlFor={`${id}-key`}>{say('restore.key')}</label>
        <textarea
          id={`${id}-key`}
          ref={field}
          value={words}
          onChange={(event) => {
            setWords(event.target.value)
            setTried(false)
          }}
          rows={4}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          aria-invalid={fault !== undefined}
          aria-describedby={`${id}-note`}
        />
        {fault === undefined ? (
          <small id={`${id}-note`}>{say('restore.hint')}</small>
        ) : (
          <div className={devices['miss']}>
            <p id={`${id}-note`} role="alert">
              <Icon of={CircleAlert} size="m" />
              <span>{fault}</span>
            </p>
            {near.map((word) => (
              <button
                key={word}
                type="button"
                className={cx(parts['button'], parts['outline'])}
                onClick={() => use(word)}
              >
                {say('restore.use', { word })}
              </button>
            ))}
          </div>
        )}
      </div>
      <FormError code={refusal} />
      <button type="submit" className={cx(parts['button'], parts['large'])} disabled={busy}>
        {say('restore.find')}
      </button>
      <p className={devices['other']}>
        {say('restore.still')} <Link href="/add">{say('restore.still-add')}</Link>
      </p>
    </form>
  )
}

const faultOf = (typed: RecoveryTyped, tried: boolean, isWhole: boolean): string | undefined => {
  if (typed.kind === 'word') return isWhole ? say('restore.word', { place: typed.place }) : undefined
  if (typed.kind === 'count') return tried ? say('restore.count', { words: typed.words }) : undefined
  return typed.kind === 'checksum' ? say('restore.checksum') : undefined
}

/** The same words with another one in that place. */
const withWord = (words: string, place: number, word: string): string => {
  let count = 0
  return words.replace(/\p{L}+/gu, (old) => (++count === place ? word : old))
}

const ComeBack = (props: {
  readonly words: string
  readonly preview: RecoveryPreview
  readonly onDone: () => void
}): ReactNode => {
  const { preview } = props
  const api = useApi()
  const id = useId()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<RefusalCode>()
  const choice = useLockChoice(api, { network: preview.networkName, name: preview.name })
  const submit = async (): Promise<void> => {
    setRefusal(undefined)
    const unlock = await choice.secret()
    if (unlock === undefined) return
    const result = await api.restore({ words: props.words, platform: platformWords(), unlock })
    if (result.ok) props.onDone()
    else setRefusal(result.code)
  }
  return (
    <form
      className={styles['form']}
      aria-labelledby={id}
      onSubmit={oneAtATime(busy, setBusy, submit)}
      autoComplete="off"
    >
      <Head
        id={id}
        title={<Say of="restore.whose" values={{ name: preview.name, network: preview.networkName }} />}
        lead={say('restore.whose-lead')}
        hasFocus
      />
      <LockFields choice={choice} />
      <FormError code={refusal} />
      <button type="submit" className={cx(parts['button'], parts['large'])} disabled={busy}>
        {say('restore.restore')}
      </button>
    </form>
  )
}
