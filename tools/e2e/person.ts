/** Somebody at a browser with a profile on the disk, doing what people do by the roles and names they are promised. */
import { chromium, expect } from '@playwright/test'
import type { BrowserContext, Locator, Page } from '@playwright/test'
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPasskeys } from './passkeys.ts'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--ignore-certificate-errors',
]
export const passphrase = 'copper lantern vivid orchard 42 mango'

/** Where the system does not say (no /proc), the children end by themselves once their browser is gone. */
const processesUnder = (parent: number): readonly number[] => {
  if (!existsSync('/proc/self/stat')) return []
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] === String(parent)
      } catch {
        return false // gone meanwhile
      }
    })
    .map(Number)
  return children.flatMap((child) => [child, ...processesUnder(child)])
}

export interface PersonOptions {
  readonly phone?: boolean
  /** How the device unlocks. `passkey` is injected into the page and survives the browser (its secret is the test's). */
  readonly unlock?: 'passphrase' | 'passkey'
  readonly dark?: boolean
  readonly extraFlags?: readonly string[]
  /** Another one than everybody's. */
  readonly passphrase?: string
}

export class Person {
  readonly profile = mkdtempSync(join(tmpdir(), 'halyard-profile-'))
  /** What the page complained of: policy violations, errors, requests to anybody else. Must stay empty. */
  readonly complaints: string[] = []
  readonly name: string
  readonly options: PersonOptions
  readonly #passkeySecret: string
  #context: BrowserContext | undefined
  #page: Page | undefined

  constructor(name: string, options: PersonOptions = {}) {
    this.name = name
    this.options = options
    this.#passkeySecret = `${name} ${Math.random()}`
  }

  get page(): Page {
    if (this.#page === undefined) throw new Error(`${this.name} has no browser open`)
    return this.#page
  }
  get context(): BrowserContext {
    if (this.#context === undefined) throw new Error(`${this.name} has no browser open`)
    return this.#context
  }

  async openBrowser(): Promise<void> {
    const executablePath = process.env['HALYARD_BROWSER'] ?? '/usr/bin/chromium'
    this.#context = await chromium.launchPersistentContext(this.profile, {
      executablePath,
      headless: true,
      args: [...flags, ...(this.options.extraFlags ?? [])],
      viewport: this.options.phone === true ? { width: 390, height: 844 } : { width: 1280, height: 860 },
      hasTouch: this.options.phone === true,
      colorScheme: this.options.dark === true ? 'dark' : 'light',
      ignoreHTTPSErrors: true,
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    if (this.options.unlock === 'passkey') await installPasskeys(this.#context, this.#passkeySecret)
    this.#context.on('page', (page) => this.#watch(page))
    this.#page = this.#context.pages()[0] ?? (await this.#context.newPage())
    this.#watch(this.#page)
  }

  async closeBrowser(): Promise<void> {
    await this.#context?.close()
    this.#context = undefined
    this.#page = undefined
  }

  /** As a power cut does: nothing is said to the page. */
  async killBrowser(): Promise<void> {
    const gone = this.#context
    this.#context = undefined
    this.#page = undefined
    for (const processId of this.#processIds()) {
      try {
        process.kill(processId, 'SIGKILL')
      } catch {
        // It was not running any more.
      }
    }
    await gone?.close().catch(() => undefined)
    for (const lock of ['SingletonLock', 'SingletonCookie', 'SingletonSocket'])
      rmSync(join(this.profile, lock), { force: true })
  }

  /** The browser, as its lock in the profile names it, and everything that it has started. */
  #processIds(): readonly number[] {
    const browser = Number(/\d+$/.exec(readlinkSync(join(this.profile, 'SingletonLock')))?.[0])
    if (!Number.isSafeInteger(browser) || browser <= 1) throw new Error('the profile does not say who uses it')
    return [browser, ...processesUnder(browser)]
  }

  /** Another tab of the same browser; later steps happen there. */
  async openTab(url: string): Promise<Page> {
    this.#page = await this.context.newPage()
    await this.#page.goto(url)
    return this.#page
  }
  useTab(page: Page): void {
    this.#page = page
  }

  async remove(): Promise<void> {
    await this.closeBrowser().catch(() => undefined)
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }

  #watch(page: Page): void {
    page.on('console', (message) => {
      // A server that is stopped on purpose is no fault of the page.
      if (
        message.type() === 'error' &&
        !/ERR_CONNECTION_REFUSED|WebSocket connection|ERR_EMPTY_RESPONSE|Failed to load resource/.test(message.text())
      ) {
        this.complaints.push(`console: ${message.text()}`)
      }
    })
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`))
    page.on('request', (request) => {
      const url = new URL(request.url())
      const own = new URL(page.url() === 'about:blank' ? request.url() : page.url())
      if (
        !['blob:', 'data:', 'about:', 'chrome:', 'chrome-error:'].includes(url.protocol) &&
        own.host !== '' &&
        url.host !== own.host &&
        request.frame() === page.mainFrame() &&
        !request.isNavigationRequest()
      ) {
        this.complaints.push(`request to ${url.host}`)
      }
    })
    void page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
      )
    })
  }

  async #chooseUnlock(): Promise<void> {
    if (this.options.unlock === 'passkey') {
      await this.page.getByRole('button', { name: 'Use a passkey' }).click()
      return
    }
    await this.page.getByRole('button', { name: 'Use a passphrase' }).click()
    await this.page
      .getByRole('textbox', { name: 'Passphrase', exact: true })
      .fill(this.options.passphrase ?? passphrase)
    await this.page.getByRole('textbox', { name: 'Repeat passphrase' }).fill(this.options.passphrase ?? passphrase)
  }

  async setUp(link: string, networkName: string): Promise<void> {
    await this.page.goto(link)
    await this.page.getByRole('textbox', { name: 'Network name' }).fill(networkName)
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(this.name)
    await this.#chooseUnlock()
    await this.page.getByRole('button', { name: 'Create network' }).click()
    await this.seesChats()
  }

  async join(link: string): Promise<void> {
    await this.page.goto(link)
    await this.page.getByRole('button', { name: 'Continue' }).click()
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(this.name)
    await this.#chooseUnlock()
    await this.page.getByRole('button', { name: 'Join' }).click()
    await this.seesChats()
  }

  /** The list, or on a phone the conversation with its way back. */
  async seesChats(): Promise<void> {
    await expect(
      this.page
        .getByRole('navigation', { name: 'Chats' })
        .or(this.page.getByRole('textbox', { name: 'Message' }))
        .first(),
    ).toBeVisible({ timeout: 30_000 })
  }

  chat(name: string): Locator {
    return this.page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: new RegExp(name) })
  }
  /** On a phone list and conversation take turns, and after joining the app turns by itself. */
  async toList(): Promise<void> {
    const list = this.page.getByRole('navigation', { name: 'Chats' })
    if (this.options.phone !== true) return
    await this.page.waitForTimeout(500)
    // A newcomer is led from the list to whoever invited them, on a slow machine a moment after it is seen.
    await expect(async () => {
      if (!(await list.isVisible()))
        await this.page.getByRole('link', { name: 'Back' }).first().click({ timeout: 5_000 })
      await expect(list).toBeVisible({ timeout: 1_000 })
    }).toPass({ timeout: 30_000 })
  }
  async open(name: string): Promise<void> {
    // A newcomer's list may be empty for a while; the moment whoever invited them is in it, the app turns there by itself.
    await expect(async () => {
      await this.toList()
      await this.chat(name).click({ timeout: 5_000 })
    }).toPass({ timeout: 60_000 })
    await expect(this.page.getByRole('textbox', { name: 'Message' })).toBeVisible()
  }

  async invite(): Promise<string> {
    await this.toList()
    await this.page.getByRole('button', { name: 'Invite people' }).first().click()
    const field = this.page.getByRole('textbox', { name: 'Invite link' })
    await expect(field).toHaveValue(/\/join\/.+#.+/)
    return field.inputValue()
  }

  /** A new group or room of these people; it is open afterwards. */
  async createGroup(kind: 'Group' | 'Room', title: string, people: readonly string[]): Promise<void> {
    await this.toList()
    await this.page.getByRole('button', { name: 'New group' }).first().click()
    await this.page.getByRole('radio', { name: kind }).press('Space')
    await this.page.getByRole('textbox', { name: 'Group name' }).fill(title)
    await this.#pick(people)
    await this.page.getByRole('button', { name: 'Create' }).click()
    await expect(this.page.getByRole('heading', { name: title, level: 1 })).toBeVisible()
  }
  async #pick(people: readonly string[]): Promise<void> {
    for (const name of people) {
      await this.page.getByRole('searchbox', { name: 'People' }).fill(name)
      await this.page.getByRole('option', { name: new RegExp(name) }).click()
    }
  }
  /** Who is in the conversation that is open. */
  async details(): Promise<Locator> {
    const panel = this.page.getByRole('complementary', { name: 'Details' })
    if (!(await panel.isVisible())) await this.page.getByRole('button', { name: 'Details' }).click()
    await expect(panel).toBeVisible()
    return panel.getByRole('list', { name: 'Members' })
  }
  async closeDetails(): Promise<void> {
    if (this.options.phone === true)
      await this.page
        .getByRole('button', { name: /Back|Close details/ })
        .last()
        .click()
  }
  async addPeople(people: readonly string[]): Promise<void> {
    await this.details()
    await this.page.getByRole('button', { name: 'Add people' }).click()
    const dialog = this.page.getByRole('dialog')
    await this.#pick(people)
    await dialog.getByRole('button', { name: 'Add people' }).click()
    await expect(dialog).toHaveCount(0)
  }

  async openDevices(): Promise<void> {
    await this.toList()
    await this.page.getByRole('button', { name: 'Settings' }).last().click()
    await this.page.getByRole('link', { name: 'Devices' }).click()
    await expect(this.page.getByRole('list', { name: 'Devices' })).toBeVisible()
  }
  get devices(): Locator {
    return this.page.getByRole('list', { name: 'Devices' }).getByRole('listitem')
  }
  /** Asks to be let into somebody's account, and shows its code. */
  async askIn(origin: string): Promise<string> {
    await this.page.goto(origin)
    await this.page.getByRole('link', { name: 'Add this browser' }).click()
    await this.#chooseUnlock()
    await this.page.getByRole('button', { name: 'Show the code' }).click()
    const code = this.page.getByText(/^[0-9A-Z]{4} [0-9A-Z]{4}$/)
    await expect(code).toBeVisible()
    return (await code.textContent()) ?? ''
  }
  /** Lets the browser of `other` into this account. */
  async letIn(other: Person, origin: string): Promise<void> {
    const code = await other.askIn(origin)
    await this.openDevices()
    await this.page.getByRole('button', { name: 'Add a device' }).click()
    await this.page.getByRole('textbox', { name: 'Code' }).fill(code)
    await this.page.getByRole('button', { name: 'Continue' }).click()
    const number = other.page.getByText(/^\d{3} \d{3}$/)
    await expect(number).toBeVisible()
    await this.page.getByRole('textbox', { name: 'Number' }).fill((await number.textContent()) ?? '')
    if (this.options.unlock !== 'passkey')
      await this.page.getByRole('textbox', { name: 'Passphrase' }).fill(this.options.passphrase ?? passphrase)
    await this.page.getByRole('button', { name: 'Approve' }).click()
    await expect(this.page.getByRole('dialog')).toHaveCount(0)
    await other.seesChats()
    await expect(this.page.getByText('Bringing it into your conversations')).toHaveCount(0, { timeout: 30_000 })
  }
  /** Of the card that is being shown, once it is drawn. */
  async cardWords(): Promise<readonly string[]> {
    const words = this.page.getByRole('region', { name: 'Recovery card' }).getByRole('listitem')
    await expect(words).toHaveCount(24)
    return words.allTextContents()
  }
  /** Makes a card, gives back the two words that are asked for, and answers all of them. */
  async makeCard(): Promise<string> {
    await this.openDevices()
    await this.page.getByRole('button', { name: 'Make a card' }).click()
    const words = await this.cardWords()
    await this.page.getByRole('button', { name: 'I have kept it' }).click()
    for (const field of await this.page.getByRole('textbox', { name: /^Word \d+$/ }).all()) {
      const place = Number(
        /\d+/.exec((await field.evaluate((node) => (node as HTMLInputElement).labels?.[0]?.textContent)) ?? '')?.[0],
      )
      await field.fill(words[place - 1] ?? '')
    }
    await this.page.getByRole('button', { name: 'Continue' }).click()
    await expect(this.page.getByRole('dialog')).toHaveCount(0)
    return words.join(' ')
  }
  async restore(origin: string, words: string): Promise<void> {
    await this.page.goto(origin)
    await this.page.getByRole('link', { name: 'Restore with your recovery card' }).click()
    await this.page.getByRole('textbox', { name: 'Recovery key' }).fill(words)
    await this.page.getByRole('button', { name: 'Find my account' }).click()
    await this.#chooseUnlock()
    await this.page.getByRole('button', { name: 'Restore' }).click()
    await this.seesChats()
  }

  get messages(): Locator {
    return this.page.getByRole('log', { name: 'Messages' }).getByRole('article')
  }
  message(text: string): Locator {
    return this.messages.filter({ hasText: text })
  }
  async say(text: string): Promise<void> {
    const field = this.page.getByRole('textbox', { name: 'Message' })
    await field.fill(text)
    await field.press('Enter')
  }
  async seesOwn(text: string, state: 'Waiting' | 'Sent' | 'Delivered' | 'Read' | 'Failed'): Promise<void> {
    await expect(this.message(text)).toHaveAccessibleDescription(new RegExp(`${state}$`))
  }
  async sees(text: string): Promise<void> {
    await expect(this.message(text)).toHaveCount(1)
    await expect(this.message(text)).toBeVisible()
  }

  async lock(): Promise<void> {
    await this.page.getByRole('button', { name: 'Lock' }).first().click()
    await expect(this.page.getByRole('button', { name: 'Unlock' })).toBeVisible()
  }
  async unlock(): Promise<void> {
    await expect(this.page.getByRole('button', { name: 'Unlock' })).toBeVisible({ timeout: 20_000 })
    if (this.options.unlock !== 'passkey')
      await this.page.getByRole('textbox', { name: 'Passphrase' }).fill(this.options.passphrase ?? passphrase)
    await this.page.getByRole('button', { name: 'Unlock' }).click()
    await this.seesChats()
  }
}
