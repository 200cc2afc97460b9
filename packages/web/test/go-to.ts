import type { Page } from '@playwright/test'

/** Opens the fixture in one of its states. */
export const goTo = async (page: Page, state: string): Promise<void> => {
  await page.goto(`${process.env['HALYARD_FIXTURE']}/?state=${state}`)
  await page.locator('#root > *').first().waitFor()
}

/** From now on the client refuses what it is asked, as without a connection. */
export const refuseAll = (page: Page): Promise<void> =>
  page.evaluate(() => {
    globalThis.fixtureAnswer = async () => 'offline'
  })
