/** Reload, close, second tab, no network, server stopped, tab killed: every message arrives once, in order. */
import { expect, test } from '@playwright/test'
import { meet } from './cast.ts'
import { Person } from './person.ts'
import { startServer } from './server.ts'
import type { TestServer } from './server.ts'

let server: TestServer
let sara: Person
let marcus: Person

// One after the other in one conversation: what came before is one more thing that must not be lost.
test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  server = await startServer()
  sara = new Person('Sara Kowalski')
  marcus = new Person('Marcus Oyelaran', { unlock: 'passkey' })
  await meet(server, sara, marcus)
})
test.afterAll(async () => {
  await sara.remove()
  await marcus.remove()
  await server.remove()
})

test('what is written while the server is stopped arrives when it is back, once and in order', async () => {
  await server.stop()
  for (const text of ['one away', 'two away', 'three away']) await sara.say(text)
  await sara.seesOwn('three away', 'Waiting')
  // The service worker serves the app while the server is gone.
  await sara.page.reload()
  await sara.unlock()
  await sara.open('Marcus Oyelaran')
  await expect(sara.messages).toHaveCount(3)
  await sara.say('four away')
  await server.start()
  for (const text of ['one away', 'two away', 'three away', 'four away']) await marcus.sees(text)
  await expect(marcus.messages).toHaveText([/one away/, /two away/, /three away/, /four away/])
  await sara.seesOwn('four away', 'Read')
})

test('close and open again: history, draft and unread are there; what came meanwhile too', async () => {
  await marcus.say('before it')
  await sara.sees('before it')
  await sara.page.getByRole('textbox', { name: 'Message' }).fill('a thought not finished')
  await sara.page.waitForTimeout(800)
  await sara.closeBrowser()
  for (let number = 1; number <= 5; number++) await marcus.say(`while away ${number}`)
  await marcus.seesOwn('while away 5', 'Sent')
  await sara.openBrowser()
  await sara.page.goto(server.url)
  await sara.unlock()
  await sara.open('Marcus Oyelaran')
  for (let number = 1; number <= 5; number++) await sara.sees(`while away ${number}`)
  await expect(sara.messages.filter({ hasText: /before it|while away/ })).toHaveCount(6)
  await expect(sara.page.getByRole('textbox', { name: 'Message' })).toHaveValue('a thought not finished')
  await marcus.seesOwn('while away 5', 'Read')
})

test('a second tab shows and sends the same; when the first closes, the second goes on without asking', async () => {
  await sara.say('from the first tab')
  const first = sara.page
  const second = await sara.openTab(first.url())
  await sara.seesChats()
  await sara.sees('from the first tab')
  await sara.say('from the second tab')
  await marcus.sees('from the second tab')
  await first.close()
  sara.useTab(second)
  await sara.say('after the first was closed')
  await marcus.sees('after the first was closed')
  await marcus.say('heard you')
  await sara.sees('heard you')
  await expect(marcus.messages.filter({ hasText: /from the|after the first|heard you/ })).toHaveCount(4)
})

test('without network: own bubble at once, sent when the network is back', async () => {
  await sara.context.setOffline(true)
  await sara.say('into the void')
  await sara.seesOwn('into the void', 'Waiting')
  await sara.context.setOffline(false)
  await marcus.sees('into the void')
  await sara.seesOwn('into the void', 'Read')
})

test('a browser killed between Enter and the answer: the message is there after it and arrives once', async () => {
  for (let round = 0; round < 3; round++) {
    for (let number = 0; number < 5; number++) await sara.say(`round ${round} message ${number}`)
    await expect(sara.message(`round ${round} message 4`)).toBeVisible()
    await sara.killBrowser()
    await sara.openBrowser()
    await sara.page.goto(server.url)
    await sara.unlock()
    await sara.open('Marcus Oyelaran')
    for (let number = 0; number < 5; number++) await sara.sees(`round ${round} message ${number}`)
  }
  const those = marcus.messages.filter({ hasText: /round \d message \d/ })
  await expect(those).toHaveCount(15)
  const texts = (await those.allInnerTexts()).map((text) => /round \d message \d/.exec(text)?.[0])
  expect(texts).toEqual([...Array(15).keys()].map((index) => `round ${Math.floor(index / 5)} message ${index % 5}`))
})
