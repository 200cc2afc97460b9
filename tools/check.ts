/** `npm run check`: types, lint, format, dead code, tidy. Every step runs; each is printed with its time. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, filesUnder, lintBin, root, run, seconds } from './process.ts'
import { reportFolder } from './tally.ts'

interface Step {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const configs = filesUnder(root).filter(
  (path) => /(?:^|\/)tsconfig(?:\.[a-z-]+)?\.json$/.test(path) && !/^tsconfig\.(?:base|core)\.json$/.test(path),
)

const steps: readonly Step[] = [
  ...configs.map((config) => ({ name: `types  ${config}`, command: bin('tsc'), args: ['-p', config] })),
  {
    name: 'lint',
    command: lintBin('oxlint'),
    args: ['--type-aware', '--deny-warnings'],
    // The half of oxlint that knows types; it looks for it in the root's packages only.
    env: { OXLINT_TSGOLINT_PATH: lintBin('tsgolint') },
  },
  { name: 'format', command: lintBin('oxfmt'), args: ['--check'] },
  { name: 'dead code', command: lintBin('knip'), args: ['--no-progress'] },
  { name: 'tidy', command: process.execPath, args: ['tools/tidy.ts'] },
]

let failed = 0
for (const step of steps) {
  const startedMs = performance.now()
  const { code, output } = await run(step.command, step.args, { quiet: true, ...(step.env && { env: step.env }) })
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${seconds(startedMs)})`)
  if (code === 0) continue
  failed += 1
  console.log(output.trimEnd())
}
mkdirSync(reportFolder, { recursive: true })
writeFileSync(join(reportFolder, 'check.json'), JSON.stringify({ passed: steps.length - failed, failed }))
console.log(failed === 0 ? 'Everything is in order.' : `${failed} of ${steps.length} steps failed.`)
if (failed > 0) process.exitCode = 1
