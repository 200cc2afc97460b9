/** Runs the steps in Chromium: a page of one script, on localhost so that it has WebCrypto, alone in its process so that its clock is fine. */
import { createServer } from 'node:http'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { bundle } from './bundle.ts'
import type { PageOptions } from './page.ts'
import type { Result } from './run.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** HALYARD_BROWSER, one on the path, or Playwright's own. */
const browserPath = (): string => {
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
  const candidates = [process.env['HALYARD_BROWSER'] ?? '', ...onPath]
  return candidates.find(isProgram) ?? chromium.executablePath()
}
const isProgram = (path: string): boolean => {
  try {
    if (path !== '') accessSync(path, constants.X_OK)
    return path !== ''
  } catch {
    return false
  }
}

export const runInBrowser = async (options: PageOptions, report: (result: Result) => void): Promise<void> => {
  const script = await bundle(fileURLToPath(new URL('page.ts', import.meta.url)))
  const server = createServer((request, response) => {
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    page.on('pageerror', (error) => console.error(error))
    await page.exposeFunction('reportResult', report)
    await page.exposeFunction('reportProgress', (line: string) => console.log(`       ${line}`))
    await page.goto(`http://localhost:${port}/`)
    await page.waitForFunction('globalThis.runSteps !== undefined')
    await page.evaluate(
      (given) => (globalThis as unknown as { runSteps(o: object): Promise<void> }).runSteps(given),
      options,
    )
  } finally {
    await browser.close()
    server.close()
  }
}
