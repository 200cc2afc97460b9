/** The shipped page in a browser against a server that lies: what people see of it, and that all is well when it stops. */
import { expect, test } from '@playwright/test'
import { decode, encode, signedRow } from '@halyard/protocol'
import { forkLog } from '@halyard/sim/forked-log'
import type { Edit } from '@halyard/sim/forked-log'
import { startLyingServer } from './lying-server.ts'
import type { LyingServer } from './lying-server.ts'
import { meet } from './cast.ts'
import { Person, passphrase } from './person.ts'

let server: LyingServer
let sara: Person
let marcus: Person

test.beforeEach(async () => {
  server = await startLyingServer()
  sara = new Person('Sara Kowalski', { extraFlags: server.flagsFor('Sara') })
  marcus = new Person('Marcus Oyelaran', { extraFlags: server.flagsFor('Marcus') })
  await meet(server, sara, marcus)
  await sara.say('before it')
  await marcus.sees('before it')
  await sara.seesOwn('before it', 'Read')
})
test.afterEach(async () => {
  for (const person of [sara, marcus]) expect(person.complaints, person.name).toEqual([])
  await sara.remove()
  await marcus.remove()
  await server.remove()
})

/** Marcus is shown another log of their conversation, chained as a server can. */
const fork = (edit: Edit): void => {
  const found = server.database().prepare('SELECT conversation FROM entry ORDER BY time_ms DESC LIMIT 1').get()
  const conversation = found?.['conversation']
  if (!(conversation instanceof Uint8Array)) throw new Error('nothing was written')
  forkLog(server.evil, server.database, 'Marcus', conversation, edit)
}

test('T-10 T-12 a message that the server alters is never shown: the hole is told where it should be, and what follows arrives', async () => {
  fork((rows) => rows.map((row, index) => (index === 0 ? { ...row, row: altered(row.row) } : row)))
  await sara.say('altered on its way')
  await sara.say('after it')
  await marcus.sees('after it')
  await expect(marcus.message('altered on its way')).toHaveCount(0)
  const log = marcus.page.getByRole('log', { name: 'Messages' })
  await expect(log.getByRole('heading', { name: 'Messages are missing' })).toBeVisible()
  await expect(log.getByText('One message did not reach this device. Ask Sara to send it again.')).toBeVisible()
})
const altered = (row: Uint8Array): Uint8Array => {
  const value = decode(signedRow, row)
  if (value === undefined) throw new Error('no row')
  return encode(signedRow, {
    ...value,
    body: value.body.map((byte, at) => (at === value.body.length - 9 ? byte ^ 1 : byte)),
  })
}

test('T-12 a log that does not follow from what was read: two histories are told, and nothing is sent there', async () => {
  server.evil.onEvent('row', (value, who) =>
    who === 'Marcus' ? { pass: { ...value, entry: { ...value.entry, chain: new Uint8Array(32) } } } : { pass: value },
  )
  await sara.say('in a log of its own')
  await expect(
    marcus.page.getByRole('alert', { name: 'This conversation has two histories: sending is paused' }),
  ).toBeVisible()
  // Nobody writes into a conversation whose history is in doubt; what is there can be read.
  await expect(marcus.page.getByRole('textbox', { name: 'Message' })).toHaveCount(0)
  await marcus.sees('before it')
})

test('T-12 a server that forwards as it likes, and then honestly: each message is there once, on both screens in one order', async () => {
  let count = 0
  server.evil.onEvent('row', (value, who) => {
    count++
    if (count % 3 === 0) server.evil.tell(who, 'row', value)
    return count % 2 === 0 ? 'drop' : { pass: value }
  })
  const wrote = ['one', 'two', 'three', 'four'].map((word) => `${word} of Sara`)
  for (const [index, text] of wrote.entries()) {
    await sara.say(text)
    await marcus.say(`${index} of Marcus`)
  }
  // It did stand between.
  await expect.poll(() => count).toBeGreaterThan(wrote.length)
  server.evil.turnHonest()
  await sara.say('now honestly')
  for (const text of [...wrote, 'now honestly']) await marcus.sees(text)
  for (const index of wrote.keys()) await sara.sees(`${index} of Marcus`)
  const shown = (person: Person): Promise<readonly string[]> => person.messages.locator('p').allTextContents()
  await expect.poll(() => shown(marcus)).toEqual(await shown(sara))
  await expect(marcus.messages).toHaveCount(10)
})

test('T-41 a server that says "you were removed" and cannot show it: the page says that nothing proves it, and erases nothing', async () => {
  server.evil.onRequest('log-in', (request, who) =>
    who === 'Marcus' ? { refuse: 'device-removed' } : { pass: request },
  )
  await marcus.page.reload()
  await marcus.page.getByRole('textbox', { name: 'Passphrase' }).fill(passphrase)
  await marcus.page.getByRole('button', { name: 'Unlock' }).click()
  await expect(marcus.page.getByText('It shows nothing that proves it, so nothing was erased.')).toBeVisible()
  server.evil.turnHonest()
  await marcus.page.reload()
  await marcus.unlock()
  await marcus.open('Sara Kowalski')
  await marcus.sees('before it')
})
