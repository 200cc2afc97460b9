/**
 * What the benchmark sees with: a clock inside each page. It looks at events and at what comes into the document, and
 * takes the time after the frame that shows it. Runs before the page's own scripts and changes nothing of them, except
 * that it presses *Unlock* when told to (a person's own time is no part of a start).
 */
import type { BrowserContext, Page } from '@playwright/test'

export interface PageClock {
  /** Wall-clock ms at which Enter was pressed on the text that holds the mark. */
  readonly entered: Record<string, number>
  /** Wall-clock ms at which the frame with the message of this mark had been drawn. */
  readonly shown: Record<string, number>
  /** Keystroke → drawn, ms. */
  keys: number[]
  /** Chosen in the list → the first message of the wanted chat drawn, ms; read and cleared by the benchmark. */
  switched: number | undefined
  /** What a message of the chat that is about to be chosen begins with. */
  wanted: string
  /** Since the navigation began, ms. */
  unlockShown: number | undefined
  chatsShown: number | undefined
}
declare global {
  var halyardClock: PageClock
}

export interface ClockOptions {
  readonly pressesUnlock: boolean
  /** Without it the page's scripts always come from the server, so that a copy of them can be served. */
  readonly keepsServiceWorker: boolean
}

/** In every page of this browser from now on. */
export const installClock = (context: BrowserContext, options: ClockOptions): Promise<unknown> =>
  context.addInitScript(clockInPage, options)

const clockInPage = ({ pressesUnlock, keepsServiceWorker }: ClockOptions): void => {
  if (!keepsServiceWorker) Reflect.deleteProperty(Navigator.prototype, 'serviceWorker')
  const clock: PageClock = {
    entered: {},
    shown: {},
    keys: [],
    switched: undefined,
    wanted: '',
    unlockShown: undefined,
    chatsShown: undefined,
  }
  globalThis.halyardClock = clock
  const mark = /⟨\w+⟩/
  // The same clock in every process of this machine; its whole milliseconds cancel in differences.
  const wall = (ms: number): number => Date.now() - performance.now() + ms
  /** Asked for within the frame's own callbacks, an urgent task runs when the frame has been made, before any other. */
  const afterFrame = (done: (ms: number) => void): void => {
    requestAnimationFrame(() => void scheduler.postTask(() => done(performance.now()), { priority: 'user-blocking' }))
  }
  let pressedMs = 0
  document.addEventListener(
    'keydown',
    (event) => {
      pressedMs = event.timeStamp
      const found =
        event.key === 'Enter' && event.target instanceof HTMLTextAreaElement && mark.exec(event.target.value)
      if (found) clock.entered[found[0]] = wall(event.timeStamp)
    },
    true,
  )
  document.addEventListener(
    'input',
    (event) => {
      const from = pressedMs
      if (event.target instanceof HTMLTextAreaElement && from > 0) afterFrame((ms) => clock.keys.push(ms - from))
    },
    true,
  )
  let chosenMs: number | undefined
  document.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('nav a') : undefined
      if (link) chosenMs = event.timeStamp
    },
    true,
  )
  const articlesIn = (node: Element): readonly Element[] =>
    node.matches('article') ? [node] : [...node.querySelectorAll('article')]
  const look = (node: Element): void => {
    const articles =
      node.closest('[role=log]') === null && node.querySelector('[role=log]') === null ? [] : articlesIn(node)
    for (const article of articles) {
      const text = article.textContent ?? ''
      const found = mark.exec(text)?.[0]
      if (found !== undefined && clock.shown[found] === undefined) {
        clock.shown[found] = Number.POSITIVE_INFINITY
        afterFrame((ms) => (clock.shown[found] = wall(ms)))
      }
      const from = chosenMs
      if (from !== undefined && clock.wanted !== '' && text.startsWith(clock.wanted)) {
        chosenMs = undefined
        afterFrame((ms) => (clock.switched = ms - from))
      }
    }
    if (clock.unlockShown === undefined || clock.chatsShown === undefined) lookForScreens()
  }
  const lookForScreens = (): void => {
    const button = [...document.querySelectorAll('button')].find((one) => one.textContent === 'Unlock')
    if (button !== undefined && clock.unlockShown === undefined) {
      clock.unlockShown = performance.now()
      if (pressesUnlock) button.click()
    }
    if (clock.chatsShown === undefined && document.querySelector('nav[aria-label=Chats] a') !== null) {
      clock.chatsShown = Number.POSITIVE_INFINITY
      afterFrame((ms) => (clock.chatsShown = ms))
    }
  }
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node instanceof Element) look(node)
  }).observe(document, { childList: true, subtree: true })
}

export const clockOf = (page: Page): Promise<PageClock> => page.evaluate(() => globalThis.halyardClock)
