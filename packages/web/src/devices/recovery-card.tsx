import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { Printer } from 'lucide-react'
import type { RefusalCode } from '@halyard/protocol'
import { useApi, useQuery } from '../ui/client.tsx'
import { Code } from '../ui/code.tsx'
import { DialogFoot, DialogHead, DialogRefusal } from '../ui/dialog-parts.tsx'
import dialog from '../ui/dialog.module.css'
import { TextField } from '../ui/fields.tsx'
import { Icon, Mark, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { shownName } from '../ui/shown-text.ts'
import { useCommand } from '../ui/use-command.ts'
import { Say, say } from '../words/words.tsx'
import styles from './devices.module.css'

/** A new recovery card: shown, asked back, and only then in force. */
export const RecoveryCard = ({ onClose }: { readonly onClose: () => void }): ReactNode => {
  const api = useApi()
  const [words, setWords] = useState<readonly string[]>()
  const [refusal, setRefusal] = useState<RefusalCode>()
  const [step, setStep] = useState<'card' | 'check' | 'card again'>('card')
  useEffect(() => {
    let current = true
    void api.drawRecoveryKey().then((drawn) => {
      if (!current) return
      if (drawn.ok) setWords(drawn.value)
      else setRefusal(drawn.code)
    })
    return () => {
      current = false
    }
  }, [api])
  if (words === undefined)
    return (
      <>
        <DialogHead title={say('recovery.keep-title')} />
        <div className={dialog['body']}>
          <DialogRefusal code={refusal} />
        </div>
      </>
    )
  return step === 'check' ? (
    <Check words={words} onBack={() => setStep('card again')} onClose={onClose} />
  ) : (
    <Card words={words} isAgain={step === 'card again'} onKept={() => setStep('check')} />
  )
}

interface CardProps {
  readonly words: readonly string[]
  /** Asked for by a button that is gone: the focus is on the way on. */
  readonly isAgain: boolean
  readonly onKept: () => void
}

const Card = ({ words, isAgain, onKept }: CardProps): ReactNode => {
  return (
    <>
      <DialogHead title={say('recovery.keep-title')} />
      <div className={dialog['body']}>
        <p>{say('recovery.keep-lead')}</p>
        <Paper words={words} />
      </div>
      <footer>
        <p />
        <button type="button" className={cx(parts['button'], parts['outline'])} onClick={() => print()}>
          <Icon of={Printer} size="m" />
          {say('recovery.print')}
        </button>
        <button type="button" className={parts['button']} onClick={onKept} autoFocus={isAgain}>
          {say('recovery.kept')}
        </button>
      </footer>
    </>
  )
}

/** What is printed: dark on white in every look, and nothing else of the page. */
const Paper = ({ words }: { readonly words: readonly string[] }): ReactNode => {
  const chats = useQuery('chats', undefined)
  const [madeAtMs] = useState(Date.now)
  return (
    <section className={styles['card']} aria-label={say('recovery.card')}>
      <div className={styles['cardHead']}>
        <Mark />
        <div>
          <h3>{say('recovery.card')}</h3>
          {chats !== undefined && (
            <p>{say('recovery.of', { name: shownName(chats.self.name), network: shownName(chats.networkName) })}</p>
          )}
        </div>
        <p className={styles['made']}>{say('recovery.made-on', { at: madeAtMs })}</p>
      </div>
      <div className={styles['cardBody']}>
        <ol className={styles['words']}>
          {words.map((word, index) => (
            <li key={index}>{word}</li>
          ))}
        </ol>
        <Code of={shortWords(words)} alphanumeric label={say('recovery.code')} />
      </div>
      <div className={styles['cardFoot']}>
        <p>
          <Say of="recovery.how" values={{ host: location.host }} />
        </p>
        <p>
          <Say of="recovery.passport" />
        </p>
      </div>
    </section>
  )
}

/** Four letters of each, as the field of the restore screen reads them too: a code with larger squares. */
const shortWords = (words: readonly string[]): string => words.map((word) => word.slice(0, 4).toUpperCase()).join(' ')

/** Two places that nobody can know who has not the card at hand. */
const drawPlaces = (count: number): readonly [number, number] => {
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint8Array(2))
  const first = a % count
  const second = (first + 1 + (b % (count - 1))) % count
  return [Math.min(first, second), Math.max(first, second)]
}

const Check = (props: {
  readonly words: readonly string[]
  readonly onBack: () => void
  readonly onClose: () => void
}): ReactNode => {
  const { words } = props
  const api = useApi()
  const command = useCommand()
  const [places] = useState(() => drawPlaces(words.length))
  const [typed, setTyped] = useState<readonly string[]>(['', ''])
  const [tried, setTried] = useState(false)
  const first = useRef<HTMLInputElement>(null)
  const second = useRef<HTMLInputElement>(null)
  const faults = places.map((place, index) => faultOf(words, place, typed[index] ?? ''))
  const submit = (): void => {
    setTried(true)
    const wrong = faults.findIndex((fault) => fault !== undefined)
    if (wrong === -1) command.run(() => api.keepRecoveryKey(), props.onClose)
    else (wrong === 0 ? first : second).current?.select()
  }
  return (
    <>
      <DialogHead title={say('recovery.check-title')} />
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <div className={dialog['body']}>
          <p>{say('recovery.check-lead')}</p>
          {places.map((place, index) => (
            <TextField
              key={place}
              ref={index === 0 ? first : second}
              label={say('recovery.word', { place: place + 1 })}
              value={typed[index] ?? ''}
              onChange={(value) => setTyped(typed.map((old, at) => (at === index ? value : old)))}
              error={tried ? faults[index] : undefined}
              hint={tried && faults[index] === undefined ? say('recovery.word-right') : undefined}
              isGood
              autoFocus={index === 0}
            />
          ))}
          <DialogRefusal code={command.refusal} />
          <div className={parts['actions']}>
            <button type="button" className={parts['link']} onClick={props.onBack}>
              {say('recovery.show-again')}
            </button>
          </div>
        </div>
        <DialogFoot
          action={say('device.continue')}
          acting={say('recovery.keeping')}
          busy={command.busy}
          onCancel={props.onClose}
        />
      </form>
    </>
  )
}

const faultOf = (words: readonly string[], place: number, typed: string): string | undefined => {
  const word = typed.trim().toLowerCase()
  if (word === words[place]) return undefined
  const elsewhere = words.indexOf(word)
  return elsewhere === -1
    ? say('recovery.word-wrong')
    : say('recovery.word-elsewhere', { is: elsewhere + 1, place: place + 1 })
}
