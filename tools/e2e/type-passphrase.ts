import type { Page } from '@playwright/test'
import { tabTo } from '../../packages/web/test/by-keyboard.ts'
import { passphrase } from './person.ts'

/** Chooses and repeats a passphrase by keyboard alone. */
export const typePassphrase = async (page: Page): Promise<void> => {
  await tabTo(page, 'Use a passphrase')
  await page.keyboard.press('Space')
  await tabTo(page, 'Passphrase')
  await page.keyboard.type(passphrase)
  await tabTo(page, 'Repeat passphrase')
  await page.keyboard.type(passphrase)
}
