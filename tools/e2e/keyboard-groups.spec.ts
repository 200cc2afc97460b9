/** Groups and devices on the running product with the keyboard alone: nothing is clicked, nothing is filled from outside. */
import { expect, test } from '@playwright/test'
import type { Page } from '@playwright/test'
import { expectFocus, pressBy, tabTo } from '../../packages/web/test/by-keyboard.ts'
import { createCast } from './cast.ts'
import { passphrase } from './person.ts'
import type { Person } from './person.ts'
import { typePassphrase } from './type-passphrase.ts'

const { people, person, server } = createCast()

test('a room, another device, a removed person, a card and a return by keyboard alone', async () => {
  test.setTimeout(240_000)
  const sara = await person('Sara Kowalski')
  await sara.setUp(server().setupLink ?? '', 'Northwind Relief')
  const origin = new URL(sara.page.url()).origin
  const marcus = await person('Marcus Oyelaran')
  await marcus.join(await sara.invite())
  await expect(sara.chat('Marcus Oyelaran')).not.toContainText('Not yet')

  await createRoom(sara.page)
  await goToChat(marcus.page, 'Pumps')
  await marcus.sees('Who has the keys?')
  await expect(marcus.page.getByRole('main').locator('header img')).toBeVisible()

  const tablet = await person('Sara tablet')
  await askIn(tablet.page, origin)
  await letIn(sara, tablet)
  await expect(tablet.page.getByRole('heading', { level: 1 })).toBeVisible()

  await removeMarcus(sara.page)
  await expect(marcus.page.getByText('Sara Kowalski removed you')).toBeVisible()
  await removeDevice(sara)
  await expect(tablet.page.getByRole('heading', { name: 'This device was removed' })).toBeVisible()

  const words = await keepCard(sara)
  await sara.closeBrowser()
  const clean = await person('Sara clean')
  await comeBack(clean, origin, words)
  // The room was left to Sara alone, so nobody is there who could let her in; Marcus can, where he talks with her.
  await expect(clean.chat('Marcus Oyelaran')).toBeVisible()
  await goToChat(clean.page, 'Marcus Oyelaran')
  await expectFocus(clean.page, 'Message')
  await clean.page.keyboard.type('I am back.')
  await clean.page.keyboard.press('Enter')
  await goToChat(marcus.page, 'Sara Kowalski')
  await marcus.sees('I am back.')
  for (const one of people) expect(one.complaints, one.name).toEqual([])
})

const goToChat = async (page: Page, name: string): Promise<void> => {
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.type(name)
  await expect(page.getByRole('option', { name })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
}

/** One of Marcus alone, with a picture. */
const createRoom = async (page: Page): Promise<void> => {
  // Asked for before any key: Chromium is told of it beside the keys, and Enter would open a dialog of its own before that.
  const chosen = page.waitForEvent('filechooser')
  await pressBy(page, 'New group', 'Shift+Tab')
  await expectFocus(page, 'Group name')
  await tabTo(page, 'Group', 'Shift+Tab')
  await page.keyboard.press('ArrowRight')
  await tabTo(page, 'Group name')
  await page.keyboard.type('Pumps')
  await pressBy(page, 'Choose a picture')
  const chooser = await chosen
  await chooser.setFiles({ name: 'pumps.png', mimeType: 'image/png', buffer: await drawn(page) })
  await expect(page.getByRole('button', { name: 'Remove the picture' })).toBeVisible()
  await tabTo(page, 'People')
  await page.keyboard.type('marc')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await pressBy(page, 'Create')
  await expect(page.getByRole('heading', { level: 1, name: 'Pumps' })).toBeVisible()
  await expectFocus(page, 'Message')
  await page.keyboard.type('Who has the keys?')
  await page.keyboard.press('Enter')
}
const drawn = async (page: Page): Promise<Buffer> => {
  const bytes = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(400, 300)
    canvas.getContext('2d')?.fillRect(0, 0, 400, 300)
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())]
  })
  return Buffer.from(bytes)
}

const askIn = async (page: Page, origin: string): Promise<void> => {
  await page.goto(origin)
  await page.getByRole('link', { name: 'Add this browser' }).waitFor()
  await pressBy(page, 'Add this browser')
  await typePassphrase(page)
  await pressBy(page, 'Show the code')
}
const openDevices = async (page: Page): Promise<void> => {
  await pressBy(page, 'Settings', 'Shift+Tab')
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
  await pressBy(page, 'Devices')
  await expect(page.getByRole('list', { name: 'Devices' })).toBeVisible()
}
const letIn = async (own: Person, other: Person): Promise<void> => {
  const { page } = own
  const code = other.page.getByText(/^[0-9A-Z]{4} [0-9A-Z]{4}$/)
  await expect(code).toBeVisible()
  await openDevices(page)
  await pressBy(page, 'Add a device')
  await expectFocus(page, 'Code')
  await page.keyboard.type((await code.textContent()) ?? '')
  await page.keyboard.press('Enter')
  await expectFocus(page, 'Number')
  const number = other.page.getByText(/^\d{3} \d{3}$/)
  await expect(number).toBeVisible()
  await page.keyboard.type((await number.textContent()) ?? '')
  await tabTo(page, 'Passphrase')
  await page.keyboard.type(passphrase)
  await pressBy(page, 'Approve')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await other.seesChats()
  await expect(own.devices).toHaveCount(2)
  await expect(page.getByText('Bringing it into your conversations')).toHaveCount(0, { timeout: 30_000 })
}

const removeMarcus = async (page: Page): Promise<void> => {
  await goToChat(page, 'Pumps')
  await expectFocus(page, 'Message')
  await pressBy(page, 'Details', 'Shift+Tab')
  await expectFocus(page, 'Close details')
  await pressBy(page, 'More about Marcus Oyelaran')
  const item = page.getByRole('menuitem', { name: 'Remove', exact: true })
  await expect(page.getByRole('menuitem').first()).toBeFocused()
  for (let step = 0; step < 4 && !(await item.evaluate((each) => each === document.activeElement)); step++)
    await page.keyboard.press('ArrowDown')
  await expect(item).toBeFocused()
  await page.keyboard.press('Enter')
  await expectFocus(page, 'Cancel')
  await pressBy(page, 'Remove')
  await expect(page.getByText('You removed Marcus Oyelaran')).toBeVisible()
  await expect(page.getByRole('alertdialog')).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expectFocus(page, 'Details')
}
const removeDevice = async (own: Person): Promise<void> => {
  await openDevices(own.page)
  await pressBy(own.page, /^Remove /)
  await expectFocus(own.page, 'Cancel')
  await pressBy(own.page, 'Remove')
  await expect(own.devices).toHaveCount(1)
}

const keepCard = async (own: Person): Promise<string> => {
  const { page } = own
  await pressBy(page, 'Make a card', 'Shift+Tab')
  const words = await own.cardWords()
  await pressBy(page, 'I have kept it')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('textbox').first()).toBeFocused()
  for (const label of await dialog.locator('label').allTextContents()) {
    await tabTo(page, new RegExp(`^${label}$`))
    await page.keyboard.type(words[Number(/\d+/.exec(label)?.[0]) - 1] ?? '')
  }
  await page.keyboard.press('Enter')
  await expect(dialog).toHaveCount(0)
  return words.join(' ')
}
const comeBack = async (clean: Person, origin: string, words: string): Promise<void> => {
  const { page } = clean
  await page.goto(origin)
  await page.getByRole('link', { name: 'Restore with your recovery card' }).waitFor()
  await pressBy(page, 'Restore with your recovery card')
  await expectFocus(page, 'Recovery key')
  await page.keyboard.type(words)
  await pressBy(page, 'Find my account')
  await page.getByRole('button', { name: 'Use a passphrase' }).waitFor()
  await typePassphrase(page)
  await pressBy(page, 'Restore')
  await clean.seesChats()
}
