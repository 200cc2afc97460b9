import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test as base } from '@playwright/test'
import type { Page } from '@playwright/test'
import { notOnPhone, screens } from './screens.ts'

interface Finding {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/**
 * HALYARD_FULL=1, as continuous integration sets it, looks at each screen in every look, wide and on a phone. Without it
 * every third is looked at, in light.
 */
const full = process.env['HALYARD_FULL'] === '1'
const looks = [
  { name: 'light', media: { colorScheme: 'light', contrast: 'no-preference' } },
  { name: 'dark', media: { colorScheme: 'dark', contrast: 'no-preference' } },
  { name: 'high contrast', media: { colorScheme: 'light', contrast: 'more' } },
] as const
const nowMs = Date.UTC(2026, 10, 24, 9, 41)

/** Anything the browser complains of fails the test: a blocked style, script or type, or an error. */
const complaintsOf = (page: Page): string[] => {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return complaints
}

/** One page of each size is led from screen to screen: what has been compiled once is not compiled for each of them. */
type Pages = Record<'desktop' | 'phone', () => Promise<Page>>
const test = base.extend<object, { readonly pages: Pages }>({
  pages: [
    async ({ browser }, use) => {
      const open = (phone: boolean): (() => Promise<Page>) => {
        let page: Promise<Page> | undefined
        const options = {
          viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 860 },
          hasTouch: phone,
          isMobile: phone,
          timezoneId: 'UTC',
          locale: 'en-GB',
        }
        return () => (page ??= browser.newPage(options))
      }
      await use({ desktop: open(false), phone: open(true) })
    },
    { scope: 'worker' },
  ],
})

for (const size of ['desktop', 'phone'] as const) {
  test.describe(size, () => {
    for (const [index, screen] of screens.entries()) {
      if (size === 'phone' && notOnPhone.includes(screen.name)) continue
      if (!full && (size === 'phone' || index % 3 !== 0)) continue
      test(`${screen.name} has nothing that axe finds`, async ({ pages }) => {
        const page = await pages[size]()
        page.removeAllListeners()
        const complaints = complaintsOf(page)
        await page.emulateMedia({ colorScheme: 'light', contrast: 'no-preference', reducedMotion: 'reduce' })
        await page.clock.setFixedTime(nowMs)
        await page.goto(`${process.env['HALYARD_FIXTURE']}/?state=${screen.state}`)
        await page.locator('#root > *').first().waitFor()
        await screen.act?.(page)
        await page.waitForTimeout(100)
        expect(complaints).toEqual([])
        expect(await page.title()).toBe('Halyard')
        await page.evaluate(axeSource)
        for (const { name, media } of full && size === 'desktop' ? looks : looks.slice(0, 1)) {
          await page.emulateMedia({ ...media, reducedMotion: 'reduce' })
          await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
          const findings = (await axe(page, name === 'light' ? 'all' : 'colours')).map(
            (each) =>
              `${each.id}: ${each.help}\n${each.nodes.map((node) => `${node.html}\n${node.failureSummary ?? ''}`).join('\n')}`,
          )
          expect(findings, name).toEqual([])
        }
      })
    }
  })
}

/** `rules`: all of them, or those on colours, which are all that differs from one look to the next. */
const axe = async (page: Page, rules: 'all' | 'colours'): Promise<readonly Finding[]> =>
  page.evaluate(
    async (options) => {
      const { axe: engine } = globalThis as unknown as {
        readonly axe: { run(where: Document, options: object): Promise<{ readonly violations: readonly Finding[] }> }
      }
      return (await engine.run(document, options)).violations
    },
    rules === 'all' ? {} : { runOnly: ['color-contrast', 'link-in-text-block'] },
  )
