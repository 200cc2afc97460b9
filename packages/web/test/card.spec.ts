import { expect, test } from '@playwright/test'
import type { Locator, Page } from '@playwright/test'
import decodeQR from 'qr/decode.js'
import { cardWords, passphrase, shownCode } from './fixture/device-commands.ts'
import { goTo, refuseAll } from './go-to.ts'

test('the first run leads to a card without holding anybody up, and reminds until there is one', async ({ page }) => {
  await goTo(page, 'join')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('textbox', { name: 'Your name' }).fill('Marcus')
  await page.getByRole('button', { name: 'Use a passphrase' }).click()
  await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(passphrase)
  await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill(passphrase)
  await page.getByRole('button', { name: 'Join' }).click()
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()
  const note = page.getByRole('region', { name: 'Keep a way back in' })
  await note.getByRole('button', { name: 'Later' }).click()
  await expect(note).toHaveCount(0)
  const line = page.getByRole('button', { name: 'Keep a way back in' })
  await expect(line).toBeVisible()
  await page.getByRole('button', { name: 'Settings', exact: true }).click()
  await expect(page.getByRole('dialog').getByText('No card yet')).toBeVisible()
  await page.getByRole('button', { name: 'Keep a card' }).click()
  await keepCard(page)
  await expect(line).toHaveCount(0)
  await page.getByRole('button', { name: 'Settings', exact: true }).click()
  await expect(page.getByRole('dialog').getByText(/^Made \d+ \w+ \d{4}$/)).toBeVisible()
})

test('words that are pasted and sent at once are read all the same', async ({ page }) => {
  await goTo(page, 'restore')
  await page.getByRole('textbox', { name: 'Recovery key' }).fill(cardWords.join(' '))
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'This card is Sara Kowalski’s, in Northwind Relief' })).toBeVisible()
})

test('what a camera reads from the card is what the restore screen takes', async ({ page }) => {
  await goTo(page, 'devices-alone')
  await page.getByRole('button', { name: 'Make a card' }).click()
  const read = await scan(page.getByRole('img', { name: 'The same 24 words as a code to scan' }))
  expect(read).toBe(cardWords.map((word) => word.slice(0, 4).toUpperCase()).join(' '))
  await goTo(page, 'restore')
  await page.getByRole('textbox', { name: 'Recovery key' }).fill(read)
  await page.getByRole('button', { name: 'Find my account' }).click()
  await expect(page.getByRole('heading', { name: 'This card is' })).toBeVisible()
  await goTo(page, 'add-code')
  expect(await scan(page.getByRole('img', { name: 'The same code to scan' }))).toBe(shownCode)
})

test('a card that cannot be drawn says why', async ({ page }) => {
  await goTo(page, 'devices-alone')
  await refuseAll(page)
  await page.getByRole('button', { name: 'Make a card' }).click()
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('There is no connection to the server.')
  await page.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByRole('button', { name: 'Make a card' })).toBeFocused()
})

test('the card is printed alone, words and code, dark on white', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' })
  await goTo(page, 'devices-alone')
  await page.getByRole('button', { name: 'Make a card' }).click()
  const card = page.getByRole('region', { name: 'Recovery card' })
  await expect(card).toBeVisible()
  await page.emulateMedia({ colorScheme: 'dark', media: 'print' })
  await expect(card.getByRole('listitem')).toHaveCount(24)
  await expect(card.getByRole('listitem').last()).toBeVisible()
  await expect(card.getByRole('img')).toBeVisible()
  await expect(card).toHaveCSS('background-color', 'oklch(1 0 0)')
  expect((await card.boundingBox())?.x).toBe(0)
  for (const other of ['Devices', 'Keep a way back in', 'Priya Raman'])
    for (const each of await page.getByText(other, { exact: true }).all()) await expect(each).toBeHidden()
  await expect(page.getByText('I have kept it')).toBeHidden()
})

/** Answers the two words that are asked for. */
const keepCard = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'I have kept it' }).click()
  const fields = page.getByRole('textbox', { name: /^Word \d+$/ })
  await expect(fields).toHaveCount(2)
  for (const label of await page.getByRole('dialog').locator('label').allTextContents())
    await page.getByLabel(label, { exact: true }).fill(cardWords[Number(/\d+/.exec(label)?.[0]) - 1] ?? '')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

/** Draws the picture at the size of a small photograph and reads it. */
const scan = async (picture: Locator): Promise<string> => {
  const photo = await picture.evaluate(async (svg) => {
    const copy = svg.cloneNode(true)
    if (!(copy instanceof SVGElement)) throw new Error('no picture')
    copy.setAttribute('width', '480')
    copy.setAttribute('height', '480')
    const image = new Image()
    image.src = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: 'image/svg+xml' }))
    await image.decode()
    const canvas = new OffscreenCanvas(480, 480).getContext('2d')
    if (canvas === null) throw new Error('no canvas')
    canvas.fillStyle = '#fff'
    canvas.fillRect(0, 0, 480, 480)
    canvas.drawImage(image, 0, 0)
    // As text: a list of a million numbers would be on its way for ten seconds.
    const grey = canvas.getImageData(0, 0, 480, 480).data.filter((_, at) => at % 4 === 0)
    return Array.from(grey, (each) => String.fromCodePoint(each)).join('')
  })
  const data = Uint8Array.from({ length: photo.length * 4 }, (_, at) => photo.codePointAt(at >> 2) ?? 0)
  return decodeQR({ width: 480, height: 480, data })
}
