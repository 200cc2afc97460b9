/** The journey on the running product with the keyboard alone: nothing is clicked, nothing is filled from outside. */
import { expect, test } from '@playwright/test'
import { expectFocus, tabTo } from '../../packages/web/test/by-keyboard.ts'
import { Person, passphrase } from './person.ts'
import { startServer } from './server.ts'
import type { TestServer } from './server.ts'
import { typePassphrase } from './type-passphrase.ts'

let server: TestServer
let sara: Person
let marcus: Person
test.beforeEach(async () => {
  server = await startServer()
  sara = new Person('Sara Kowalski')
  marcus = new Person('Marcus Oyelaran')
})
test.afterEach(async () => {
  await sara.remove()
  await marcus.remove()
  await server.remove()
})

test('set up, invite, join, talk, settings, lock and unlock by keyboard alone', async () => {
  test.setTimeout(120_000)
  await sara.openBrowser()
  const ours = sara.page
  await ours.goto(server.setupLink ?? '')
  await ours.getByRole('textbox', { name: 'Network name' }).waitFor()
  await tabTo(ours, 'Network name')
  await ours.keyboard.type('Northwind Relief')
  await tabTo(ours, 'Your name')
  await ours.keyboard.type('Sara Kowalski')
  await typePassphrase(ours)
  await tabTo(ours, 'Create network')
  await ours.keyboard.press('Enter')
  await sara.seesChats()
  await expectFocus(ours, 'Message')
  await tabTo(ours, 'Invite link', 'Shift+Tab')
  await expect(ours.getByRole('textbox', { name: 'Invite link' })).toHaveValue(/#/)
  await tabTo(ours, 'Copy link')
  await ours.keyboard.press('Enter')
  await expectFocus(ours, 'Copied')
  const invite = await ours.evaluate(() => navigator.clipboard.readText())

  await marcus.openBrowser()
  const theirs = marcus.page
  await theirs.goto(invite)
  await expectFocus(theirs, 'Continue')
  await theirs.keyboard.press('Enter')
  await theirs.getByRole('textbox', { name: 'Your name' }).waitFor()
  await tabTo(theirs, 'Your name')
  await theirs.keyboard.type('Marcus Oyelaran')
  await typePassphrase(theirs)
  await theirs.keyboard.press('Enter')
  await marcus.seesChats()
  await expectFocus(theirs, 'Message')
  await theirs.keyboard.type('Which truck')
  await theirs.keyboard.press('Shift+Enter')
  await theirs.keyboard.press('Control+b')
  await theirs.keyboard.type('takes the pumps?')
  await theirs.keyboard.press('Enter')
  await expect(marcus.messages.locator('strong')).toHaveText('takes the pumps?')

  // The one with something unread, without looking for it.
  await expect(sara.chat('Marcus Oyelaran')).toContainText('Which truck')
  await ours.keyboard.press('Alt+Shift+ArrowDown')
  await expect(ours.getByRole('heading', { level: 1, name: 'Marcus Oyelaran' })).toBeVisible()
  await expectFocus(ours, 'Message')
  await sara.sees('Which truck')
  await ours.keyboard.type('half a thought')
  await ours.keyboard.press('Alt+ArrowDown')
  await expect(ours.getByRole('heading', { level: 1, name: 'Me' })).toBeVisible()
  await ours.keyboard.press('Control+k')
  await expect(ours.getByRole('dialog')).toBeVisible()
  await ours.keyboard.type('marc')
  await ours.keyboard.press('Enter')
  await expect(ours.getByRole('textbox', { name: 'Message' })).toHaveValue('half a thought')
  await expectFocus(ours, 'Message')
  await ours.keyboard.type(', finished: https://example.org')
  await ours.keyboard.press('Enter')
  await marcus.sees('half a thought, finished')
  await sara.seesOwn('half a thought', 'Read')
  await tabTo(ours, /^https:\/\/example\.org/, 'Shift+Tab')
  await ours.keyboard.press('Escape')

  await tabTo(ours, 'Settings', 'Shift+Tab')
  await ours.keyboard.press('Enter')
  await expect(ours.getByRole('dialog')).toBeVisible()
  await tabTo(ours, /Lock after|minutes/)
  await ours.keyboard.press('ArrowDown')
  await tabTo(ours, 'Keyboard shortcuts')
  await ours.keyboard.press('Escape')
  await expect(ours.getByRole('dialog')).toHaveCount(0)
  await expectFocus(ours, 'Settings')

  await tabTo(ours, 'Lock', 'Shift+Tab')
  await ours.keyboard.press('Enter')
  await expect(ours.getByRole('button', { name: 'Unlock' })).toBeVisible()
  await expectFocus(ours, 'Passphrase')
  await ours.keyboard.type('not this one at all')
  await ours.keyboard.press('Enter')
  await expect(ours.getByRole('alert').first()).toBeVisible()
  await expectFocus(ours, 'Passphrase')
  await ours.keyboard.press('Control+a')
  await ours.keyboard.type(passphrase)
  await ours.keyboard.press('Enter')
  await sara.seesChats()
  await expectFocus(ours, 'Message')
  for (const one of [sara, marcus]) expect(one.complaints, one.name).toEqual([])
})
