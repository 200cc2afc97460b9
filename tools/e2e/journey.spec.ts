/** The journey of three people, from the link that the server prints. */
import { expect, test } from '@playwright/test'
import { createCast } from './cast.ts'
import { passphrase } from './person.ts'

const { people, person, server } = createCast()

const full = process.env['HALYARD_FULL'] === '1'
for (const phone of [false, true]) {
  for (const unlock of ['passphrase', 'passkey'] as const) {
    // The other two of the four are for the long run.
    if (!full && phone !== (unlock === 'passkey')) continue
    test(`three people meet and talk (${phone ? 'phone' : 'desktop'}, ${unlock})`, async () => {
      const sara = await person('Sara Kowalski', { phone, unlock })
      await sara.setUp(server().setupLink ?? '', 'Northwind Relief')
      const marcus = await person('Marcus Oyelaran', { phone, unlock })
      await marcus.join(await sara.invite())

      // The newcomer is let in by the inviter's own client; names arrive on both sides.
      await sara.open('Marcus Oyelaran')
      await marcus.open('Sara Kowalski')
      await expect(marcus.page.getByText('Not yet confirmed')).toHaveCount(0)
      await marcus.say('Good morning Sara, I am in.')
      await sara.sees('Good morning Sara, I am in.')
      await marcus.seesOwn('Good morning Sara, I am in.', 'Read')
      await sara.say('**Which** truck takes the `pumps`?')
      await marcus.sees('Which truck takes the pumps?')
      await expect(
        marcus.message('Which truck').getByRole('strong').or(marcus.message('Which truck').locator('strong')),
      ).toHaveText('Which')

      // The third comes by the second's invite, and trusts the first by the chain of admissions.
      const ava = await person('Ava Lindqvist', { phone, unlock })
      await ava.join(await marcus.invite())
      await ava.open('Sara Kowalski')
      await ava.say('Marcus let me in.')
      await sara.open('Ava Lindqvist')
      await sara.sees('Marcus let me in.')
      await expect(sara.messages).toHaveCount(1)
      for (const one of people) expect(one.complaints, one.name).toEqual([])
    })
  }
}

test('an invite is used once, and says so; an altered or unknown one as well', async () => {
  const sara = await person('Sara Kowalski')
  await sara.setUp(server().setupLink ?? '', 'Northwind Relief')
  const invite = await sara.invite()
  const marcus = await person('Marcus Oyelaran')
  await marcus.join(invite)
  const late = await person('Ines Duarte')
  await late.page.goto(invite)
  await expect(late.page.getByRole('heading', { name: /used/i })).toBeVisible()
  const last = invite.at(-3) === 'A' ? 'B' : 'A'
  await late.page.goto('about:blank')
  await late.page.goto(`${invite.slice(0, -3)}${last}${invite.slice(-2)}`)
  await expect(late.page.getByRole('heading', { name: /changed|altered|not the one|damaged|complete/i })).toBeVisible()
  expect(sara.complaints).toEqual([])
})

test('the inviter is away: the newcomer waits, writes, and is confirmed later', async () => {
  const sara = await person('Sara Kowalski')
  await sara.setUp(server().setupLink ?? '', 'Northwind Relief')
  const invite = await sara.invite()
  await sara.closeBrowser()
  const marcus = await person('Marcus Oyelaran')
  await marcus.join(invite)
  await marcus.open('Sara Kowalski')
  await expect(marcus.page.getByText('Not yet confirmed').first()).toBeVisible()
  await marcus.say('I will wait here.')
  await marcus.seesOwn('I will wait here.', 'Sent')
  await sara.openBrowser()
  await sara.page.goto(server().url)
  await sara.unlock()
  await sara.open('Marcus Oyelaran')
  await sara.sees('I will wait here.')
  await expect(marcus.page.getByText('Not yet confirmed')).toHaveCount(0)
  await marcus.seesOwn('I will wait here.', 'Read')
})

test('a weak or different passphrase is refused with words, and a wrong one does not unlock', async () => {
  const sara = await person('Sara Kowalski')
  await sara.page.goto(server().setupLink ?? '')
  // Opened, loaded again (the secret has left the address), and the link opened once more in the same tab.
  await sara.page.getByRole('textbox', { name: 'Network name' }).waitFor()
  await sara.page.reload()
  await sara.page.getByRole('textbox', { name: 'Network name' }).waitFor()
  await sara.page.goto(server().setupLink ?? '')
  await expect(sara.page).toHaveURL(/\/setup$/)
  await sara.page.getByRole('textbox', { name: 'Network name' }).fill('Northwind Relief')
  await sara.page.getByRole('textbox', { name: 'Your name' }).fill('Sara Kowalski')
  await sara.page.getByRole('button', { name: 'Use a passphrase' }).click()
  await sara.page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill('password')
  await sara.page.getByRole('textbox', { name: 'Repeat passphrase' }).fill('password')
  await sara.page.getByRole('button', { name: 'Create network' }).click()
  await expect(sara.page.getByText(/easy to guess/i).first()).toBeVisible()
  await sara.page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(passphrase)
  await sara.page.getByRole('textbox', { name: 'Repeat passphrase' }).fill(passphrase)
  await sara.page.getByRole('button', { name: 'Create network' }).click()
  await sara.seesChats()
  await sara.lock()
  await expect(sara.page.getByText('Northwind')).toHaveCount(0)
  await sara.page.getByRole('textbox', { name: 'Passphrase' }).fill('something else entirely 9')
  await sara.page.getByRole('button', { name: 'Unlock' }).click()
  await expect(sara.page.getByRole('alert').first()).toBeVisible()
  await sara.unlock()
})

test('two tabs of one device: the draft, the mute and the card of one are those of the other', async () => {
  const sara = await person('Sara Kowalski')
  await sara.setUp(server().setupLink ?? '', 'Northwind Relief')
  const marcus = await person('Marcus Oyelaran')
  await marcus.join(await sara.invite())
  await sara.open('Marcus Oyelaran')
  const first = sara.page
  const second = await sara.openTab(first.url())
  const here = first.getByRole('textbox', { name: 'Message' })
  const there = second.getByRole('textbox', { name: 'Message' })
  await there.pressSequentially('Half a thought')
  await expect(here).toHaveValue('Half a thought')
  await here.press('End')
  await here.pressSequentially(', finished.')
  await expect(there).toHaveValue('Half a thought, finished.')
  await there.press('Enter')
  await sara.sees('Half a thought, finished.')
  await expect(here).toHaveValue('')

  await second.getByRole('button', { name: 'Mute', exact: true }).click()
  const muted = first.getByRole('link', { name: /Marcus Oyelaran/ }).getByRole('img', { name: 'Muted' })
  await expect(muted).toBeVisible()
  await first.getByRole('button', { name: 'Later' }).click()
  const reminder = first.getByRole('button', { name: 'Keep a way back in' })
  await expect(reminder).toBeVisible()
  await sara.makeCard()
  await expect(reminder).toHaveCount(0)
  for (const one of people) expect(one.complaints, one.name).toEqual([])
})
