import { expect, test } from 'vitest'
import { findBrowser } from './browser.ts'
import type { Machine } from './browser.ts'

interface Fake {
  readonly machine: Machine
  readonly ran: string[]
}
/** A machine with these programs; `installs` names what a command brings. */
const fake = (
  programs: readonly string[],
  own: Partial<Machine> = {},
  installs: Readonly<Record<string, string>> = {},
): Fake => {
  const there = new Set(programs)
  const ran: string[] = []
  const machine: Machine = {
    env: { PATH: '/usr/local/bin:/usr/bin' },
    platform: 'linux',
    root: false,
    playwrightPath: '/home/a/.cache/ms-playwright/chrome',
    executable: (path) => there.has(path),
    run: (command, args) => {
      const line = [command.split('/').at(-1), ...args].join(' ')
      ran.push(line)
      const brings = installs[line]
      if (brings !== undefined) there.add(brings)
      return Promise.resolve(brings !== undefined || args[0] === 'update')
    },
    say: () => undefined,
    ...own,
  }
  return { machine, ran }
}
const install = 'apt-get install -y -qq --no-install-recommends chromium'

test('HALYARD_BROWSER comes first', async () => {
  const { machine } = fake(['/opt/chrome', '/usr/bin/chromium'], {
    env: { HALYARD_BROWSER: '/opt/chrome', PATH: '/usr/bin' },
  })
  expect(await findBrowser(machine)).toEqual({ ok: true, path: '/opt/chrome' })
})

test('HALYARD_BROWSER that is not there is said, and nothing else is taken for it', async () => {
  const { machine, ran } = fake(['/usr/bin/chromium'], { env: { HALYARD_BROWSER: '/opt/none', PATH: '/usr/bin' } })
  const found = await findBrowser(machine)
  expect(found.ok).toBe(false)
  expect(found.ok ? '' : found.words).toContain('/opt/none')
  expect(ran).toEqual([])
})

test("Playwright's own comes before the system's", async () => {
  const { machine } = fake(['/home/a/.cache/ms-playwright/chrome', '/usr/bin/chromium'])
  expect(await findBrowser(machine)).toEqual({ ok: true, path: '/home/a/.cache/ms-playwright/chrome' })
})

test("the system's is taken where there is one", async () => {
  for (const path of ['/usr/bin/chromium', '/usr/local/bin/google-chrome'])
    expect(await findBrowser(fake([path]).machine)).toEqual({ ok: true, path })
})

test('root on Linux installs it with apt-get', async () => {
  const { machine, ran } = fake([], { root: true }, { [install]: '/usr/bin/chromium' })
  expect(await findBrowser(machine)).toEqual({ ok: true, path: '/usr/bin/chromium' })
  expect(ran).toEqual(['apt-get update -qq', install])
})

test("an ordinary user fetches Playwright's, without apt-get", async () => {
  const own = '/home/a/.cache/ms-playwright/chrome'
  const { machine, ran } = fake([], {}, { 'playwright install chromium': own })
  expect(await findBrowser(machine)).toEqual({ ok: true, path: own })
  expect(ran).toEqual(['playwright install chromium'])
})

test('with none to be had, the words name the commands that would help', async () => {
  const { machine, ran } = fake([], { root: true })
  const found = await findBrowser(machine)
  expect(ran).toEqual(['apt-get update -qq', install, 'playwright install chromium'])
  for (const word of ['apt-get install chromium', 'playwright install chromium', 'HALYARD_BROWSER=', '--no-browser']) {
    expect(found.ok ? '' : found.words).toContain(word)
  }
})
