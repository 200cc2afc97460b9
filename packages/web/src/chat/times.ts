import { say } from '../words/words.tsx'
import { createFormatter } from '../words/format.ts'

const dates = createFormatter('en-GB')
const dayMs = 24 * 3600_000

const startOfDay = (atMs: number): number => new Date(atMs).setHours(0, 0, 0, 0)

/** 09:31 */
export const clockTime = (atMs: number): string => dates.text('{at, date, time}', { at: atMs })

/** Whole local days between two times; 0 is today. */
export const daysAgo = (atMs: number, nowMs: number): number =>
  Math.round((startOfDay(nowMs) - startOfDay(atMs)) / dayMs)

/** For the list: the time today, the weekday within a week, else the day. */
export const listTime = (atMs: number, nowMs: number): string => {
  const days = daysAgo(atMs, nowMs)
  if (days <= 0) return clockTime(atMs)
  return days < 7 ? dates.text('{at, date, weekday}', { at: atMs }) : dates.text('{at, date, day}', { at: atMs })
}

export const dayName = (atMs: number, nowMs: number): string => {
  const days = daysAgo(atMs, nowMs)
  if (days === 0) return say('conv.today')
  if (days === 1) return say('conv.yesterday')
  const day = dates.text('{at, date, day}', { at: atMs })
  const year = new Date(atMs).getFullYear()
  return year === new Date(nowMs).getFullYear() ? day : `${day} ${year}`
}
