/**
 * `npm test`: the tests in Node, then the journeys in a browser.
 *   npm test -- --no-browser       leaves the journeys out
 *   npm test -- packages/protocol  only the tests whose path contains this
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findBrowser, thisMachine } from './browser.ts'
import { buildPage } from './build.ts'
import { bin, filesUnder, root, run } from './process.ts'
import type { Outcome } from './process.ts'
import { failuresOf, inWords, reportFolder, tallyAll } from './tally.ts'

const args = process.argv.slice(2)
const withBrowser = !args.includes('--no-browser')
const only = args.filter((one) => one !== '--no-browser')

const main = async (): Promise<boolean> => {
  rmSync(reportFolder, { recursive: true, force: true })
  mkdirSync(reportFolder, { recursive: true })
  const inNode = await run(
    bin('vitest'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${join(reportFolder, 'vitest.json')}`, ...only],
    { env: { HALYARD_SOME: only.length > 0 ? '1' : '0' } },
  )
  const inBrowser = await inBrowsers()
  const tally = tallyAll()
  for (const one of failuresOf()) console.log(one)
  console.log(inWords(tally))
  return inNode.code === 0 && inBrowser && tally.failed === 0 && tally.passed > 0
}

/**
 * Each folder of journeys has its own Playwright configuration, and tests of Node that a browser runs too have one of
 * Vitest; HALYARD_BROWSER tells them the browser.
 */
const inBrowsers = async (): Promise<boolean> => {
  const configs = filesUnder(root).filter((path) =>
    /^(?:packages\/[^/]+|tools)\/(?:e2e|test|test\/browser)\/(?:playwright|vitest)\.config\.ts$/.test(path),
  )
  if (configs.length === 0) return true
  if (!withBrowser) console.log('The browser tests are left out (--no-browser).')
  else if (only.length > 0) console.log('The browser tests are left out (only some tests were asked for).')
  if (!withBrowser || only.length > 0) return true
  const browser = await findBrowser(thisMachine())
  if (!browser.ok) {
    console.error(browser.words)
    return false
  }
  console.log(`Browser: ${browser.path}`)
  if (!(await buildPage())) return false
  const runsNodeTests = (config: string): boolean => config.endsWith('/vitest.config.ts')
  const journeys = configs.filter((config) => !runsNodeTests(config))
  const beforeLast = await inTurn(journeys.slice(0, -1).map((config) => () => runJourneys(config, browser.path)))
  // Beside the last: journeys wait more than they work. What is kept back is shown in one piece.
  const [last, others] = await Promise.all([
    inTurn(journeys.slice(-1).map((config) => () => runJourneys(config, browser.path))),
    Promise.all(configs.filter(runsNodeTests).map((config) => runNodeTests(config, browser.path))),
  ])
  for (const { output } of others) console.log(output)
  return beforeLast && last && others.every(({ code }) => code === 0)
}

const inTurn = async (works: readonly (() => Promise<Outcome>)[]): Promise<boolean> => {
  let fine = true
  for (const work of works) fine = (await work()).code === 0 && fine
  return fine
}

const reportOf = (config: string): string => join(reportFolder, `${config.replaceAll('/', '-')}.json`)
const runJourneys = (config: string, browser: string): Promise<Outcome> =>
  run(bin('playwright'), ['test', '--config', config, '--reporter=list,json'], {
    env: { HALYARD_BROWSER: browser, PLAYWRIGHT_JSON_OUTPUT_FILE: reportOf(config) },
  })
const runNodeTests = (config: string, browser: string): Promise<Outcome> =>
  run(
    bin('vitest'),
    ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${reportOf(config)}`],
    { env: { HALYARD_BROWSER: browser }, quiet: true },
  )

if (!(await main())) process.exitCode = 1
