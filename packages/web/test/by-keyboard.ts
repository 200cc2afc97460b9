/** What somebody does who has no pointer, and sees where the focus is. A name is the whole of it, or what it matches. */
import { expect } from '@playwright/test'
import type { Page } from '@playwright/test'

interface Focused {
  readonly name: string
  /** Somebody who looks sees where it is. */
  readonly isSeen: boolean
}

const focused = (page: Page): Promise<Focused> =>
  page.evaluate(() => {
    const element = document.activeElement
    const isField = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
    const label = isField ? element.labels?.[0]?.textContent : undefined
    const name = element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? ''
    return { name: name.trim(), isSeen: element?.matches(':focus-visible') === true }
  })
const isCalled = (name: string, wanted: string | RegExp): boolean =>
  typeof wanted === 'string' ? name === wanted : wanted.test(name)

/** Presses Tab until the element of this name has the focus, as somebody without a pointer does. */
export const tabTo = async (page: Page, name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> => {
  for (let step = 0; step < 60; step++) {
    const now = await focused(page)
    if (isCalled(now.name, name)) return expect(now.isSeen, `the focus on ${now.name} is seen`).toBe(true)
    await page.keyboard.press(key)
  }
  throw new Error(`no way to ${String(name)} by ${key}`)
}

/** The focus went there by itself. */
export const expectFocus = (page: Page, name: string | RegExp): Promise<void> =>
  expect
    .poll(
      async () => {
        const now = await focused(page)
        return isCalled(now.name, name) && now.isSeen ? String(name) : now
      },
      { message: 'where the focus is' },
    )
    .toEqual(String(name))

/** Goes to it and presses it. */
export const pressBy = async (page: Page, name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> => {
  await tabTo(page, name, key)
  await page.keyboard.press('Enter')
}
