import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { RotateCw, WifiOff } from 'lucide-react'
import { useQuery } from '../ui/client.tsx'
import { useUi } from '../ui/ui-store.ts'
import { Icon, cx } from '../ui/icon.tsx'
import parts from '../ui/parts.module.css'
import { say } from '../words/words.tsx'

/** A short break is nobody's business: the bar comes only when the connection stays away. */
const patienceMs = 2_000

/** One thin line while there is no connection, or while much is being fetched. Writing goes on. */
export const ThinBar = (): ReactNode => {
  const connection = useQuery('connection', undefined)
  const away = connection?.state === 'offline'
  const connecting = connection?.state === 'connecting'
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!connecting) return
    const timer = setTimeout(() => setLate(true), patienceMs)
    return () => {
      clearTimeout(timer)
      setLate(false)
    }
  }, [connecting])
  if (away || (connecting && late)) {
    return (
      <div className={parts['thin']} role="status">
        <Icon of={WifiOff} size="s" />
        {say('thin.offline')}
      </div>
    )
  }
  if (connection?.catchingUp !== true) return <UpdateBar />
  return (
    <div className={cx(parts['thin'], parts['quiet'])} role="status">
      <Icon of={RotateCw} size="s" />
      {say('thin.catching-up')}
    </div>
  )
}

/** A newer version waits: nothing changes until the person says so. */
const UpdateBar = (): ReactNode => {
  const apply = useUi((ui) => ui.applyUpdate)
  if (apply === undefined) return undefined
  return (
    <div className={cx(parts['thin'], parts['quiet'])} role="status">
      <Icon of={RotateCw} size="s" />
      {say('thin.update')}
      <button type="button" className={parts['link']} onClick={apply}>
        {say('app.reload')}
      </button>
    </div>
  )
}
