import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { failuresOf, inWords, tallyAll, tallyOf } from './tally.ts'

const vitest = {
  numPassedTests: 10,
  numFailedTests: 1,
  numPendingTests: 0,
  testResults: [
    {
      name: 'a.test.ts',
      status: 'failed',
      assertionResults: [
        { status: 'passed', fullName: 'one' },
        { status: 'failed', fullName: 'two', failureMessages: ['\u001B[31mexpected 1\nto be 2'] },
      ],
    },
  ],
}
const playwright = {
  stats: { expected: 5, unexpected: 1, flaky: 0, skipped: 0 },
  errors: [],
  suites: [
    {
      title: 'b.spec.ts',
      suites: [
        {
          title: 'inner',
          specs: [
            {
              title: 'three',
              tests: [
                { projectName: 'short', status: 'unexpected', results: [{ errors: [{ message: 'no button' }] }] },
              ],
            },
            { title: 'four', tests: [{ projectName: 'short', status: 'expected', results: [{ errors: [] }] }] },
          ],
        },
      ],
    },
  ],
}

test('counts what passed and failed', () => {
  expect(tallyOf(vitest)).toEqual({ passed: 10, failed: 1 })
  expect(tallyOf(playwright)).toEqual({ passed: 5, failed: 1 })
  expect(tallyOf({ passed: 3, failed: 0 })).toEqual({ passed: 3, failed: 0 })
})

test('a file that could not be loaded, a skipped test and a lucky second try are failures', () => {
  expect(tallyOf({ ...vitest, testResults: [{ status: 'failed', assertionResults: [] }] }).failed).toBe(2)
  expect(tallyOf({ ...vitest, numPendingTests: 2 }).failed).toBe(3)
  expect(tallyOf({ ...playwright, stats: { ...playwright.stats, flaky: 1, skipped: 1 } }).failed).toBe(3)
  expect(tallyOf({ ...playwright, errors: [{}] }).failed).toBe(2)
})

test('sums a folder; a damaged report is a failure', () => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-tally-'))
  writeFileSync(join(folder, 'vitest.json'), JSON.stringify(vitest))
  writeFileSync(join(folder, 'playwright-0.json'), JSON.stringify(playwright))
  writeFileSync(join(folder, 'other.json'), '{')
  expect(inWords(tallyAll(folder))).toBe('15 passed, 3 failed')
  expect(failuresOf(folder)).toEqual([
    'other.json cannot be read',
    'unexpected: [short] inner › three\n  no button',
    'failed: a.test.ts › two\n  expected 1\n  to be 2',
  ])
  expect(tallyAll(join(folder, 'none'))).toEqual({ passed: 0, failed: 0 })
  rmSync(folder, { recursive: true })
})
