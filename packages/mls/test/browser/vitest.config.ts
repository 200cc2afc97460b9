/**
 * The engine's tests in a real browser, on its own WebCrypto: the same files that Node runs.
 * HALYARD_BROWSER names the browser; `npm test` finds or installs one.
 */
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { isContinuousIntegration, vectorFolder } from '../../vectors/read.ts'

const engine = new URL('../../', import.meta.url).pathname
/** They take a minute, and the code is the same as in Node but for the provider: HALYARD_LONG=1 asks them too. */
const long = ['vectors', 'providers/wycheproof', 'random-histories', 'mutations'].map((name) => `src/${name}.test.ts`)
const full = process.env['HALYARD_FULL'] === '1' || process.env['HALYARD_LONG'] === '1'
const executablePath = process.env['HALYARD_BROWSER'] ?? '/usr/bin/chromium'

/** What reaches for Node in the tests, and what stands for it here. */
const standIns = new Map([
  [`${engine}test/provider.ts`, `${engine}test/browser/provider.ts`],
  [`${engine}vectors/read.ts`, `${engine}test/browser/read.ts`],
  [`${engine}src/providers/node.ts`, `${engine}test/browser/node-provider.ts`],
])

export default defineConfig({
  root: engine,
  cacheDir: `${engine}.cache/browser`,
  define: {
    halyardVectors: JSON.stringify(vectorFolder),
    halyardIsContinuousIntegration: JSON.stringify(isContinuousIntegration),
  },
  server: { fs: { allow: [`${engine}../..`, vectorFolder] } },
  plugins: [
    {
      name: 'stand-ins',
      enforce: 'pre',
      async resolveId(source, importer, options) {
        const found = await this.resolve(source, importer, { ...options, skipSelf: true })
        return found === null ? null : (standIns.get(found.id) ?? null)
      },
    },
  ],
  test: {
    // `npm test` asks what the browser itself does differently: its cryptography, and one group that works.
    include: full ? ['src/**/*.test.ts', 'test/example.test.ts'] : ['src/providers/*.test.ts', 'test/example.test.ts'],
    // It compares two files of the disk.
    exclude: ['src/readme.test.ts', ...(process.env['HALYARD_LONG'] === '1' ? [] : long)],
    testTimeout: 60_000,
    fileParallelism: false,
    isolate: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args: ['--no-sandbox'] } }),
      instances: [{ browser: 'chromium' }],
    },
  },
})
