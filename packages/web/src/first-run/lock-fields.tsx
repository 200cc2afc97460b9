import { useId } from 'react'
import type { ReactNode } from 'react'
import {
  Check,
  Circle,
  CircleAlert,
  CircleCheck,
  FingerprintPattern,
  Info,
  RectangleEllipsis,
  RefreshCw,
} from 'lucide-react'
import { SecretField } from '../ui/fields.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'
import styles from './first-run.module.css'
import type { LockChoice } from './lock-choice.ts'

/** How this device unlocks: two buttons of which one is pressed, and what belongs to it. */
export const LockFields = ({ choice }: { readonly choice: LockChoice }): ReactNode => {
  const taken = choice.words !== undefined && choice.passphrase === choice.words
  const weak = choice.passphraseError !== undefined && choice.passphrase !== ''
  return (
    <fieldset className={styles['lockset']}>
      <legend>{say('lock.legend')}</legend>
      <div className={styles['options']}>
        <Option
          choice={choice}
          method="passkey"
          icon={FingerprintPattern}
          title={say('lock.passkey')}
          hint={say('lock.passkey-hint')}
        />
        <Option
          choice={choice}
          method="passphrase"
          icon={RectangleEllipsis}
          title={say('lock.passphrase')}
          hint={say('lock.passphrase-hint')}
        />
      </div>
      {(choice.notice !== undefined || choice.method === 'passkey') && (
        <p className={parts['fine']} role="status">
          <Icon of={Info} size="s" />
          <span>{choice.notice ?? say('lock.passkey-next')}</span>
        </p>
      )}
      {choice.method === 'passphrase' && (
        <>
          {!weak && <Suggestion choice={choice} taken={taken} />}
          <SecretField
            field="passphrase"
            label={say('field.passphrase')}
            value={choice.passphrase}
            onChange={choice.type}
            error={choice.passphraseError}
            plainError={weak}
            hint={strengthHint(choice.score)}
            beside={<Strength score={choice.score} />}
          />
          {weak && <Suggestion choice={choice} taken={false} />}
          <SecretField
            field="repeat"
            label={say('field.repeat')}
            value={choice.repeat}
            onChange={choice.typeRepeat}
            error={choice.repeatError}
          />
        </>
      )}
    </fieldset>
  )
}

const Option = (props: {
  readonly choice: LockChoice
  readonly method: 'passkey' | 'passphrase'
  readonly icon: Parameters<typeof Icon>[0]['of']
  readonly title: string
  readonly hint: string
}): ReactNode => {
  const id = useId()
  const pressed = props.choice.method === props.method
  return (
    <div className={styles['option']}>
      <Icon of={props.icon} size="l" />
      <button
        type="button"
        aria-pressed={pressed}
        aria-describedby={id}
        onClick={() => props.choice.choose(props.method)}
      >
        {props.title}
      </button>
      <Icon of={pressed ? CircleCheck : Circle} size="m" className={styles['check']} />
      <span id={id}>{props.hint}</span>
    </div>
  )
}

const Suggestion = ({ choice, taken }: { readonly choice: LockChoice; readonly taken: boolean }): ReactNode => (
  <div className={styles['suggestion']}>
    <p>{say(taken ? 'lock.words-mine' : 'lock.words-offer')}</p>
    <button type="button" className={parts['link']} onClick={choice.otherWords}>
      <Icon of={RefreshCw} size="s" />
      {say('lock.words-others')}
    </button>
    <p className={styles['words']}>
      {(choice.words ?? '').split(' ').map((word, index) => (
        <span key={index}>{word} </span>
      ))}
    </p>
    {!taken && (
      <button type="button" className={cx(parts['button'], parts['outline'], styles['use'])} onClick={choice.takeWords}>
        {say('lock.words-use')}
      </button>
    )}
  </div>
)

const Strength = ({ score }: { readonly score: number | undefined }): ReactNode => {
  if (score === undefined) return undefined
  const weak = score < 3
  return (
    <span className={cx(styles['strength'], weak && styles['weak'])} role="status">
      <span className={styles['meter']} aria-hidden="true">
        {[1, 2, 3, 4].map((step) => (
          <i key={step} className={step <= Math.max(1, score) ? styles['on'] : undefined} />
        ))}
      </span>
      <Icon of={weak ? CircleAlert : Check} size="s" />
      <b>{say(weak ? 'strength.easy' : 'strength.strong')}</b>
    </span>
  )
}

const strengthHint = (score: number | undefined): string | undefined =>
  score === 4 ? say('strength.life') : score === 3 ? say('strength.long') : undefined
