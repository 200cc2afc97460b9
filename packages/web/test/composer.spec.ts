import { expect, test } from '@playwright/test'
import type { Page } from '@playwright/test'
import { goTo } from './go-to.ts'

test('a draft written on another device follows into the field, and never takes what is typed here', async ({
  page,
}) => {
  await goTo(page, 'home')
  const message = page.getByRole('textbox', { name: 'Message' })
  await page.keyboard.press('Alt+ArrowDown')
  await expect(page.getByRole('heading', { level: 1, name: 'Priya Raman' })).toBeVisible()
  const chat = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  const elsewhere = (text: string): Promise<void> =>
    page.evaluate(([chatId = '', draft = '']) => globalThis.fixtureDraft?.(chatId, draft), [chat, text])
  await elsewhere('from the phone')
  await expect(message).toHaveValue('from the phone')
  // It is gone on with from its end, and saved; sent on the other device, it goes here too.
  await page.keyboard.type(', and from here')
  await expect(page.getByRole('link', { name: /Draft: from the phone, and from here/ })).toHaveCount(1)
  await elsewhere('')
  await expect(message).toHaveValue('')

  // What is typed here and not saved yet is newer.
  await page.evaluate(() => void (globalThis.fixtureHeldDrafts = []))
  await page.keyboard.type('mine')
  await elsewhere('theirs')
  await expect(page.getByRole('link', { name: /Draft: theirs/ })).toHaveCount(1)
  await expect(message).toHaveValue('mine')

  // What comes back late of what was saved here is no news.
  const held = (): Promise<number> => page.evaluate(() => globalThis.fixtureHeldDrafts?.length ?? 0)
  await expect.poll(held).toBe(1)
  await page.keyboard.type(' too')
  await expect.poll(held).toBe(2)
  await page.evaluate(() => globalThis.fixtureHeldDrafts?.shift()?.())
  await expect(page.getByRole('link', { name: /Draft: mine 2 unread/ })).toHaveCount(1)
  await expect(message).toHaveValue('mine too')
  await page.evaluate(() => globalThis.fixtureHeldDrafts?.shift()?.())
  await elsewhere('ours')
  await expect(message).toHaveValue('ours')
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
