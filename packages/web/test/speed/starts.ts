/** From nothing to the chats, into a long conversation, from one to another, and back after ten thousand messages. */
import type { Page } from '@playwright/test'
import { startServer } from '../../../../tools/e2e/server.ts'
import { calibrateInPage } from './calibration.ts'
import { clockOf } from './page-clock.ts'
import { keepFolder, patienceMs } from './people.ts'
import type { Screenless, World } from './people.ts'

/** From the operator's command to the line that says where to go. */
export const measureServerStart = async (): Promise<number> => {
  const fromMs = performance.now()
  const server = await startServer()
  const tookMs = performance.now() - fromMs
  await server.remove()
  return tookMs
}

export interface StartTimes {
  /** Navigation → list drawn; *Unlock* is pressed at once by the benchmark. */
  readonly chatsMs: readonly number[]
  /** Of that: navigation → the locked screen. */
  readonly lockedMs: readonly number[]
  /** The first visit to the conversation of 40,000 after each start. */
  readonly openMs: readonly number[]
}

export const measureStarts = async ({ ana, server }: World, count: number): Promise<StartTimes> => {
  const { page } = ana
  const [chatsMs, lockedMs, openMs]: [number[], number[], number[]] = [[], [], []]
  for (let index = 0; index < count + 1; index++) {
    await page.goto('about:blank')
    await page.waitForTimeout(700)
    await page.goto(server.url)
    const clock = await chatsShown(page)
    await page.waitForTimeout(1_500)
    const opened = await choose(page, 'Cleo', '[2]')
    // The first one fetches and compiles what the later ones have.
    if (index === 0) continue
    chatsMs.push(clock.chatsShown ?? Number.NaN)
    lockedMs.push(clock.unlockShown ?? Number.NaN)
    openMs.push(opened)
  }
  return { chatsMs, lockedMs, openMs }
}

const chatsShown = async (page: Page) => {
  await page.waitForFunction(() => Number.isFinite(globalThis.halyardClock?.chatsShown), undefined, {
    timeout: patienceMs,
  })
  return clockOf(page)
}

/** Click → the messages of that chat drawn, ms. */
const choose = async (page: Page, name: string, wanted: string): Promise<number> => {
  await page.evaluate((begin) => Object.assign(globalThis.halyardClock, { wanted: begin, switched: undefined }), wanted)
  await page
    .getByRole('navigation', { name: 'Chats' })
    .getByRole('link', { name: new RegExp(name) })
    .click()
  await page.waitForFunction(() => globalThis.halyardClock.switched !== undefined)
  return (await clockOf(page)).switched ?? Number.NaN
}

/** Between two long conversations. */
export const measureSwitches = async ({ ana }: World, count: number): Promise<readonly number[]> => {
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    times.push(index % 2 === 0 ? await choose(ana.page, 'Dan', '[3]') : await choose(ana.page, 'Cleo', '[2]'))
    await ana.page.waitForTimeout(100)
  }
  return times
}

export interface CatchUpTimes {
  /** Navigation → list drawn. */
  readonly firstMs: readonly number[]
  /** Navigation → the last of them is in the list. */
  readonly allMs: readonly number[]
  /** One after each. */
  readonly calibrationsMs: readonly number[]
}

/** `waiting` messages are sent to Ana's closed browser; she then comes back `count` times to the same state. */
export const measureCatchUp = async (world: World, waiting: number, count: number): Promise<CatchUpTimes> => {
  const { ana, nora, server } = world
  await sendMany(nora, waiting)
  await nora.close()
  await server.stop()
  const kept = [keepFolder(ana.profile), keepFolder(server.data)]
  const [firstMs, allMs, calibrationsMs]: [number[], number[], number[]] = [[], [], []]
  for (let index = 0; index < count; index++) {
    if (index > 0) for (const folder of kept) folder.putBack()
    await server.start()
    await world.open(ana, { pressesUnlock: true, keepsServiceWorker: true })
    await ana.page.goto(server.url)
    firstMs.push((await chatsShown(ana.page)).chatsShown ?? Number.NaN)
    allMs.push(await caughtUp(ana.page, waiting))
    // Receipts for all of them still leave.
    await ana.page.waitForTimeout(2_000)
    calibrationsMs.push(await calibrateInPage(ana.page))
    await ana.closeBrowser()
    await server.stop()
  }
  for (const folder of kept) folder.forget()
  return { firstMs, allMs, calibrationsMs }
}

/** The list shows the newest message; they come in order, so all others are there too. */
const caughtUp = async (page: Page, waiting: number): Promise<number> => {
  const took = await page.waitForFunction(
    (mark) =>
      document.querySelector('nav[aria-label=Chats]')?.textContent?.includes(mark) === true ? performance.now() : false,
    `⟨w${waiting - 1}⟩`,
    { polling: 50, timeout: patienceMs },
  )
  return (await took.jsonValue()) || Number.NaN
}

const sendMany = async ({ member, chatId }: Screenless, count: number): Promise<void> => {
  const waitingNow = (): number => member.query('connection', undefined).waiting
  for (let index = 0; index < count; index++) {
    await member.commands.send({ chatId, text: `⟨w${index}⟩ rain on the school road, water tomorrow`, ranges: [] })
    // No more than the server lets wait at once.
    while (waitingNow() > 100) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  while (waitingNow() > 0) await new Promise((resolve) => setTimeout(resolve, 20))
}
