import { useCallback, useEffect, useId, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { Check, CircleAlert, Copy, User } from 'lucide-react'
import type { RefusalCode } from '@halyard/protocol'
import { useApi, useQuery } from '../ui/client.tsx'
import { Code } from '../ui/code.tsx'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { useUi } from '../ui/ui-store.ts'
import { refusalText, say } from '../words/words.tsx'
import styles from './conversation.module.css'

const copiedMs = 2_000

/** A link that lets in one person, as text and as a code to scan. */
export const InviteCard = (): ReactNode => {
  const id = useId()
  const { invite, refusal, busy, make } = useInvite()
  const alone = useQuery('chats', undefined)?.items.every((item) => item.kind === 'me') ?? false
  const link = useRef<HTMLInputElement>(null)
  return (
    <section className={styles['card']} aria-labelledby={id}>
      <div className={styles['two']}>
        <div className={styles['code']}>
          {invite !== undefined && <Code of={invite.link} label={say('invite.code')} />}
        </div>
        <div className={styles['about']}>
          <h2 id={id}>{say('invite.title')}</h2>
          <p>{say(alone ? 'invite.alone' : 'invite.more')}</p>
          <div className={parts['field']}>
            <label htmlFor={`${id}-link`}>{say('invite.link')}</label>
            <input
              id={`${id}-link`}
              ref={link}
              type="text"
              readOnly
              value={invite?.link ?? ''}
              placeholder={refusal === undefined ? say('invite.making') : ''}
              autoComplete="off"
              onFocus={(event) => event.currentTarget.select()}
            />
          </div>
          <div className={cx(parts['actions'], styles['pair'])}>
            <CopyButton link={invite?.link} field={link} />
            <button type="button" className={cx(parts['button'], parts['outline'])} onClick={make} aria-disabled={busy}>
              {say('invite.new')}
            </button>
          </div>
          {refusal !== undefined ? (
            <p className={parts['fine']} role="alert">
              <Icon of={CircleAlert} size="s" />
              {refusalText(refusal)}
            </p>
          ) : (
            <p className={parts['fine']}>
              <Icon of={User} size="s" />
              <span role="status">
                {invite === undefined || busy
                  ? say('invite.making')
                  : say('invite.until', { until: invite.expiresAtMs })}
              </span>
            </p>
          )}
        </div>
      </div>
    </section>
  )
}

const CopyButton = ({
  link,
  field,
}: {
  readonly link: string | undefined
  readonly field: { readonly current: HTMLInputElement | null }
}): ReactNode => {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), copiedMs)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async (): Promise<void> => {
    if (link === undefined) return
    try {
      await navigator.clipboard.writeText(link)
      setCopied(true)
    } catch {
      // The browser refuses the clipboard: the selected text can be copied by hand.
      field.current?.focus()
      field.current?.select()
    }
  }
  return (
    <button type="button" className={parts['button']} onClick={() => void copy()} disabled={link === undefined}>
      <Icon of={copied ? Check : Copy} size="m" />
      <span aria-live="polite">{say(copied ? 'invite.copied' : 'invite.copy')}</span>
    </button>
  )
}

/** One invite for all places that show it, until it runs out or somebody may have used it. */
const useInvite = () => {
  const api = useApi()
  const chats = useQuery('chats', undefined)?.items.length
  const kept = useUi((ui) => ui.invite)
  const [refusal, setRefusal] = useState<RefusalCode>()
  const [busy, setBusy] = useState(false)
  const asked = useRef<number>(undefined)
  const invite =
    kept !== undefined && kept.chats === chats && kept.invite.expiresAtMs > Date.now() ? kept.invite : undefined
  const make = useCallback((): void => {
    if (chats === undefined || busy) return
    setRefusal(undefined)
    setBusy(true)
    void api.createInvite().then((result) => {
      setBusy(false)
      if (result.ok) useUi.setState({ invite: { invite: result.value, chats } })
      else setRefusal(result.code)
    })
  }, [api, chats, busy])
  useEffect(() => {
    if (invite !== undefined || chats === undefined || busy || asked.current === chats) return
    asked.current = chats
    make()
  }, [invite, chats, busy, make])
  return { invite, refusal, busy, make }
}
