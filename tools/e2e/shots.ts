/**
 * `npm run shots`: drives the product (real server, real browsers) through its screens, lays each beside the picture of the
 * design (docs/shots/product/*.png, mock left, product right) and takes the README's picture; then the screens of the
 * fixture, whose states cannot all be reached by hand. HALYARD_DESIGN: the folder of the pictures.
 */
import { chromium } from '@playwright/test'
import type { Browser, Page } from '@playwright/test'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sideBySide } from '../../packages/web/test/sheet.ts'
import { Person } from './person.ts'
import { startServer } from './server.ts'

const root = join(import.meta.dirname, '../..')
const design = process.env['HALYARD_DESIGN'] ?? join(root, '../shared/design/mock')
const folder = join(root, 'docs/shots/product')
if (!existsSync(design)) throw new Error(`there are no pictures of the design in ${design} (HALYARD_DESIGN)`)
mkdirSync(folder, { recursive: true })

const composer: Browser = await chromium.launch({
  executablePath: process.env['HALYARD_BROWSER'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})

type Look = 'light' | 'dark' | 'contrast' | 'phone'
const put = async (page: Page, look: Look): Promise<void> => {
  await page.emulateMedia({
    colorScheme: look === 'dark' ? 'dark' : 'light',
    contrast: look === 'contrast' ? 'more' : 'no-preference',
    reducedMotion: 'reduce',
  })
  await page.setViewportSize(look === 'phone' ? { width: 390, height: 844 } : { width: 1280, height: 860 })
  await page.waitForTimeout(400)
}
/** One sheet for each look that has a picture in the design. */
const take = async (page: Page, name: string, mocks: Partial<Record<Look, string>>): Promise<void> => {
  for (const [look, mock] of Object.entries(mocks) as readonly (readonly [Look, string])[]) {
    await put(page, look)
    const sheet = await sideBySide(
      composer,
      readFileSync(join(design, `${mock}.png`)),
      await page.screenshot(),
      look === 'phone',
    )
    writeFileSync(join(folder, `${name}${look === 'light' ? '' : `-${look}`}.png`), sheet)
    console.log(`${name} ${look}`)
  }
  await put(page, 'light')
}

const passphrase = 'harbor velvet onion cactus drum'
const server = await startServer()
const sara = new Person('Sara Kowalski')
const marcus = new Person('Marcus Oyelaran')
try {
  await sara.openBrowser()
  const { page } = sara
  await page.goto(server.setupLink ?? '')
  await page.getByRole('textbox', { name: 'Network name' }).fill('Northwind Relief')
  await page.getByRole('textbox', { name: 'Your name' }).fill('Sara Kowalski')
  await page.locator('h1').click()
  await take(page, 'setup', { light: 'setup', dark: 'setup-dark', phone: 'm-setup' })
  await page.getByRole('button', { name: 'Use a passphrase' }).click()
  await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(passphrase)
  await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill(passphrase)
  await take(page, 'setup-passphrase', { light: 'setup-passphrase' })
  await page.getByRole('button', { name: 'Create network' }).click()
  await sara.seesChats()
  await take(page, 'first-chats', { light: 'first-chats', dark: 'first-chats-dark', phone: 'm-first-chats' })
  const invite = await sara.invite()
  // The inviter is away at first, so that the newcomer is seen waiting.
  await sara.closeBrowser()

  await marcus.openBrowser()
  const other = marcus.page
  await other.goto(invite)
  await other.getByRole('button', { name: 'Continue' }).waitFor()
  await take(other, 'join', { light: 'join', dark: 'join-dark', phone: 'm-join' })
  await other.getByRole('button', { name: 'Continue' }).click()
  await other.getByRole('textbox', { name: 'Your name' }).fill('Marcus Oyelaran')
  await other.getByRole('button', { name: 'Use a passphrase' }).click()
  await other.getByRole('textbox', { name: 'Passphrase', exact: true }).fill('password')
  await other.getByRole('textbox', { name: 'Repeat passphrase' }).fill('password')
  await take(other, 'join-weak', { light: 'join-weak' })
  await other.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(passphrase)
  await other.getByRole('textbox', { name: 'Repeat passphrase' }).fill(passphrase)
  await take(other, 'join-you', { light: 'join-you', dark: 'join-you-dark', phone: 'm-join-you' })
  await other.getByRole('button', { name: 'Join' }).click()
  await marcus.seesChats()
  await marcus.open('Sara Kowalski')
  await marcus.say('Good morning Sara, I am in.')
  await marcus.say('Which truck takes the pumps?')
  await marcus.seesOwn('Which truck', 'Sent')
  await take(other, 'first-chats-newcomer', {
    light: 'first-chats-newcomer',
    dark: 'first-chats-newcomer-dark',
    phone: 'm-first-chats-newcomer',
  })

  await sara.openBrowser()
  await sara.page.goto(server.url)
  await sara.page.getByRole('button', { name: 'Unlock' }).waitFor()
  await take(sara.page, 'unlock', { light: 'unlock', dark: 'unlock-dark', phone: 'm-unlock' })
  await sara.page.getByRole('textbox', { name: 'Passphrase' }).fill('not this one at all')
  await sara.page.getByRole('button', { name: 'Unlock' }).click()
  await sara.page.getByRole('alert').first().waitFor()
  await take(sara.page, 'unlock-wrong', { light: 'unlock-wrong' })
  await sara.page.getByRole('textbox', { name: 'Passphrase' }).fill(passphrase)
  await sara.page.getByRole('button', { name: 'Unlock' }).click()
  await sara.seesChats()
  await sara.open('Marcus Oyelaran')
  await sara.sees('Which truck takes the pumps?')
  for (const text of [
    'Good morning. **Truck 4**, the one with the winch.',
    'River gauge at Harrow Bridge passed 4.2 m at 06:40. We move the lower quarter at 11:00, _not noon_.',
  ])
    await sara.say(text)
  await marcus.sees('River gauge')
  await marcus.say('Confirmed. Second team is at the school with 40 beds. Do you still hold the `HB-220` keys?')
  await sara.sees('Second team')
  await sara.say('Yes. The list is at https://example.org/keys')
  await marcus.say('> We move the lower quarter at 11:00\nPlan v3 received. Moving out in ten.')
  await sara.sees('Moving out in ten')
  await marcus.seesOwn('Moving out in ten', 'Read')
  await take(marcus.page, 'conversation', { light: 'conv', dark: 'conv-dark', contrast: 'conv-hc', phone: 'm-conv' })
  writeFileSync(join(root, 'docs/shots/conversation.png'), await marcus.page.screenshot())
  await put(marcus.page, 'phone')
  await marcus.page.getByRole('link', { name: 'Back' }).click()
  await take(marcus.page, 'home', { phone: 'm-home' })
  const late = await marcus.context.newPage()
  await late.close()
} finally {
  await sara.remove()
  await marcus.remove()
  await server.remove()
  await composer.close()
}
if (!process.argv.includes('--product'))
  spawnSync('npm', ['run', 'shots', '-w', '@halyard/web', '--', design], { cwd: root, stdio: 'inherit' })
