import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from '@playwright/test'
import type { Page } from '@playwright/test'
import { notOnPhone, screens } from './screens.ts'

interface Finding {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/**
 * Every screen in every look takes minutes: HALYARD_FULL=1 asks for them, as continuous integration does. Without it each
 * screen is looked at in light, and on a phone where the design has a phone's layout of its own.
 */
const full = process.env['HALYARD_FULL'] === '1'
const looks = full ? (['light', 'phone', 'dark', 'contrast'] as const) : (['light', 'phone'] as const)
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

for (const look of looks) {
  test.describe(look, () => {
    test.use({
      viewport: look === 'phone' ? { width: 390, height: 844 } : { width: 1280, height: 860 },
      hasTouch: look === 'phone',
      isMobile: look === 'phone',
      colorScheme: look === 'dark' ? 'dark' : 'light',
      contextOptions: { reducedMotion: 'reduce', contrast: look === 'contrast' ? 'more' : 'no-preference' },
    })
    for (const screen of screens) {
      if (look === 'phone' && (notOnPhone.includes(screen.name) || (!full && screen.mock?.phone === undefined)))
        continue
      test(`${screen.name} has nothing that axe finds`, async ({ page }) => {
        const complaints = complaintsOf(page)
        await page.clock.setFixedTime(nowMs)
        await page.goto(`${process.env['HALYARD_FIXTURE']}/?state=${screen.state}`)
        await page.locator('#root > *').first().waitFor()
        await screen.act?.(page)
        await page.waitForTimeout(100)
        expect(complaints).toEqual([])
        expect(await page.title()).toBe('Halyard')
        const findings = await axe(page)
        expect(
          findings.map(
            (each) =>
              `${each.id}: ${each.help}\n${each.nodes.map((node) => `${node.html}\n${node.failureSummary ?? ''}`).join('\n')}`,
          ),
        ).toEqual([])
      })
    }
  })
}

const axe = async (page: Page): Promise<readonly Finding[]> => {
  await page.evaluate(axeSource)
  return page.evaluate(async () => {
    const { axe: engine } = globalThis as unknown as {
      readonly axe: { run(where: Document): Promise<{ readonly violations: readonly Finding[] }> }
    }
    return (await engine.run(document)).violations
  })
}
