/** How fast a page on this machine is now, beside how fast it was when the limits were written. */
import type { Page } from '@playwright/test'

/** Milliseconds of the loop in a page of a quiet machine with two shared cores; the limits hold for it and scale with it. */
export const quietMs = 65

/** 20,000 × SHA-256 of 1 kB, one after the other, in ms: ten parts, of which the middle one counts ten times. */
export const calibrateInPage = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const block = new Uint8Array(1024).fill(7)
    const part = async (): Promise<number> => {
      const fromMs = performance.now()
      for (let index = 0; index < 2_000; index++) await crypto.subtle.digest('SHA-256', block)
      return performance.now() - fromMs
    }
    await part() // warms up
    const times: number[] = []
    for (let index = 0; index < 10; index++) times.push(await part())
    return (times.sort((a, b) => a - b)[5] ?? Number.NaN) * 10
  })
