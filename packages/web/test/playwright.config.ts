import { defineConfig } from '@playwright/test'
import { chromiumFlags, chromiumPath } from './browser.ts'

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../.cache/screens',
  // Each test has a browser context of its own and the pages are files: two at a time change nothing.
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  reporter: [['list']],
  globalSetup: './build-fixture.ts',
  use: { launchOptions: { executablePath: chromiumPath(), args: chromiumFlags }, timezoneId: 'UTC', locale: 'en-GB' },
})
