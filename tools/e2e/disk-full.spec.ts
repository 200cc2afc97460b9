/** A browser that gives no more room: the app says so, whatever was shown stays, and what was being written is not lost. */
import { expect, test } from '@playwright/test'
import { createNodePeer } from './node-peer.ts'
import { Person } from './person.ts'
import { startServer } from './server.ts'

/** The field is gone once the disk is full; nobody waits for it then. */
const actionMaxMs = 3_000

test('a full disk in the browser is said; nothing that was shown or written is lost, and it goes on when there is room', async () => {
  const server = await startServer()
  const peer = await createNodePeer(server)
  const sara = new Person('Sara Kowalski', { unlock: 'passkey' })
  try {
    await sara.openBrowser()
    await sara.join(await peer.inviteLink())
    await sara.open('Peer')
    await sara.say('before it was full')
    await expect.poll(() => peer.texts(false)).toEqual(['before it was full'])
    const session = await sara.context.newCDPSession(sara.page)
    const setFull = async (isFull: boolean): Promise<void> =>
      void (await session.send('Storage.overrideQuotaForOrigin', {
        origin: server.url,
        ...(isFull && { quotaSize: 1 }),
      }))
    const field = sara.page.getByRole('textbox', { name: 'Message' })
    const note = sara.page.getByRole('textbox', { name: 'What you were writing' })
    const full = sara.page.getByRole('heading', { name: 'This device has no room left' })
    const goOn = async (): Promise<void> => {
      await setFull(false)
      await sara.page.getByRole('button', { name: 'Try again' }).click()
      await sara.unlock()
      await sara.open('Peer')
      await sara.sees('before it was full')
    }
    /** Until the room that the browser had given already is used up. The last text. */
    const writeUntilFull = async (name: string, write: (text: string) => Promise<boolean>): Promise<string> => {
      for (let number = 0; number < 300; number++) {
        const text = `${name} ${number}.`
        if (!(await write(text))) return text
      }
      throw new Error('the browser never said that it was full')
    }

    await setFull(true)
    const shown: string[] = ['before it was full']
    const last = await writeUntilFull('sent', async (text) => {
      // The screen may change at any of these: what is in the field was being written then.
      await field.fill(text, { timeout: actionMaxMs })
      await field.press('Enter', { timeout: actionMaxMs }).catch(() => undefined)
      const seen = async (): Promise<number> => (await full.count()) + (await sara.message(text).count())
      await expect.poll(seen, { intervals: [20] }).toBeGreaterThan(0)
      // The next one waits until this one has gone its way, so that it is not cut off before it is written.
      if ((await full.count()) === 0) {
        shown.push(text)
        await expect(full.or(sara.message(text).filter({ hasText: 'Delivered' }))).toBeVisible()
      }
      return (await full.count()) === 0
    })
    // While it was being stored the disk was full: it is on the screen, or on the disk.
    await sara.page.waitForTimeout(1_000)
    const isRefused = (await note.count()) > 0
    if (isRefused) await expect(note).toHaveValue(last)
    await peer.send('is there room?')
    await goOn()
    if (isRefused) await sara.say(last)
    if (!shown.includes(last)) shown.push(last)
    await expect.poll(() => peer.texts(false), { timeout: 30_000 }).toEqual(shown)
    await sara.sees('is there room?')
    await expect(sara.messages).toHaveCount(shown.length + 1)

    // What comes from others fills it as well, while somebody is writing.
    await setFull(true)
    const unfinished = 'a thought not finished'
    await field.fill(unfinished)
    await writeUntilFull(`from the peer ${'and more '.repeat(900)}`, async (text) => {
      await peer.send(text)
      await expect
        .poll(async () => (await full.count()) + (await sara.message(text.slice(-8)).count()))
        .toBeGreaterThan(0)
      return (await full.count()) === 0
    })
    await expect(note).toHaveValue(unfinished)
    await expect(sara.page.getByText('before it was full')).toHaveCount(0)
    console.log(`  ${shown.length - 2} texts fitted in, the next was ${isRefused ? 'given back' : 'stored'}`)
    await goOn()
    await expect(note).toHaveCount(0)
    await sara.say(unfinished)
    await expect.poll(() => peer.texts(false), { timeout: 30_000 }).toEqual([...shown, unfinished])
  } finally {
    await sara.remove()
    await peer.remove()
    await server.remove()
  }
})
