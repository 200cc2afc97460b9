/** How many tests passed and failed, summed over the reports that the runners wrote. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { playwrightFailures, vitestFailures } from './failures.ts'
import type { PlaywrightSuite, VitestFile } from './failures.ts'
import { cacheFolder } from './process.ts'

export const reportFolder = join(cacheFolder, 'reports')

export interface Tally {
  readonly passed: number
  readonly failed: number
}

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly VitestFile[]
}
interface PlaywrightReport {
  readonly stats: {
    readonly expected: number
    readonly unexpected: number
    readonly flaky: number
    readonly skipped: number
  }
  readonly errors: readonly { readonly message?: string }[]
  readonly suites?: readonly PlaywrightSuite[]
}
type Report = VitestReport | PlaywrightReport | Tally

/**
 * Of one report. What is counted as failed: failed tests, files that could not be loaded, tests that passed only at the
 * second try, and skipped ones, for there are none.
 */
export const tallyOf = (report: Report): Tally => {
  if ('numPassedTests' in report) {
    const broken = report.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    ).length
    return { passed: report.numPassedTests, failed: report.numFailedTests + report.numPendingTests + broken }
  }
  if ('stats' in report) {
    const { expected, unexpected, flaky, skipped } = report.stats
    return { passed: expected, failed: unexpected + flaky + skipped + report.errors.length }
  }
  return { passed: report.passed, failed: report.failed }
}

/** Over every report in the folder. A report that cannot be read counts as one failure. */
export const tallyAll = (folder: string = reportFolder): Tally =>
  (existsSync(folder) ? readdirSync(folder) : []).reduce<Tally>(
    (sum, name) => {
      const one = readReport(join(folder, name))
      return { passed: sum.passed + one.passed, failed: sum.failed + one.failed }
    },
    { passed: 0, failed: 0 },
  )

/** What failed, in words, over every report in the folder. */
export const failuresOf = (folder: string = reportFolder): string[] =>
  (existsSync(folder) ? readdirSync(folder) : []).flatMap((name) => {
    const report = parsed(join(folder, name))
    if (!report) return [`${name} cannot be read`]
    if ('numPassedTests' in report) return vitestFailures(report.testResults)
    if (!('stats' in report)) return []
    return [...playwrightFailures(report.suites ?? []), ...report.errors.map(({ message }) => message ?? 'an error')]
  })

const readReport = (file: string): Tally => {
  const report = parsed(file)
  return report ? tallyOf(report) : { passed: 0, failed: 1 }
}

const parsed = (file: string): Report | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch {
    return undefined
  }
}

export const inWords = (tally: Tally): string => `${tally.passed} passed, ${tally.failed} failed`

if (import.meta.main) {
  const tally = tallyAll()
  for (const one of failuresOf()) console.log(one)
  console.log(inWords(tally))
  if (tally.failed > 0 || tally.passed === 0) process.exitCode = 1
}
