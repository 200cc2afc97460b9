import { defineConfig } from '@playwright/test'

const full = process.env['HALYARD_FULL'] === '1'

/** The product as people have it: a real server process, real browsers with profiles on the disk. */
export default defineConfig({
  testDir: '.',
  fullyParallel: true,
  testMatch: '*.spec.ts',
  // The long ones belong to .ci/run, which sets HALYARD_FULL.
  testIgnore: full
    ? []
    : ['canaries.spec.ts', 'kill.spec.ts', 'disk-full.spec.ts', 'upgrade.spec.ts', 'hostile-text.spec.ts'],
  outputDir: '../../.cache/e2e',
  // Each test has a server and profiles of its own; the long ones search whole machines and kill, so they run alone.
  workers: full ? 1 : 3,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
})
