/** The tests as ever, of sources in which the checks that HALYARD_CHECKS names are switched off. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { checks } from '../../src/checks.ts'
import { loosely } from '../../src/mutants.ts'

const names: unknown = JSON.parse(process.env['HALYARD_CHECKS'] ?? '[]')
const off = checks.filter(({ name }) => Array.isArray(names) && names.includes(name))
/** One line for each that was switched off: a check whose file was never read has proven nothing. */
const noted = process.env['HALYARD_CHECKS_NOTED']

const switchedOff = (source: string, path: string): string => {
  let after = source
  for (const { name, file, from, to } of off) {
    if (!path.endsWith(`/packages/${file}`)) continue
    after = after.replace(loosely(from), () => to)
    if (noted !== undefined) writeFileSync(noted, `${name}\n`, { flag: 'a' })
  }
  return after
}

export default defineConfig({
  root: join(import.meta.dirname, '../../../..'),
  plugins: [
    {
      name: 'checks-off',
      enforce: 'pre',
      transform: (source, id) => ({ code: switchedOff(source, id.replace(/\?.*$/, '')), map: null }),
    },
  ],
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    // A kept transform knows nothing of what is switched off.
    fsModuleCache: false,
    pool: 'threads',
    isolate: false,
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    bail: 1,
  },
})
