import { defineConfig } from '@playwright/test'
import { chromiumFlags, chromiumPath } from './browser.ts'

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../.cache/screens',
  workers: 1,
  timeout: 60_000,
  reporter: [['list']],
  globalSetup: './build-fixture.ts',
  use: { launchOptions: { executablePath: chromiumPath(), args: chromiumFlags }, timezoneId: 'UTC', locale: 'en-GB' },
})
