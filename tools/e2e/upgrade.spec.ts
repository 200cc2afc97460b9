/** The operator brings a newer Halyard, and takes it back: every tab says so, and nothing that was written is lost. */
import { expect, test } from '@playwright/test'
import { cpSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { builtCopy } from './page-copy.ts'
import { Person } from './person.ts'
import { startServer } from './server.ts'

/** A page with other names of all that changed, and a database format one step further. */
const newerCopy = (): string =>
  builtCopy('newer', [
    {
      path: 'packages/client/src/core/store/schema.ts',
      from: 'export const formatVersion = steps.length',
      to: `const newer = [...steps, ['CREATE TABLE something_newer (id INTEGER PRIMARY KEY)']]
export const formatVersion = newer.length`,
    },
    {
      path: 'packages/client/src/core/store/schema.ts',
      from: 'if (version > steps.length)',
      to: 'if (version > newer.length)',
    },
    {
      path: 'packages/client/src/core/store/schema.ts',
      from: 'of steps.entries()',
      to: 'of newer.entries()',
    },
    {
      path: 'packages/web/src/words/en.json',
      from: '"settings.title": "Settings"',
      to: '"settings.title": "Newer settings"',
    },
  ])

test('an old tab after an upgrade says "New version", and after the reload nothing is lost; data of a newer format is left alone', async () => {
  test.setTimeout(180_000)
  const newer = join(newerCopy(), 'packages/web/dist')
  // The same code that serves, from a folder whose page is exchanged.
  const folder = builtCopy('exchanged', [])
  const dist = join(folder, 'packages/web/dist')
  const older = join(folder, 'older')
  if (readdirSync(folder).includes('older')) {
    rmSync(dist, { recursive: true, force: true })
    cpSync(older, dist, { recursive: true })
  } else cpSync(dist, older, { recursive: true })
  const server = await startServer([], {}, folder)
  const serve = async (page: string): Promise<void> => {
    await server.stop()
    cpSync(page, `${dist}-next`, { recursive: true })
    rmSync(dist, { recursive: true })
    renameSync(`${dist}-next`, dist)
    await server.start()
  }
  const sara = new Person('Sara Kowalski', { unlock: 'passkey' })
  const field = () => sara.page.getByRole('textbox', { name: 'Message' })
  const titleIsNewer = async (): Promise<boolean> => {
    await sara.page.getByRole('button', { name: 'Settings' }).first().click()
    const heading = sara.page.getByRole('dialog').getByRole('heading').first()
    await expect(heading).toBeVisible()
    const is = (await heading.textContent())?.includes('Newer') === true
    await sara.page.keyboard.press('Escape')
    return is
  }
  const expectNothingLost = async (): Promise<void> => {
    await sara.open('Me')
    for (const text of ['before the upgrade', 'while the server was away']) await sara.sees(text)
    await expect(field()).toHaveValue('a thought not finished')
  }
  try {
    await sara.openBrowser()
    await sara.setUp(server.setupLink ?? '', 'Northwind Relief')
    await sara.open('Me')
    await sara.say('before the upgrade')
    await sara.seesOwn('before the upgrade', 'Sent')
    // The app must have been kept for the time without a server, or there is no old one.
    await expect
      .poll(() => sara.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state))
      .toBe('activated')
    await sara.page.reload()
    await sara.unlock()
    await sara.open('Me')
    expect(await titleIsNewer()).toBe(false)

    await server.stop()
    await sara.say('while the server was away')
    await field().fill('a thought not finished')
    await sara.page.waitForTimeout(500)
    await serve(newer)

    // A second tab makes the browser look; it still gets the old page, beside which the newer one waits.
    const first = sara.page
    const second = await sara.openTab(server.url)
    await sara.seesChats()
    const waits = second.getByRole('status').filter({ hasText: 'A newer version is ready' })
    await expect(waits).toBeVisible({ timeout: 30_000 })
    await waits.getByRole('button', { name: 'Reload' }).click()
    await expect(first.getByRole('heading', { name: 'New version' })).toBeVisible({ timeout: 20_000 })
    await expect(first.getByText('Nothing is lost')).toBeVisible()
    await expect(first.getByText('before the upgrade')).toHaveCount(0)
    await first.getByRole('button', { name: 'Reload' }).click()
    await first.bringToFront()
    sara.useTab(first)
    await second.close()
    await sara.page.reload()
    await sara.unlock()
    await expectNothingLost()
    expect(await titleIsNewer()).toBe(true)
    await sara.seesOwn('while the server was away', 'Sent')

    // Taken back: the older page will not touch data of the newer one.
    await serve(older)
    await sara.closeBrowser()
    await sara.openBrowser()
    await sara.page.goto(server.url)
    await expect
      .poll(() => sara.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting?.state))
      .toBe('installed')
    await sara.page.reload()
    await expect(sara.page.getByRole('button', { name: 'Unlock' })).toBeVisible({ timeout: 20_000 })
    await sara.page.getByRole('button', { name: 'Unlock' }).click()
    await expect(sara.page.getByRole('heading', { name: 'Written by a newer version' })).toBeVisible()
    await expect(sara.page.getByText('bring it up to date')).toBeVisible()

    // And brought again.
    await serve(newer)
    await sara.closeBrowser()
    await sara.openBrowser()
    await sara.page.goto(server.url)
    await expect
      .poll(() => sara.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting?.state))
      .toBe('installed')
    await sara.page.reload()
    await sara.unlock()
    await expectNothingLost()
    expect(sara.complaints).toEqual([])
  } finally {
    await sara.remove()
    await server.remove()
  }
})
