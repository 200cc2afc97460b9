/** Three people in a room: one mentions another, who is called, and the third who is not. */
import { expect, test } from '@playwright/test'
import { createCast } from './cast.ts'
import type { Person } from './person.ts'

const { people, person, server } = createCast()

test('somebody who is mentioned sees it in the list and in the message; the others are not called', async () => {
  test.setTimeout(180_000)
  const sara = await person('Sara Kowalski')
  await sara.setUp(server().setupLink ?? '', 'Northwind Relief')
  const marcus = await person('Marcus Oyelaran')
  await marcus.join(await sara.invite())
  const ava = await person('Ava Lindqvist', { phone: true })
  await ava.join(await sara.invite())
  await sara.toList()
  for (const name of ['Marcus Oyelaran', 'Ava Lindqvist']) await expect(sara.chat(name)).not.toContainText('Not yet')
  await sara.createGroup('Room', 'Harrow Bridge crew', ['Marcus', 'Ava'])
  await expect(sara.page.getByText('End-to-end encrypted for 3 people')).toBeVisible()
  await expect(marcus.chat('Harrow Bridge crew')).toBeVisible()
  await ava.toList()
  await expect(ava.chat('Harrow Bridge crew')).toBeVisible()

  const field = sara.page.getByRole('textbox', { name: 'Message', exact: true })
  await field.focus()
  await sara.page.keyboard.type('Keys to @mar')
  await expect(sara.page.getByRole('option', { name: 'Marcus Oyelaran' })).toHaveAttribute('aria-selected', 'true')
  await sara.page.keyboard.press('Enter')
  await sara.page.keyboard.type('please')
  await sara.page.keyboard.press('Enter')
  const text = 'Keys to @Marcus Oyelaran please'
  await sara.sees(text)
  const mentioned = (one: Person) => one.chat('Harrow Bridge crew').getByRole('img', { name: 'You were mentioned' })
  await expect(mentioned(marcus)).toBeVisible()
  await expect(ava.chat('Harrow Bridge crew')).toContainText('1 unread message')
  await expect(mentioned(ava)).toHaveCount(0)

  const name = (one: Person) => one.page.getByRole('article').locator('bdi bdi', { hasText: '@Marcus Oyelaran' })
  const weight = (one: Person) => name(one).evaluate((element) => Number(getComputedStyle(element).fontWeight))
  for (const one of [marcus, ava]) {
    await one.open('Harrow Bridge crew')
    await one.sees(text)
    await expect(name(one)).toBeVisible()
  }
  expect(await weight(marcus)).toBeGreaterThan(await weight(ava))
  await expect(mentioned(marcus)).toHaveCount(0)

  // Muted, it calls by mentions alone.
  await marcus.page.getByRole('button', { name: 'Mute', exact: true }).click()
  await marcus.toList()
  await marcus.chat('Sara Kowalski').click()
  await sara.say('To everybody')
  await expect(marcus.chat('Harrow Bridge crew')).toContainText('1 unread message')
  await expect(marcus.page.getByRole('link', { name: 'Chats', exact: true })).toBeVisible()
  await field.focus()
  await sara.page.keyboard.type('@mar')
  await sara.page.getByRole('option', { name: 'Marcus Oyelaran' }).click()
  await sara.page.keyboard.press('Enter')
  await expect(mentioned(marcus)).toBeVisible()
  await expect(marcus.page.getByRole('link', { name: 'Chats, 1 unread' })).toBeVisible()
  for (const one of people) expect(one.complaints, one.name).toEqual([])
})
