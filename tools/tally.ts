/** How many tests passed and failed, summed over the reports that the runners wrote. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
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
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}
interface PlaywrightReport {
  readonly stats: {
    readonly expected: number
    readonly unexpected: number
    readonly flaky: number
    readonly skipped: number
  }
  readonly errors: readonly unknown[]
}

/**
 * Of one report. What is counted as failed: failed tests, files that could not be loaded, tests that passed only at the
 * second try, and skipped ones, for there are none.
 */
export const tallyOf = (report: VitestReport | PlaywrightReport | Tally): Tally => {
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

const readReport = (file: string): Tally => {
  try {
    return tallyOf(JSON.parse(readFileSync(file, 'utf8')) as VitestReport | PlaywrightReport | Tally)
  } catch {
    return { passed: 0, failed: 1 }
  }
}

export const inWords = (tally: Tally): string => `${tally.passed} passed, ${tally.failed} failed`

if (import.meta.main) {
  const tally = tallyAll()
  console.log(inWords(tally))
  if (tally.failed > 0 || tally.passed === 0) process.exitCode = 1
}
