import { useId, useState } from 'react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { RefusalCode } from '@halyard/protocol'
import type { Settings } from '@halyard/client/api'
import { useApi, useQuery } from '../ui/client.tsx'
import styles from '../ui/dialog.module.css'
import { cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { devicesPath, openDialog, setLook, useUi } from '../ui/ui-store.ts'
import type { Look } from '../ui/ui-store.ts'
import { refusalText, say } from '../words/words.tsx'

const looks: readonly Look[] = ['system', 'light', 'dark', 'contrast']
const minutes: readonly number[] = [1, 5, 15, 30, 60, 240, 0]

export const SettingsBody = (): ReactNode => {
  const api = useApi()
  const id = useId()
  const settings = useQuery('settings', undefined)
  const look = useUi((ui) => ui.look)
  const [refusal, setRefusal] = useState<RefusalCode>()
  const change = (part: Partial<Settings>): void => {
    void api.changeSettings(part).then((result) => setRefusal(result.ok ? undefined : result.code))
  }
  const choices =
    settings === undefined || minutes.includes(settings.idleMinutes) ? minutes : [settings.idleMinutes, ...minutes]
  return (
    <div className={styles['body']}>
      <fieldset className={styles['group']}>
        <legend>{say('settings.look')}</legend>
        <div className={styles['segments']}>
          {looks.map((each) => (
            <label key={each}>
              <input type="radio" name={`${id}-look`} checked={look === each} onChange={() => setLook(each)} />
              {say(`settings.${each}`)}
            </label>
          ))}
        </div>
      </fieldset>
      {settings !== undefined && (
        <>
          <div className={parts['field']}>
            <label htmlFor={`${id}-lock`}>{say('settings.lock')}</label>
            <select
              id={`${id}-lock`}
              value={settings.idleMinutes}
              onChange={(event) => change({ idleMinutes: Number(event.target.value) })}
            >
              {choices.map((count) => (
                <option key={count} value={count}>
                  {count === 0 ? say('settings.never') : say('settings.minutes', { count })}
                </option>
              ))}
            </select>
          </div>
          <label className={styles['switch']}>
            {say('settings.receipts')}
            <input
              type="checkbox"
              role="switch"
              checked={settings.sendReadReceipts}
              aria-checked={settings.sendReadReceipts}
              aria-describedby={`${id}-receipts`}
              onChange={(event) => change({ sendReadReceipts: event.target.checked })}
            />
            <small id={`${id}-receipts`}>{say('settings.receipts-hint')}</small>
          </label>
        </>
      )}
      <CardLine />
      {refusal !== undefined && <p role="alert">{refusalText(refusal)}</p>}
      <div className={parts['actions']}>
        <Link
          href={`/chat/${devicesPath}`}
          className={cx(parts['button'], parts['outline'])}
          onClick={() => openDialog(undefined)}
        >
          {say('settings.devices')}
        </Link>
        <button type="button" className={cx(parts['button'], parts['outline'])} onClick={() => openDialog('shortcuts')}>
          {say('settings.shortcuts')}
        </button>
      </div>
    </div>
  )
}

/** Whether there is a way back in. */
const CardLine = (): ReactNode => {
  const recovery = useQuery('recovery', undefined)
  if (recovery === undefined) return undefined
  const { madeAtMs } = recovery
  return (
    <div className={styles['line']}>
      <b>{say('recovery.card')}</b>
      <small>{madeAtMs === undefined ? say('recovery.none-yet') : say('recovery.made-on', { at: madeAtMs })}</small>
      {madeAtMs === undefined && (
        <button type="button" className={cx(parts['button'], parts['outline'])} onClick={() => openDialog('card')}>
          {say('recovery.keep')}
        </button>
      )}
    </div>
  )
}
