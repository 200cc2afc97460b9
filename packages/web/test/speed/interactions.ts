/** What somebody feels while writing: keystrokes, the own bubble, the words on the other person's screen. */
import type { Page } from '@playwright/test'
import { clockOf } from './page-clock.ts'
import type { Screenless, World } from './people.ts'

export interface SendTimes {
  readonly bubbleMs: readonly number[]
  readonly otherMs: readonly number[]
}

/** Enter → own bubble drawn, and → drawn on the other person's screen. Both conversations are open. */
export const measureSends = async ({ ana, ben }: World, count: number): Promise<SendTimes> => {
  const field = ana.page.getByRole('textbox', { name: 'Message' })
  await field.focus()
  const warmUp = 15
  for (let index = 0; index < count + warmUp; index++) {
    await ana.page.keyboard.insertText(`⟨s${index}⟩ the trucks are on the north bridge`)
    // Between the last key and Enter passes what it takes a person, so that the whisper of typing is long gone.
    await ana.page.waitForTimeout(90 + (index % 7) * 11)
    await ana.page.keyboard.press('Enter')
    await ana.page.waitForTimeout(60 + (index % 5) * 7)
  }
  await ben.page.waitForFunction(
    (mark) => Number.isFinite(globalThis.halyardClock.shown[mark]),
    `⟨s${count + warmUp - 1}⟩`,
  )
  const [from, other] = [await clockOf(ana.page), await clockOf(ben.page)]
  const bubbleMs: number[] = []
  const otherMs: number[] = []
  for (let index = warmUp; index < count + warmUp; index++) {
    const mark = `⟨s${index}⟩`
    bubbleMs.push((from.shown[mark] ?? Number.NaN) - (from.entered[mark] ?? Number.NaN))
    otherMs.push((other.shown[mark] ?? Number.NaN) - (from.entered[mark] ?? Number.NaN))
  }
  return { bubbleMs, otherMs }
}

export interface TypingTimes {
  readonly keysMs: readonly number[]
  readonly arrivedPerSecond: number
}

/** Keystroke → drawn, while 50 messages a second come into the conversation that is open. */
export const measureTyping = async ({ ana, nora }: World, count: number): Promise<TypingTimes> => {
  const { page } = ana
  await ana.open('Nora')
  await page.getByRole('textbox', { name: 'Message' }).focus()
  const stream = startStream(nora, 50)
  await page.waitForTimeout(2_000)
  const fromMs = performance.now()
  const before = await arrived(page)
  await page.evaluate(() => void (globalThis.halyardClock.keys = []))
  const text = 'the pumps are on the north bridge and the trucks come tomorrow '
  for (let index = 0; index < count; index++) {
    await page.keyboard.press(text[index % text.length] ?? ' ')
    await page.waitForTimeout(40 + (index % 5) * 9)
  }
  await page.waitForTimeout(200)
  const { keys } = await clockOf(page)
  const arrivedPerSecond = ((await arrived(page)) - before) / ((performance.now() - fromMs) / 1000)
  // A draft would stand in the list in place of the newest message.
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')
  await page.waitForTimeout(500)
  await stream.stop()
  return { keysMs: keys, arrivedPerSecond }
}

const arrived = (page: Page): Promise<number> =>
  page.evaluate(() => Object.values(globalThis.halyardClock.shown).filter((ms) => Number.isFinite(ms)).length)

const startStream = ({ member, chatId }: Screenless, perSecond: number): { stop(): Promise<void> } => {
  let sent = 0
  const startedMs = performance.now()
  const timer = setInterval(() => {
    while (sent < ((performance.now() - startedMs) * perSecond) / 1000)
      void member.commands.send({ chatId, text: `⟨n${sent++}⟩ crews ready, fuel second call`, ranges: [] })
  }, 10)
  return {
    async stop() {
      clearInterval(timer)
      while (member.query('connection', undefined).waiting > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    },
  }
}
