/** On the running product: axe finds nothing on any screen of the journey, in light, dark and high contrast, wide and narrow. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from '@playwright/test'
import type { Page } from '@playwright/test'
import { Person } from './person.ts'
import { startServer } from './server.ts'
import type { TestServer } from './server.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const looks = [
  { name: 'light', media: { colorScheme: 'light', contrast: 'no-preference' } },
  { name: 'dark', media: { colorScheme: 'dark', contrast: 'no-preference' } },
  { name: 'high contrast', media: { colorScheme: 'light', contrast: 'more' } },
] as const

interface Finding {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** What axe finds on the screen as it stands, in every look that is taken. */
const check = async (page: Page, screen: string): Promise<void> => {
  for (const { name, media } of looks) {
    await page.emulateMedia({ ...media, reducedMotion: 'reduce' })
    // Nothing is judged halfway through a change of colours.
    await page.evaluate(async () => {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
      await Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => undefined)))
    })
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource)
    // From one look to the next only colours differ.
    const options = name === 'light' ? {} : { runOnly: ['color-contrast', 'link-in-text-block'] }
    const found = await page.evaluate(async (given) => {
      const { axe } = globalThis as unknown as {
        readonly axe: { run(where: Document, options: object): Promise<{ readonly violations: readonly Finding[] }> }
      }
      return (await axe.run(document, given)).violations
    }, options)
    const words = found.map(
      ({ id, nodes }) => `${id}: ${nodes.map((n) => `${n.html} ${n.failureSummary ?? ''}`).join('\n')}`,
    )
    expect(words, `${screen}, ${name}`).toEqual([])
  }
}

let server: TestServer
const people: Person[] = []
test.beforeEach(async () => {
  server = await startServer()
})
test.afterEach(async () => {
  for (const person of people.splice(0)) await person.remove()
  await server.remove()
})
const person = async (name: string, options: ConstructorParameters<typeof Person>[1]): Promise<Person> => {
  const made = new Person(name, options)
  people.push(made)
  await made.openBrowser()
  return made
}

for (const phone of [false, true]) {
  test(`axe finds nothing from setting up to locking (${phone ? 'phone' : 'desktop'})`, async () => {
    test.setTimeout(240_000)
    const sara = await person('Sara Kowalski', { phone })
    const { page } = sara
    await page.goto(server.setupLink ?? '')
    await page.getByRole('textbox', { name: 'Network name' }).waitFor()
    await check(page, 'setup')
    await page.getByRole('button', { name: 'Create network' }).click()
    await check(page, 'setup with what is missing said')
    await page.getByRole('button', { name: 'Use a passphrase' }).click()
    await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill('northwind')
    await check(page, 'setup with a weak passphrase')
    await page.reload()
    await sara.setUp(server.setupLink ?? '', 'Northwind Relief')
    await check(page, 'first chats with the invite card')
    const invite = await sara.invite()
    await check(page, 'inviting')

    const marcus = await person('Marcus Oyelaran', { phone, unlock: 'passkey' })
    await marcus.page.goto(`${invite.slice(0, -12)}AAAAAAAAAAAA`)
    await marcus.page.getByRole('heading', { level: 1 }).waitFor()
    await check(marcus.page, 'an altered invite')
    await sara.page.context().setOffline(true)
    await marcus.page.goto('about:blank')
    await marcus.page.goto(invite)
    await marcus.page.getByRole('button', { name: 'Continue' }).waitFor()
    await check(marcus.page, 'the invite')
    await marcus.page.getByRole('button', { name: 'Continue' }).click()
    await check(marcus.page, 'name and lock')
    await marcus.page.getByRole('textbox', { name: 'Your name' }).fill('Marcus Oyelaran')
    await marcus.page.getByRole('button', { name: 'Use a passkey' }).click()
    await marcus.page.getByRole('button', { name: 'Join' }).click()
    await marcus.seesChats()
    await marcus.open('Sara Kowalski')
    await expect(marcus.page.getByText('Not yet confirmed').filter({ visible: true }).first()).toBeVisible()
    await marcus.say('Good morning. **Which** truck takes the pumps? `HB-220` https://example.org')
    await marcus.seesOwn('Good morning', 'Sent')
    await check(marcus.page, 'not yet confirmed, a message sent')

    await check(page, 'without a connection')
    await sara.page.context().setOffline(false)
    await expect(marcus.page.getByText('Not yet confirmed')).toHaveCount(0)
    await marcus.seesOwn('Good morning', 'Delivered')
    await marcus.page.getByRole('textbox', { name: 'Message' }).pressSequentially('a draft')
    await check(marcus.page, 'a message delivered, a draft')
    if (phone) await sara.toList()
    await check(page, 'the list with an unread message')
    await sara.open('Marcus Oyelaran')
    await check(page, 'unread messages')
    await sara.say('Truck 4.')
    await sara.seesOwn('Truck 4.', 'Read')
    await check(page, 'a message read')
    await dialogs(page, phone)
    await server.stop()
    await sara.say('into the void')
    await sara.seesOwn('into the void', 'Waiting')
    await expect(page.getByText('No connection').filter({ visible: true }).first()).toBeVisible({ timeout: 20_000 })
    await check(page, 'a message waiting, no connection')
    await server.start()
    await sara.seesOwn('into the void', 'Read')
    if (phone) await sara.toList()
    await sara.lock()
    await check(page, 'locked')
    await page.getByRole('textbox', { name: 'Passphrase' }).fill('not this one at all')
    await page.getByRole('button', { name: 'Unlock' }).click()
    await page.getByRole('alert').first().waitFor()
    await check(page, 'a wrong passphrase')
    for (const one of people) expect(one.complaints, one.name).toEqual([])
  })
}

const dialogs = async (page: Page, phone: boolean): Promise<void> => {
  if (phone) return
  await page.getByRole('button', { name: 'Emoji' }).click()
  await page.getByRole('dialog').waitFor()
  await check(page, 'emoji')
  await page.keyboard.press('Escape')
  await page.getByRole('textbox', { name: 'Message' }).focus()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').waitFor()
  await check(page, 'going to somebody by name')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Settings' }).first().click()
  await page.getByRole('dialog').waitFor()
  await check(page, 'settings')
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
  await check(page, 'shortcuts')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
}
