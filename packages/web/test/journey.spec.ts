import { expect, test } from '@playwright/test'
import type { Locator, Page } from '@playwright/test'
import { goTo, refuseAll } from './go-to.ts'

test('the second person joins by buttons of their names', async ({ page }) => {
  await goTo(page, 'join')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('textbox', { name: 'Your name' }).fill('Marcus')
  await page.getByRole('button', { name: 'Use a passphrase' }).click()
  await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill('drizzle canopy walnut stirrup lantern')
  await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill('something else that is long')
  await page.getByRole('button', { name: 'Join' }).click()
  await expect(page.getByText('The two are not the same.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill('drizzle canopy walnut stirrup lantern')
  await page.getByRole('button', { name: 'Join' }).click()
  await expect(page.getByRole('heading', { name: 'Sara Kowalski' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Not yet confirmed' })).toBeVisible()
  expect(new URL(page.url()).hash).toBe('')
})

test('shortcuts: marks, drafts, moving between conversations, emoji', async ({ page }) => {
  await goTo(page, 'home')
  const message = page.getByRole('textbox', { name: 'Message' })
  await expect(message).toBeFocused()
  await page.keyboard.type('half a thought')
  await page.keyboard.press('Shift+Home')
  await page.keyboard.press('Control+b')
  await expect(message).toHaveValue('**half a thought**')
  await page.keyboard.press('Alt+ArrowDown')
  await expect(page.getByRole('heading', { level: 1, name: 'Priya Raman' })).toBeVisible()
  await expect(page.getByRole('link', { name: /Ava Lindqvist/ })).toBeVisible()
  await page.keyboard.press('Alt+ArrowUp')
  await expect(message).toHaveValue('**half a thought**')
  await page.getByRole('button', { name: 'Emoji' }).click()
  await expect(page.getByRole('button', { name: 'grinning face', exact: true })).toBeFocused()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect(message).toHaveValue(/😃/u)
  await message.fill('x'.repeat(20_001))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('1 character too many')
})

test('a group says what came to pass, to each in the words for them', async ({ page }) => {
  await goTo(page, 'group-night')
  const log = page.getByRole('log', { name: 'Messages' })
  for (const words of [
    'Priya Raman created the room Bridge',
    'Priya Raman added you',
    'Priya Raman added Lena Brandt and 9 others',
    'Lena Brandt renamed the room to Harrow Bridge, night',
    'Lena Brandt changed the picture of the room',
    'Priya Raman made you a moderator',
    'You removed Marcus Oyelaran',
    'Ben Adeyemi left',
    'You use one more device',
    'Lena Brandt uses one device less',
  ])
    await expect(log.getByText(words, { exact: true })).toHaveCount(1)
  await expect(log.getByRole('article', { name: 'You' })).toHaveAccessibleDescription(/Read by 3$/)
  await expect(page.getByText('2 people are typing', { exact: true })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Not yet confirmed' })).toContainText('Nobody but Priya')
  await expect(page.getByRole('link', { name: /Trucks and pumps/ })).toContainText('Priya: Two held')
  await page.getByRole('button', { name: 'Details', exact: true }).click()
  await expect(page.getByText('Changes are on their way.')).toBeVisible()
  await expect(page.getByRole('listitem').filter({ hasText: 'Chen Wei' })).toContainText('Being added')
  await page.getByRole('button', { name: 'Add people' }).click()
  const adding = page.getByRole('dialog', { name: 'Add people' })
  await expect(adding.getByRole('option')).toHaveText([/Ben Adeyemi$/, /Marcus Oyelaran$/])
  await adding.getByRole('button', { name: 'Add people' }).click()
  await expect(adding.getByRole('alert')).toHaveText('Choose at least one person.')
  await adding.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Leave' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click()
  await expect(page.getByText(/^You left on .* at .*nothing new comes\.$/)).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveCount(0)
  await expect(page.getByRole('link', { name: /Harrow Bridge, night/ })).toContainText('You left')
  await expect(page.getByRole('button', { name: 'Details', exact: true })).toHaveCount(0)
})

test('a group has the picture that was chosen for it, until it is taken away', async ({ page }) => {
  await goTo(page, 'group')
  await page.getByRole('button', { name: 'New group' }).click()
  await page.getByRole('textbox', { name: 'Group name' }).fill('Pumps')
  const dialog = page.getByRole('dialog')
  const field = dialog.getByLabel('Choose a picture')
  await field.setInputFiles({ name: 'plan.png', mimeType: 'image/png', buffer: Buffer.from('no picture at all') })
  await expect(dialog.getByRole('alert')).toContainText('cannot read this file as a picture')
  await expect(dialog.getByRole('button', { name: 'Remove the picture' })).toHaveCount(0)
  await field.setInputFiles({ name: 'plan.png', mimeType: 'image/png', buffer: await wideImage(page) })
  await expect(dialog.getByRole('alert')).toHaveCount(0)
  await dialog.getByRole('button', { name: 'Create' }).click()
  const head = page.getByRole('main').locator('header img').first()
  await expect(head).toBeVisible()
  // The middle of it, whatever its shape was: red, between two blue ends that are cut off.
  expect(await colours(head)).toEqual(['red', 'red', 'red'])
  await expect(page.getByRole('link', { name: /Pumps/ }).locator('img')).toBeVisible()
  await page.getByRole('button', { name: 'Details', exact: true }).click()
  await page.getByRole('button', { name: 'Edit' }).click()
  await expect(dialog.locator('img')).toBeVisible()
  await dialog.getByRole('button', { name: 'Remove the picture' }).click()
  await expect(dialog.locator('img')).toHaveCount(0)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(head).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1, name: 'Pumps' })).toBeVisible()
})

/** 900 by 300 pixels: blue, red, blue. */
const wideImage = async (page: Page): Promise<Buffer> => {
  const bytes = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(900, 300)
    const context = canvas.getContext('2d')
    for (const [index, colour] of ['blue', 'red', 'blue'].entries()) {
      if (context === null) continue
      context.fillStyle = colour
      context.fillRect(index * 300, 0, 300, 300)
    }
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())]
  })
  return Buffer.from(bytes)
}
/** At its left, in its middle and at its right. */
const colours = (image: Locator): Promise<readonly string[]> =>
  image.evaluate(async (element) => {
    const drawn = element instanceof HTMLImageElement ? element : new Image()
    const canvas = new OffscreenCanvas(drawn.naturalWidth, drawn.naturalHeight)
    const context = canvas.getContext('2d')
    context?.drawImage(drawn, 0, 0)
    return [4, 64, 123].map((x) => {
      const [red = 0, , blue = 0] = context?.getImageData(x, 64, 1, 1).data ?? []
      return red > 200 && blue < 60 ? 'red' : blue > 200 && red < 60 ? 'blue' : 'something else'
    })
  })

test('a muted conversation calls for nothing: not in the list, the count or the keys', async ({ page }) => {
  await goTo(page, 'home')
  const row = page.getByRole('link', { name: /Priya Raman/ })
  await expect(page.getByRole('link', { name: 'Chats, 2 unread' })).toBeVisible()
  await page.keyboard.press('Alt+Shift+ArrowDown')
  await expect(page.getByRole('heading', { level: 1, name: 'Priya Raman' })).toBeVisible()
  await page.getByRole('button', { name: 'Mute', exact: true }).click()
  await expect(row.getByRole('img', { name: 'Muted' })).toBeVisible()
  await expect(row).toHaveAccessibleName(/Muted.*2 unread messages/)
  await expect(page.getByRole('link', { name: 'Chats', exact: true })).toBeVisible()
  // Two are unread, and both are muted: there is nowhere to go.
  await page.keyboard.press('Alt+Shift+ArrowUp')
  await expect(page.getByRole('heading', { level: 1, name: 'Priya Raman' })).toBeVisible()
  await page.getByRole('button', { name: 'Unmute' }).press('Enter')
  await expect(page.getByRole('button', { name: 'Mute', exact: true })).toBeFocused()
  await expect(row.getByRole('img', { name: 'Muted' })).toHaveCount(0)
  await refuseAll(page)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toHaveText(
    'There is no connection to the server. Check the network, then try again.',
  )
  await expect(page.getByRole('button', { name: 'Mute', exact: true })).toBeFocused()
  await page.getByRole('link', { name: /^Me\b/ }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Me' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Mute' })).toHaveCount(0)
})

test('a room is muted from its details as well', async ({ page }) => {
  await goTo(page, 'group')
  await page.getByRole('button', { name: 'Details', exact: true }).click()
  await page.getByRole('button', { name: 'Mute', exact: true }).click()
  const row = page.getByRole('link', { name: /Harrow Bridge crew/ })
  await expect(row.getByRole('img', { name: 'Muted' })).toBeVisible()
  await page.getByRole('button', { name: 'Close details' }).click()
  await page.getByRole('button', { name: 'Unmute' }).click()
  await expect(row.getByRole('img', { name: 'Muted' })).toHaveCount(0)
})

test('a failed message is retried or deleted', async ({ page }) => {
  await goTo(page, 'failed')
  const failed = page.getByRole('article', { name: 'You' })
  await expect(failed).toHaveAccessibleDescription(/Not sent: The server is full.*Failed$/)
  await page.getByRole('button', { name: 'Retry' }).click()
  await expect(failed).toHaveAccessibleDescription(/Sent$/)
})

test('hostile text does nothing and stays in its place', async ({ page }) => {
  await goTo(page, 'hostile')
  const articles = page.getByRole('article')
  await expect(articles).toHaveCount(4)
  await expect(articles.locator('img, script')).toHaveCount(0)
  await expect(articles.nth(0).getByRole('link')).toHaveCount(0)
  await expect(articles.nth(3)).toContainText('paypal (xn--pypal-4ve.com)')
  const marks = await articles.nth(1).boundingBox()
  expect(marks?.height).toBeLessThan(80)
  await articles.nth(2).getByRole('button', { name: 'Show all' }).click()
  await expect(articles.nth(2)).toContainText('word word')
})

test('the log keeps its place: at most 200 rows in the document, no jump of its own', async ({ page }) => {
  await goTo(page, 'long')
  const log = page.getByRole('log', { name: 'Messages' })
  await expect(log.getByText(/^Row 1999\./)).toBeInViewport()
  await log.hover()
  let jumps = 0
  const steps = process.env['HALYARD_FULL'] === '1' ? 120 : 60
  for (let step = 0; step < steps; step++) {
    const before = await firstRow(page)
    await page.mouse.wheel(0, step < steps * 0.75 ? -400 : 400)
    await page.waitForTimeout(40)
    const after = await placeOf(page, before.key)
    // The row moved by the wheel and by nothing else; at the ends of the log it moves less.
    if (after !== undefined && Math.abs(Math.abs(after - before.top) - 400) > 2) jumps++
    expect(await log.getByRole('article').count()).toBeLessThanOrEqual(200)
  }
  expect(jumps).toBeLessThanOrEqual(2)
  await page.getByRole('button', { name: 'Jump to latest' }).click()
  await expect(log.getByText(/^Row 1999\./)).toBeInViewport()
  await expect(page.getByRole('button', { name: 'Jump to latest' })).toHaveCount(0)
})

test('reading goes on where it stopped, and the divider stays', async ({ page }) => {
  await goTo(page, 'long-unread')
  await expect(page.getByText('500 new messages', { exact: true })).toBeInViewport()
  await expect(page.getByText(/^Row 1500\./)).toBeInViewport()
  await page.getByRole('textbox', { name: 'Message' }).fill('I am here')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article').filter({ hasText: 'I am here' })).toBeInViewport()
})

test('a device that was added is named, and shown', async ({ page }) => {
  await goTo(page, 'added')
  const note = page.getByRole('region', { name: 'A device was added to your account' })
  await expect(note).toContainText('let in Field phone, and it reads everything')
  await note.getByRole('link', { name: 'Show devices' }).click()
  await expect(page.getByRole('list', { name: 'Devices' })).toContainText('Field phone')
})

test.describe('by touch', () => {
  test.use({ hasTouch: true })
  test('a dialog that begins with a field is there at once, whether a keyboard comes up or not', async ({ page }) => {
    await goTo(page, 'devices')
    await page.getByRole('button', { name: 'Add a device' }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByRole('textbox', { name: 'Code' })).toBeFocused()
    // Not waited for: it is not to be hidden first.
    expect(await dialog.evaluate((each) => getComputedStyle(each.parentElement ?? each).opacity)).toBe('1')
  })
})

const firstRow = (page: Page): Promise<{ readonly key: string; readonly top: number }> =>
  page.getByRole('log').evaluate((log) => {
    const top = log.getBoundingClientRect().top
    const rows = [...log.querySelectorAll<HTMLElement>('[data-key]')]
    const row = rows.find((each) => each.getBoundingClientRect().top >= top) ?? rows[0]
    return { key: row?.dataset['key'] ?? '', top: (row?.getBoundingClientRect().top ?? 0) - top }
  })
const placeOf = (page: Page, key: string): Promise<number | undefined> =>
  page.getByRole('log').evaluate((log, wanted) => {
    const row = [...log.querySelectorAll<HTMLElement>('[data-key]')].find((each) => each.dataset['key'] === wanted)
    return row === undefined ? undefined : row.getBoundingClientRect().top - log.getBoundingClientRect().top
  }, key)

test('on a phone Back leads from the details to their conversation, and from there to the list', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await goTo(page, 'group')
  const list = page.getByRole('navigation', { name: 'Chats' })
  const conversation = page.getByRole('log', { name: 'Messages' })
  const details = page.getByRole('complementary', { name: 'Details' })
  const open = page.getByRole('button', { name: 'Details', exact: true })
  await page.getByRole('link', { name: 'Back' }).click()
  await list.getByRole('link', { name: /Trucks and pumps/ }).click()
  await open.click()
  await expect(details).toBeVisible()
  await page.goBack()
  await expect(details).toHaveCount(0)
  await expect(conversation).toBeVisible()
  await expect(open).toBeFocused()
  // Closed by its own button, it is not passed again.
  await open.click()
  await details.getByRole('button', { name: 'Back' }).click()
  await expect(details).toHaveCount(0)
  await page.goBack()
  await expect(list).toBeVisible()
  await expect(conversation).toBeHidden()
})
