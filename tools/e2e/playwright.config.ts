import { defineConfig } from '@playwright/test'

const full = process.env['HALYARD_FULL'] === '1'

/** Of .ci/run alone, which sets HALYARD_FULL: they search whole machines, kill, or have many browsers open, so each runs by itself, after the others. */
const long = ['devices-and-groups', 'keyboard-groups', 'canaries', 'kill', 'disk-full', 'upgrade', 'hostile-text'].map(
  (name) => `${name}.spec.ts`,
)

/** The product as people have it: a real server process, real browsers with profiles on the disk. */
export default defineConfig({
  testDir: '.',
  fullyParallel: true,
  outputDir: '../../.cache/e2e',
  // Each test has a server and profiles of its own.
  workers: 3,
  projects: [
    // Without HALYARD_FULL axe looks at the screens of the fixture alone.
    { name: 'short', testMatch: '*.spec.ts', testIgnore: full ? long : [...long, 'accessible.spec.ts'] },
    ...(full ? [{ name: 'long', testMatch: long, workers: 1, dependencies: ['short'] }] : []),
  ],
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
})
