import { defineConfig } from 'vitest/config'

/**
 * Left to .ci/run, which sets HALYARD_FULL, so that `npm test` stays short; whoever asks for a path gets them as well.
 * What these start or repeat is started in the browser's tests, or repeated a little elsewhere.
 */
const all = process.env['HALYARD_FULL'] === '1' || process.env['HALYARD_SOME'] === '1'
const long = [
  'packages/cli/src/backup.test.ts',
  'packages/cli/src/main.test.ts',
  'packages/mls/src/mutations.test.ts',
  'packages/mls/src/providers/wycheproof.test.ts',
  'packages/sim/test/groups-of-many.test.ts',
  'packages/sim/test/large-group.test.ts',
]

// Threads without isolation: a hundred files in about a second. Tests therefore leave no global state behind.
export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'tools/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/e2e/**', ...(all ? [] : long)],
    pool: 'threads',
    isolate: false,
    maxWorkers: 2,
    // Against what hangs, not against what is slow: a machine that does more beside the tests makes none of them fail.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    passWithNoTests: false,
  },
})
