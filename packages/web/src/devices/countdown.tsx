import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { limits } from '@halyard/protocol'
import { say } from '../words/words.tsx'
import type { WordKey } from '../words/words.tsx'
import styles from './devices.module.css'

/** Whole seconds until a moment; counts down by itself. */
const useSecondsLeft = (untilMs: number): number => {
  const left = (): number => Math.max(0, Math.ceil((untilMs - Date.now()) / 1000))
  const [seconds, setSeconds] = useState(left)
  useEffect(() => {
    const timer = setInterval(() => setSeconds(Math.max(0, Math.ceil((untilMs - Date.now()) / 1000))), 500)
    return () => clearInterval(timer)
  }, [untilMs])
  return seconds
}

const allSeconds = limits.offerLifetimeMs / 1000

/** How long a code or number is good for, as a ring and in words. */
export const Countdown = ({ untilMs, words }: { readonly untilMs: number; readonly words: WordKey }): ReactNode => {
  const seconds = useSecondsLeft(untilMs)
  return (
    <div className={styles['left']}>
      <span className={styles['ring']} aria-hidden="true">
        <svg viewBox="0 0 40 40">
          <circle cx="20" cy="20" r="18" />
          <circle cx="20" cy="20" r="18" pathLength={allSeconds} strokeDasharray={`${seconds} ${allSeconds}`} />
        </svg>
        {seconds}
      </span>
      <p role="timer" aria-live="off">
        {say(words, { seconds })}
      </p>
    </div>
  )
}
