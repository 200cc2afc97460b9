/**
 * `npm run mutants -- checks`: switches off each check that a client makes, and runs the attack that must come through then.
 * Ends in `N killed of N`, and with 1 when one survived. Words: a part of a name switches off only those.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checks, switchedOffWith } from '../../src/checks.ts'
import type { Attack, Check } from '../../src/checks.ts'

const root = join(import.meta.dirname, '../../../..')
const patienceMs = 300_000

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
}
interface Outcome extends Report {
  /** Checks that stood in a source that was read. */
  readonly off: readonly string[]
}

const namePattern = ({ name, of }: Attack): string =>
  name
    .split('%s')
    .map((part) => RegExp.escape(part))
    .join(of === undefined ? '.*' : RegExp.escape(of))

/** Runs one attack while these checks are off. No report: the run did not end, or could not begin. */
const attackWithout = async (off: readonly Check[], attack: Attack): Promise<Outcome | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-checks-'))
  const [report, noted] = [join(folder, 'report.json'), join(folder, 'noted')]
  const env = {
    ...process.env,
    CI: 'true',
    HALYARD_CHECKS: JSON.stringify(off.map(({ name }) => name)),
    HALYARD_CHECKS_NOTED: noted,
  }
  try {
    await new Promise<void>((resolve) => {
      const child = spawn(
        process.execPath,
        [
          join(root, 'node_modules/vitest/vitest.mjs'),
          'run',
          '--config',
          join(import.meta.dirname, 'vitest.config.ts'),
          '--reporter=json',
          `--outputFile.json=${report}`,
          `packages/${attack.file}`,
          '-t',
          namePattern(attack),
        ],
        { cwd: root, env, stdio: 'ignore', timeout: patienceMs },
      )
      child.on('close', () => resolve())
    })
    if (!existsSync(report)) return undefined
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Report
    const lines = existsSync(noted) ? readFileSync(noted, 'utf8').split('\n') : []
    return { numPassedTests, numFailedTests, off: lines.filter((line) => line !== '') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Why a check is not known to be of use; undefined when its attack came through. */
const survives = async (check: Check): Promise<string | undefined> => {
  const outcome = await attackWithout(switchedOffWith(check), check.attack)
  if (outcome === undefined) return 'the run did not end'
  if (!outcome.off.includes(check.name)) return 'its source was never read'
  if (outcome.numFailedTests > 0) return undefined
  return outcome.numPassedTests > 0 ? 'the attack failed all the same' : 'no such attack ran'
}

const words = process.argv.slice(2)
const asked = checks.filter(({ name }) => words.every((word) => name.includes(word)))
let killed = 0
const queue = [...asked]
const work = async (): Promise<void> => {
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
    const why = await survives(check)
    if (why === undefined) killed++
    console.log(why === undefined ? `killed   ${check.name}` : `SURVIVED ${check.name} (${why})`)
  }
}
await Promise.all([work(), work()])
console.log(`${killed} killed of ${asked.length}`)
if (killed < asked.length || asked.length === 0) process.exitCode = 1
