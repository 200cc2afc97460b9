import { defineConfig } from '@playwright/test'

const full = process.env['HALYARD_FULL'] === '1'

/** Without HALYARD_FULL: the way of three people, the lock, and what would be lost. */
const always = ['journey', 'locked', 'nothing-lost'].map((name) => `${name}.spec.ts`)
const alwaysNamed = /three people meet and talk \(desktop|locking unmounts|nothing-lost\.spec/
/** Of .ci/run alone, which sets HALYARD_FULL: they search whole machines, kill, or have many browsers open, so each runs by itself, after the others. */
const long = [
  'devices-and-groups',
  'keyboard-groups',
  'canaries',
  'kill',
  'disk-full',
  'upgrade',
  'hostile-text',
  'lying-server',
].map((name) => `${name}.spec.ts`)

/** The product as people have it: a real server process, real browsers with profiles on the disk. */
export default defineConfig({
  testDir: '.',
  fullyParallel: true,
  outputDir: '../../.cache/e2e',
  // Each test has a server and profiles of its own.
  // Two browsers on two cores wait for each other as long as one after the other takes.
  workers: full ? 2 : 1,
  projects: [
    {
      name: 'short',
      testMatch: full ? '*.spec.ts' : always,
      testIgnore: long,
      ...(full ? {} : { grep: alwaysNamed }),
    },
    ...(full ? [{ name: 'long', testMatch: long, workers: 1, dependencies: ['short'] }] : []),
  ],
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
})
