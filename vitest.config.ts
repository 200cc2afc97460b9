import { defineConfig } from 'vitest/config'

/** Long matrices belong to .ci/run, which sets HALYARD_FULL. */
const full = process.env['HALYARD_FULL'] === '1'
const long = ['packages/sim/test/mutants.test.ts']

// Threads without isolation: a hundred files in about a second. Tests therefore leave no global state behind.
export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'tools/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/e2e/**', ...(full ? [] : long)],
    pool: 'threads',
    isolate: false,
    maxWorkers: 2,
    // Against what hangs, not against what is slow: a machine that does more beside the tests makes none of them fail.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    passWithNoTests: false,
  },
})
