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
import { inWords, reportFolder, tallyAll } from './tally.ts'

const args = process.argv.slice(2)
const withBrowser = !args.includes('--no-browser')
const only = args.filter((one) => one !== '--no-browser')

const main = async (): Promise<boolean> => {
  rmSync(reportFolder, { recursive: true, force: true })
  mkdirSync(reportFolder, { recursive: true })
  const inNode = await run(bin('vitest'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${join(reportFolder, 'vitest.json')}`,
    ...only,
  ])
  const inBrowser = await journeys()
  const tally = tallyAll()
  console.log(inWords(tally))
  return inNode.code === 0 && inBrowser && tally.failed === 0 && tally.passed > 0
}

/**
 * Each folder of journeys has its own Playwright configuration, and tests of Node that a browser runs too have one of
 * Vitest; HALYARD_BROWSER tells them the browser.
 */
const journeys = async (): Promise<boolean> => {
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
  let fine = true
  for (const [index, config] of configs.entries()) {
    const report = join(reportFolder, `browser-${index}.json`)
    const args = config.endsWith('/vitest.config.ts')
      ? ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
      : ['test', '--config', config, '--reporter=list,json']
    const { code } = await run(bin(args[0] === 'run' ? 'vitest' : 'playwright'), args, {
      env: { HALYARD_BROWSER: browser.path, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
    })
    fine = fine && code === 0
  }
  return fine
}

if (!(await main())) process.exitCode = 1
