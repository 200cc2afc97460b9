import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
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

export const Countdown = ({ untilMs, words }: { readonly untilMs: number; readonly words: WordKey }): ReactNode => (
  <p className={styles['left']} role="timer" aria-live="off">
    {say(words, { seconds: useSecondsLeft(untilMs) })}
  </p>
)
