import { defineConfig } from '@playwright/test'

/** The product as people have it: a real server process, real browsers with profiles on the disk. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../../.cache/e2e',
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
})
