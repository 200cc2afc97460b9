import { useId, useState } from 'react'
import type { ReactNode, Ref } from 'react'
import { Check, CircleAlert, Eye, EyeOff } from 'lucide-react'
import { say } from '../words/words.tsx'
import { Icon, cx } from './icon.tsx'
import parts from './parts.module.css'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly hint?: string | undefined
  /** The hint says that what is typed is right. */
  readonly isGood?: boolean
  readonly error?: string | undefined
  readonly ref?: Ref<HTMLInputElement>
  readonly autoFocus?: boolean
}

/** One line of text. `autocomplete="off"` also keeps what is typed out of the browser's session file. */
export const TextField = (props: FieldProps & { readonly maxLength?: number }): ReactNode => {
  const id = useId()
  const note = props.error ?? props.hint
  return (
    <div className={cx(parts['field'], props.error !== undefined && parts['bad'])}>
      <label htmlFor={id}>{props.label}</label>
      <input
        id={id}
        ref={props.ref}
        type="text"
        dir="auto"
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
        maxLength={props.maxLength}
        autoComplete="off"
        spellCheck={false}
        autoFocus={props.autoFocus}
        aria-invalid={props.error !== undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
      />
      <FieldNote id={`${id}-note`} error={props.error} hint={props.hint} isGood={props.isGood === true} />
    </div>
  )
}

/**
 * A passphrase: hidden unless asked; says when Caps Lock is on. `beside` stands at the right of the label.
 * Browsers offer to save a password in spite of `off`, and write down the name typed above it even when that is refused;
 * a one-time code they leave alone.
 */
export const SecretField = (
  props: FieldProps & {
    readonly field: 'passphrase' | 'repeat'
    readonly beside?: ReactNode
    readonly plainError?: boolean
  },
): ReactNode => {
  const id = useId()
  const [shown, setShown] = useState(false)
  const [capsLock, setCapsLock] = useState(false)
  const caps = capsLock ? say('field.caps-lock') : undefined
  const error = props.error === undefined ? undefined : caps === undefined ? props.error : `${props.error} ${caps}`
  const hint = props.hint ?? caps
  return (
    <div className={cx(parts['field'], error !== undefined && parts['bad'])}>
      <LabelLine id={id} label={props.label} beside={props.beside} />
      <div className={parts['input']}>
        <input
          id={id}
          ref={props.ref}
          type={shown ? 'text' : 'password'}
          value={props.value}
          onChange={(event) => props.onChange(event.target.value)}
          onKeyDown={(event) => setCapsLock(event.getModifierState('CapsLock'))}
          onKeyUp={(event) => setCapsLock(event.getModifierState('CapsLock'))}
          onBlur={() => setCapsLock(false)}
          autoComplete={shown ? 'off' : 'one-time-code'}
          autoCapitalize="none"
          spellCheck={false}
          autoFocus={props.autoFocus}
          aria-invalid={error !== undefined}
          aria-describedby={(error ?? hint) === undefined ? undefined : `${id}-note`}
        />
        <button
          type="button"
          className={parts['iconButton']}
          aria-label={say(shown ? 'field.hide' : 'field.show', { field: props.field })}
          onClick={() => setShown(!shown)}
        >
          <Icon of={shown ? EyeOff : Eye} />
        </button>
      </div>
      <FieldNote id={`${id}-note`} error={error} hint={hint} plain={props.plainError === true} />
    </div>
  )
}

const LabelLine = ({
  id,
  label,
  beside,
}: {
  readonly id: string
  readonly label: string
  readonly beside: ReactNode
}): ReactNode => (
  <div className={parts['labelLine']}>
    <label htmlFor={id}>{label}</label>
    {beside}
  </div>
)

const FieldNote = (props: {
  readonly id: string
  readonly error: string | undefined
  readonly hint: string | undefined
  readonly plain?: boolean
  readonly isGood?: boolean
}): ReactNode => {
  if (props.error !== undefined) {
    return (
      <small id={props.id} role="alert">
        {props.plain !== true && <Icon of={CircleAlert} size="s" />}
        <span>{props.error}</span>
      </small>
    )
  }
  if (props.hint === undefined) return undefined
  return (
    <small id={props.id} className={cx(props.isGood === true && parts['good'])}>
      {props.isGood === true && <Icon of={Check} size="s" />}
      <span>{props.hint}</span>
    </small>
  )
}
