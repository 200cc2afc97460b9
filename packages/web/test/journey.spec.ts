import { expect, test } from '@playwright/test'
import type { Page } from '@playwright/test'

const goTo = async (page: Page, state: string): Promise<void> => {
  await page.goto(`${process.env['HALYARD_FIXTURE']}/?state=${state}`)
  await page.locator('#root > *').first().waitFor()
}
/** Presses Tab until the element of this name has the focus, as somebody without a pointer does. */
const tabTo = async (page: Page, name: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> => {
  for (let step = 0; step < 40; step++) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined
      return element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? ''
    })
    if (focused.trim() === name) return
    await page.keyboard.press(key)
  }
  throw new Error(`no way to ${name} by Tab`)
}

/** Opens the menu of a member and takes what is asked, by the keyboard. */
const chooseFor = async (page: Page, who: string, what: string): Promise<void> => {
  await tabTo(page, `More about ${who}`, what === 'Remove' ? 'Shift+Tab' : 'Tab')
  await page.keyboard.press('Enter')
  const item = page.getByRole('menuitem', { name: what, exact: true })
  await expect(page.getByRole('menuitem').first()).toBeFocused()
  for (let step = 0; step < 4 && !(await item.evaluate((each) => each === document.activeElement)); step++)
    await page.keyboard.press('ArrowDown')
  await expect(item).toBeFocused()
  await page.keyboard.press('Enter')
}

test('the first run goes by keyboard alone, from setup to a message and back from the lock', async ({ page }) => {
  await goTo(page, 'setup')
  await tabTo(page, 'Network name')
  await page.keyboard.type('Northwind Relief')
  await tabTo(page, 'Your name')
  await page.keyboard.type('Sara Kowalski')
  await tabTo(page, 'Use a passphrase')
  await page.keyboard.press('Space')
  await tabTo(page, 'Passphrase')
  await page.keyboard.type('drizzle canopy walnut stirrup lantern')
  await tabTo(page, 'Repeat passphrase')
  await page.keyboard.type('drizzle canopy walnut stirrup lantern')
  await tabTo(page, 'Create network')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('navigation', { name: 'Chats' }).getByRole('link')).toHaveCount(1)
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()
  await expect(page.getByRole('textbox', { name: 'Invite link' })).toHaveAttribute('readonly')
  await page.keyboard.type('**Pumps** at _ten_')
  await page.keyboard.press('Enter')
  const message = page.getByRole('log', { name: 'Messages' }).getByRole('article')
  await expect(message).toHaveCount(1)
  await expect(message.locator('strong')).toHaveText('Pumps')
  await expect(message).toHaveAccessibleDescription(/\d\d:\d\d Delivered$/)
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.type('lock')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Unlock', exact: true })).toBeVisible()
  expect(await page.content()).not.toContain('Pumps')
  expect(await page.content()).not.toContain('Northwind')
  await page.keyboard.type('drizzle canopy')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('That does not open this device.')
  await page.keyboard.type('drizzle canopy walnut stirrup lantern')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('navigation', { name: 'Chats' })).toBeVisible()
})

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

test('a room by keyboard alone: two people come in, one is made moderator, one goes', async ({ page }) => {
  await goTo(page, 'group')
  await tabTo(page, 'New group', 'Shift+Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'Group name' }).waitFor()
  await tabTo(page, 'Group', 'Shift+Tab')
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('radio', { name: 'Room' })).toBeChecked()
  await tabTo(page, 'Group name')
  await page.keyboard.type('<Trucks>')
  await tabTo(page, 'People')
  for (const typed of ['ben', 'mar']) {
    await page.keyboard.type(typed)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
  }
  await expect(page.getByRole('list', { name: 'Chosen people' }).getByRole('listitem')).toHaveText([/Ben/, /Marcus/])
  await tabTo(page, 'Create')
  await page.keyboard.press('Enter')
  // Refused: the words stand in the dialog, and what was typed and chosen is still there.
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('This name cannot be used')
  await tabTo(page, 'Group name', 'Shift+Tab')
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('Trucks')
  await tabTo(page, 'Create')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Trucks' })).toBeVisible()
  await expect(page.getByText('You created the room Trucks')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()

  await tabTo(page, 'Details', 'Shift+Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Close details' })).toBeFocused()
  const members = page.getByRole('list', { name: 'Members' }).getByRole('listitem')
  await expect(members).toHaveText([/Sara.*\(you\).*Moderator/, /Ben.*Member/, /Marcus.*Member/])
  await chooseFor(page, 'Marcus Oyelaran', 'Make moderator')
  await expect(members.nth(2)).toContainText('Moderator')
  await chooseFor(page, 'Ben Adeyemi', 'Remove')
  const question = page.getByRole('alertdialog', { name: 'Remove Ben Adeyemi?' })
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await tabTo(page, 'Remove')
  await page.keyboard.press('Enter')
  await expect(members).toHaveText([/Sara/, /Marcus/])
  await expect(page.getByText('You removed Ben Adeyemi')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Details', exact: true })).toBeFocused()
})

test('a group says what came to pass, to each in the words for them', async ({ page }) => {
  await goTo(page, 'group-night')
  const log = page.getByRole('log', { name: 'Messages' })
  for (const words of [
    'Priya Raman created the room Bridge',
    'Priya Raman added you',
    'Priya Raman added Lena Brandt and 9 others',
    'Lena Brandt renamed the room to Harrow Bridge, night',
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

test('what was sent leaves the field with its bubble, and never takes with it what was typed since', async ({
  page,
}) => {
  await goTo(page, 'home')
  const message = page.getByRole('textbox', { name: 'Message' })
  const own = page.getByRole('article', { name: 'You' })
  const before = await own.count()
  const answer = await holdSending(page)
  await message.focus()
  // In one task, as fast as anything can: Enter, a shortcut and the next words.
  await page.keyboard.insertText('first')
  await message.evaluate((box: HTMLTextAreaElement) => {
    const press = (key: string, ctrlKey = false): boolean =>
      box.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true }))
    box.select()
    press('Enter')
    if (box.value !== 'first') throw new Error('it left before its bubble was there')
    press('b', true)
    const value = (): string => box.value
    if (value() !== '****') throw new Error('a shortcut has written what was sent once more')
    document.execCommand('insertText', false, 'second')
  })
  await expect(message).toHaveValue('**second**')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByRole('button', { name: 'Send' }).click()
  await answer()
  await expect(own).toHaveCount(before + 2)
  await expect(message).toHaveValue('')
  await page.waitForTimeout(300)
  await expect(own).toHaveCount(before + 2)
  // It takes long: what was sent is no longer in the way.
  await page.keyboard.insertText('third')
  await page.keyboard.press('Enter')
  await expect(message).toHaveValue('')
  await page.keyboard.insertText('fourth')
  // Refused: the words come back in front of those typed since.
  await answer('server-full')
  await expect(message).toHaveValue('third\nfourth')
  await expect(page.getByRole('alert')).toBeVisible()
  // Refused before it left: it stays, once.
  await message.fill('fifth')
  await message.evaluate((box: HTMLTextAreaElement) => {
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
    globalThis.fixtureHeld?.splice(0).forEach((resolve) => resolve('server-full'))
  })
  await page.waitForTimeout(300)
  await expect(message).toHaveValue('fifth')
  // What comes without a key (spoken, from a list of words) does not stand beside what was sent for a moment either.
  await message.fill('sixth')
  await message.evaluate((box: HTMLTextAreaElement) => {
    box.addEventListener('input', () => (box.dataset['seen'] = box.value), { once: true })
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
  })
  await page.keyboard.insertText('seventh')
  await expect(message).toHaveAttribute('data-seen', 'seventh')
  // What is pasted has the whole field to itself, however much was in it.
  await message.fill('x'.repeat(20_000))
  const isTaken = await message.evaluate((box: HTMLTextAreaElement) => {
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', 'pasted')
    return box.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  })
  expect(isTaken).toBe(true)
  await expect(own).toHaveCount(before + 2)
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
  for (let step = 0; step < 120; step++) {
    const before = await firstRow(page)
    await page.mouse.wheel(0, step < 90 ? -400 : 400)
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

/** From now on the client answers a send when it is told to: with a refusal, or by taking all that were held. */
const holdSending = async (page: Page): Promise<(refusal?: 'server-full') => Promise<void>> => {
  await page.evaluate(() => {
    globalThis.fixtureHeld = []
    globalThis.fixtureAnswer = () => new Promise((resolve) => globalThis.fixtureHeld?.push(resolve))
  })
  return (refusal) =>
    page.evaluate((code) => {
      for (const resolve of globalThis.fixtureHeld?.splice(0) ?? []) resolve(code)
    }, refusal)
}
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
