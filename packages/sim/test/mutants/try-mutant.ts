/** Plants one bug in a process of its own, and asks the oracle that must notice it. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { mutants } from '../../src/mutants.ts'

export interface Verdict {
  readonly name: string
  readonly killed: boolean
  /** What noticed it, or what else became of it. */
  readonly by: string
}

/** `index`: of `mutants`. */
export const tryMutant = async (index: number): Promise<Verdict> => {
  const mutant = mutants[index]
  if (mutant === undefined) throw new Error(`no mutant ${index}`)
  const { name, oracle } = mutant
  if ('test' in oracle) return { name, ...(await runTests(index, oracle.test)) }
  return { name, ...(await live(index, 'crowd' in oracle ? `crowd ${oracle.crowd}` : oracle.scenario)) }
}

/** All of them, two at a time; each verdict is told when it is there. */
export const tryMutants = async (
  indices: readonly number[],
  tell: (verdict: Verdict) => void,
): Promise<readonly Verdict[]> => {
  const queue = [...indices]
  const verdicts: Verdict[] = []
  const work = async (): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const verdict = await tryMutant(index)
      verdicts.push(verdict)
      tell(verdict)
    }
  }
  await Promise.all([work(), work()])
  return verdicts
}

type Found = Omit<Verdict, 'name'>

const live = async (index: number, scenario: string): Promise<Found> => {
  const { code, said } = await run([fileURLToPath(new URL('../../src/sabotage.ts', import.meta.url)), String(index)])
  if (code === 0) return { killed: true, by: `${scenario}, ${oracleIn(said)}` }
  if (code === 'too long') return { killed: true, by: `${scenario}, it never ends` }
  const why = code === 4 ? 'it was never loaded' : code === 3 ? `${scenario} found nothing` : `ended with ${code}`
  return { killed: false, by: why }
}

/** Faults of crowds begin with the name of what found them; others are told whole. */
const oracleIn = (said: string): string => {
  const [first = ''] = said.trim().split('\n')
  return (/^[a-z]+(?=: )/.exec(first)?.[0] ?? first).slice(0, 100)
}

const runTests = async (index: number, test: string): Promise<Found> => {
  const { code, said } = await run(
    [pathOf('../../../../node_modules/vitest/vitest.mjs'), 'run', '--config', pathOf('vitest.config.ts'), test],
    { HALYARD_MUTANT: String(index) },
  )
  if (code === 0) return { killed: false, by: `${test} found nothing` }
  if (code === 'too long') return { killed: true, by: `${test}, it never ends` }
  const failed = /FAIL\s+(.* > .*)/.exec(said)?.[1]?.trim()
  // Tests that could not even be read prove nothing.
  return failed === undefined ? { killed: false, by: `ended with ${code}` } : { killed: true, by: failed }
}

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
/** On a machine that does more beside this, nothing is noticed by being slow. */
const patienceMs = 600_000

const run = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | 'too long'; said: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: pathOf('../../../..'),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patienceMs,
      killSignal: 'SIGKILL',
    })
    let said = ''
    child.stdout.on('data', (data: Buffer) => (said += data.toString()))
    child.stderr.on('data', (data: Buffer) => (said += data.toString()))
    child.on('close', (code) => resolve({ code: code ?? 'too long', said: stripVTControlCharacters(said) }))
  })
