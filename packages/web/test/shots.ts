/**
 * Takes every screen in each look and lays it beside the picture of the design: docs/shots/*.png, mock left, product right.
 * Usage: node test/shots.ts FOLDER-OF-THE-DESIGN [name …]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { Browser } from '@playwright/test'
import { launchBrowser } from './browser.ts'
import { screens } from './screens.ts'
import type { Screen } from './screens.ts'
import { servePage } from './serve-page.ts'
import { sideBySide } from './sheet.ts'

type Look = 'light' | 'dark' | 'contrast' | 'phone'
const looks: readonly Look[] = ['light', 'dark', 'contrast', 'phone']
const here = fileURLToPath(new URL('..', import.meta.url))
const shotsFolder = fileURLToPath(new URL('../../../docs/shots/', import.meta.url))
const nowMs = Date.UTC(2026, 10, 24, 9, 41)

const shoot = async (browser: Browser, origin: string, screen: Screen, look: Look): Promise<Buffer> => {
  const viewport = look === 'phone' ? { width: 390, height: 844 } : (screen.viewport ?? { width: 1280, height: 860 })
  const page = await browser.newPage({
    viewport,
    deviceScaleFactor: look === 'phone' ? 1.5 : 1,
    colorScheme: look === 'dark' ? 'dark' : 'light',
    contrast: look === 'contrast' ? 'more' : 'no-preference',
    hasTouch: look === 'phone',
    isMobile: look === 'phone',
    timezoneId: 'UTC',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  })
  page.on('console', (message) => message.type() === 'error' && console.log(`  ${screen.name}: ${message.text()}`))
  page.on('pageerror', (error) => console.log(`  ${screen.name}: ${error.message}`))
  await page.clock.setFixedTime(nowMs)
  await page.goto(`${origin}/?state=${screen.state}`)
  await page.locator('#root > *').first().waitFor({ timeout: 5_000 })
  await page.evaluate(() => document.fonts.ready)
  await screen.act?.(page)
  await page.waitForTimeout(350)
  const shot = await page.screenshot()
  await page.close()
  return shot
}

const [design = '', ...names] = process.argv.slice(2)
if (!existsSync(design)) throw new Error('the first argument is the folder with the pictures of the design')
console.log('Building the screens …')
await build({ root: here, configFile: `${here}/vite.config.ts`, mode: 'fixture', logLevel: 'warn' })
mkdirSync(shotsFolder, { recursive: true })
const served = await servePage(`${here}/.cache/fixture`, 'fixture.html')
const browser = await launchBrowser()
for (const screen of screens) {
  if (names.length > 0 && !names.includes(screen.name)) continue
  for (const look of looks) {
    const mock = screen.mock?.[look]
    if (mock === undefined && (screen.mock !== undefined || look !== 'light')) continue
    const picture = mock === undefined ? undefined : readFileSync(`${design}/${mock}.png`)
    try {
      const sheet = await sideBySide(
        browser,
        picture,
        await shoot(browser, served.origin, screen, look),
        look === 'phone',
      )
      writeFileSync(`${shotsFolder}${screen.name}${look === 'light' ? '' : `-${look}`}.png`, sheet)
      console.log(`${screen.name} ${look}: ${Math.round(sheet.length / 1024)} kB`)
    } catch (error) {
      console.log(`${screen.name} ${look} failed: ${error instanceof Error ? error.message.slice(0, 800) : ''}`)
      process.exitCode = 1
    }
  }
}
await browser.close()
await served.close()
