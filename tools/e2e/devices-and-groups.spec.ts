/** Three people on seven devices: two groups, one who comes back with a card, and two who are removed. */
import { expect, test } from '@playwright/test'
import { createCast } from './cast.ts'

const { people, person, server } = createCast()

const full = process.env['HALYARD_FULL'] === '1'
for (const phone of [false, true]) {
  // The other one is for the long run.
  if (!full && phone) continue
  test(`seven devices, two groups, one return, two removals (${phone ? 'phone' : 'desktop'})`, async () => {
    test.setTimeout(300_000)
    const sara = await person('Sara Kowalski', { phone })
    await sara.setUp(server().setupLink ?? '', 'Northwind Relief')
    const origin = new URL(sara.page.url()).origin
    const marcus = await person('Marcus Oyelaran', { phone })
    await marcus.join(await sara.invite())
    const ava = await person('Ava Lindqvist', { phone })
    await ava.join(await sara.invite())
    await sara.toList()
    for (const name of ['Marcus Oyelaran', 'Ava Lindqvist']) await expect(sara.chat(name)).not.toContainText('Not yet')

    await sara.createGroup('Group', 'Harrow Bridge crew', ['Marcus'])
    await sara.addPeople(['Ava'])
    await expect(await sara.details()).toContainText('Ava Lindqvist')
    await expect(sara.page.getByRole('list', { name: 'Members' }).getByText('Being added')).toHaveCount(0)
    await sara.closeDetails()
    await sara.say('Welcome, everybody.')
    for (const one of [marcus, ava]) {
      await one.open('Harrow Bridge crew')
      await one.sees('Welcome, everybody.')
    }
    await marcus.say('Pumps first.')
    await ava.sees('Pumps first.')
    await sara.createGroup('Room', 'Desk', ['Marcus', 'Ava'])
    await sara.say('Only for the desk.')
    await marcus.open('Desk')
    await marcus.sees('Only for the desk.')

    // Two more devices for Sara, one for Marcus; each is brought into everything and both sides see its writing.
    const tablet = await person('Sara tablet', { phone })
    await sara.letIn(tablet, origin)
    const desk = await person('Sara desk', { phone })
    await sara.letIn(desk, origin)
    const spare = await person('Marcus spare', { phone })
    await marcus.letIn(spare, origin)
    await expect(sara.devices).toHaveCount(3)
    await tablet.open('Harrow Bridge crew')
    await tablet.say('From the tablet.')
    for (const [one, name] of [
      [marcus, 'Harrow Bridge crew'],
      [desk, 'Harrow Bridge crew'],
      [spare, 'Harrow Bridge crew'],
    ] as const) {
      await one.open(name)
      await one.sees('From the tablet.')
    }
    await expect(marcus.page.getByText('uses one more device').first()).toBeVisible()

    // What is half written on one device stands on the other; so does what was muted there.
    const half = (one: typeof marcus) => one.page.getByRole('textbox', { name: 'Message', exact: true })
    await half(marcus).fill('Half a thought')
    await expect(half(spare)).toHaveValue('Half a thought')
    await spare.page.getByRole('button', { name: 'Mute', exact: true }).click()
    await expect(marcus.page.getByRole('button', { name: 'Unmute', exact: true })).toBeVisible()
    await half(spare).fill('')
    await expect(half(marcus)).toHaveValue('')

    // Ava's only browser is gone for good; a clean one comes back with the card.
    const words = await ava.makeCard()
    await ava.closeBrowser()
    const clean = await person('Ava clean', { phone })
    await clean.restore(origin, words)
    await clean.open('Harrow Bridge crew')
    await expect(clean.page.getByText('End-to-end encrypted for 3 people')).toBeVisible()
    await clean.say('I am back.')
    await marcus.sees('I am back.')

    // A person from a room: told by whom, and nothing new opens. A device: signed out at once.
    await sara.open('Desk')
    await sara.details()
    await sara.page.getByRole('button', { name: 'More about Marcus Oyelaran' }).click()
    await sara.page.getByRole('menuitem', { name: 'Remove', exact: true }).click()
    await sara.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await sara.closeDetails()
    await marcus.open('Harrow Bridge crew')
    await marcus.toList()
    await marcus.chat('Desk').click()
    await expect(marcus.page.getByText('Sara Kowalski removed you')).toBeVisible()
    await sara.openDevices()
    await sara.devices
      .filter({ hasText: 'New' })
      .first()
      .getByRole('button', { name: /^Remove/ })
      .click()
    await sara.page
      .getByRole('alertdialog')
      .or(sara.page.getByRole('dialog'))
      .getByRole('button', { name: 'Remove' })
      .click()
    await expect(sara.devices).toHaveCount(2)
    // The first one too is called by what it is, until somebody names it.
    await expect(sara.devices.getByText(/ on Linux$/)).toHaveCount(2)
    // The newest of them stands first in the list.
    await expect(desk.page.getByRole('heading', { name: 'This device was removed' })).toBeVisible()
    await tablet.say('Still here.')
    await marcus.open('Harrow Bridge crew')
    await marcus.sees('Still here.')
    for (const one of people) expect(one.complaints, one.name).toEqual([])
  })
}
